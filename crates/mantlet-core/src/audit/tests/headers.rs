use super::site::TestSite;
use super::{Row, row};

const CSP: &str = "content-security-policy";
const REPORT_ONLY: &str = "content-security-policy-report-only";
const STRICT: &str =
    "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";
const FLOOR: &str = "object-src 'none'; base-uri 'self'; frame-ancestors 'self'";

fn bare() -> TestSite {
    TestSite::https().page(&[])
}

fn policy(policy: &str) -> TestSite {
    TestSite::https().page(&[(CSP, policy)])
}

fn strict() -> TestSite {
    policy(STRICT)
}

/// What the shield sends while it learns.
fn learning() -> TestSite {
    TestSite::https().page(&[(CSP, FLOOR), (REPORT_ONLY, STRICT)])
}

fn in_its_head(policy: &str) -> TestSite {
    bare().in_its_head(CSP, policy)
}

fn with_nonce(nonce: &str) -> String {
    format!("script-src 'nonce-{nonce}' 'strict-dynamic' https: 'unsafe-inline'")
}

fn nonced(nonce: &str) -> TestSite {
    policy(&with_nonce(nonce))
}

fn field(name: &str, value: &str) -> TestSite {
    TestSite::https().page(&[(name, value)])
}

pub(super) const ROWS: &[Row] = &[
    row("none", "headers.csp.present", bare, "missing high"),
    row("nothing for scripts", "headers.csp.present", || policy("img-src 'self'"), "missing high"),
    row("one page of two", "headers.csp.present", || strict().page(&[]), "missing high"),
    row("strict", "headers.csp.present", strict, "implemented"),
    row("learning", "headers.csp.present", learning, "not applicable"),
    row("in the head", "headers.csp.present", || in_its_head(STRICT), "implemented"),
    row("in the head", "headers.csp.unsafe-inline", || in_its_head("script-src 'unsafe-inline'"), "missing high"),
    row("in the head", "headers.framing", || in_its_head("frame-ancestors 'none'"), "missing medium"),
    row(
        "reported from the head",
        "headers.csp.present",
        || bare().in_its_head("content-security-policy-report-only", STRICT),
        "missing high",
    ),
    row(
        "two types, the last of a page",
        "headers.csp.present",
        || TestSite::https().answers("/", 200, &[("content-type", "text/plain"), ("content-type", "text/html")]),
        "missing high",
    ),
    row(
        "two types, the last of none",
        "headers.csp.present",
        || TestSite::https().answers("/", 200, &[("content-type", "text/html"), ("content-type", "text/plain")]),
        "unknown",
    ),
    row("a nonce each", "headers.csp.nonce", || nonced("r4nd0m").page(&[(CSP, &with_nonce("0th3r"))]), "implemented"),
    row(
        "a nonce for all",
        "headers.csp.nonce",
        || nonced("c0nst").page(&[(CSP, &with_nonce("c0nst"))]),
        "missing high",
    ),
    row(
        "a nonce for all, in the head",
        "headers.csp.nonce",
        || nonced("c0nst").page(&[]).in_its_head(CSP, &with_nonce("c0nst")),
        "missing high",
    ),
    row("one nonce", "headers.csp.nonce", || nonced("r4nd0m"), "unknown"),
    row("no nonce", "headers.csp.nonce", strict, "not applicable"),
    row(
        "the head comes after the field",
        "headers.referrer-policy",
        || field("referrer-policy", "no-referrer").in_its_head("referrer", "unsafe-url"),
        "missing medium",
    ),
    row("in the head", "headers.referrer-policy", || bare().in_its_head("referrer", "same-origin"), "implemented"),
    row("anybody on any port", "headers.framing", || policy("frame-ancestors https://*:*"), "missing medium"),
    row("no pages", "headers.csp.present", || TestSite::https().answers("/x.js", 200, &[]), "unknown"),
    row("only reports", "headers.csp.report-only", || field(REPORT_ONLY, STRICT), "missing medium"),
    row("learning", "headers.csp.report-only", learning, "weak low"),
    row("strict", "headers.csp.report-only", strict, "implemented"),
    row("inline", "headers.csp.unsafe-inline", || policy("script-src 'unsafe-inline'"), "missing high"),
    row(
        "inline, only reported",
        "headers.csp.unsafe-inline",
        || field(REPORT_ONLY, "script-src 'unsafe-inline'"),
        "missing high",
    ),
    row(
        "void by a hash",
        "headers.csp.unsafe-inline",
        || policy("script-src 'unsafe-inline' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"),
        "implemented",
    ),
    row(
        "a second policy makes up for it",
        "headers.csp.unsafe-inline",
        || TestSite::https().page(&[(CSP, "script-src 'unsafe-inline'"), (CSP, "script-src 'self'")]),
        "implemented",
    ),
    row(
        "a second policy is silent on scripts",
        "headers.csp.unsafe-inline",
        || {
            let floor = "base-uri 'self'; frame-ancestors 'self'";
            TestSite::https().page(&[(CSP, "default-src 'self' 'unsafe-inline'"), (CSP, floor)])
        },
        "missing high",
    ),
    row("no policy", "headers.csp.unsafe-inline", bare, "not applicable"),
    row("eval", "headers.csp.unsafe-eval", || policy("script-src 'self' 'unsafe-eval'"), "missing medium"),
    row("strict", "headers.csp.unsafe-eval", strict, "implemented"),
    row("star", "headers.csp.wildcard", || policy("script-src *"), "missing high"),
    row("data", "headers.csp.wildcard", || policy("script-src data:"), "missing high"),
    row("strict", "headers.csp.wildcard", strict, "implemented"),
    row("jsonp", "headers.csp.bypass-host", || policy("script-src 'self' https://www.google.com"), "missing medium"),
    row("a host of its own", "headers.csp.bypass-host", || policy("script-src https://cdn.example"), "implemented"),
    row("no object-src", "headers.csp.object-src", || policy("script-src 'self'"), "missing medium"),
    row("by default-src", "headers.csp.object-src", || policy("default-src 'self'"), "implemented"),
    row("no base-uri", "headers.csp.base-uri", || policy("default-src 'self'"), "missing medium"),
    row("the floor", "headers.csp.base-uri", learning, "implemented"),
    row("no form-action", "headers.csp.form-action", || policy("default-src 'self'"), "missing medium"),
    row(
        "form-action only reported",
        "headers.csp.form-action",
        || TestSite::https().page(&[(CSP, "default-src 'self'"), (REPORT_ONLY, "form-action 'self'")]),
        "weak low",
    ),
    row(
        "only reported on one page",
        "headers.csp.form-action",
        || {
            let reporting = [(CSP, "default-src 'self'"), (REPORT_ONLY, "form-action 'self'")];
            TestSite::https().page(&reporting).page(&[(CSP, "default-src 'self'")])
        },
        "missing medium",
    ),
    row("strict", "headers.csp.form-action", strict, "implemented"),
    row("none", "headers.nosniff", bare, "missing medium"),
    row("misspelt", "headers.nosniff", || field("x-content-type-options", "no-sniff"), "missing medium"),
    row("nosniff", "headers.nosniff", || field("x-content-type-options", "nosniff"), "implemented"),
    row(
        "not on a script",
        "headers.nosniff",
        || field("x-content-type-options", "nosniff").answers("/a.js", 200, &[]),
        "missing medium",
    ),
    row("none", "headers.framing", bare, "missing medium"),
    row("sameorigin", "headers.framing", || field("x-frame-options", "SAMEORIGIN"), "implemented"),
    row("ancestors", "headers.framing", strict, "implemented"),
    row("ancestors only reported", "headers.framing", || field(REPORT_ONLY, STRICT), "missing medium"),
    row(
        "ancestors beat options",
        "headers.framing",
        || TestSite::https().page(&[(CSP, "frame-ancestors *"), ("x-frame-options", "DENY")]),
        "missing medium",
    ),
    row("allow-from", "headers.framing", || field("x-frame-options", "ALLOW-FROM https://a.example"), "missing medium"),
    row(
        "allow-from",
        "headers.framing.invalid",
        || field("x-frame-options", "ALLOW-FROM https://a.example"),
        "missing low",
    ),
    row("sameorigin", "headers.framing.invalid", || field("x-frame-options", "SAMEORIGIN"), "not applicable"),
    row("none", "headers.referrer-policy", bare, "missing low"),
    row("gives all away", "headers.referrer-policy", || field("referrer-policy", "unsafe-url"), "missing medium"),
    row(
        "a fallback for old browsers",
        "headers.referrer-policy",
        || field("referrer-policy", "unsafe-url, no-referrer"),
        "implemented",
    ),
    row("none", "headers.permissions-policy", bare, "missing info"),
    row("camera off", "headers.permissions-policy", || field("permissions-policy", "camera=()"), "implemented"),
    row("none", "headers.coop", bare, "missing low"),
    row("unsafe-none", "headers.coop", || field("cross-origin-opener-policy", "unsafe-none"), "missing low"),
    row("pop-ups", "headers.coop", || field("cross-origin-opener-policy", "same-origin-allow-popups"), "implemented"),
    row("none", "headers.corp", bare, "missing low"),
    row("cross-origin", "headers.corp", || field("cross-origin-resource-policy", "cross-origin"), "missing low"),
    row("same-site", "headers.corp", || field("cross-origin-resource-policy", "same-site"), "implemented"),
    row("version", "headers.disclosure", || field("server", "Werkzeug/3.1.3 Python/3.12"), "missing low"),
    row("powered by", "headers.disclosure", || field("x-powered-by", "Express"), "missing low"),
    row("a name only", "headers.disclosure", || field("server", "nginx"), "implemented"),
    row(
        "errors without",
        "headers.coverage.errors",
        || strict().answers("/nope", 404, &[("content-type", "text/html")]),
        "missing medium",
    ),
    row(
        "errors with another field to the same end",
        "headers.coverage.errors",
        || {
            TestSite::https().page(&[("x-frame-options", "DENY")]).answers(
                "/nope",
                404,
                &[(CSP, "frame-ancestors 'none'")],
            )
        },
        "implemented",
    ),
    row("errors with", "headers.coverage.errors", || strict().answers("/nope", 404, &[(CSP, STRICT)]), "implemented"),
    row("nothing to lack", "headers.coverage.errors", || bare().answers("/nope", 404, &[]), "not applicable"),
    row(
        "app and proxy",
        "headers.duplicate",
        || TestSite::https().page(&[("x-frame-options", "DENY"), ("x-frame-options", "SAMEORIGIN")]),
        "missing low",
    ),
    row("once", "headers.duplicate", || field("x-frame-options", "DENY"), "not applicable"),
];
