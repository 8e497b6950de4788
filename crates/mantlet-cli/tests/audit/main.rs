//! `mantlet audit` as it is typed, against small sites on this machine.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a helper of tests may fail its test")]

#[path = "../harness/mod.rs"]
mod harness;

mod forgeries;
mod gallery;
mod logins;
mod site;
mod traces;
mod uploads;

use std::net::TcpListener;

use axum::Router;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use gallery::{Care, Gallery};
use harness::folder::Folder;
use harness::process::{Finished, Process};
use http::StatusCode;
use serde_json::Value;
use site::Site;

/// Runs `mantlet` in a folder of its own.
fn mantlet(args: &[&str]) -> Finished {
    let folder = Folder::new();
    Process::start(folder.command(args).env("SITE_PASSWORD", site::PASSWORD)).finish()
}

/// The JSON report of an audit.
fn report(url: &str, args: &[&str]) -> Value {
    let all = [&["audit", url, "--format", "json", "--rate", "1000"], args].concat();
    let output = mantlet(&all);
    json(&output)
}

fn json(run: &Finished) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

/// The verdict on one check, with the severity when something is missing.
fn verdict(report: &Value, id: &str) -> String {
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no finding on {id}"));
    match &finding["severity"] {
        Value::String(severity) => format!("{} {severity}", finding["verdict"].as_str().unwrap()),
        _ => finding["verdict"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn a_site_without_a_page_says_so() {
    let site = Site::start(site::Protection::None);
    let output = mantlet(&["audit", &format!("{}/gone", site.url)]);
    let shown = output.stdout;
    assert!(shown.contains("\nnote      GET /gone answers 404, so no page was seen"), "{shown}");
}

/// As Django does for an application that answers for every address.
#[test]
fn an_error_behind_an_added_slash_is_seen() {
    let page = || async { ([("x-content-type-options", "nosniff")], site::page("")) };
    let lost = |address: http::Uri| async move {
        if address.path().ends_with('/') {
            (StatusCode::NOT_FOUND, site::page("")).into_response()
        } else {
            Redirect::permanent(&format!("{}/", address.path())).into_response()
        }
    };
    let (url, _runtime) = site::serve(Router::new().route("/", get(page)).fallback(lost));
    assert_eq!(verdict(&report(&url, &[]), "headers.coverage.errors"), "missing medium");
}

#[test]
fn a_check_that_is_misspelt_is_guessed() {
    let site = Site::start(site::Protection::None);
    let misspelt = mantlet(&["audit", &site.url, "--select", "csrf.lgin"]);
    assert_eq!(misspelt.code, 2);
    assert!(misspelt.stderr.contains("did you mean `csrf.login`?"), "{}", misspelt.stderr);
}

#[test]
fn every_field_of_a_report_is_described() {
    let site = Site::start(site::Protection::None);
    let report = report(&site.url, &["--active"]);
    let page = include_str!("../../../../docs/audit.md");
    let mut open = vec![&report];
    let mut names = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    assert!(page.contains(&format!("`{name}`")), "{name}");
                    names += 1;
                    open.push(member);
                }
            }
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    assert!(names > 40, "{names}");
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| page.contains(&format!("| {} |", finding["verdict"].as_str().unwrap()))));
}

#[test]
fn an_audit_whose_time_is_over_reports_what_it_saw_left_and_did_not_try() {
    let gallery = Gallery::start(Care::Silent);
    let args = ["audit", &gallery.url, "--active", "--max-time", "4", "--format", "json"];
    let output = mantlet(&args);
    assert_eq!(output.code, 1, "what is missing is missing: {}", output.stderr);
    let report = json(&output);
    assert_eq!(report["complete"], false);
    assert_eq!(verdict(&report, "headers.csp.present"), "missing high");
    for unseen in ["upload.type.html", "csrf.request.cross-site", "csrf.login"] {
        assert_eq!(verdict(&report, unseen), "unknown", "{unseen}");
    }
    assert!(report["left"][0].as_str().unwrap().starts_with("mantlet-probe-"), "{report:#}");
    assert!(report["untried"].to_string().contains("the audit ended before"), "{report:#}");

    let output = mantlet(&[&args[..], &["--fail-on", "critical"]].concat());
    assert_eq!(output.code, 3, "half an audit is no clean one: {}", output.stderr);
    assert!(!output.stdout.is_empty());
}

#[test]
fn exit_codes_say_what_happened() {
    let site = Site::start(site::Protection::None);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = format!("http://{gone}");
    let over_tls = site.url.replace("http:", "https:");
    let rows = [
        ("something is missing", vec!["audit", &site.url], 1),
        ("nothing that bad is missing", vec!["audit", &site.url, "--fail-on", "critical"], 0),
        ("never", vec!["audit", &site.url, "--fail-on", "never"], 0),
        ("only what was selected counts", vec!["audit", &site.url, "--select", "upload"], 0),
        ("what was left out does not", vec!["audit", &site.url, "--ignore", "session,headers,transport,csrf"], 0),
        ("no such check", vec!["audit", &site.url, "--select", "headers.cps"], 2),
        ("no URL", vec!["audit", "ftp://shop.example"], 2),
        ("no such format", vec!["audit", &site.url, "-o", "report.doc"], 2),
        ("no such folder", vec!["audit", &site.url, "-o", "no-such-folder/report.json"], 2),
        ("active without consent", vec!["audit", "https://shop.example", "--active"], 2),
        ("consent for another host", vec!["audit", "https://shop.example", "--active", "--authorize", "a.example"], 2),
        ("secrets in the clear", vec!["audit", "http://shop.example", "-b", "session=1"], 2),
        ("unreachable", vec!["audit", &gone], 3),
        ("no TLS there", vec!["audit", &over_tls], 3),
    ];
    // Each waits for the site to refuse a body that never comes: better together.
    std::thread::scope(|scope| {
        for (name, args, expected) in &rows {
            scope.spawn(move || {
                let output = mantlet(args);
                assert_eq!(output.code, *expected, "{name}: {}", output.stderr);
                assert_eq!(*expected >= 2, output.stderr.starts_with("error: "), "{name}: {}", output.stderr);
            });
        }
    });
}

#[test]
fn a_report_goes_to_files_and_text_to_the_terminal() {
    let site = Site::start(site::Protection::None);
    let folder = tempfile::tempdir().unwrap();
    let (json, text) = (folder.path().join("a.json"), folder.path().join("a.txt"));
    let output = mantlet(&["audit", &site.url, "-o", json.to_str().unwrap(), "-o", text.to_str().unwrap()]);
    let shown = output.stdout;
    assert!(shown.contains("Session cookies") && shown.contains("missing or weak   0 critical"), "{shown}");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(json["schema"], "mantlet.audit/1");
    assert!(std::fs::read_to_string(text).unwrap().contains("session.cookie.secure"));
}
