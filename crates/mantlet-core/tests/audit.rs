//! The audit judges exactly what the shield enforces: a bare app behind the built-in policy has nothing left to find.
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail its test")]

use http::{HeaderMap, Method, StatusCode, Uri};
use mantlet_core::audit::{
    self, Confidence, Https, Observation, PlainHttp, Report, Scripted, Seen, Severity, Transport,
};
use mantlet_core::fields::Fields;
use mantlet_core::{Mantlet, Origin, Policy, RequestHead, ResponseHead, Site};
use proptest::prelude::*;

/// What an app without any protection answers: a page that sets a session, a script, and an error.
fn bare_app() -> Vec<(&'static str, StatusCode, HeaderMap)> {
    let headers = |fields: &[(&'static str, &str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    };
    vec![
        (
            "/",
            StatusCode::OK,
            headers(&[
                ("content-type", "text/html; charset=utf-8"),
                ("server", "Werkzeug/3.1.3 Python/3.12"),
                ("x-powered-by", "Flask"),
                ("set-cookie", "session=1; Path=/"),
                ("set-cookie", "theme=dark"),
                ("last-modified", "Tue, 24 Nov 2026 12:00:00 GMT"),
            ]),
        ),
        ("/login", StatusCode::FOUND, headers(&[("location", "/"), ("set-cookie", "session=2; Path=/")])),
        ("/app.js", StatusCode::OK, headers(&[("content-type", "text/javascript")])),
        ("/nope", StatusCode::NOT_FOUND, headers(&[("content-type", "text/html")])),
    ]
}

fn observe(dress: impl Fn(&str, StatusCode, &mut HeaderMap)) -> Report {
    let responses = bare_app()
        .into_iter()
        .map(|(path, status, mut headers)| {
            dress(path, status, &mut headers);
            Seen {
                method: Method::GET,
                path: path.to_owned(),
                https: true,
                provoked: status.is_client_error(),
                status,
                headers,
                meta: Vec::new(),
            }
        })
        .collect();
    judge(responses)
}

fn judge(responses: Vec<Seen>) -> Report {
    audit::judge(&Observation {
        origin: site().origin,
        loopback: false,
        session_cookies: Vec::new(),
        responses,
        forms: Vec::new(),
        passed_over: None,
        transport: Transport { https: Https::Trusted, plain: PlainHttp::Silent, unknown_host: None },
        sizes: Vec::new(),
        active: None,
        scripted: Scripted::default(),
        cut_short: false,
    })
}

fn site() -> Site {
    Site::new(Origin::parse("https://app.example").unwrap())
}

#[test]
fn behind_the_built_in_policy_nothing_is_missing_at_medium_or_above() {
    let mantlet = Mantlet::new(&Policy::default());
    let report = observe(|path, status, headers| {
        let (uri, site) = (path.parse::<Uri>().unwrap(), site());
        let mut request = Fields::new();
        let mut head = RequestHead { method: &Method::GET, uri: &uri, fields: &mut request, site: &site };
        let mut exchange = mantlet.begin(&head);
        let _plan = exchange.admit(&mut head).unwrap();
        let mut fields = Fields::from(&*headers);
        exchange.dress(&mut ResponseHead { status, fields: &mut fields });
        fields.write_back(headers);
    });
    let left: Vec<_> = report
        .problems()
        .filter(|finding| finding.verdict.severity() >= Some(Severity::Medium))
        .map(|finding| (finding.rule.id, &finding.summary, &finding.seen))
        .collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn without_it_the_same_app_lacks_nearly_everything() {
    let report = observe(|_, _, _| {});
    let missing: Vec<&str> = report
        .problems()
        .filter(|finding| finding.verdict.confidence() > Some(Confidence::Inferred))
        .map(|finding| finding.rule.id)
        .collect();
    for id in [
        "session.cookie.secure",
        "session.cookie.httponly",
        "session.cookie.samesite",
        "session.cookie.prefix",
        "session.cookie.cacheable",
        "session.cookie.other-secure",
        "headers.csp.present",
        "headers.nosniff",
        "headers.framing",
        "headers.referrer-policy",
        "headers.disclosure",
        "transport.hsts.present",
    ] {
        assert!(missing.contains(&id), "{id} is not among {missing:?}");
    }
}

/// What the shield promises whatever the application sends.
const PROMISED: [&str; 10] = [
    "session.cookie.secure",
    "session.cookie.httponly",
    "session.cookie.samesite",
    "session.cookie.cacheable",
    "session.cookie.other-secure",
    "headers.nosniff",
    "headers.framing",
    "headers.coop",
    "transport.hsts.present",
    "transport.hsts.max-age",
];

fn field() -> impl Strategy<Value = (&'static str, String)> {
    let cookie = prop::collection::vec(
        prop::sample::select(vec![
            "session=1",
            "=session",
            "sid=2",
            "theme=x",
            "; Secure",
            ";secure=no",
            "; HttpOnly",
            "; SameSite=Lax",
            ";samesite=strict",
            "; SameSite=x",
            "; Path=/",
            "; Path=",
            "; Domain=app.example",
            "; Max-Age=60",
            "; ;",
            " ",
            "\t",
            "__Host-session=1",
            "__Secure-sid=1",
            ";Partitioned",
            "\"",
            ",",
        ]),
        0..8,
    )
    .prop_map(|parts| ("set-cookie", parts.concat()));
    let other = (
        prop::sample::select(vec![
            "x-frame-options",
            "x-content-type-options",
            "strict-transport-security",
            "cache-control",
            "cross-origin-opener-policy",
            "last-modified",
        ]),
        prop::collection::vec(
            prop::sample::select(vec![
                "DENY",
                "SAMEORIGIN",
                "ALLOW-FROM https://a.example",
                "nosniff",
                "max-age=0",
                "max-age=99",
                "max-age=\"63072000\"",
                "includeSubDomains",
                ";",
                ",",
                " ",
                "\"",
                "public",
                "private",
                "no-store",
                "s-maxage=9",
                "private=\"set-cookie\"",
                "same-origin",
                "unsafe-none",
                "Tue, 24 Nov 2026 12:00:00 GMT",
            ]),
            0..4,
        )
        .prop_map(|parts| parts.concat()),
    );
    prop_oneof![2 => cookie, 1 => other]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_an_app_sends_the_promises_hold(fields in prop::collection::vec(field(), 0..6), status in 200_u16..=404) {
        let mantlet = Mantlet::new(&Policy::default());
        let mut headers = HeaderMap::new();
        headers.append("content-type", "text/html".parse().unwrap());
        for (name, value) in &fields {
            headers.append(*name, value.parse().unwrap());
        }
        let (uri, site) = (Uri::from_static("/"), site());
        let mut request = Fields::new();
        let mut head = RequestHead { method: &Method::GET, uri: &uri, fields: &mut request, site: &site };
        let mut exchange = mantlet.begin(&head);
        let _plan = exchange.admit(&mut head).unwrap();
        let status = StatusCode::from_u16(status).unwrap();
        prop_assume!(status != StatusCode::NOT_MODIFIED);
        let mut dressed = Fields::from(&headers);
        exchange.dress(&mut ResponseHead { status, fields: &mut dressed });
        let headers = HeaderMap::from(&dressed);
        let report = judge(vec![Seen { method: Method::GET, path: "/".into(), https: true, provoked: false, status, headers: headers.clone(), meta: Vec::new() }]);
        for finding in report.problems() {
            prop_assert!(!PROMISED.contains(&finding.rule.id), "{}: {} {headers:#?}", finding.rule.id, finding.summary);
        }
    }
}
