//! `csrf.request.cross-site`, `csrf.login`, `csrf.upload`: the decisive request, exactly as a browser sends it from another
//! site.

use super::{Accepted, fates_from_another_site, scope, trials, unless_same_site_stands_in_the_way};
use crate::audit::outcome::Outcome;
use crate::audit::trial::{CsrfTrial, Forgery, Purpose};
use crate::audit::{Confidence, Evidence, Rule, Severity};
use crate::cookie::SameSite;

const FIX: &str = "refuse what Sec-Fetch-Site or Origin says is another site's, or use the framework's CSRF tokens";

pub(in crate::audit::rules) static CROSS_SITE: Rule = Rule {
    id: "csrf.request.cross-site",
    severity: Severity::High,
    title: "A request that another site makes a browser send is refused",
    about: "The form is sent as its own page sends it, twice, as a control. Then exactly as a browser sends it from another \
            site: foreign Origin and Referer, Sec-Fetch-Site: cross-site, once without a token and once with the token that \
            another visitor got. When that has the control's effect, any site can act in its visitors' names.",
    threats: &["Cross-Site Request Forgery"],
    fix: FIX,
    key: "[csrf] protection",
    standards: &["ASVS V3.5.1", "CWE-352"],
    judge: |evidence| judge(evidence, Purpose::Change),
};

pub(in crate::audit::rules) static LOGIN: Rule = Rule {
    id: "csrf.login",
    severity: Severity::Medium,
    title: "Another site cannot log a visitor in",
    about: "Login CSRF: the victim is logged in as the attacker, and what is typed from then on lands in the attacker's account. \
            The form is sent for a made-up user, from the site and from another one: it counts whether the forgery gets as far.",
    threats: &["Login Cross-Site Request Forgery"],
    fix: FIX,
    key: "[csrf] protection",
    standards: &["ASVS V3.5.1", "CWE-352"],
    judge: |evidence| judge(evidence, Purpose::Login),
};

pub(in crate::audit::rules) static UPLOAD: Rule = Rule {
    id: "csrf.upload",
    severity: Severity::High,
    title: "Another site cannot upload in a visitor's name",
    about: "The upload form is sent with a small real PNG as another site's page would send it.",
    threats: &["Cross-Site Request Forgery", "Arbitrary File Upload"],
    fix: FIX,
    key: "[csrf] protection",
    standards: &["ASVS V3.5.1", "CWE-352"],
    judge: |evidence| judge(evidence, Purpose::Upload),
};

/// Where an empty form fails like a wrong password, so may a forged one that is refused. And what only reads like success need not
/// be one.
fn is_sure(trial: &CsrfTrial) -> bool {
    match trial.purpose {
        Purpose::Login => !trial.control.is_deaf(),
        Purpose::Change | Purpose::Upload => !trial.control.is_told_by_its_answer(),
    }
}

fn judge(evidence: &Evidence<'_>, purpose: Purpose) -> Outcome {
    let trials = match trials(evidence, purpose) {
        Ok(trials) => trials,
        Err(outcome) => return outcome,
    };
    let fates = fates_from_another_site(&trials);
    if let Some(Accepted { trial, forgery, answer }) = fates.accepted.first() {
        let proof = format!(
            "{}: {}    from https://attacker.example, {}: {}",
            // An application may say 403 to a login that fails, which reads like a refused forgery.
            if purpose == Purpose::Login { "control, made-up user" } else { "control" },
            trial.control.first.describe(),
            if *forgery == Forgery::CrossSite { "no token" } else { "another visitor's token" },
            answer.describe()
        );
        let outcome = Outcome::missing(format!("{} is accepted from another site", trial.request))
            .confidence(if is_sure(trial) { Confidence::Confirmed } else { Confidence::Inferred })
            .seen(proof);
        return match purpose {
            Purpose::Login => outcome,
            _ => unless_same_site_stands_in_the_way(outcome, evidence, &[SameSite::Lax, SameSite::Strict]),
        };
    }
    if let Some(why) = fates.undecided {
        return Outcome::unknown(why);
    }
    let refused = "refused when it comes from another site";
    match scope(evidence, purpose, trials.len()) {
        None => Outcome::implemented(refused),
        Some(scope) => Outcome::implemented(format!("{refused} ({scope})")).in_part(),
    }
}
