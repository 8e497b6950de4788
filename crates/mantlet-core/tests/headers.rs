//! The headers guard on whole responses: what the application sent, and what the browser gets.
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail its test")]

use http::StatusCode;
use mantlet_core::fields::{Fields, Known};
use mantlet_core::headers::csp::{CspMode, CspSettings};
use mantlet_core::headers::{FrameOptions, HeadersGuard, HeadersMemo, HeadersPolicy, OnConflict};
use mantlet_core::{Mode, Notes, Origin, ResponseHead, Site};

const HTTPS: &str = "https://app.example";
const FLOOR: &str = "object-src 'none'; base-uri 'self'; frame-ancestors 'self'";
const REST: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                    connect-src 'self'; form-action 'self'";

/// One response through a guard.
struct Response<'a> {
    policy: HeadersPolicy,
    mode: Mode,
    site: &'a str,
    status: StatusCode,
}

impl Default for Response<'_> {
    fn default() -> Self {
        Self { policy: HeadersPolicy::default(), mode: Mode::Enforce, site: HTTPS, status: StatusCode::OK }
    }
}

impl Response<'_> {
    fn conflict(rule: OnConflict) -> Self {
        Self { policy: HeadersPolicy { on_conflict: rule, ..HeadersPolicy::default() }, ..Self::default() }
    }

    fn csp(mode: CspMode) -> Self {
        let csp = CspSettings { mode, ..CspSettings::default() };
        Self { policy: HeadersPolicy { csp, ..HeadersPolicy::default() }, ..Self::default() }
    }

    /// The head after the guard.
    fn of(&self, app: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::from_pairs(app.iter().copied()).unwrap();
        let site = Site::new(Origin::parse(self.site).unwrap());
        let guard = HeadersGuard::new(&self.policy, self.mode);
        let mut head = ResponseHead { status: self.status, fields: &mut fields };
        guard.dress(HeadersMemo::default(), &mut head, &site, &mut Notes::default());
        fields
    }

    /// The values of one field after the guard.
    fn values(&self, name: &str, app: &[(&'static str, &str)]) -> Vec<String> {
        let sent = self.of(app);
        let values = sent.iter().filter(|field| field.name == name.as_bytes()).map(|field| field.value);
        values.map(|value| String::from_utf8(value.to_vec()).unwrap()).collect()
    }
}

#[test]
fn a_response_without_any_gets_all() {
    let sent = Response::default().of(&[]).to_string();
    let mut sent: Vec<_> = sent.lines().collect();
    sent.sort();
    assert_eq!(
        sent,
        [
            format!("content-security-policy-report-only: {REST}"),
            format!("content-security-policy: {FLOOR}"),
            "cross-origin-opener-policy: same-origin-allow-popups".to_owned(),
            "cross-origin-resource-policy: same-site".to_owned(),
            "origin-agent-cluster: ?1".to_owned(),
            "permissions-policy: camera=(), geolocation=(), microphone=()".to_owned(),
            "referrer-policy: strict-origin-when-cross-origin".to_owned(),
            "strict-transport-security: max-age=31536000; includeSubDomains".to_owned(),
            "x-content-type-options: nosniff".to_owned(),
            "x-frame-options: SAMEORIGIN".to_owned(),
            "x-xss-protection: 0".to_owned(),
        ]
    );
}

#[test]
fn every_status_carries_the_set() {
    for status in [200, 204, 301, 403, 404, 413, 421, 500, 502, 503] {
        let response = Response { status: StatusCode::from_u16(status).unwrap(), ..Response::default() };
        assert_eq!(response.of(&[]).len(), 11, "{status}");
    }
}

#[test]
fn hsts_goes_to_names_over_https_only() {
    for (name, site, expected) in [
        ("name", "https://app.example", true),
        ("name and port", "https://app.example:8443", true),
        ("plain http", "http://app.example", false),
        ("ipv4", "https://192.0.2.1", false),
        ("ipv6", "https://[2001:db8::1]", false),
        ("localhost", "https://localhost:8443", false),
        ("below localhost", "https://shop.localhost:8443", false),
    ] {
        let response = Response { site, ..Response::default() };
        assert_eq!(response.of(&[]).contains(Known::StrictTransportSecurity), expected, "{name}");
        // The application's own would lock a developer's machine out of plain HTTP.
        let app = [("strict-transport-security", "max-age=31536000")];
        assert_eq!(response.of(&app).contains(Known::StrictTransportSecurity), expected, "{name}, sent by the app");
    }
}

#[test]
fn the_stricter_value_stands() {
    let csp = "content-security-policy";
    for (name, header, app, expected) in [
        ("shorter hsts", "strict-transport-security", "max-age=60", "max-age=31536000; includeSubDomains"),
        ("longer hsts", "strict-transport-security", "max-age=63072000", "max-age=63072000; includeSubDomains"),
        ("hsts_forgotten", "strict-transport-security", "max-age=0", "max-age=31536000; includeSubDomains"),
        ("hsts broken", "strict-transport-security", "max-age", "max-age=31536000; includeSubDomains"),
        (
            "stricter hsts is written anew",
            "strict-transport-security",
            "Max-Age=\"63072000\"; includeSubDomains; preload",
            "max-age=63072000; includeSubDomains; preload",
        ),
        ("deny", "x-frame-options", "deny", "deny"),
        ("allow_from_fails_open", "x-frame-options", "ALLOW-FROM https://a.example", "SAMEORIGIN"),
        ("nosniff misspelt", "x-content-type-options", "no-sniff", "nosniff"),
        ("unsafe-url", "referrer-policy", "unsafe-url", "strict-origin-when-cross-origin"),
        ("no-referrer", "referrer-policy", "no-referrer", "no-referrer"),
        ("fallback list", "referrer-policy", "no-referrer, same-origin", "no-referrer, same-origin"),
        (
            "permissions merged",
            "permissions-policy",
            "camera=(self), usb=()",
            "camera=(), geolocation=(), microphone=(), usb=()",
        ),
        ("permissions broken", "permissions-policy", "camera 'none'", "camera=(), geolocation=(), microphone=()"),
        ("coop weaker", "cross-origin-opener-policy", "unsafe-none", "same-origin-allow-popups"),
        ("coop stricter", "cross-origin-opener-policy", "same-origin; report-to=\"x\"", "same-origin; report-to=\"x\""),
        ("corp weaker", "cross-origin-resource-policy", "cross-origin", "same-site"),
        ("corp stricter", "cross-origin-resource-policy", "same-origin", "same-origin"),
        ("shared", "origin-agent-cluster", "?0", "?1"),
        ("the filter is off", "x-xss-protection", "1; mode=block", "0"),
        ("an empty policy is none", csp, "", FLOOR),
    ] {
        assert_eq!(Response::default().values(header, &[(header, app)]), [expected], "{name}");
    }
}

#[test]
fn one_of_each_goes_out() {
    for (header, first, second, expected) in [
        ("strict-transport-security", "max-age=0", "max-age=60", "max-age=31536000; includeSubDomains"),
        ("x-frame-options", "SAMEORIGIN", "DENY", "DENY"),
        ("x-frame-options", "SAMEORIGIN", "SAMEORIGIN", "SAMEORIGIN"),
        ("x-frame-options", "SAMEORIGIN", "nonsense", "DENY"),
        ("cross-origin-resource-policy", "same-origin", "cross-origin", "same-site"),
        ("cross-origin-opener-policy", "same-origin", "same-origin", "same-origin-allow-popups"),
        ("origin-agent-cluster", "?0", "?1", "?1"),
        ("x-content-type-options", "sniff", "nosniff", "nosniff"),
        ("referrer-policy", "unsafe-url", "origin-when-cross-origin", "strict-origin-when-cross-origin"),
    ] {
        for (first, second) in [(first, second), (second, first)] {
            let sent = Response::default().values(header, &[(header, first), (header, second)]);
            assert_eq!(sent, [expected], "{header}: {first} and {second}");
        }
    }
    // Browsers go by the first (RFC 6797, section 8.1).
    let hsts = "strict-transport-security";
    for (first, second, expected) in [
        ("max-age=63072000", "max-age=0", "max-age=63072000; includeSubDomains"),
        ("max-age=0", "max-age=63072000", "max-age=31536000; includeSubDomains"),
    ] {
        assert_eq!(
            Response::default().values(hsts, &[(hsts, first), (hsts, second)]),
            [expected],
            "{first}, then {second}"
        );
    }
    // Browsers go by the last.
    for (first, second, expected) in
        [("unsafe-url", "no-referrer", "no-referrer"), ("no-referrer", "unsafe-url", "strict-origin-when-cross-origin")]
    {
        let lines = [("referrer-policy", first), ("referrer-policy", second)];
        assert_eq!(Response::default().values("referrer-policy", &lines), [expected], "{first}, then {second}");
    }
    let joined = [("x-frame-options", "SAMEORIGIN, DENY")];
    assert_eq!(Response::default().values("x-frame-options", &joined), ["DENY"]);
}

#[test]
fn the_rule_can_be_turned_round() {
    let hsts = "strict-transport-security";
    let forget = [(hsts, "max-age=0")];
    assert_eq!(Response::conflict(OnConflict::App).values(hsts, &forget), ["max-age=0"]);
    let longer = [(hsts, "max-age=63072000; includeSubDomains; preload")];
    let ours = ["max-age=31536000; includeSubDomains"];
    assert_eq!(Response::conflict(OnConflict::Mantlet).values(hsts, &longer), ours);
    // What browsers ignore is not the application's word.
    let broken = [("x-frame-options", "ALLOW-FROM https://a.example")];
    assert_eq!(Response::conflict(OnConflict::App).values("x-frame-options", &broken), ["SAMEORIGIN"]);
    // Two different values block all framing: the app's word is DENY.
    let both = [("x-frame-options", "SAMEORIGIN"), ("x-frame-options", "DENY")];
    assert_eq!(Response::conflict(OnConflict::App).values("x-frame-options", &both), ["DENY"]);
}

#[test]
fn a_header_left_alone_is_the_applications() {
    let policy = HeadersPolicy { frame_options: None, ..HeadersPolicy::default() };
    let response = Response { policy, ..Response::default() };
    assert_eq!(response.values("x-frame-options", &[]), [""; 0]);
    assert_eq!(response.values("x-frame-options", &[("x-frame-options", "nonsense")]), ["nonsense"]);
}

/// An enforced `frame-ancestors` makes browsers ignore `X-Frame-Options`: ours must not open what DENY had closed.
#[test]
fn frame_ancestors_does_not_reopen_what_deny_closed() {
    let csp = "content-security-policy";
    let deny = [("x-frame-options", "DENY")];
    let none = "object-src 'none'; base-uri 'self'; frame-ancestors 'none'";
    for rule in [OnConflict::Stricter, OnConflict::App] {
        assert_eq!(Response::conflict(rule).values(csp, &deny), [none], "{rule:?}");
    }
    assert_eq!(Response::conflict(OnConflict::Mantlet).values(csp, &deny), [FLOOR]);
    // Also where the policy leaves X-Frame-Options alone, and beside a policy of the application.
    let policy = HeadersPolicy { frame_options: None, ..HeadersPolicy::default() };
    assert_eq!(Response { policy, ..Response::default() }.values(csp, &deny), [none]);
    let both = [("x-frame-options", "DENY"), (csp, "default-src 'self'")];
    assert_eq!(Response::default().values(csp, &both), ["default-src 'self'", none]);
}

/// The stricter of the two is what both let in; of a list of others' origins and the app's own that is nobody.
#[test]
fn frame_ancestors_lets_in_no_more_than_the_apps_sameorigin() {
    for (ours, expected) in
        [("'self'", "'self'"), ("*", "'self'"), ("https://partner.example", "'none'"), ("'none'", "'none'")]
    {
        let mut policy = HeadersPolicy::default();
        policy.csp.floor.set("frame-ancestors", &[ours]).unwrap();
        let response = Response { policy, ..Response::default() };
        let sent = response.values("content-security-policy", &[("x-frame-options", "SAMEORIGIN")]);
        assert_eq!(sent, [format!("object-src 'none'; base-uri 'self'; frame-ancestors {expected}")], "{ours}");
    }
}

#[test]
fn frame_ancestors_does_not_close_what_the_app_may_decide() {
    let mut policy = HeadersPolicy { on_conflict: OnConflict::App, ..HeadersPolicy::default() };
    policy.frame_options = Some(FrameOptions::Deny);
    policy.csp.floor.set("frame-ancestors", &["'none'"]).unwrap();
    let response = Response { policy, ..Response::default() };
    let app = [("x-frame-options", "SAMEORIGIN")];
    assert_eq!(response.values("content-security-policy", &app), [FLOOR]);
}

#[test]
fn an_application_policy_is_kept_and_filled() {
    let csp = "content-security-policy";
    let report = "content-security-policy-report-only";
    let own = "default-src 'self' https://cdn.example; script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAA'";
    for (name, response, enforced, reported) in [
        ("learn", Response::csp(CspMode::Learn), vec![own, FLOOR], vec!["form-action 'self'"]),
        (
            "enforce",
            Response::csp(CspMode::Enforce),
            vec![own, "object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'"],
            vec![],
        ),
        (
            "report",
            Response::csp(CspMode::Report),
            vec![own],
            vec!["base-uri 'self'; frame-ancestors 'self'; form-action 'self'"],
        ),
        ("off", Response::csp(CspMode::Off), vec![own], vec![]),
        ("app", Response::conflict(OnConflict::App), vec![own], vec![]),
        (
            "mantlet, while learning: a floor is no substitute",
            Response::conflict(OnConflict::Mantlet),
            vec![own, FLOOR],
            vec!["form-action 'self'"],
        ),
    ] {
        assert_eq!(response.values(csp, &[(csp, own)]), enforced, "{name}");
        assert_eq!(response.values(report, &[(csp, own)]), reported, "{name}");
    }
    let mut response = Response::csp(CspMode::Enforce);
    response.policy.on_conflict = OnConflict::Mantlet;
    assert_eq!(response.values(csp, &[(csp, own)]), [format!("{FLOOR}; {REST}")]);
}

#[test]
fn a_policy_that_says_little_does_not_switch_ours_off() {
    let csp = "content-security-policy";
    let app = [(csp, "upgrade-insecure-requests")];
    let sent = Response::csp(CspMode::Enforce).values(csp, &app);
    assert_eq!(sent, ["upgrade-insecure-requests".to_owned(), format!("{FLOOR}; {REST}")]);
}

#[test]
fn a_trial_of_the_application_is_left_alone() {
    let report = "content-security-policy-report-only";
    assert_eq!(Response::default().values(report, &[(report, "img-src 'none'")]), ["img-src 'none'"]);
}

#[test]
fn a_304_gets_a_policy_beside_its_own_only() {
    let csp = "content-security-policy";
    let response = Response { status: StatusCode::NOT_MODIFIED, ..Response::default() };
    assert_eq!(response.values(csp, &[]), [""; 0]);
    assert_eq!(response.values("content-security-policy-report-only", &[]), [""; 0]);
    assert_eq!(response.values(csp, &[(csp, "script-src 'nonce-abc'")]), ["script-src 'nonce-abc'", FLOOR]);
    assert_eq!(response.values("x-content-type-options", &[]), ["nosniff"]);
}

#[test]
fn disclosing_fields_are_removed() {
    let app =
        [("server", "Werkzeug/3.1"), ("x-powered-by", "PHP/8"), ("x-powered-by", "Express"), ("x-runtime", "0.1")];
    let sent = Response::default().of(&app);
    assert!(!sent.iter().any(|field| app.iter().any(|(name, _)| field.name == name.as_bytes())));
}

#[test]
fn observing_changes_nothing_but_reports() {
    let response = Response { mode: Mode::Observe, ..Response::default() };
    let sent = response.of(&[("server", "Werkzeug/3.1"), ("x-frame-options", "nonsense")]);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent.get_str(Known::ContentSecurityPolicyReportOnly), Some(&*format!("{FLOOR}; {REST}")));
}

#[test]
fn off_changes_nothing() {
    let app = [("server", "Werkzeug/3.1")];
    for (name, policy, mode) in [
        ("mode", HeadersPolicy::default(), Mode::Off),
        ("mode of the guard", HeadersPolicy { mode: Some(Mode::Off), ..HeadersPolicy::default() }, Mode::Enforce),
        ("enabled", HeadersPolicy { enabled: false, ..HeadersPolicy::default() }, Mode::Enforce),
    ] {
        assert_eq!(Response { policy, mode, ..Response::default() }.of(&app).len(), 1, "{name}");
    }
}

#[test]
fn requests_are_upgraded_when_asked_for() {
    let csp = CspSettings { upgrade_insecure_requests: true, ..CspSettings::default() };
    let policy = HeadersPolicy { csp, ..HeadersPolicy::default() };
    let response = Response { policy: policy.clone(), ..Response::default() };
    assert_eq!(response.values("content-security-policy", &[]), [format!("{FLOOR}; upgrade-insecure-requests")]);
    // Browsers ignore it in a policy that only reports, and say so in the console.
    let response = Response { policy, mode: Mode::Observe, ..Response::default() };
    assert_eq!(response.values("content-security-policy-report-only", &[]), [format!("{FLOOR}; {REST}")]);
}
