//! `headers.referrer-policy`.

use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, SeenKind, Severity};
use crate::headers::{ReferrerPolicy, SecurityHeader};

pub(in crate::audit::rules) static REFERRER_POLICY: Rule = Rule {
    id: "headers.referrer-policy",
    severity: Severity::Low,
    title: "Other sites do not learn the addresses of our pages",
    about: "An address can hold a reset token or a search. Browsers of today send other sites the origin only; a policy says so to \
            older ones. unsafe-url and no-referrer-when-downgrade give everything away.",
    threats: &["Disclosure"],
    fix: "Referrer-Policy: strict-origin-when-cross-origin",
    key: "[headers] Referrer-Policy",
    standards: &["ASVS V3.4.5"],
    judge,
};

fn judge(evidence: &Evidence<'_>) -> Outcome {
    let pages: Vec<&Seen> = evidence.of_kind(SeenKind::Page).collect();
    for page in &pages {
        if let Some(policy @ (ReferrerPolicy::UnsafeUrl | ReferrerPolicy::NoReferrerWhenDowngrade)) = read(page) {
            return Outcome::missing(format!("{policy} tells other sites the whole address"))
                .at(Severity::Medium)
                .seen(format!("GET {}  Referrer-Policy: {policy}", page.path));
        }
    }
    super::on_all(&pages, "Referrer-Policy", "pages", |page| read(page).is_none())
}

/// What the page's head says comes after the header, and the last of it counts (HTML, section 4.2.5.1).
fn read(seen: &Seen) -> Option<ReferrerPolicy> {
    let metas = seen.meta.iter().filter(|meta| meta.name == "referrer").map(|meta| meta.content.as_str());
    let said = seen.header("referrer-policy").into_iter().chain(metas);
    said.filter_map(|value| ReferrerPolicy::parse(value).ok()).next_back()
}
