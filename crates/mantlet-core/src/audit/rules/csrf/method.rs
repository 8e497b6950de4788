//! `csrf.method.get`, `csrf.method.override`: changes by a mere link.

use super::{trials, unless_same_site_stands_in_the_way};
use crate::audit::outcome::Outcome;
use crate::audit::trial::{CsrfTrial, Fate, Forgery, Purpose};
use crate::audit::{Confidence, Evidence, Rule, Severity};
use crate::cookie::SameSite;

pub(in crate::audit::rules) static GET: Rule = Rule {
    id: "csrf.method.get",
    severity: Severity::High,
    title: "A link changes nothing",
    about: "SameSite=Lax lets cookies go with links (Strict does not), and most protections do not look at GET. The form's \
            fields are sent in the address, as a link on another site would, and looked for on the form's page.",
    threats: &["Cross-Site Request Forgery"],
    fix: "change something for POST only, and read what its body says, not the address",
    key: "",
    standards: &["ASVS V3.5.3", "CWE-650"],
    judge: |evidence| judge(evidence, Forgery::Get, "changes by a mere link"),
};

pub(in crate::audit::rules) static OVERRIDE: Rule = Rule {
    id: "csrf.method.override",
    severity: Severity::High,
    title: "A link cannot name another method",
    about: "Frameworks that believe _method or X-HTTP-Method-Override turn a GET, which nothing checks, into a POST.",
    threats: &["Cross-Site Request Forgery"],
    fix: "take the override from POST only, and check the method that it names",
    key: "[csrf] method_override",
    standards: &["ASVS V3.5.3", "CWE-650"],
    judge: |evidence| {
        let is_open = |trial: &&CsrfTrial| matches!(trial.fate(Forgery::Get), Some((Fate::Accepted, _)));
        if trials(evidence, Purpose::Change).is_ok_and(|trials| trials.iter().any(is_open)) {
            return Outcome::not_applicable("a link changes something without naming one: csrf.method.get");
        }
        judge(evidence, Forgery::MethodOverride, "changes by a link that names its method")
    },
};

fn judge(evidence: &Evidence<'_>, forgery: Forgery, missing: &str) -> Outcome {
    let trials = match trials(evidence, Purpose::Change) {
        Ok(trials) => trials,
        Err(outcome) => return outcome,
    };
    let mut refused = 0_usize;
    // An answer to GET looks like no answer to POST: only the value itself tells.
    for trial in trials.iter().filter(|trial| trial.control.first.read_back == Some(true)) {
        match trial.fate(forgery) {
            Some((Fate::Accepted, answer)) => {
                let outcome = Outcome::missing(format!("{}: {missing}", trial.request))
                    .confidence(Confidence::Confirmed)
                    .seen(format!("GET from https://attacker.example: {}, and the value is there", answer.describe()));
                return unless_same_site_stands_in_the_way(outcome, evidence, &[SameSite::Strict]);
            }
            Some((Fate::Refused, _)) => refused = refused.saturating_add(1),
            Some((Fate::Undecided(_), _)) | None => {}
        }
    }
    if refused > 0 {
        return Outcome::implemented("nothing changed");
    }
    Outcome::unknown("no form shows afterwards what was sent")
}
