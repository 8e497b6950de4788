//! `mantlet demo`: the same app bare and shielded, as the audit sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a helper of tests may fail its test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

fn mantlet(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mantlet"));
    command.args(args).current_dir(home).env_clear().env("HOME", home);
    command
}

#[test]
fn everything_is_missing_before_and_nothing_after() {
    let home = tempfile::tempdir().unwrap();
    let output = mantlet(home.path(), &["demo", "--exit"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");

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
fn a_demo_that_is_interrupted_shows_no_half_of_it() {
    let home = tempfile::tempdir().unwrap();
    let mut demo =
        mantlet(home.path(), &["demo"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the demo");
    let mut said = String::new();
    BufReader::new(demo.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
    // The audit takes seconds; by then it listens to signals.
    std::thread::sleep(Duration::from_millis(500));
    assert!(Command::new("kill").args(["-s", "INT", &demo.id().to_string()]).status().unwrap().success());
    let output = demo.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(130), &b""[..]), "{said}");
}

/// The demo, staying up; ended with the test.
struct Demo(Child);

impl Demo {
    fn start(home: &Path) -> (Self, String) {
        let mut child = mantlet(home, &["demo", "-q"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let demo = Self(child);
        let mut lines = stdout.lines().map_while(Result::ok);
        let line = lines.find(|line| line.starts_with("  shielded ")).expect("the demo's addresses");
        let url = line.split_whitespace().nth(1).unwrap().to_owned();
        // The rest is not read: nothing more is written.
        (demo, url)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn a_certificate_is_trusted_by_whose_it_is() {
    let home = tempfile::tempdir().unwrap();
    let stranger = tempfile::tempdir().unwrap();
    let (_demo, url) = Demo::start(home.path());
    let audit =
        |home: &Path, args: &[&str]| -> Output { mantlet(home, &[&["audit", &url], args].concat()).output().unwrap() };

    let own = audit(home.path(), &[]);
    assert_eq!(own.status.code(), Some(0), "{}{}", text(&own.stdout), text(&own.stderr));

    let strange = audit(stranger.path(), &[]);
    assert_eq!(strange.status.code(), Some(3), "{}", text(&strange.stdout));
    assert!(text(&strange.stderr).contains("transport.https.certificate is missing"), "{}", text(&strange.stderr));

    let insecure = audit(stranger.path(), &["--insecure", "--format", "json"]);
    assert_eq!(insecure.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&insecure.stdout).unwrap();
    let missing: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "high")
        .map(|finding| &finding["id"])
        .collect();
    assert_eq!(missing, ["transport.https.certificate"]);

    let authority = home.path().join(".local/state/mantlet/ca.crt");
    let named = audit(stranger.path(), &["--cacert", authority.to_str().unwrap()]);
    assert_eq!(named.status.code(), Some(0), "{}", text(&named.stderr));
}
