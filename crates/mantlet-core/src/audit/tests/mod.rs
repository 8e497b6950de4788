//! Every rule is judged on sites where its mitigation is missing, and on sites where it works.

mod csrf;
mod framework;
mod headers;
mod session;
mod site;
mod transport;
mod upload;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::trial::{Forgery, Purpose, Trick};
use super::{Finding, RULES, Severity, Strategy, Verdict, judge};
use site::TestSite;

/// A site, a rule, and what it must find there: the verdict's word, with the severity when there is one.
struct Row {
    name: &'static str,
    rule: &'static str,
    site: fn() -> TestSite,
    expected: &'static str,
}

const fn row(name: &'static str, rule: &'static str, site: fn() -> TestSite, expected: &'static str) -> Row {
    Row { name, rule, site, expected }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    [session::ROWS, csrf::ROWS, headers::ROWS, transport::ROWS, upload::ROWS].into_iter().flatten()
}

fn in_words(finding: &Finding) -> String {
    match finding.verdict.severity() {
        Some(severity) => format!("{} {severity}", finding.verdict.as_str()),
        None => finding.verdict.as_str().to_owned(),
    }
}

#[test]
fn sites_are_judged_as_they_are() {
    for row in rows() {
        let report = judge(&(row.site)().observation);
        let finding = report.findings.iter().find(|finding| finding.rule.id == row.rule).expect(row.rule);
        assert_eq!(in_words(finding), row.expected, "{} on {}: {}", row.rule, row.name, finding.summary);
    }
}

#[test]
fn every_rule_meets_a_site_that_lacks_it_and_one_that_does_not() {
    for rule in RULES {
        let expected: Vec<&str> = rows().filter(|row| row.rule == rule.id).map(|row| row.expected).collect();
        let lacks = |word: &&str| word.starts_with("missing") || word.starts_with("weak");
        let is_seen = rule.is_discovery() || expected.iter().any(lacks);
        let is_clean = expected.iter().any(|word| !lacks(word));
        assert!(is_seen && is_clean, "{} has only {expected:?}", rule.id);
    }
}

#[test]
fn ids_are_unique_and_well_formed() {
    let mut seen = BTreeSet::new();
    for rule in RULES {
        let id = rule.id;
        assert!(seen.insert(id), "{id} stands twice");
        let words: Vec<&str> = id.split('.').collect();
        assert!((2..=3).contains(&words.len()), "{id}");
        assert!(words.iter().all(|word| !word.is_empty()), "{id}");
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-')), "{id}");
        assert_eq!(rule.strategy().prefix(), words[0], "{id}");
        assert!(!rule.title.ends_with('.') && rule.about.ends_with('.'), "{id}");
        assert!(!rule.fix.is_empty(), "{id}");
        assert!(rule.is_discovery() == rule.standards.is_empty() || rule.severity < Severity::High, "{id}");
    }
}

#[test]
fn rules_stand_together_by_strategy() {
    let mut strategies: Vec<Strategy> = RULES.iter().map(|rule| rule.strategy()).collect();
    strategies.dedup();
    assert_eq!(strategies, Strategy::ALL);
}

#[test]
fn no_value_of_a_cookie_is_ever_shown() {
    let site = TestSite::https().sets("session=s3cret-value; Domain=shop.example; SameSite=None; Max-Age=99999999");
    let report = judge(&site.observation);
    assert!(report.problems().count() > 3);
    for finding in &report.findings {
        assert!(!finding.summary.contains("s3cret"), "{finding:?}");
        assert!(!finding.seen.iter().any(|line| line.contains("s3cret")), "{finding:?}");
    }
}

#[test]
fn every_cookie_is_named_that_lacks_something() {
    let site = TestSite::https().sets("session=1; Secure").sets("sid=1").sets("sid=2").sets("remember_token=1");
    let report = judge(&site.observation);
    let finding = report.findings.iter().find(|finding| finding.rule.id == "session.cookie.secure").unwrap();
    assert_eq!(finding.summary, "`sid` may travel over plain HTTP; the same holds for `remember_token`");
    assert_eq!(finding.seen.len(), 2);
}

#[test]
fn what_was_stored_is_not_called_refused() {
    let picture = site::served("/uploads/p.png.html", &[("content-type", "image/png")]);
    let site = TestSite::https()
        .form(site::upload_form())
        .uploaded(Trick::Html, "p.html", site::refused(), None)
        .uploaded(Trick::Html, "p.png.html", site::accepted(), Some(picture));
    let report = judge(&site.observation);
    let finding = report.findings.iter().find(|finding| finding.rule.id == "upload.type.html").unwrap();
    assert_eq!(finding.summary, "HTML is stored, but served so that it does not run");
}

#[test]
fn a_login_that_fails_does_not_read_like_a_refused_one() {
    let fails = site::refused();
    let site = TestSite::https()
        .form(site::login_form())
        .forged(Purpose::Login, &[(Forgery::CrossSite, fails.clone())])
        .last_trial(|trial| {
            trial.control.first = fails.clone();
            trial.control.second = fails;
        });
    let report = judge(&site.observation);
    let finding = report.findings.iter().find(|finding| finding.rule.id == "csrf.login").unwrap();
    assert!(finding.seen.iter().any(|line| line.starts_with("control, made-up user: 403")), "{:?}", finding.seen);
}

#[test]
fn a_good_word_says_for_which_forms_it_holds() {
    let site = TestSite::https()
        .form(site::form("/email"))
        .form(site::form("/search"))
        .forged(Purpose::Change, &[(Forgery::CrossSite, site::refused())])
        .forged(Purpose::Change, &[(Forgery::CrossSite, site::refused())])
        .last_trial(|trial| {
            trial.request = "POST /search".into();
            trial.control.first = site::refused();
        });
    let report = judge(&site.observation);
    let finding = report.findings.iter().find(|finding| finding.rule.id == "csrf.request.cross-site").unwrap();
    assert_eq!(
        finding.summary,
        "refused when it comes from another site (1 of 2 forms; POST /search: the control request itself was refused (403))"
    );
}

#[test]
fn what_was_not_seen_in_time_is_unknown_and_what_was_seen_is_not() {
    let mut site = TestSite::https().page(&[("x-frame-options", "DENY")]).form(site::form("/email")).tried_in_vain();
    for (cut_short, expected) in [
        (
            false,
            [
                ("csrf.form.token", "missing medium"),
                ("csrf.login", "not applicable"),
                ("csrf.upload", "not applicable"),
            ],
        ),
        (true, [("csrf.form.token", "unknown"), ("csrf.login", "unknown"), ("csrf.upload", "unknown")]),
    ] {
        site.observation.cut_short = cut_short;
        let report = judge(&site.observation);
        let same = [("headers.csp.present", "missing high"), ("headers.framing", "implemented")];
        for (rule, expected) in expected.into_iter().chain(same) {
            let finding = report.findings.iter().find(|finding| finding.rule.id == rule).unwrap();
            assert_eq!(in_words(finding), expected, "{rule}, cut short: {cut_short}");
        }
    }
}

#[test]
fn what_stands_on_a_page_that_could_not_be_read_is_unknown() {
    for (coding, expected) in [("identity", "not applicable"), ("gzip", "unknown")] {
        let report = judge(&TestSite::https().page(&[("content-encoding", coding)]).observation);
        for rule in ["csrf.forms.found", "csrf.form.token", "csrf.request.cross-site", "csrf.login", "upload.type.html"]
        {
            let finding = report.findings.iter().find(|finding| finding.rule.id == rule).unwrap();
            assert_eq!(in_words(finding), expected, "{rule}, {coding}");
        }
        let finding = report.findings.iter().find(|finding| finding.rule.id == "session.cookie.identified").unwrap();
        assert_eq!(in_words(finding), "not applicable", "{coding}");
    }
}

#[test]
fn a_guess_is_no_reason_to_fail() {
    let site = TestSite::https().form(site::form("/email"));
    let mut report = judge(&site.observation);
    report.retain(|id| id == "csrf.form.token");
    assert!(matches!(report.findings[0].verdict, Verdict::Missing { .. }));
    assert_eq!(report.worst(), None);
}

proptest! {
    #[test]
    fn nothing_a_site_says_panics(
        name in prop::sample::select(vec![
            "set-cookie", "content-security-policy", "content-security-policy-report-only", "x-frame-options", "location",
            "strict-transport-security", "x-content-type-options", "cache-control", "content-type", "referrer-policy",
        ]),
        value in "[ -~\u{80}-\u{ff}]{0,80}",
        status in 200_u16..600,
    ) {
        let _ = judge(&TestSite::https().answers("/", status, &[(name, &value)]).observation);
    }
}
