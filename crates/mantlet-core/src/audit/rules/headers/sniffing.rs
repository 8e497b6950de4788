//! `headers.nosniff`, `headers.disclosure`, `headers.duplicate`.

use http::HeaderName;

use super::on_all;
use crate::audit::content_type::has_nosniff;
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, Severity};

pub(in crate::audit::rules) static NOSNIFF: Rule = Rule {
    id: "headers.nosniff",
    severity: Severity::Medium,
    title: "Browsers do not guess types",
    about: "Without X-Content-Type-Options: nosniff a browser may run as script or page what was sent as text or picture. It \
            belongs on every answer with a body.",
    threats: &["MIME Sniffing"],
    fix: "X-Content-Type-Options: nosniff",
    key: "[headers] X-Content-Type-Options",
    standards: &["ASVS V3.4.4", "CWE-693"],
    judge: |evidence| {
        let answers: Vec<&Seen> = evidence.responses.iter().filter(|seen| seen.status.is_success()).collect();
        on_all(&answers, "X-Content-Type-Options: nosniff", "responses", |seen| !has_nosniff(&seen.headers))
    },
};

pub(in crate::audit::rules) static DISCLOSURE: Rule = Rule {
    id: "headers.disclosure",
    severity: Severity::Low,
    title: "Answers do not say what they were made with",
    about: "A version in Server or X-Powered-By tells an attacker which published flaws to try first.",
    threats: &["Reconnaissance"],
    fix: "remove them in the web server in front, or in middleware around the app",
    key: "[headers] remove",
    standards: &["ASVS V13.4.6", "CWE-200"],
    judge: disclosure,
};

/// Fields that exist to name the software.
const NAMING: [&str; 5] = ["x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-runtime", "x-generator"];

fn disclosure(evidence: &Evidence<'_>) -> Outcome {
    for seen in &evidence.responses {
        let versioned = seen.header("server").filter(|server| server.bytes().any(|b| b.is_ascii_digit()));
        let named = NAMING.iter().find_map(|name| Some((*name, seen.header(name)?)));
        if let Some((name, value)) = versioned.map(|server| ("server", server)).or(named) {
            let value: String = value.chars().take(60).collect();
            let what = match name {
                "x-runtime" => "answers say how long they took, which tells Rails and helps to time guesses",
                _ if value.bytes().any(|byte| byte.is_ascii_digit()) => "answers name the software and its version",
                _ => "answers name the software",
            };
            return Outcome::missing(what).seen(format!("{}  {name}: {value}", seen.request()));
        }
    }
    Outcome::implemented("no answer names the software")
}

pub(in crate::audit::rules) static DUPLICATE: Rule = Rule {
    id: "headers.duplicate",
    severity: Severity::Low,
    title: "No security header is sent twice with different values",
    about: "Browsers differ in which of two values they believe, and some believe neither. It happens when an application and a \
            proxy both set the header.",
    threats: &["Undefined Behaviour"],
    fix: "set each header in one place only",
    key: "[headers] on_conflict",
    standards: &[],
    judge: duplicate,
};

/// Fields of which browsers want one. Several policies of content security are lawful: they all hold.
static SINGLE: [HeaderName; 5] = [
    http::header::X_CONTENT_TYPE_OPTIONS,
    http::header::X_FRAME_OPTIONS,
    http::header::STRICT_TRANSPORT_SECURITY,
    HeaderName::from_static("cross-origin-opener-policy"),
    HeaderName::from_static("cross-origin-resource-policy"),
];

fn duplicate(evidence: &Evidence<'_>) -> Outcome {
    for seen in &evidence.responses {
        for name in &SINGLE {
            let mut values = seen.headers.get_all(name).iter();
            let Some(first) = values.next() else { continue };
            if values.any(|other| other != first) {
                return Outcome::missing(format!("{name} is sent twice with different values"))
                    .seen(format!("GET {}", seen.path));
            }
        }
    }
    Outcome::absent("each stands once")
}
