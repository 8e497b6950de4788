//! `upload.serve.nosniff`.

use crate::audit::outcome::Outcome;
use crate::audit::{Rule, Severity};

pub(in crate::audit::rules) static NOSNIFF: Rule = Rule {
    id: "upload.serve.nosniff",
    severity: Severity::Medium,
    title: "Stored files are served without guessing of types",
    about: "Without X-Content-Type-Options: nosniff a browser may take a stranger's text file for a page or a script.",
    threats: &["MIME Sniffing"],
    fix: "X-Content-Type-Options: nosniff   where uploads are served",
    key: "[headers] X-Content-Type-Options",
    standards: &["ASVS V3.4.4"],
    judge: |evidence| {
        let trials = match super::trials(evidence) {
            Ok(trials) => trials,
            Err(outcome) => return outcome,
        };
        let served: Vec<_> = trials
            .iter()
            .flat_map(|trial| {
                trial.control_served.iter().chain(trial.attempts.iter().filter_map(|a| a.served.as_ref()))
            })
            .collect();
        if served.is_empty() {
            return Outcome::unknown("no stored file was found: --upload-view would decide");
        }
        match served.iter().find(|served| !served.has_nosniff()) {
            Some(bare) => Outcome::missing("uploads are served without nosniff").seen(format!("GET {}", bare.path)),
            None => Outcome::implemented("uploads are served with nosniff"),
        }
    },
};
