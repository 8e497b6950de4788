//! `csrf.forms.found`, `csrf.form.token`.

use super::{fates_from_another_site, trials};
use crate::audit::outcome::{CUT_SHORT, Outcome};
use crate::audit::trial::Purpose;
use crate::audit::{Confidence, Evidence, Rule, Severity};

pub(in crate::audit::rules) static FOUND: Rule = Rule {
    id: "csrf.forms.found",
    severity: Severity::Info,
    title: "Requests that change something are known",
    about: "Every check of forged requests needs one to forge. Forms are found by the crawl; others are named with --form.",
    threats: &[],
    fix: "name it: --form 'POST /email email=a@b.example'",
    key: "",
    standards: &[],
    judge: |evidence| {
        let requests: Vec<String> = evidence.forms.iter().map(crate::audit::Form::request).collect();
        match requests.split_first() {
            None => Outcome::absent("no form changes anything"),
            Some((first, [])) => Outcome::implemented(first.clone()),
            Some((first, more)) => Outcome::implemented(format!("{first}, and {} more", more.len())),
        }
    },
};

pub(in crate::audit::rules) static TOKEN: Rule = Rule {
    id: "csrf.form.token",
    severity: Severity::Medium,
    title: "Forms carry a token that another site cannot know",
    about: "A hidden value that differs between two sessions, or one in the form's address that is called a token. Whether one that \
            the page holds for its scripts is asked for cannot be seen. Its presence is not protection and its absence is not \
            exposure: where the forged request itself was tried (csrf.request.cross-site), that decides.",
    threats: &["Cross-Site Request Forgery"],
    fix: "the framework's CSRF protection, and its token in each form",
    key: "[csrf] protection",
    standards: &["ASVS V3.5.1", "CWE-352"],
    judge: token,
};

fn token(evidence: &Evidence<'_>) -> Outcome {
    if evidence.forms.is_empty() {
        return Outcome::absent("no form changes anything");
    }
    let bare: Vec<String> =
        evidence.forms.iter().filter(|form| !form.carries_token()).map(crate::audit::Form::request).collect();
    let Some(first) = bare.first() else {
        return Outcome::implemented("every form carries a token");
    };
    for purpose in [Purpose::Change, Purpose::Upload, Purpose::Login] {
        let Ok(trials) = trials(evidence, purpose) else { continue };
        let fates = fates_from_another_site(&trials);
        if !fates.accepted.is_empty() || fates.refused > 0 {
            return Outcome::not_applicable("decided by csrf.request.cross-site");
        }
    }
    if evidence.forms.iter().all(crate::audit::Form::has_token) {
        return Outcome::unknown("the page holds a token for its scripts; whether it is asked for, --active tells");
    }
    let mut tried =
        evidence.active.iter().flat_map(|active| &active.csrf).filter(|trial| trial.purpose != Purpose::Login);
    if let Some(trial) = tried.find(|trial| trial.control.first.status.is_client_error()) {
        return Outcome::unknown(format!(
            "{}: refused as its page sends it, so scripts may add a token",
            trial.request
        ));
    }
    // Nobody has compared all of them with another visitor's.
    if evidence.cut_short {
        return Outcome::unknown(CUT_SHORT);
    }
    Outcome::missing(format!("{} of {} forms carry no token", bare.len(), evidence.forms.len()))
        .confidence(Confidence::Inferred)
        .seen(first.clone())
}
