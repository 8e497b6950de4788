//! `transport.https.*`, `transport.http.redirect`.

use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Https, PlainHttp, Rule, Severity};
use crate::origin::Scheme;

pub(in crate::audit::rules) static AVAILABLE: Rule = Rule {
    id: "transport.https.available",
    severity: Severity::High,
    title: "The site speaks HTTPS",
    about: "Without TLS everybody on the way reads and changes everything, session cookies first. A TLS handshake is tried \
            with the audited host.",
    threats: &["Man-in-the-Middle", "Session Hijacking"],
    fix: "mantlet run in front of it, or a certificate in the web server",
    key: "[tls] mode",
    standards: &["ASVS V12.2.1", "CWE-319"],
    judge: |evidence| match &evidence.transport.https {
        Https::Trusted | Https::Untrusted(_) => Outcome::implemented("the host speaks TLS"),
        Https::Absent(why) => {
            Outcome::missing("nothing answers HTTPS on this port").seen(format!("TLS handshake: {why}"))
        }
    },
};

pub(in crate::audit::rules) static CERTIFICATE: Rule = Rule {
    id: "transport.https.certificate",
    severity: Severity::High,
    title: "The certificate is one that browsers accept",
    about: "A certificate that browsers warn about teaches users to click warnings away, and then anybody can stand in the \
            middle. Chain, name and dates are checked as a browser does.",
    threats: &["Man-in-the-Middle"],
    fix: "renew the certificate, or serve the whole chain; for a private authority: --cacert FILE",
    key: "[tls] cert",
    standards: &["ASVS V12.2.2", "CWE-295"],
    judge: |evidence| match &evidence.transport.https {
        Https::Trusted => Outcome::implemented("chain, name and dates are good"),
        Https::Untrusted(why) => {
            Outcome::missing("browsers will warn about the certificate").seen(format!("TLS handshake: {why}"))
        }
        Https::Absent(_) => Outcome::not_applicable("there is no HTTPS"),
    },
};

pub(in crate::audit::rules) static REDIRECT: Rule = Rule {
    id: "transport.http.redirect",
    severity: Severity::High,
    title: "Plain HTTP leads to HTTPS, or nowhere",
    about: "Who types the name without https:// starts in the clear. That first request must be sent to HTTPS on the same \
            host, or not be answered at all.",
    threats: &["Man-in-the-Middle"],
    fix: "redirect to https:// before the application is asked (Flask-Talisman: force_https=True)",
    key: "[tls] redirect_http",
    standards: &["ASVS V12.2.1", "CWE-319"],
    judge: redirect,
};

fn redirect(evidence: &Evidence<'_>) -> Outcome {
    if let Https::Absent(_) = evidence.transport.https {
        return Outcome::not_applicable("there is no HTTPS to lead to");
    }
    match &evidence.transport.plain {
        PlainHttp::Silent => Outcome::implemented("nothing answers plain HTTP"),
        PlainHttp::Refuses(status) => Outcome::implemented(format!("plain HTTP is refused with {}", status.as_u16())),
        PlainHttp::Serves => Outcome::missing("plain HTTP is served without a redirect to HTTPS"),
        PlainHttp::Redirects { to } if leads_to_https(to, evidence) => {
            Outcome::implemented("plain HTTP is sent to HTTPS on the same host")
        }
        PlainHttp::Redirects { to } => {
            Outcome::missing("plain HTTP is sent elsewhere, but not to HTTPS here").seen(format!("Location: {to}"))
        }
    }
}

fn leads_to_https(location: &str, evidence: &Evidence<'_>) -> bool {
    let authority_end = location.find("://").map(|at| at.saturating_add(3)).and_then(|start| {
        location
            .get(start..)
            .map(|rest| rest.find(['/', '?', '#']).map_or(location.len(), |at| start.saturating_add(at)))
    });
    authority_end
        .and_then(|end| crate::Origin::parse(location.get(..end)?).ok())
        .is_some_and(|to| to.scheme() == Scheme::Https && to.host() == evidence.origin.host())
}
