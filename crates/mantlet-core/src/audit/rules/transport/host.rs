//! `transport.host.unknown`.

use crate::audit::finding::Outcome;
use crate::audit::{Rule, Severity};

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
    judge: |evidence| match evidence.transport.unknown_host {
        None => Outcome::implemented("a made-up Host gets no answer"),
        Some(status) if status.is_client_error() || status.is_redirection() => {
            Outcome::implemented(format!("a made-up Host is refused with {}", status.as_u16()))
        }
        Some(status) => Outcome::missing("a made-up Host is served as the site")
            .seen(format!("GET /  Host: mantlet-probe.invalid: {}", status.as_u16())),
    },
};
