//! `session.cookie.secure`, `…httponly`, `…samesite…`, `…partitioned`, `…other-secure`.

use super::{judge_any, judge_each, judge_mistake};
use crate::audit::evidence::CookieSet;
use crate::audit::outcome::Outcome;
use crate::audit::{Rule, Severity};
use crate::cookie::SameSite;

pub(in crate::audit::rules) static SECURE: Rule = Rule {
    id: "session.cookie.secure",
    severity: Severity::High,
    title: "The session cookie never travels over plain HTTP",
    about: "Without Secure one request over plain HTTP, which anybody on the way can provoke with a picture on any page, hands the \
            session over. Judged on every answer that sets it, redirects and errors included.",
    threats: &["Session Hijacking"],
    fix: "Set-Cookie: …; Secure",
    key: "[session] Secure",
    standards: &["ASVS V3.3.1", "CWE-614"],
    judge: |evidence| {
        judge_each(
            evidence,
            |set| !set.cookie.is_secure(),
            |name| format!("`{name}` may travel over plain HTTP"),
            "Secure",
        )
    },
};

pub(in crate::audit::rules) static HTTPONLY: Rule = Rule {
    id: "session.cookie.httponly",
    severity: Severity::High,
    title: "Scripts cannot read the session cookie",
    about: "Without HttpOnly one injected script reads document.cookie and sends the session away.",
    threats: &["Cross-Site Scripting"],
    fix: "Set-Cookie: …; HttpOnly",
    key: "[session] HttpOnly",
    standards: &["ASVS V3.3.4", "CWE-1004"],
    judge: |evidence| {
        judge_each(evidence, |set| !set.cookie.is_http_only(), |name| format!("scripts can read `{name}`"), "HttpOnly")
    },
};

pub(in crate::audit::rules) static SAMESITE: Rule = Rule {
    id: "session.cookie.samesite",
    severity: Severity::Medium,
    title: "The session cookie says with which requests of other sites it goes",
    about: "Without SameSite it is up to the browser: Chromium treats it as Lax after two minutes, others send it with every \
            request.",
    threats: &["Cross-Site Request Forgery"],
    fix: "Set-Cookie: …; SameSite=Lax",
    key: "[session] SameSite",
    standards: &["ASVS V3.3.2", "CWE-1275"],
    judge: |evidence| {
        judge_each(
            evidence,
            |set| set.cookie.same_site().is_none(),
            |name| format!("`{name}` has no SameSite attribute"),
            "SameSite",
        )
    },
};

pub(in crate::audit::rules) static SAMESITE_NONE: Rule = Rule {
    id: "session.cookie.samesite-none",
    severity: Severity::Medium,
    title: "The session cookie does not go with every request of other sites",
    about: "SameSite=None switches the protection off. Embedded pages and some payments need it; without Secure, browsers drop \
            the cookie.",
    threats: &["Cross-Site Request Forgery"],
    fix: "Set-Cookie: …; SameSite=Lax   unless the site is made to be embedded",
    key: "[session] SameSite_None",
    standards: &["ASVS V3.3.2", "CWE-1275"],
    judge: |evidence| {
        if evidence.sessions().all(|set| set.cookie.same_site().is_none()) {
            return Outcome::not_applicable("there is none: session.cookie.samesite");
        }
        judge_each(
            evidence,
            |set| set.cookie.same_site() == Some(SameSite::None),
            |name| format!("`{name}` goes with every request of other sites (SameSite=None)"),
            "not None",
        )
    },
};

pub(in crate::audit::rules) static SAMESITE_INVALID: Rule = Rule {
    id: "session.cookie.samesite-invalid",
    severity: Severity::Low,
    title: "SameSite has a value that browsers know",
    about: "Anything but Strict, Lax and None is ignored, as if the attribute were not there.",
    threats: &["Cross-Site Request Forgery"],
    fix: "Set-Cookie: …; SameSite=Lax",
    key: "[session] SameSite",
    standards: &["ASVS V3.3.2"],
    judge: |evidence| {
        judge_mistake(
            evidence.sessions().filter(|set| set.cookie.same_site().is_none() && names_same_site(set)),
            |name| format!("`{name}` has a SameSite that no browser knows"),
        )
    },
};

fn names_same_site(set: &CookieSet<'_>) -> bool {
    const NAME: &[u8] = b"samesite";
    set.attributes()
        .split(|byte| *byte == b';')
        .any(|attribute| attribute.trim_ascii().get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))
}

pub(in crate::audit::rules) static PARTITIONED: Rule = Rule {
    id: "session.cookie.partitioned",
    severity: Severity::Low,
    title: "Partitioned comes with Secure",
    about: "Browsers drop a Partitioned cookie that is not Secure: nobody stays logged in.",
    threats: &["Availability"],
    fix: "Set-Cookie: …; Secure",
    key: "[session] Secure",
    standards: &[],
    judge: |evidence| {
        judge_mistake(
            evidence.cookies.iter().filter(|set| set.cookie.is_partitioned() && !set.cookie.is_secure()),
            |name| format!("browsers drop `{name}`: Partitioned without Secure"),
        )
    },
};

pub(in crate::audit::rules) static OTHER_SECURE: Rule = Rule {
    id: "session.cookie.other-secure",
    severity: Severity::Low,
    title: "Other cookies do not travel over plain HTTP either",
    about: "They tell who is on the way, and whoever can plant one can confuse the application.",
    threats: &["Session Hijacking"],
    fix: "Set-Cookie: …; Secure",
    key: "[session] Secure",
    standards: &["ASVS V3.3.1"],
    judge: |evidence| {
        if evidence.cookies.iter().all(|set| set.is_session) {
            return Outcome::absent("no other cookie was seen");
        }
        judge_any(
            evidence.cookies.iter().filter(|set| !set.is_session && !set.cookie.is_secure()),
            |name| format!("`{name}` may travel over plain HTTP"),
            "all are Secure",
        )
    },
};
