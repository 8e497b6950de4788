//! `transport.host.unknown`.

use http::StatusCode;

use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Severity, UNKNOWN_HOST, UnknownHost};

pub(in crate::audit::rules) static UNKNOWN: Rule = Rule {
    id: "transport.host.unknown",
    severity: Severity::Medium,
    title: "Only the site's own names are served",
    about: "An application that answers to any Host builds links from it: password-reset mails and cached pages then point to \
            the attacker. It also opens the door to DNS rebinding. One request is sent with a made-up Host.",
    threats: &["Cache Poisoning", "DNS Rebinding"],
    fix: "answer only to the names of the site: in the web server, or by the framework's list of hosts",
    key: "[server] allowed_hosts",
    standards: &["CWE-644"],
    judge: unknown_host,
};

fn unknown_host(evidence: &Evidence<'_>) -> Outcome {
    let Some(answer) = &evidence.transport.unknown_host else {
        return Outcome::implemented("a made-up Host gets no answer");
    };
    let (status, path) = (answer.status.as_u16(), &answer.path);
    let outcome = match leads_to(answer) {
        Some(Way::Elsewhere) => Outcome::implemented("a made-up Host is sent to another name"),
        Some(Way::UnknownHost) => Outcome::missing("a made-up Host is written into a redirect"),
        // Whoever refuses everybody refuses nobody in particular.
        None if answer.status.is_client_error() && is_answered_alike(evidence, answer) => Outcome::unknown(format!(
            "GET {path} is answered with {status} whatever the Host: give the address of a page"
        )),
        None if answer.status.is_client_error() => {
            Outcome::implemented(format!("a made-up Host is refused with {status}"))
        }
        None if answer.status.is_server_error() => Outcome::unknown(format!("the server failed with {status}")),
        None => Outcome::missing("a made-up Host is served as the site"),
    };
    let location = answer.location.as_deref().map_or(String::new(), |to| format!(" to {to}"));
    outcome.seen(format!("GET {path}  Host: {UNKNOWN_HOST}: {status}{location}"))
}

fn is_answered_alike(evidence: &Evidence<'_>, answer: &UnknownHost) -> bool {
    answer.status != StatusCode::MISDIRECTED_REQUEST
        && evidence.responses.iter().any(|seen| seen.path == answer.path && seen.status == answer.status)
}

/// Whose name a redirect is to.
enum Way {
    /// That of the request.
    UnknownHost,
    /// Another.
    Elsewhere,
}

/// `None`: to a path, and so to whatever name was asked for; or it is no redirect.
fn leads_to(answer: &UnknownHost) -> Option<Way> {
    let location = answer.location.as_deref()?;
    // `/login?next=https://…` is a path too.
    let (_, rest) = location.split_once("//").filter(|(before, _)| before.is_empty() || is_scheme(before))?;
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    Some(if host.eq_ignore_ascii_case(UNKNOWN_HOST) { Way::UnknownHost } else { Way::Elsewhere })
}

/// Whether these are a scheme and its colon (RFC 3986, section 3.1).
fn is_scheme(text: &str) -> bool {
    text.strip_suffix(':')
        .is_some_and(|scheme| scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)))
}
