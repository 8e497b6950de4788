//! `mantlet demo`: the same app bare and shielded, as the audit sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper of tests may fail its test")]

#[path = "harness/mod.rs"]
mod harness;

use harness::folder::Folder;
use harness::process::Finished;
use rustix::process::Signal;
use serde_json::Value;

#[test]
fn everything_is_missing_before_and_nothing_after() {
    let folder = Folder::new();
    let run = folder.mantlet(&["demo", "--exit"]).finish();
    let text = run.stdout;
    assert_eq!(run.code, 0, "{text}");

    let (before, rest) = text.split_once("https://demo.localhost").expect("the second audit");
    for strategy in ["Session cookies", "CSRF", "Security headers", "HTTPS", "Uploads"] {
        let missing = |text: &str| {
            let line =
                text.lines().find(|line| line.starts_with(strategy)).unwrap_or_else(|| panic!("no {strategy}: {text}"));
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| *word == "missing").unwrap();
            words[at - 1].parse::<u32>().unwrap()
        };
        assert!(missing(before) > 0, "{before}");
        assert_eq!(missing(rest), 0, "{rest}");
    }
    for id in [
        "session.cookie.httponly",
        "csrf.request.cross-site",
        "csrf.upload",
        "headers.csp.present",
        "upload.type.html",
        "upload.type.server-script",
        "upload.name.traversal",
        "upload.size.limit",
    ] {
        assert!(before.contains(id), "{id} is not in {before}");
    }
}

#[test]
fn a_demo_that_is_interrupted_shows_no_half_of_it_and_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = Folder::new();
        let demo = folder.mantlet(&["demo"]);
        let said = demo.line("a small app with four holes");
        demo.signal(signal);
        let run = demo.finish();
        assert_eq!((run.code, run.stdout.as_str()), (130, ""), "{said}");
        assert_eq!(std::fs::read_dir(folder.temporary()).unwrap().count(), 0, "{signal:?}");
    }
}

#[test]
fn a_certificate_is_trusted_by_whose_it_is() {
    let (own, stranger) = (Folder::new(), Folder::new());
    let demo = own.mantlet(&["demo", "-q"]);
    let url = demo.out("  shielded ").split_whitespace().nth(1).unwrap().to_owned();
    let audit =
        |folder: &Folder, args: &[&str]| -> Finished { folder.mantlet(&[&["audit", &url], args].concat()).finish() };

    let run = audit(&own, &[]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);

    let strange = audit(&stranger, &[]);
    assert_eq!(strange.code, 3, "{}", strange.stdout);
    assert!(strange.stderr.contains("transport.https.certificate is missing"), "{}", strange.stderr);

    let insecure = audit(&stranger, &["--insecure", "--format", "json"]);
    assert_eq!(insecure.code, 1);
    let report: Value = serde_json::from_str(&insecure.stdout).unwrap();
    let missing: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "high")
        .map(|finding| &finding["id"])
        .collect();
    assert_eq!(missing, ["transport.https.certificate"]);

    let named = audit(&stranger, &["--cacert", own.authority().to_str().unwrap()]);
    assert_eq!(named.code, 0, "{}", named.stderr);
}
