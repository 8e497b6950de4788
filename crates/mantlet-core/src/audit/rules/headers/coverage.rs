//! `headers.coverage.errors`: error pages are pages too.

use super::framing::may_be_framed;
use crate::audit::evidence::Policies;
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, SeenKind, Severity};

pub(in crate::audit::rules) static ERRORS: Rule = Rule {
    id: "headers.coverage.errors",
    severity: Severity::Medium,
    title: "Error pages carry the headers that pages carry",
    about: "Headers that are set in the view, or by middleware that an error skips, are missing exactly where input is echoed. A \
            random path is asked for.",
    threats: &["Cross-Site Scripting", "Clickjacking"],
    fix: "set them where errors pass too: in the outermost middleware, or in the web server",
    key: "[headers]",
    standards: &["ASVS V3.4.3"],
    judge: errors,
};

/// What a page should have, and an error page too.
const EXPECTED: [&str; 4] = ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"];

fn errors(evidence: &Evidence<'_>) -> Outcome {
    let pages: Vec<&Seen> = evidence.of_kind(SeenKind::Page).collect();
    let on_pages: Vec<&str> =
        EXPECTED.into_iter().filter(|name| !pages.is_empty() && pages.iter().all(|page| carries(page, name))).collect();
    if on_pages.is_empty() {
        return Outcome::not_applicable("pages have no headers that errors could lack");
    }
    let mut any = false;
    for error in evidence.of_kind(SeenKind::Error) {
        any = true;
        let lacking: Vec<&str> = on_pages.iter().copied().filter(|name| !carries(error, name)).collect();
        if !lacking.is_empty() {
            return Outcome::missing(format!("error pages lack {}", lacking.join(", "))).seen(format!(
                "GET {}: {}",
                error.path,
                error.status.as_u16()
            ));
        }
    }
    if any {
        Outcome::implemented("errors have what pages have")
    } else {
        Outcome::unknown("no error could be provoked")
    }
}

/// Whether an answer has a field, or what makes up for it.
fn carries(seen: &Seen, name: &str) -> bool {
    seen.headers.contains_key(name)
        || match name {
            "content-security-policy" => !Policies::of(seen).enforced.is_empty(),
            "x-frame-options" => !may_be_framed(seen),
            _ => false,
        }
}
