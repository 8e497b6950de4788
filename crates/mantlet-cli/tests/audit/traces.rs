//! What an audit lets alone, what it puts back, and what it lists as left.

use std::net::TcpListener;
use std::time::Duration;

use rustix::process::Signal;

use super::harness::folder::Folder;
use super::site::{self, Site};
use super::{json, mantlet, report, verdict};

#[test]
fn without_consent_nothing_is_sent() {
    let site = Site::start(site::Protection::None);
    let report = report(&site.url, &[]);
    assert_eq!(report["mode"], "passive");
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "unknown");
    assert!(site.requests().iter().all(|request| !request.starts_with("POST") || request.contains("Expect")));
}

#[test]
fn nobody_is_logged_out_or_written_to_and_nothing_deleted_or_paid() {
    let site = Site::start(site::Protection::None);
    let report = report(&site.url, &["--active"]);
    let untried = report["untried"].as_array().unwrap();
    let whats: Vec<&str> = untried.iter().map(|one| one["what"].as_str().unwrap()).collect();
    let expected = ["2", "3", "4", "5", "6", "8", "register"].map(|form| format!("POST /leave/{form}"));
    assert_eq!(whats, expected, "and the report says so");
    let pressed = |request: &&String| ["/leave", "/logout", "/users"].iter().any(|path| request.contains(path));
    assert_eq!(site.requests().iter().find(pressed), None);
}

#[test]
fn a_site_whose_forms_were_all_left_alone_is_none_without_forms() {
    let site = Site::start(site::Protection::None);
    let report = report(&site.url, &["--active", "--crawl", "0"]);
    assert_eq!(verdict(&report, "csrf.forms.found"), "unknown");
    assert_eq!(verdict(&report, "csrf.upload"), "not applicable");
}

#[test]
fn a_form_that_is_named_is_sent_whatever_it_says() {
    let site = Site::start(site::Protection::None);
    report(&site.url, &["--active", "--form", "POST /leave/5 amount=1"]);
    assert!(site.requests().iter().any(|request| request.starts_with("POST /leave/5")), "{:?}", site.requests());
}

/// CherryPy and IIS refuse a POST of which nobody knows how long it is, and browsers send none.
#[test]
fn a_form_without_fields_says_that_it_is_empty() {
    let site = Site::start(site::Protection::None);
    report(&site.url, &["--active", "--crawl", "0", "--form", "POST /leave/5"]);
    let sent: Vec<_> = site.requests().into_iter().filter(|request| request.starts_with("POST /leave/5")).collect();
    assert!(!sent.is_empty() && !sent.iter().any(|request| request.ends_with("of any length")), "{sent:?}");
}

#[test]
fn a_form_that_is_named_is_sent_with_the_token_of_its_page() {
    let site = Site::start(site::Protection::Token);
    let report = report(&site.url, &["--active", "--crawl", "0", "--form", "POST /pay email=x@shop.example"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented");
}

#[test]
fn what_could_not_be_put_back_is_not_changed() {
    let site = Site::start(site::Protection::Latin);
    let untried = report(&site.url, &["--active"])["untried"].to_string();
    assert!(untried.contains("its page is not UTF-8"), "{untried}");
    assert_eq!(site.email(), site::EMAIL);
}

#[test]
fn what_sending_once_more_does_not_undo_is_listed_as_left() {
    let site = Site::start(site::Protection::Adds);
    let left = report(&site.url, &["--active"])["left"].to_string();
    assert!(left.contains("whatever POST /email does, sent"), "{left}");
}

#[test]
fn an_audit_that_is_interrupted_puts_back_what_it_changed_and_reports_what_it_saw() {
    let site = Site::start(site::Protection::None);
    let folder = Folder::new();
    let audit = folder.mantlet(&["audit", &site.url, "--active", "--rate", "5", "--format", "json"]);
    while site.email() == site::EMAIL {
        std::thread::sleep(Duration::from_millis(10));
    }
    audit.signal(Signal::INT);
    let output = audit.finish();
    assert_eq!(output.code, 130);
    assert!(output.stderr.contains("once more: ends at once"), "{}", output.stderr);
    let report = json(&output);
    assert_eq!(report["complete"], false);
    assert_eq!(verdict(&report, "headers.csp.present"), "missing high");
    assert_eq!(report["left"], serde_json::json!([]), "{report:#}");
    assert_eq!(site.email(), site::EMAIL);
}

#[test]
fn nothing_is_requested_from_elsewhere() {
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let site = Site::linking_to(&format!("http://{}", stranger.local_addr().unwrap()));
    let report = report(&site.url, &["--active"]);
    assert!(report["pages"].as_u64() >= Some(2), "{report}");
    assert_eq!(stranger.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn consent_is_asked_for_in_words() {
    let output = mantlet(&["audit", "https://staging.example.com", "--active"]);
    assert_eq!(
        output.stderr,
        "error: --active against staging.example.com would send form posts and uploads to it\n  \
         fix: add --authorize staging.example.com   (only if you may test that host)\n"
    );
}
