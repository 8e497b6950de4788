//! Forms and links as other sites send them: what is told from a protection, and what is none.

use serde_json::Value;

use super::site::{self, Site};
use super::{report, verdict};

#[test]
fn a_form_without_protection_is_forged_and_put_back() {
    let site = Site::start(site::Protection::None);
    let report = report(&site.url, &["--active"]);
    assert_eq!(report["schema"], "mantlet.audit/1");
    assert_eq!(report["mode"], "active");
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "missing high");
    assert_eq!(verdict(&report, "csrf.form.token"), "not applicable");
    assert_eq!(verdict(&report, "session.cookie.secure"), "missing high");
    assert_eq!(verdict(&report, "transport.host.unknown"), "missing medium");
    assert_eq!(site.email(), site::EMAIL, "what stood there before stands there again");
    assert_eq!(report["left"], Value::Array(Vec::new()));
}

#[test]
fn forms_that_lead_to_one_address_are_told_apart() {
    let site = Site::start(site::Protection::NoneOfTwo);
    let report = report(&site.url, &["--active"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "missing high");
    assert_eq!(site.email(), site::EMAIL);
}

#[test]
fn a_page_is_not_loaded_for_each_of_its_forms() {
    let site = Site::start(site::Protection::NoneOfTwo);
    let _ = report(&site.url, &[]);
    let loads = site.requests().iter().filter(|request| *request == "GET /email").count();
    assert_eq!(loads, 3, "as a link, and once by each of two visitors who look for tokens");
}

#[test]
fn a_form_that_only_shows_something_proves_nothing() {
    let site = Site::start(site::Protection::ShowsOnly);
    assert_eq!(verdict(&report(&site.url, &["--active"]), "csrf.request.cross-site"), "unknown");
}

#[test]
fn a_form_that_leads_back_and_says_nothing_proves_nothing() {
    let site = Site::start(site::Protection::Silent);
    assert_eq!(verdict(&report(&site.url, &["--active"]), "csrf.request.cross-site"), "unknown");
}

#[test]
fn a_token_is_recognised_by_what_it_does() {
    let site = Site::start(site::Protection::Token);
    let report = report(&site.url, &["--active"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented");
    assert_eq!(verdict(&report, "csrf.form.token"), "implemented");
    assert_eq!(verdict(&report, "csrf.headers.absent"), "implemented");
    assert_eq!(verdict(&report, "csrf.origin.null"), "not applicable");
    assert_ne!(report["refused"]["requests"], 0);
    assert_eq!(site.email(), site::EMAIL);
}

#[test]
fn a_token_for_the_scripts_of_a_page_is_sent_as_they_send_it() {
    let site = Site::start(site::Protection::TokenInHeader);
    assert_eq!(verdict(&report(&site.url, &[]), "csrf.form.token"), "unknown");
    let report = report(&site.url, &["--active"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented");
    assert_eq!(verdict(&report, "csrf.form.token"), "not applicable");
    assert_eq!(verdict(&report, "csrf.headers.absent"), "implemented");
    assert!(!report.to_string().contains("tok-"), "{report:#}");
    assert_eq!(site.email(), site::EMAIL);
}

#[test]
fn a_token_that_scripts_read_from_a_cookie_is_sent_as_they_send_it() {
    let site = Site::start(site::Protection::TokenInCookie);
    for args in [&["--active"][..], &["--active", "--crawl", "0", "--form", "POST /email email=x@shop.example"]] {
        let report = report(&site.url, args);
        assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented", "{args:?}");
        assert_eq!(verdict(&report, "csrf.headers.absent"), "implemented", "{args:?}");
        assert!(!report.to_string().contains("tok-"), "{report:#}");
    }
    assert_eq!(site.email(), site::EMAIL);
}

#[test]
fn a_token_that_anybody_can_get_is_none() {
    let site = Site::start(site::Protection::TokenOfAnybody);
    let report = report(&site.url, &["--active"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "missing high");
    assert!(report.to_string().contains("another visitor's token: 303"), "{report:#}");
    assert_eq!(site.email(), site::EMAIL);
}

#[test]
fn a_token_may_be_short() {
    let site = Site::start(site::Protection::ShortToken);
    let report = report(&site.url, &["--active"]);
    for id in ["csrf.request.cross-site", "csrf.headers.absent"] {
        assert_eq!(verdict(&report, id), "implemented", "{id}");
    }
}

#[test]
fn what_a_refused_visitor_is_shown_again_is_not_there_for_good() {
    let site = Site::start(site::Protection::TokenAndOldInput);
    assert_eq!(verdict(&report(&site.url, &["--active"]), "csrf.request.cross-site"), "implemented");
}

#[test]
fn a_referer_that_only_holds_the_name_of_the_site_is_found_out() {
    let site = Site::start(site::Protection::RefererHolds);
    let report = report(&site.url, &["--active"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented");
    assert_eq!(verdict(&report, "csrf.origin.suffix"), "missing high");
    assert_eq!(verdict(&report, "csrf.origin.null"), "implemented");
}

#[test]
fn an_origin_that_is_compared_by_its_beginning_is_found_out() {
    let site = Site::start(site::Protection::OriginPrefix);
    let report = report(&site.url, &["--active"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented");
    assert_eq!(verdict(&report, "csrf.origin.suffix"), "missing high");
    assert_eq!(verdict(&report, "csrf.origin.null"), "implemented");
    assert_eq!(verdict(&report, "csrf.headers.absent"), "missing low");
}

#[test]
fn a_link_that_names_its_method_is_found_out() {
    let site = Site::start(site::Protection::BelievesMethod);
    let report = report(&site.url, &["--active"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented");
    assert_eq!(verdict(&report, "csrf.method.get"), "implemented");
    assert_eq!(verdict(&report, "csrf.method.override"), "missing high");
    assert_eq!(site.email(), site::EMAIL);
}
