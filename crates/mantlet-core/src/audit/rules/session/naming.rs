//! `session.cookie.prefix`, `…prefix-broken`, `…domain`: who can set the cookie.

use super::judge_each;
use crate::audit::evidence::CookieSet;
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Severity};
use crate::cookie::name::Prefix;

pub(in crate::audit::rules) static PREFIX: Rule = Rule {
    id: "session.cookie.prefix",
    severity: Severity::Low,
    title: "No sibling host can plant a session cookie",
    about: "blog.example can set a cookie for shop.example, and so can anybody on the way over plain HTTP. A name that begins with \
            __Host- is one that browsers take from the host itself only.",
    threats: &["Session Hijacking", "Session Fixation"],
    fix: "Set-Cookie: __Host-…=…; Secure; Path=/   without Domain",
    key: "[session] prefix",
    standards: &["ASVS V3.3.1", "ASVS V3.3.3"],
    judge: |evidence| {
        judge_each(
            evidence,
            |set| Prefix::split(set.cookie.name()).is_none(),
            |name| format!("`{name}` could be overwritten from a sibling host"),
            "its name has a prefix",
        )
    },
};

pub(in crate::audit::rules) static PREFIX_BROKEN: Rule = Rule {
    id: "session.cookie.prefix-broken",
    severity: Severity::Medium,
    title: "Cookies keep the promise of their prefix",
    about: "__Host- promises Secure, Path=/ and no Domain; __Secure- promises Secure. Browsers drop a cookie that breaks it.",
    threats: &["Availability"],
    fix: "Secure, Path=/ and no Domain",
    key: "[session] prefix",
    standards: &["ASVS V3.3.3"],
    judge: prefix_broken,
};

fn prefix_broken(evidence: &Evidence<'_>) -> Outcome {
    let mut any = false;
    for set in &evidence.cookies {
        let Some((prefix, _)) = Prefix::split(set.cookie.name()) else { continue };
        any = true;
        if let Some(why) = broken(set, prefix) {
            return Outcome::missing(format!("browsers drop `{}`: {why}", set.name())).seen(set.proof());
        }
    }
    if any { Outcome::implemented("kept") } else { Outcome::absent("no cookie has a prefix") }
}

fn broken(set: &CookieSet<'_>, prefix: Prefix) -> Option<&'static str> {
    if !set.cookie.is_secure() {
        return Some("not Secure");
    }
    if prefix.is_http_only() && !set.cookie.is_http_only() {
        return Some("not HttpOnly");
    }
    if prefix.is_host_only() && set.cookie.domain().is_some_and(|domain| !domain.is_empty()) {
        return Some("it has a Domain");
    }
    (prefix.is_host_only() && set.cookie.path() != Some(b"/")).then_some("its Path is not /")
}

pub(in crate::audit::rules) static DOMAIN: Rule = Rule {
    id: "session.cookie.domain",
    severity: Severity::Medium,
    title: "The session cookie is for this host alone",
    about: "With Domain every sibling host gets the session, and whoever takes one of them over has it.",
    threats: &["Session Hijacking"],
    fix: "Set-Cookie: …   without Domain",
    key: "[session] Domain",
    standards: &["ASVS V3.3.3", "CWE-565"],
    judge: |evidence| {
        judge_each(
            evidence,
            |set| set.cookie.domain().is_some_and(|domain| !domain.is_empty()),
            |name| format!("`{name}` goes to sibling hosts as well"),
            "no Domain",
        )
    },
};
