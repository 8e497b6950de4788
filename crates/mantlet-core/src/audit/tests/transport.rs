use http::StatusCode;

use super::site::TestSite;
use super::{Row, row};
use crate::audit::{Https, PlainHttp, UnknownHost};

fn http() -> TestSite {
    TestSite::at("http://shop.example")
}

fn redirects(to: &str) -> TestSite {
    TestSite::https().transport(|transport| transport.plain = PlainHttp::Redirects { to: to.to_owned() })
}

fn hsts(value: &str) -> TestSite {
    TestSite::https().page(&[("strict-transport-security", value)])
}

fn made_up_host(status: u16, location: Option<&str>) -> TestSite {
    let answer = UnknownHost {
        path: "/".to_owned(),
        status: StatusCode::from_u16(status).unwrap(),
        location: location.map(str::to_owned),
    };
    TestSite::https().transport(|transport| transport.unknown_host = Some(answer))
}

pub(super) const ROWS: &[Row] = &[
    row("plain", "transport.https.available", http, "missing high"),
    row("tls", "transport.https.available", TestSite::https, "implemented"),
    row(
        "expired",
        "transport.https.certificate",
        || TestSite::https().transport(|transport| transport.https = Https::Untrusted("expired".into())),
        "missing high",
    ),
    row("good", "transport.https.certificate", TestSite::https, "implemented"),
    row("plain", "transport.https.certificate", http, "not applicable"),
    row(
        "served",
        "transport.http.redirect",
        || TestSite::https().transport(|transport| transport.plain = PlainHttp::Serves),
        "missing high",
    ),
    row("silent", "transport.http.redirect", TestSite::https, "implemented"),
    row(
        "refused",
        "transport.http.redirect",
        || TestSite::https().transport(|transport| transport.plain = PlainHttp::Refuses(StatusCode::BAD_REQUEST)),
        "implemented",
    ),
    row("to https", "transport.http.redirect", || redirects("https://shop.example/a?b"), "implemented"),
    row("to another port", "transport.http.redirect", || redirects("https://shop.example:8443"), "implemented"),
    row(
        "to a stranger",
        "transport.http.redirect",
        || redirects("https://shop.example.attacker.example/"),
        "missing high",
    ),
    row("to http", "transport.http.redirect", || redirects("http://www.shop.example/"), "missing high"),
    row("relative", "transport.http.redirect", || redirects("/home"), "missing high"),
    row("none", "transport.hsts.present", || TestSite::https().page(&[]), "missing high"),
    row("forget", "transport.hsts.present", || hsts("max-age=0"), "missing high"),
    row("malformed", "transport.hsts.present", || hsts("max-age=1y"), "missing high"),
    row("a year", "transport.hsts.present", || hsts("max-age=31536000"), "implemented"),
    row("plain", "transport.hsts.present", || http().page(&[]), "unknown"),
    row(
        "this machine",
        "transport.hsts.present",
        || TestSite::at("https://shop.localhost:8443").page(&[]),
        "not applicable",
    ),
    row("an address", "transport.hsts.present", || TestSite::at("https://192.0.2.1").page(&[]), "not applicable"),
    row("a day", "transport.hsts.max-age", || hsts("max-age=86400"), "missing medium"),
    row("a year", "transport.hsts.max-age", || hsts("max-age=31536000; includeSubDomains"), "implemented"),
    row("none", "transport.hsts.max-age", || TestSite::https().page(&[]), "not applicable"),
    row("served", "transport.host.unknown", || made_up_host(200, None), "missing medium"),
    row("misdirected", "transport.host.unknown", || made_up_host(421, None), "implemented"),
    row("misdirected, all", "transport.host.unknown", || made_up_host(421, None).answers("/", 421, &[]), "implemented"),
    row("refused", "transport.host.unknown", || made_up_host(404, None).answers("/", 200, &[]), "implemented"),
    row("no page for anybody", "transport.host.unknown", || made_up_host(404, None).answers("/", 404, &[]), "unknown"),
    row("failed", "transport.host.unknown", || made_up_host(500, None), "unknown"),
    row(
        "https, under the made-up name",
        "transport.host.unknown",
        || made_up_host(302, Some("https://Mantlet-Probe.invalid:443/")),
        "missing medium",
    ),
    row("to a path", "transport.host.unknown", || made_up_host(302, Some("/login?next=//x")), "missing medium"),
    row(
        "to a path with an address in it",
        "transport.host.unknown",
        || made_up_host(302, Some("/login?next=https://shop.example/")),
        "missing medium",
    ),
    row("to the own name", "transport.host.unknown", || made_up_host(301, Some("//shop.example/")), "implemented"),
    row("no answer", "transport.host.unknown", TestSite::https, "implemented"),
];
