//! `transport.hsts.*`: come back over HTTPS only.

use http::header;

use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Https, Rule, Seen, Severity};
use crate::headers::{SecurityHeader, StrictTransportSecurity};
use crate::site::Site;

/// A year, as ASVS and the browsers' preload list want it.
const YEAR: u64 = 31_536_000;

pub(in crate::audit::rules) static PRESENT: Rule = Rule {
    id: "transport.hsts.present",
    severity: Severity::High,
    title: "Browsers come back over HTTPS only",
    about: "Strict-Transport-Security makes a browser that was here once never speak plain HTTP to this host again. It must be \
            valid, and stand on answers over HTTPS. Browsers ignore it for addresses and on this machine.",
    threats: &["Man-in-the-Middle"],
    fix: "Strict-Transport-Security: max-age=31536000; includeSubDomains",
    key: "[headers] Strict-Transport-Security",
    standards: &["ASVS V3.4.1", "CWE-523"],
    judge: |evidence| {
        let answers = match answers(evidence) {
            Ok(answers) => answers,
            Err(outcome) => return outcome,
        };
        let bare: Vec<&&Seen> = answers.iter().filter(|seen| read(seen).is_none_or(|hsts| hsts.max_age == 0)).collect();
        match bare.first() {
            None => Outcome::implemented(format!("on {} of {} answers", answers.len(), answers.len())),
            Some(first) => Outcome::missing(format!(
                "no valid Strict-Transport-Security on {} of {} answers",
                bare.len(),
                answers.len()
            ))
            .seen(format!("GET {}", first.path)),
        }
    },
};

pub(in crate::audit::rules) static MAX_AGE: Rule = Rule {
    id: "transport.hsts.max-age",
    severity: Severity::Medium,
    title: "They remember it for a year",
    about: "A browser that does not come by for longer than max-age starts in the clear again.",
    threats: &["Man-in-the-Middle"],
    fix: "max-age=31536000, once a shorter one has proved itself",
    key: "[headers] Strict-Transport-Security",
    standards: &["ASVS V3.4.1"],
    judge: |evidence| {
        let Ok(answers) = answers(evidence) else {
            return Outcome::not_applicable("transport.hsts.present says why");
        };
        let ages: Vec<u64> =
            answers.iter().filter_map(|seen| Some(read(seen)?.max_age)).filter(|age| *age > 0).collect();
        match ages.iter().min() {
            None => Outcome::not_applicable("there is none: transport.hsts.present"),
            Some(shortest) if *shortest < YEAR => Outcome::missing(format!("max-age={shortest} is less than a year")),
            Some(shortest) => Outcome::implemented(format!("max-age={shortest}")),
        }
    },
};

/// The answers over HTTPS that browsers would learn from.
fn answers<'a>(evidence: &Evidence<'a>) -> Result<Vec<&'a Seen>, Outcome> {
    let https = evidence.over_https();
    if https.is_empty() {
        return Err(match evidence.transport.https {
            Https::Absent(_) => Outcome::unknown("needs HTTPS"),
            Https::Trusted | Https::Untrusted(_) => Outcome::unknown("audit the https:// address"),
        });
    }
    if !Site::new(evidence.origin.clone()).may_send_hsts() {
        return Err(Outcome::not_applicable("not on this machine, and not for addresses"));
    }
    Ok(https)
}

/// The first field counts (RFC 6797, section 8.1).
fn read(seen: &Seen) -> Option<StrictTransportSecurity> {
    let value = seen.headers.get(header::STRICT_TRANSPORT_SECURITY)?;
    StrictTransportSecurity::parse(value.to_str().ok()?).ok()
}
