use super::site::{TestSite, login_form};
use super::{Row, row};

const GOOD: &str = "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax";

fn good() -> TestSite {
    TestSite::https().page(&[("set-cookie", GOOD), ("cache-control", "no-store")])
}

fn bare() -> TestSite {
    TestSite::https().sets("session=1; Path=/")
}

/// No page sets a cookie; the answer to a form does.
fn by_form() -> TestSite {
    TestSite::https().page(&[]).answers_a_form("/name", &[("set-cookie", "session=1; Path=/")])
}

fn none() -> TestSite {
    TestSite::https().page(&[])
}

pub(super) const ROWS: &[Row] = &[
    row("known name", "session.cookie.identified", bare, "implemented"),
    row(
        "named by hand",
        "session.cookie.identified",
        || {
            let mut site = TestSite::https().sets("x1=1");
            site.observation.session_cookies.push("x1".into());
            site
        },
        "implemented",
    ),
    row("before login", "session.cookie.identified", || none().form(login_form()), "unknown"),
    row("no cookies", "session.cookie.identified", none, "not applicable"),
    row(
        "notices, set as a session",
        "session.cookie.secure",
        || TestSite::https().sets("messages=.eJxTYGBgYJRiYGQAAAZ4:1vOaaa:k8s0; Path=/; HttpOnly; SameSite=Lax"),
        "not applicable",
    ),
    row(
        "the same with a prefix",
        "session.cookie.identified",
        || TestSite::https().sets("__Host-messages=.eJxTYGBgYJRiYGQAAAZ4:1vO; Path=/; HttpOnly; Secure"),
        "unknown",
    ),
    row(
        "any name with a prefix, set as a session",
        "session.cookie.identified",
        || TestSite::https().sets("__Host-fastapiusersauth=eyJhbGciOiJIUzI1NiJ9; Path=/; HttpOnly; Secure"),
        "implemented",
    ),
    row(
        "no known name, and a value that nobody guesses",
        "session.cookie.identified",
        || TestSite::https().sets("u=9f86d081884c7d65; HttpOnly"),
        "unknown",
    ),
    row(
        "a preference",
        "session.cookie.identified",
        || TestSite::https().sets("theme=dark; HttpOnly"),
        "not applicable",
    ),
    row(
        "a language kept from scripts",
        "session.cookie.identified",
        || TestSite::https().sets("pma_lang=en; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "not applicable",
    ),
    row("deleted", "session.cookie.identified", || TestSite::https().sets("session=; Max-Age=0"), "not applicable"),
    row(
        "deleted long ago",
        "session.cookie.secure",
        || TestSite::https().sets("session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        "not applicable",
    ),
    row(
        "deleted an hour ago",
        "session.cookie.secure",
        || {
            TestSite::https().page(&[
                ("set-cookie", "session=; Expires=Thu, 26 Nov 2026 09:00:00 GMT"),
                ("date", "Thu, 26 Nov 2026 10:00:00 GMT"),
            ])
        },
        "not applicable",
    ),
    row("bare", "session.cookie.secure", bare, "missing high"),
    row("good", "session.cookie.secure", good, "implemented"),
    row(
        "one answer of two",
        "session.cookie.secure",
        || good().answers("/old", 302, &[("set-cookie", "session=1")]),
        "missing high",
    ),
    row("no cookies", "session.cookie.secure", none, "not applicable"),
    row("bare", "session.cookie.httponly", bare, "missing high"),
    row("good", "session.cookie.httponly", good, "implemented"),
    row(
        "csrf cookie for scripts",
        "session.cookie.httponly",
        || TestSite::https().sets("csrftoken=1; Secure"),
        "not applicable",
    ),
    row("bare", "session.cookie.samesite", bare, "missing medium"),
    row("good", "session.cookie.samesite", good, "implemented"),
    row("misspelt", "session.cookie.samesite", || TestSite::https().sets("session=1; SameSite=true"), "missing medium"),
    row(
        "none",
        "session.cookie.samesite-none",
        || TestSite::https().sets("session=1; SameSite=None; Secure"),
        "missing medium",
    ),
    row("good", "session.cookie.samesite-none", good, "implemented"),
    row("bare", "session.cookie.samesite-none", bare, "not applicable"),
    row(
        "misspelt",
        "session.cookie.samesite-invalid",
        || TestSite::https().sets("session=1; samesite=true"),
        "missing low",
    ),
    row("empty", "session.cookie.samesite-invalid", || TestSite::https().sets("session=1; SameSite"), "missing low"),
    row("good", "session.cookie.samesite-invalid", good, "not applicable"),
    row("begun by a form", "session.cookie.secure", by_form, "missing high"),
    row("begun by a form", "session.cookie.cacheable", by_form, "implemented"),
    row("bare", "session.cookie.prefix", bare, "missing low"),
    row("good", "session.cookie.prefix", good, "implemented"),
    row(
        "host with a domain",
        "session.cookie.prefix-broken",
        || TestSite::https().sets("__Host-session=1; Path=/; Secure; Domain=shop.example"),
        "missing medium",
    ),
    row(
        "host with a path",
        "session.cookie.prefix-broken",
        || TestSite::https().sets("__Host-session=1; Path=/a; Secure"),
        "missing medium",
    ),
    row(
        "host without a path",
        "session.cookie.prefix-broken",
        || TestSite::https().sets("__Host-session=1; Secure"),
        "missing medium",
    ),
    row(
        "secure that is not",
        "session.cookie.prefix-broken",
        || TestSite::https().sets("__Secure-session=1"),
        "missing medium",
    ),
    row("good", "session.cookie.prefix-broken", good, "implemented"),
    row("no prefix", "session.cookie.prefix-broken", bare, "not applicable"),
    row(
        "shared with siblings",
        "session.cookie.domain",
        || TestSite::https().sets("session=1; Domain=shop.example"),
        "missing medium",
    ),
    row("empty is none", "session.cookie.domain", || TestSite::https().sets("session=1; Domain="), "implemented"),
    row("good", "session.cookie.domain", good, "implemented"),
    row("in the clear", "session.cookie.plain-http", || TestSite::at("http://shop.example").sets(GOOD), "missing high"),
    row(
        "on this machine",
        "session.cookie.plain-http",
        || TestSite::at("http://localhost:5000").sets(GOOD),
        "missing info",
    ),
    row("good", "session.cookie.plain-http", good, "implemented"),
    row("a year", "session.cookie.lifetime", || TestSite::https().sets("session=1; Max-Age=31536000"), "missing low"),
    row(
        "a year by date",
        "session.cookie.lifetime",
        || {
            TestSite::https().page(&[
                ("date", "Tue, 24 Nov 2026 12:00:00 GMT"),
                ("set-cookie", "session=1; Expires=Wed, 24 Nov 2027 12:00:00 GMT"),
            ])
        },
        "missing low",
    ),
    row(
        "a day by date",
        "session.cookie.lifetime",
        || {
            TestSite::https().page(&[
                ("date", "Tue, 24 Nov 2026 12:00:00 GMT"),
                ("set-cookie", "session=1; Expires=Wed, 25 Nov 2026 12:00:00 GMT"),
            ])
        },
        "implemented",
    ),
    row("until closed", "session.cookie.lifetime", good, "implemented"),
    row(
        "too large",
        "session.cookie.size",
        || TestSite::https().sets(&format!("session={}", "x".repeat(4096))),
        "missing low",
    ),
    row("good", "session.cookie.size", good, "not applicable"),
    row(
        "app and proxy",
        "session.cookie.duplicate",
        || TestSite::https().page(&[("set-cookie", "session=1; Secure"), ("set-cookie", "session=1")]),
        "missing low",
    ),
    row(
        "for two folders",
        "session.cookie.duplicate",
        || TestSite::https().page(&[("set-cookie", "session=1; Path=/admin"), ("set-cookie", "session=1; Path=/")]),
        "not applicable",
    ),
    row(
        "on two answers",
        "session.cookie.duplicate",
        || good().sets("__Host-session=2; Path=/; Secure"),
        "not applicable",
    ),
    row(
        "public",
        "session.cookie.cacheable",
        || TestSite::https().page(&[("set-cookie", GOOD), ("cache-control", "public, max-age=60")]),
        "missing medium",
    ),
    row(
        "dated",
        "session.cookie.cacheable",
        || TestSite::https().page(&[("set-cookie", GOOD), ("last-modified", "Tue, 24 Nov 2026 12:00:00 GMT")]),
        "missing medium",
    ),
    row("nothing said", "session.cookie.cacheable", bare, "weak low"),
    row(
        "private",
        "session.cookie.cacheable",
        || TestSite::https().page(&[("set-cookie", GOOD), ("cache-control", "private, max-age=60")]),
        "implemented",
    ),
    row("good", "session.cookie.cacheable", good, "implemented"),
    row("theme", "session.cookie.other-secure", || TestSite::https().sets("theme=dark"), "missing low"),
    row("secure theme", "session.cookie.other-secure", || TestSite::https().sets("theme=dark; Secure"), "implemented"),
    row("none", "session.cookie.other-secure", good, "not applicable"),
    row("not secure", "session.cookie.partitioned", || TestSite::https().sets("session=1; Partitioned"), "missing low"),
    row("good", "session.cookie.partitioned", good, "not applicable"),
];
