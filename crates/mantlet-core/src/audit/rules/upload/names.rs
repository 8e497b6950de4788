//! `upload.name.traversal`.

use super::{Stored, judge_trick, proof};
use crate::audit::outcome::Outcome;
use crate::audit::trial::{Answer, Trick};
use crate::audit::{Confidence, Rule, Severity};

pub(in crate::audit::rules) static TRAVERSAL: Rule = Rule {
    id: "upload.name.traversal",
    severity: Severity::High,
    title: "A file name cannot leave its folder",
    about: "../ in a file name writes over files the application did not mean to give away. A small picture is uploaded as \
            ../mantlet-probe-….png and looked for one folder up, and in the address that the site then leads to.",
    threats: &["Path Traversal"],
    fix: "keep the last component of the name only, or store under a name of your own",
    key: "[uploads] filename",
    standards: &["ASVS V5.3.2", "CWE-22"],
    judge: |evidence| {
        judge_trick(evidence, Trick::Traversal, |trial, attempt, stored| {
            let climbed = match (&attempt.served, &trial.control_served) {
                (Some(served), Some(control)) => Some(is_above(folder(&served.path), folder(&control.path))),
                _ => None,
            };
            match (stored, climbed) {
                (Stored::Fetchable, Some(true)) => {
                    Outcome::missing("../ in a file name leaves the upload folder").confidence(Confidence::Confirmed)
                }
                (Stored::Fetchable, _) => Outcome::implemented("../ was taken off the name"),
                (Stored::Refused, _) => Outcome::implemented("a name with ../ was refused"),
                (Stored::Taken | Stored::Undecided(_), _)
                    if climbs(&attempt.answer) && !climbs(&trial.control.first) =>
                {
                    Outcome::missing("../ in a file name stays in the name that it is stored under")
                }
                (Stored::Taken, _) => Outcome::unknown("it was taken, but not found: --upload-view would decide"),
                (Stored::Undecided(why), _) => Outcome::unknown(why),
            }
            .seen(proof(trial, attempt))
        })
    },
};

/// The site leads to where it stored the file, and that is one folder up. A name in a query is the one that was sent, and need
/// not be the one it is stored under. Of an escaped slash the percent sign is left: what holds digits is masked.
fn climbs(answer: &Answer) -> bool {
    let path = answer.location.as_deref().and_then(|location| location.split(['?', '#']).next()).unwrap_or_default();
    path.contains("../") || path.contains("..%")
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Some applications give each file a folder of its own: one beside another is not above it.
fn is_above(folder: &str, other: &str) -> bool {
    other.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
