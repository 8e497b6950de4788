use http::{Method, Uri};
use mantlet_fields::{Fields, Known};

use super::*;
use crate::head::RequestHead;
use crate::path::PathPattern;
use crate::site::Site;
use crate::{Mode, Notes, Origin, Reason, Refusal};

const OWN: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
const SHELL: &str = "capacitor://localhost";
const UPGRADE: (&str, &str) = ("upgrade", "websocket");
const COOKIE: (&str, &str) = ("cookie", "session=1");
const JSON: (&str, &str) = ("content-type", "application/json");
const LOGIN: (&str, &str) = ("authorization", "BASIC x");
const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=X");

/// What is judged: method, target and fields, sent to https://app.example.
fn judge(policy: &CsrfPolicy, method: &str, target: &str, fields: &[(&str, &str)]) -> (Result<(), Refusal>, Fields) {
    let mut fields = Fields::from_pairs(fields.iter().copied()).unwrap();
    let site = Site::new(Origin::parse(OWN).unwrap());
    let (method, uri) = (Method::from_bytes(method.as_bytes()).unwrap(), Uri::try_from(target).unwrap());
    let mut head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
    let verdict = CsrfGuard::new(policy, Mode::Enforce).admit(&mut head, &mut Notes::default());
    (verdict, fields)
}

fn reason(policy: &CsrfPolicy, method: &str, target: &str, fields: &[(&str, &str)]) -> Option<Reason> {
    judge(policy, method, target, fields).0.err().map(|refusal| refusal.reason)
}

fn trusting(origin: &str) -> CsrfPolicy {
    CsrfPolicy { trusted_origins: vec![TrustedOrigin::parse(origin).unwrap()], ..CsrfPolicy::default() }
}

#[test]
fn unsafe_requests_by_what_the_browser_says() {
    use Reason::*;
    let site = |value| ("sec-fetch-site", value);
    let origin = |value| ("origin", value);
    let referer = |value| ("referer", value);
    let (navigates, no_cors) = (("sec-fetch-mode", "navigate"), ("sec-fetch-mode", "no-cors"));
    for (name, fields, expected) in [
        ("own form", &[site("same-origin"), origin(OWN), COOKIE][..], None),
        ("form_from_another_site", &[site("cross-site"), origin(EVIL), COOKIE], Some(CsrfCrossSite)),
        ("login_csrf", &[site("cross-site"), origin(EVIL)], Some(CsrfCrossSite)),
        ("own form for a new window, WebKit", &[site("cross-site"), navigates, origin(OWN), COOKIE], None),
        ("back to another site's form, WebKit", &[site("same-origin"), origin(EVIL), COOKIE], Some(CsrfOriginMismatch)),
        ("redirected by another site", &[site("cross-site"), origin("null"), COOKIE], Some(CsrfCrossSite)),
        ("redirected by a sibling", &[site("same-site"), origin("null"), COOKIE], Some(CsrfSameSite)),
        ("cross-site without Origin", &[site("cross-site"), COOKIE], Some(CsrfCrossSite)),
        ("sibling", &[site("same-site"), origin("https://blog.app.example")], Some(CsrfSameSite)),
        ("address bar", &[site("none"), COOKIE], None),
        ("own page without referrer", &[site("same-origin"), origin("null"), COOKIE], None),
        ("navigation that no page began", &[site("none"), navigates, origin("null"), COOKIE], None),
        ("background fetch, own", &[site("none"), no_cors, origin(OWN), COOKIE], None),
        ("background fetch, other", &[site("none"), no_cors, origin(EVIL), COOKIE], Some(CsrfOriginMismatch)),
        ("background_fetch_by_a_redirect", &[site("none"), no_cors, origin("null"), COOKIE], Some(CsrfOriginNull)),
        ("background fetch, login", &[site("none"), no_cors, origin("null")], Some(CsrfOriginNull)),
        ("none without a mode", &[site("none"), origin("null"), COOKIE], Some(CsrfOriginNull)),
        ("two modes", &[site("none"), navigates, no_cors, origin("null")], Some(CsrfOriginNull)),
        ("a program's own, without Origin", &[site("none"), no_cors, COOKIE], None),
        ("extension", &[site("none"), origin("chrome-extension://abcdef")], Some(CsrfOriginMismatch)),
        ("metadata twice", &[site("same-origin"), site("same-origin")], Some(CsrfMalformed)),
        ("metadata list", &[site("same-origin, cross-site")], Some(CsrfMalformed)),
        ("metadata case", &[site("Same-Origin")], Some(CsrfMalformed)),
        ("metadata unknown", &[site("same-galaxy")], Some(CsrfMalformed)),
        ("metadata empty", &[site("")], Some(CsrfMalformed)),
        ("old browser, own", &[origin(OWN), COOKIE], None),
        ("old browser, other", &[origin(EVIL), COOKIE], Some(CsrfOriginMismatch)),
        ("old browser, login_csrf", &[origin(EVIL)], Some(CsrfOriginMismatch)),
        ("plain http page of the same host", &[origin("http://app.example")], Some(CsrfOriginMismatch)),
        ("other port", &[origin("https://app.example:8443")], Some(CsrfOriginMismatch)),
        ("suffix", &[origin("https://app.example.evil.example")], Some(CsrfOriginMismatch)),
        ("prefix", &[origin("https://evilapp.example")], Some(CsrfOriginMismatch)),
        ("trailing dot", &[origin("https://app.example.")], Some(CsrfOriginMismatch)),
        ("case", &[origin("HTTPS://APP.EXAMPLE"), COOKIE], None),
        ("default port", &[origin("https://app.example:443"), COOKIE], None),
        ("user info", &[origin("https://app.example@evil.example")], Some(CsrfMalformed)),
        ("two origins", &[origin("https://app.example https://evil.example")], Some(CsrfMalformed)),
        ("two origins, list", &[origin("https://app.example, https://evil")], Some(CsrfMalformed)),
        ("two Origin fields", &[origin(OWN), origin(OWN)], Some(CsrfMalformed)),
        ("sandboxed_frame", &[origin("null"), COOKIE], Some(CsrfOriginNull)),
        ("null in capitals", &[origin("NULL")], Some(CsrfMalformed)),
        ("referer, own", &[referer("https://app.example/form?x"), COOKIE], None),
        ("referer, own, no path", &[referer("https://app.example"), COOKIE], None),
        ("referer, other", &[referer("https://evil.example/?https://app.example"), COOKIE], Some(CsrfOriginMismatch)),
        ("referer, user info", &[referer("https://app.example@evil.example/")], Some(CsrfOriginMismatch)),
        ("referer, backslash", &[referer("https://app.example\\@evil.example/")], Some(CsrfOriginMismatch)),
        ("referer, not a page", &[referer("about:blank")], Some(CsrfOriginMismatch)),
        ("referer twice", &[referer("https://app.example/"), referer("https://app.example/")], Some(CsrfMalformed)),
        ("silent with a cookie", &[COOKIE], Some(CsrfNoOrigin)),
        ("silent with basic auth", &[("authorization", "basic dTpw")], Some(CsrfNoOrigin)),
        ("basic auth of curl", &[LOGIN, ("user-agent", "curl/8.5.0")], None),
        ("basic auth of nobody", &[LOGIN, ("user-agent", "")], Some(CsrfNoOrigin)),
        ("basic auth of a browser", &[LOGIN, ("user-agent", "Mozilla/4.0 (compatible; MSIE 8.0)")], Some(CsrfNoOrigin)),
        ("basic auth of a browser in capitals", &[LOGIN, ("user-agent", "MOZILLA/5.0")], Some(CsrfNoOrigin)),
        ("basic auth of Opera", &[LOGIN, ("user-agent", "Opera/9.80")], Some(CsrfNoOrigin)),
        (
            "basic auth of two at once",
            &[LOGIN, ("user-agent", "curl/8.5.0"), ("user-agent", "Mozilla/5.0")],
            Some(CsrfNoOrigin),
        ),
        ("curl with a cookie", &[COOKIE, ("user-agent", "curl/8.5.0")], Some(CsrfNoOrigin)),
        ("silent with a token", &[("authorization", "Bearer x")], None),
        ("command line", &[], None),
        (
            "forwarded_host_of_the_attacker",
            &[origin(EVIL), ("x-forwarded-host", "evil.example"), ("host", "evil.example")],
            Some(CsrfOriginMismatch),
        ),
    ] {
        assert_eq!(reason(&CsrfPolicy::default(), "POST", "/transfer", fields), expected, "{name}");
    }
}

#[test]
fn only_safe_methods_pass_unjudged() {
    let cross_site = [("sec-fetch-site", "cross-site"), ("origin", EVIL), COOKIE];
    for (method, target, expected) in [
        ("GET", "/", None),
        ("HEAD", "/", Some(Reason::CsrfCrossSite)),
        ("OPTIONS", "/", None),
        ("POST", "/", Some(Reason::CsrfCrossSite)),
        ("PUT", "/", Some(Reason::CsrfCrossSite)),
        ("DELETE", "/", Some(Reason::CsrfCrossSite)),
        ("QUERY", "/", Some(Reason::CsrfCrossSite)),
        ("PROPFIND", "/", Some(Reason::CsrfCrossSite)),
        ("get", "/", Some(Reason::CsrfCrossSite)),
        ("FOO", "/", Some(Reason::CsrfCrossSite)),
        ("GET", "/?_method=DELETE", Some(Reason::CsrfMethodOverride)),
        ("GET", "/?a=1&%5fmethod=DELETE", Some(Reason::CsrfMethodOverride)),
        ("HEAD", "/?_method=DELETE", Some(Reason::CsrfMethodOverride)),
        ("GET", "/?payment_method=card", None),
    ] {
        assert_eq!(reason(&CsrfPolicy::default(), method, target, &cross_site), expected, "{method} {target}");
    }
}

/// GitHub's OAuth flow, 2019: its code asked whether it was a GET.
#[test]
fn a_head_with_a_login_is_judged_by_what_browsers_say() {
    use Reason::*;
    for (name, fields, expected) in [
        ("own", &[("sec-fetch-site", "same-origin"), COOKIE][..], None),
        ("the user's own", &[("sec-fetch-site", "none"), COOKIE], None),
        ("background fetch", &[("sec-fetch-site", "none"), ("origin", "null"), COOKIE], Some(CsrfOriginNull)),
        ("another site", &[("sec-fetch-site", "cross-site"), COOKIE], Some(CsrfCrossSite)),
        ("another site, Basic", &[("sec-fetch-site", "cross-site"), LOGIN], Some(CsrfCrossSite)),
        ("another site, without a login", &[("sec-fetch-site", "cross-site"), ("origin", EVIL)], None),
        ("another site, token", &[("sec-fetch-site", "cross-site"), ("authorization", "Bearer x")], None),
        ("a sibling", &[("sec-fetch-site", "same-site"), COOKIE], Some(CsrfSameSite)),
        ("an old browser, CORS", &[("origin", EVIL), COOKIE], Some(CsrfOriginMismatch)),
        ("a program that follows links", &[("referer", "https://other.example/"), COOKIE], None),
        ("a program that keeps cookies", &[COOKIE], None),
        ("a program that logs in", &[LOGIN], None),
    ] {
        assert_eq!(reason(&CsrfPolicy::default(), "HEAD", "/", fields), expected, "{name}");
    }
    let strict = CsrfPolicy { no_origin: NoOrigin::Refuse, ..CsrfPolicy::default() };
    assert_eq!(reason(&strict, "HEAD", "/", &[COOKIE]), None, "silence where it is refused");
    assert_eq!(reason(&trusting(EVIL), "HEAD", "/", &[("origin", EVIL), COOKIE]), None, "trusted");
}

#[test]
fn override_fields_count_and_stay_out() {
    for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        let cross_site = [(name, "DELETE"), ("sec-fetch-site", "cross-site"), COOKIE];
        let own = [(name, "DELETE"), ("sec-fetch-site", "same-origin"), COOKIE];
        let policy = CsrfPolicy::default();
        assert_eq!(reason(&policy, "GET", "/", &cross_site), Some(Reason::CsrfMethodOverride), "{name}");
        let (verdict, fields) = judge(&policy, "POST", "/", &own);
        let has_override =
            |fields: &Fields| fields.iter().any(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        assert!(verdict.is_ok() && !has_override(&fields), "{name} reaches the application");

        let policy = CsrfPolicy { method_override: MethodOverride::Allow, ..policy };
        assert_eq!(reason(&policy, "GET", "/", &cross_site), Some(Reason::CsrfMethodOverride), "{name}");
        assert!(has_override(&judge(&policy, "POST", "/", &own).1), "{name} was asked for");
    }
}

#[test]
fn a_websocket_handshake_needs_an_origin_of_ours() {
    use Reason::*;
    let upgrade = ("upgrade", "WebSocket");
    for (name, fields, expected) in [
        ("own", &[upgrade, ("origin", OWN), COOKIE][..], None),
        ("cross_site_websocket_hijacking", &[upgrade, ("origin", EVIL), COOKIE], Some(CsrfWebsocketOrigin)),
        ("with metadata", &[upgrade, ("origin", EVIL), ("sec-fetch-site", "cross-site")], Some(CsrfWebsocketOrigin)),
        (
            "sandboxed frame",
            &[upgrade, ("origin", "null"), ("sec-fetch-site", "same-origin")],
            Some(CsrfWebsocketOrigin),
        ),
        ("no Origin, cookie", &[upgrade, COOKIE], Some(CsrfWebsocketOrigin)),
        ("a Referer is not enough", &[upgrade, COOKIE, ("referer", "https://app.example/")], Some(CsrfWebsocketOrigin)),
        ("metadata is not enough", &[upgrade, COOKIE, ("sec-fetch-site", "same-origin")], Some(CsrfWebsocketOrigin)),
        ("not a browser", &[upgrade], None),
        ("one of several protocols", &[("upgrade", "h2c, websocket/13"), ("origin", EVIL)], Some(CsrfWebsocketOrigin)),
        ("only the key", &[("sec-websocket-key", "x"), ("origin", EVIL)], Some(CsrfWebsocketOrigin)),
        ("another protocol", &[("upgrade", "h2c"), ("origin", EVIL)], None),
    ] {
        assert_eq!(reason(&CsrfPolicy::default(), "GET", "/ws", fields), expected, "{name}");
        let free = CsrfPolicy { websocket: WebSocket::Allow, ..CsrfPolicy::default() };
        assert_eq!(reason(&free, "GET", "/ws", fields), None, "{name}, allowed");
    }
}

/// RFC 8441: another method, and none of the two fields.
#[test]
fn a_websocket_handshake_over_http2_needs_one_too() {
    let version = ("sec-websocket-version", "13");
    for (name, fields, expected) in [
        ("own", &[version, ("origin", OWN), COOKIE][..], None),
        ("cross_site_websocket_hijacking", &[version, ("origin", EVIL), COOKIE], Some(Reason::CsrfWebsocketOrigin)),
        ("no Origin, cookie", &[version, COOKIE], Some(Reason::CsrfWebsocketOrigin)),
        ("not a browser", &[version], None),
    ] {
        assert_eq!(reason(&CsrfPolicy::default(), "CONNECT", "/ws", fields), expected, "{name}");
        let free = CsrfPolicy { websocket: WebSocket::Allow, ..CsrfPolicy::default() };
        assert_eq!(reason(&free, "CONNECT", "/ws", fields), None, "{name}, allowed");
    }
}

#[test]
fn options_of_the_policy() {
    let by = |site: &'static str, origin: &'static str| [("sec-fetch-site", site), ("origin", origin), COOKIE];
    let default = CsrfPolicy::default;
    let exempt = || CsrfPolicy { exempt: vec![PathPattern::parse("/webhooks/*").unwrap()], ..default() };
    let sibling = CsrfPolicy { same_site: Verdict::Allow, ..default() };
    let null = CsrfPolicy { null_origin: Verdict::Allow, ..default() };
    let silent = |no_origin| CsrfPolicy { no_origin, ..default() };
    let safe = CsrfPolicy { safe_methods: SafeMethods::new([Method::GET]).unwrap(), ..default() };
    let cross = &by("cross-site", EVIL)[..];
    for (name, policy, method, target, fields, passes) in [
        ("trusted", trusting(EVIL), "POST", "/", cross, true),
        ("trusted by another scheme", trusting("http://evil.example"), "POST", "/", cross, false),
        ("trusted by another port", trusting("https://evil.example:444"), "POST", "/", cross, false),
        (
            "trusted sibling",
            trusting("https://b.app.example"),
            "POST",
            "/",
            &by("same-site", "https://b.app.example"),
            true,
        ),
        ("trusted, old browser", trusting(EVIL), "POST", "/", &[("origin", EVIL), COOKIE], true),
        ("trusted shell", trusting(SHELL), "POST", "/", &by("cross-site", SHELL), true),
        ("trusted shell, by its privileges", trusting(SHELL), "POST", "/", &by("none", SHELL), true),
        ("trusted shell, old browser", trusting(SHELL), "POST", "/", &[("origin", SHELL), COOKIE], true),
        (
            "trusted shell, GET that asks for more",
            trusting(SHELL),
            "GET",
            "/?_method=PUT",
            &by("cross-site", SHELL),
            true,
        ),
        ("trusted shell, handshake", trusting(SHELL), "GET", "/", &[UPGRADE, ("origin", SHELL), COOKIE], true),
        (
            "trusted shell, handshake with metadata",
            trusting(SHELL),
            "GET",
            "/",
            &[UPGRADE, ("sec-fetch-site", "cross-site"), ("origin", SHELL), COOKIE],
            true,
        ),
        (
            "trusted shell, other host",
            trusting(SHELL),
            "POST",
            "/",
            &by("cross-site", "capacitor://localhost.x"),
            false,
        ),
        (
            "trusted shell, other port",
            trusting(SHELL),
            "POST",
            "/",
            &by("cross-site", "capacitor://localhost:1"),
            false,
        ),
        ("trusted shell, other scheme", trusting(SHELL), "POST", "/", &by("cross-site", "ionic://localhost"), false),
        ("trusted shell, other case", trusting(SHELL), "POST", "/", &by("cross-site", "Capacitor://localhost"), false),
        ("trusted shell, slash", trusting(SHELL), "POST", "/", &by("cross-site", "capacitor://localhost/"), false),
        ("trusted shell, null", trusting(SHELL), "POST", "/", &by("cross-site", "null"), false),
        (
            "trusted shell, web page of its host",
            trusting(SHELL),
            "POST",
            "/",
            &by("cross-site", "https://localhost"),
            false,
        ),
        ("trusted shell, only a Referer", trusting(SHELL), "POST", "/", &[("referer", SHELL), COOKIE], false),
        ("trusted shell, two", trusting(SHELL), "POST", "/", &[("origin", SHELL), ("origin", SHELL)], false),
        ("trusted host, its shell", trusting("https://localhost"), "POST", "/", &by("cross-site", SHELL), false),
        ("trusted, null", trusting(EVIL), "POST", "/", &by("cross-site", "null"), false),
        ("siblings allowed", sibling.clone(), "POST", "/", &by("same-site", "https://b.app.example"), true),
        ("siblings allowed, other site", sibling, "POST", "/", cross, false),
        ("null allowed", null.clone(), "POST", "/", &[("origin", "null"), COOKIE], true),
        ("null allowed, cross-site", null, "POST", "/", &by("cross-site", "null"), false),
        ("silence allowed", silent(NoOrigin::Allow), "POST", "/", &[COOKIE][..], true),
        ("silence refused", silent(NoOrigin::Refuse), "POST", "/", &[], false),
        ("silence refused, JSON", silent(NoOrigin::Refuse), "POST", "/", &[JSON, COOKIE], false),
        ("JSON with a cookie", default(), "POST", "/", &[JSON, COOKIE], false),
        ("PUT with a cookie", default(), "PUT", "/", &[COOKIE], false),
        ("token and cookie", default(), "POST", "/", &[("authorization", "token x"), COOKIE], false),
        ("token", default(), "POST", "/", &[("authorization", "token x")], true),
        ("JSON with a login", default(), "POST", "/", &[JSON, LOGIN], true),
        ("PUT with a login", default(), "PUT", "/", &[LOGIN], true),
        ("JSON with a login and a cookie", default(), "POST", "/", &[JSON, LOGIN, COOKIE], false),
        ("login", default(), "POST", "/", &[LOGIN], false),
        ("JSON and a form", default(), "POST", "/", &[JSON, FORM, LOGIN], false),
        ("JSON, form", default(), "POST", "/", &[("content-type", "application/json, text/plain"), LOGIN], false),
        ("form of another case", default(), "POST", "/", &[("content-type", "Text/PLAIN"), LOGIN], false),
        ("token, login", default(), "POST", "/", &[("authorization", "token x"), LOGIN], false),
        ("handshake with a login", default(), "GET", "/", &[("upgrade", "websocket"), JSON, LOGIN], false),
        ("exempt", exempt(), "POST", "/webhooks/github", cross, true),
        ("exempt_by_prefix", exempt(), "POST", "/webhooks-old", cross, false),
        ("exempt_by_dots", exempt(), "POST", "/webhooks/../transfer", cross, false),
        ("exempt_by_encoding", exempt(), "POST", "/webhooks%2f..%2ftransfer", cross, false),
        ("HEAD not safe here", safe, "HEAD", "/", cross, false),
        ("off", CsrfPolicy { enabled: false, ..default() }, "POST", "/", cross, true),
    ] {
        assert_eq!(reason(&policy, method, target, fields).is_none(), passes, "{name}");
    }
}

#[test]
fn observing_changes_nothing() {
    let policy = CsrfPolicy { mode: Some(Mode::Observe), ..CsrfPolicy::default() };
    let fields = [("x-http-method", "PUT"), ("sec-fetch-site", "cross-site")];
    let (verdict, fields) = judge(&policy, "GET", "/", &fields);
    assert_eq!(verdict.unwrap_err().reason, Reason::CsrfMethodOverride);
    assert!(fields.contains(Known::XHttpMethod));
}

#[test]
fn refusals_have_the_status_of_the_policy() {
    let status = RefusalStatus::new(http::StatusCode::BAD_REQUEST).unwrap();
    let policy = CsrfPolicy { status, ..CsrfPolicy::default() };
    assert_eq!(judge(&policy, "POST", "/", &[COOKIE]).0.unwrap_err().status(), 400);
    assert_eq!(RefusalStatus::new(http::StatusCode::OK), None);
}

#[test]
fn the_policy_file_names_every_setting() {
    let policy: CsrfPolicy = toml::from_str(
        r#"
        safe_methods = ["GET", "HEAD", "QUERY"]
        trusted_origins = ["https://sso.example"]
        same_site = "allow"
        no_origin = "refuse-with-cookie"
        method_override = "allow"
        websocket = "check-origin"
        exempt = ["/webhooks/*"]
        status = 400
        error_page = "csrf.html"
        "#,
    )
    .unwrap();
    assert_eq!(policy.trusted_origins, trusting("https://sso.example").trusted_origins);
    assert_eq!(policy.same_site, Verdict::Allow);
    assert_eq!(policy.status.get(), 400);
    for (name, text) in [
        ("tokens are not built", r#"protection = "token""#),
        ("their table neither", "[token]\nfield = \"x\""),
        ("an origin has no path", r#"trusted_origins = ["https://a.example/login"]"#),
        ("POST is not safe", r#"safe_methods = ["POST"]"#),
        ("case counts", r#"safe_methods = ["get"]"#),
        ("a refusal that says OK", "status = 200"),
        ("unknown key", "same_sites = \"allow\""),
    ] {
        assert!(toml::from_str::<CsrfPolicy>(text).is_err(), "{name}");
    }
}
