//! `csrf.origin.*`, `csrf.headers.absent`: how Origin is compared, once it is known that it is.

use super::{Accepted, fates, trials};
use crate::audit::outcome::Outcome;
use crate::audit::trial::{CsrfTrial, Fate, Forgery, Purpose};
use crate::audit::{Confidence, Evidence, Rule, Severity};

pub(in crate::audit::rules) static NULL: Rule = Rule {
    id: "csrf.origin.null",
    severity: Severity::Medium,
    title: "Origin: null is not taken for the site's own",
    about: "A sandboxed frame, a data: page or a redirect across sites sends Origin: null. Any site can make one.",
    threats: &["Cross-Site Request Forgery"],
    fix: "refuse null like any foreign origin",
    key: "[csrf] null_origin",
    standards: &["ASVS V3.5.1", "CWE-346"],
    judge: |evidence| judge(evidence, Forgery::NullOrigin, "Origin: null is accepted"),
};

pub(in crate::audit::rules) static LOOKALIKE: Rule = Rule {
    id: "csrf.origin.suffix",
    severity: Severity::High,
    title: "Origins are compared as a whole",
    about: "A comparison of beginnings or ends takes https://shop.example.attacker.example for https://shop.example, and a \
            search in the Referer finds it in https://attacker.example/?https://shop.example.",
    threats: &["Cross-Site Request Forgery"],
    fix: "compare scheme, host and port as a whole",
    key: "[csrf] trusted_origins",
    standards: &["ASVS V3.5.1", "CWE-346"],
    judge: |evidence| {
        judge(evidence, Forgery::LookalikeOrigin, "an Origin or Referer that only looks like the site's is accepted")
    },
};

pub(in crate::audit::rules) static ABSENT: Rule = Rule {
    id: "csrf.headers.absent",
    severity: Severity::Low,
    title: "A request that says nothing of where it comes from is refused",
    about: "Browsers older than 2020 send neither Origin nor Fetch Metadata with every form. Without a token, nothing tells their \
            forged requests from honest ones.",
    threats: &["Cross-Site Request Forgery"],
    fix: "require a token as well",
    key: "[csrf] no_origin",
    standards: &["ASVS V3.5.1"],
    judge: |evidence| judge(evidence, Forgery::NoOrigin, "accepted without Origin, Referer, Fetch Metadata and token"),
};

fn judge(evidence: &Evidence<'_>, forgery: Forgery, missing: &str) -> Outcome {
    let mut trials = match trials(evidence, Purpose::Change) {
        Ok(trials) => trials,
        Err(outcome) => return outcome,
    };
    // Where nothing is refused, it is not the comparison that is wrong.
    trials.retain(|trial| !matches!(trial.fate_from_another_site(), Some((Fate::Accepted, ..))));
    if trials.is_empty() {
        return Outcome::not_applicable("nothing is checked at all: csrf.request.cross-site");
    }
    if forgery != Forgery::NoOrigin {
        // Something else refused the cross-site request: then nothing is compared that could be compared wrongly.
        trials.retain(|trial| !matches!(trial.fate(Forgery::ForeignOrigin), Some((Fate::Accepted, _))));
        if trials.is_empty() {
            return Outcome::not_applicable("Origin is not looked at: a token holds, or Fetch Metadata");
        }
    }
    let fates = fates(&trials, forgery);
    if let Some(Accepted { trial, answer, .. }) = fates.accepted.first() {
        let outcome = if token_holds(trial, forgery) {
            Outcome::weak(format!("{}: {missing}; only the token holds", trial.request)).at(Severity::Info)
        } else {
            Outcome::missing(format!("{}: {missing}", trial.request))
        };
        return outcome.confidence(Confidence::Confirmed).seen(format!(
            "control: {}    forged: {}",
            trial.control.first.describe(),
            answer.describe()
        ));
    }
    match fates.undecided {
        Some(why) => Outcome::unknown(why),
        None => Outcome::implemented("refused"),
    }
}

/// The token, not the Origin, is what refused the cross-site request: then it is enough by itself.
fn token_holds(trial: &CsrfTrial, forgery: Forgery) -> bool {
    let is_asked_for = !matches!(trial.fate(Forgery::NoOrigin), Some((Fate::Accepted, _)));
    trial.has_token && is_asked_for && forgery != Forgery::NoOrigin
}
