//! `session.cookie.plain-http`, `…lifetime`, `…size`, `…duplicate`, `…cacheable`: how the cookie is sent and kept.

use http::{HeaderValue, Method, header};

use super::{judge_each, judge_mistake};
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, Severity};
use crate::cookie::MAX_PAIR;
use crate::session::no_store::is_private;

pub(in crate::audit::rules) static PLAIN_HTTP: Rule = Rule {
    id: "session.cookie.plain-http",
    severity: Severity::High,
    title: "The session cookie is not set over plain HTTP",
    about: "What is set in the clear was seen by everybody on the way. Redirect to HTTPS first, then set it. On this machine it is \
            only worth knowing.",
    threats: &["Session Hijacking"],
    fix: "redirect to https:// before the application is asked",
    key: "[tls] redirect_http",
    standards: &["ASVS V3.3.1", "CWE-319"],
    judge: |evidence| {
        let outcome = judge_each(
            evidence,
            |set| !set.seen.https,
            |name| format!("`{name}` is set over plain HTTP"),
            "set over HTTPS",
        );
        if evidence.loopback { outcome.at(Severity::Info) } else { outcome }
    },
};

/// 30 days.
const LONG: i64 = 30 * 24 * 60 * 60;

pub(in crate::audit::rules) static LIFETIME: Rule = Rule {
    id: "session.cookie.lifetime",
    severity: Severity::Low,
    title: "A session does not last for months",
    about: "A stolen or forgotten session is good for as long as its cookie. Over 30 days is long; over 400 days browsers cut it.",
    threats: &["Session Hijacking"],
    fix: "Set-Cookie: …; Max-Age=604800   or no Max-Age at all",
    key: "[session] max_age",
    standards: &["ASVS V7.3.2"],
    judge: |evidence| {
        judge_each(
            evidence,
            |set| set.lifetime().is_some_and(|seconds| seconds > LONG),
            |name| format!("`{name}` is kept for more than 30 days"),
            "30 days or less",
        )
    },
};

pub(in crate::audit::rules) static SIZE: Rule = Rule {
    id: "session.cookie.size",
    severity: Severity::Low,
    title: "The session cookie is one that browsers keep",
    about: "Name and value over 4096 bytes: browsers drop the cookie, and the user is logged out.",
    threats: &["Availability"],
    fix: "keep sessions on the server, and only their key in the cookie",
    key: "",
    standards: &["ASVS V3.3.5"],
    judge: |evidence| {
        judge_mistake(evidence.sessions().filter(|set| set.cookie.pair_len() > MAX_PAIR), |name| {
            format!("`{name}` is over {MAX_PAIR} bytes: browsers drop it")
        })
    },
};

pub(in crate::audit::rules) static DUPLICATE: Rule = Rule {
    id: "session.cookie.duplicate",
    severity: Severity::Low,
    title: "One answer sets a cookie once",
    about: "Set twice with different attributes, it depends on the order which of them counts.",
    threats: &["Session Hijacking"],
    fix: "set it in one place only",
    key: "",
    standards: &[],
    judge: duplicate,
};

fn duplicate(evidence: &Evidence<'_>) -> Outcome {
    for (at, set) in evidence.cookies.iter().enumerate().filter(|(_, set)| set.is_session) {
        let again = evidence.cookies.iter().skip(at.saturating_add(1)).find(|other| {
            std::ptr::eq(other.seen, set.seen)
                && other.cookie.name() == set.cookie.name()
                // For another folder or host it is another cookie (RFC 6265, section 5.3).
                && other.cookie.path() == set.cookie.path()
                && other.cookie.domain() == set.cookie.domain()
                && other.attributes() != set.attributes()
        });
        if let Some(again) = again {
            return Outcome::missing(format!("`{}` is set twice with different attributes", set.name()))
                .seen(set.proof())
                .seen(again.proof());
        }
    }
    Outcome::absent("each is set once")
}

pub(in crate::audit::rules) static CACHEABLE: Rule = Rule {
    id: "session.cookie.cacheable",
    severity: Severity::Medium,
    title: "No cache keeps an answer that sets a session cookie",
    about: "Whoever gets such an answer from a cache gets somebody else's session with it.",
    threats: &["Session Hijacking"],
    fix: "Cache-Control: no-store   where a session is set",
    key: "[session] no_store",
    standards: &["CWE-525"],
    judge: cacheable,
};

fn cacheable(evidence: &Evidence<'_>) -> Outcome {
    let mut open = None;
    // What answers a POST is kept by no cache.
    for set in evidence.sessions().filter(|set| set.seen.method == Method::GET) {
        if is_private(set.seen.headers.get_all(header::CACHE_CONTROL).iter().map(HeaderValue::as_bytes)) {
            continue;
        }
        if invites_caching(set.seen) {
            return Outcome::missing(format!("shared caches may keep the answer that sets `{}`", set.name())).seen(
                match set.seen.header("cache-control") {
                    Some(said) => format!("GET {}  Cache-Control: {said}", set.seen.path),
                    None => format!("GET {}  Last-Modified, and no Cache-Control", set.seen.path),
                },
            );
        }
        open = open.or(Some(set));
    }
    match open {
        Some(set) => Outcome::weak(format!("nothing forbids caches to keep the answer that sets `{}`", set.name()))
            .seen(format!("GET {}  no Cache-Control: private or no-store", set.seen.path)),
        None if evidence.sessions().next().is_none() => Outcome::absent("no session cookie was seen"),
        None => Outcome::implemented("answers that set it are not for caches"),
    }
}

/// Something in the answer makes caches keep it: a lifetime, or a date from which they derive one.
fn invites_caching(seen: &Seen) -> bool {
    let said = seen.headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut forbids = false;
    for directive in said.flat_map(|value| value.split(',')).map(|directive| directive.trim().to_ascii_lowercase()) {
        let has_lifetime = directive.starts_with("max-age") && directive != "max-age=0";
        if directive == "public" || directive.starts_with("s-maxage") || has_lifetime {
            return true;
        }
        forbids |= directive == "no-cache";
    }
    !forbids && seen.headers.contains_key(header::LAST_MODIFIED)
}
