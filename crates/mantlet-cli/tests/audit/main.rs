//! `mantlet audit` as it is typed, against small sites on this machine.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a helper of tests may fail its test")]

#[path = "../harness/mod.rs"]
mod harness;

mod gallery;
mod site;

use std::net::TcpListener;
use std::time::Duration;

use gallery::{Care, Gallery, SECRET};
use harness::folder::Folder;
use harness::process::{Finished, Process};
use rustix::process::Signal;
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
fn a_site_without_a_page_says_so() {
    let site = Site::start(site::Protection::None);
    let output = mantlet(&["audit", &format!("{}/gone", site.url)]);
    let shown = output.stdout;
    assert!(shown.contains("\nnote      GET /gone answers 404, so no page was seen"), "{shown}");
    let misspelt = mantlet(&["audit", &site.url, "--select", "csrf.lgin"]);
    assert_eq!(misspelt.code, 2);
    assert!(misspelt.stderr.contains("did you mean `csrf.login`?"), "{}", misspelt.stderr);
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
fn a_form_that_is_named_is_sent_whatever_it_says() {
    let site = Site::start(site::Protection::None);
    report(&site.url, &["--active", "--form", "POST /leave/5 amount=1"]);
    assert!(site.requests().iter().any(|request| request.starts_with("POST /leave/5")), "{:?}", site.requests());
}

#[test]
fn a_form_that_is_named_is_sent_with_the_token_of_its_page() {
    let site = Site::start(site::Protection::Token);
    let report = report(&site.url, &["--active", "--crawl", "0", "--form", "POST /pay email=x@shop.example"]);
    assert_eq!(verdict(&report, "csrf.request.cross-site"), "implemented");
}

#[test]
fn files_that_were_refused_are_not_listed_as_left() {
    let gallery = Gallery::start(Care::Full);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    let left = report["left"].to_string();
    assert!(left.contains("/pictures/") && !left.contains("perhaps"), "{left}");
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
fn a_site_behind_login_is_audited_inside() {
    let site = Site::start(site::Protection::Login);
    let outside = report(&site.url, &["--active"]);
    assert_eq!(verdict(&outside, "csrf.request.cross-site"), "not applicable");
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    let inside = report(&site.url, &login);
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "missing high");
    assert!(!inside.to_string().contains(site::PASSWORD));
    assert!(!site.requests().iter().any(|request| request.contains("/logout")), "nobody was logged out");

    let wrong = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=wrong"]);
    assert_eq!(wrong.code, 3);
    assert!(wrong.stderr.contains("could not log in"), "{}", wrong.stderr);
    assert!(!wrong.stderr.contains("no cookie was set"), "{}", wrong.stderr);

    for password in [site::WITHHELD, site::WRONG_AND_SAID_SO] {
        let password = format!("password={password}");
        let refused = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", &password]);
        assert_eq!(refused.code, 3);
        assert!(refused.stderr.contains("no cookie was set"), "{}", refused.stderr);
    }
}

#[test]
fn a_login_may_ask_for_the_name_first() {
    let site = Site::start(site::Protection::LoginInTwoSteps);
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    assert_eq!(verdict(&report(&site.url, &login), "csrf.request.cross-site"), "missing high");
}

#[test]
fn a_login_that_sticks_at_the_name_is_told_it_once() {
    let site = Site::start(site::Protection::LoginThatSticks);
    let stuck = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=x"]);
    assert_eq!(stuck.code, 3);
    assert!(stuck.stderr.contains("`user` was sent, and no form after it asks for a password"), "{}", stuck.stderr);
    assert_eq!(site.requests().iter().filter(|request| *request == "POST /login").count(), 1);
}

#[test]
fn a_second_login_that_fails_is_told() {
    let site = Site::start(site::Protection::LoginOnce);
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    let untried = report(&site.url, &login)["untried"].to_string();
    assert!(untried.contains("logging in a second time failed"), "{untried}");
}

#[test]
fn a_captcha_is_left_to_people_and_named() {
    let site = Site::start(site::Protection::LoginWithCaptcha);
    let outside = report(&site.url, &["--active"]);
    assert_eq!(verdict(&outside, "csrf.login"), "unknown");
    assert!(outside["untried"].to_string().contains("CAPTCHA"), "{outside:#}");
    assert!(!site.requests().iter().any(|request| request == "POST /login"));
    let login = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=x"]);
    assert!(login.stderr.contains("CAPTCHA") && login.stderr.contains("--cookie"), "{}", login.stderr);
}

#[test]
fn what_scripts_send_is_unknown_until_it_is_named() {
    let site = Site::start(site::Protection::Scripted);
    let outside = report(&site.url, &[]);
    assert_eq!(verdict(&outside, "session.cookie.secure"), "unknown");
    assert_eq!(verdict(&outside, "csrf.login"), "unknown");
    let by_form = mantlet(&["audit", &site.url, "--login", "/login", "-d", "user=ann", "-d", "password=x"]);
    assert!(by_form.stderr.contains("--login 'POST /its/address'"), "{}", by_form.stderr);

    let named = [
        &["--active", "--login", "POST /api/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"][..],
        &["--form", "POST /api/email {\"email\": \"ann@shop.example\"}"],
    ]
    .concat();
    let inside = report(&site.url, &named);
    assert_eq!(verdict(&inside, "session.cookie.secure"), "missing high");
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "missing high");
    assert_eq!(site.email(), site::EMAIL, "what it was named with is sent last");
    assert!(inside["left"].to_string().contains("POST /api/email"), "{inside:#}");

    let typed = Site::start(site::Protection::ScriptedAndTyped);
    assert_eq!(verdict(&report(&typed.url, &named), "csrf.request.cross-site"), "implemented");
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
fn a_token_that_only_users_see_is_recognised_by_a_second_login() {
    let site = Site::start(site::Protection::LoginAndToken);
    let login = ["--active", "--login", "/login", "-d", "user=ann", "-d", "password=env:SITE_PASSWORD"];
    let inside = report(&site.url, &login);
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "implemented");
    // Whoever comes with a cookie cannot tell a token from the number of a record.
    let inside = report(&site.url, &["--active", "--cookie", "session=ann-7f9c2ba4e88f827d"]);
    assert_eq!(verdict(&inside, "csrf.request.cross-site"), "unknown");
}

#[test]
fn a_file_is_found_under_whatever_name_it_got_and_a_refusal_told_from_it() {
    let gallery = Gallery::start(Care::Full);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    for id in ["upload.control", "upload.type.html", "upload.type.server-script", "upload.type.double"] {
        assert_eq!(verdict(&report, id), "implemented", "{id}");
    }
    assert_eq!(verdict(&report, "upload.content.mismatch"), "implemented");
}

#[test]
fn a_token_in_the_address_is_left_out_of_what_is_forged_and_said() {
    let gallery = Gallery::start(Care::TokenInAddress);
    let report = report(&gallery.url, &["--active"]);
    for id in ["csrf.upload", "csrf.form.token", "upload.control", "upload.type.html"] {
        assert_eq!(verdict(&report, id), "implemented", "{id}");
    }
    assert!(!report.to_string().contains(SECRET), "{report:#}");
}

#[test]
fn a_look_at_type_and_first_bytes_is_not_enough() {
    let gallery = Gallery::start(Care::LooksOnly);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&report, "upload.type.server-script"), "missing critical");
    assert_eq!(verdict(&report, "upload.type.html"), "missing high");
    assert_eq!(verdict(&report, "upload.content.mismatch"), "implemented");
}

#[test]
fn every_field_for_a_file_is_tried_and_the_others_filled() {
    let both = Gallery::start(Care::OfTwo);
    let careful = report(&both.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&careful, "upload.type.html"), "implemented");
    let first = Gallery::start(Care::FirstOfTwo);
    let careless = report(&first.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&careless, "upload.type.html"), "missing high");
}

#[test]
fn a_site_that_shows_nothing_says_which_types_it_refuses() {
    let gallery = Gallery::start(Care::Mute);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&report, "upload.control"), "unknown");
    assert_eq!(verdict(&report, "upload.type.html"), "implemented");
    assert_eq!(verdict(&report, "upload.content.mismatch"), "unknown", "it may have been thrown away, or kept");
    let left = report["left"].to_string();
    let named = |ending: &str| left.contains(&format!("{ending} POST /"));
    assert!(named(".png, taken by") && named(".png, perhaps taken by") && !left.contains(".html"), "{left}");
}

#[test]
fn a_script_that_runs_is_the_worst_that_is_found() {
    let gallery = Gallery::start(Care::None);
    let report = report(&gallery.url, &["--active", "--select", "upload"]);
    assert_eq!(verdict(&report, "upload.type.server-script"), "missing critical");
    assert_eq!(verdict(&report, "upload.type.html"), "missing high");
    assert_eq!(verdict(&report, "upload.type.double"), "missing medium");
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
fn consent_is_asked_for_in_words() {
    let output = mantlet(&["audit", "https://staging.example.com", "--active"]);
    assert_eq!(
        output.stderr,
        "error: --active against staging.example.com would send form posts and uploads to it\n  \
         fix: add --authorize staging.example.com   (only if you may test that host)\n"
    );
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
