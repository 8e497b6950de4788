//! The binary as its users meet it: what it prints, what it exits with, what it does with an app and with signals.
//! The apps are real processes; python3 is the one thing that has to be there.

#[path = "../harness/mod.rs"]
mod harness;

mod app;
mod lifetime;
#[cfg(target_os = "linux")]
mod orphans;
mod told;

use std::net::TcpListener;

use harness::folder::Folder;
use harness::process::Process;

#[test]
fn help_names_every_command() {
    let folder = Folder::new();
    let run = folder.mantlet(&["--help"]).finish();
    assert_eq!(run.code, 0);
    for command in ["run", "audit", "demo", "check", "explain", "init", "trust", "completions", "man"] {
        assert!(run.stdout.contains(&format!("\n  {command} ")), "{command}: {}", run.stdout);
    }
}

#[test]
fn wrong_usage_is_2_but_125_where_a_child_could_mean_2() {
    let folder = Folder::new();
    for (args, code) in [
        (&["nonsense"][..], 2),
        (&["explain", "--nonsense"], 2),
        (&["run", "--nonsense", "--", "true"], 125),
        (&["run"], 125),
        (&["run", "--upstream", "https://127.0.0.1:1"], 125),
        (&["run", "--name", "Not A Name", "--", "true"], 125),
        (&["run", "-c", "gone.toml", "--", "true"], 125),
        (&["check", "-c", "gone.toml"], 2),
    ] {
        assert_eq!(folder.mantlet(args).finish().code, code, "{args:?}");
    }
}

#[test]
fn a_misspelt_key_is_told_with_its_line() {
    let folder = Folder::new();
    folder.write("mantlet.toml", "[csrf]\n\nsame_sites = \"allow\"\n");
    for args in [&["check"][..], &["run", "--", "true"]] {
        let run = folder.mantlet(args).finish();
        assert_eq!(
            run.stderr, "error: mantlet.toml:3: unknown key `same_sites` in [csrf]\n  did you mean `same_site`?\n",
            "{args:?}"
        );
    }
}

#[test]
fn reasons_are_explained() {
    let folder = Folder::new();
    let page = folder.mantlet(&["explain", "csrf.cross-site"]).finish();
    assert_eq!(page.code, 0);
    assert!(page.stdout.starts_with("csrf.cross-site"), "{}", page.stdout);
    assert!(page.stdout.contains("trusted_origins"), "{}", page.stdout);
    let unknown = folder.mantlet(&["explain", "csrf.crosssite"]).finish();
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("did you mean `csrf.cross-site`?"), "{}", unknown.stderr);
}

#[test]
fn what_init_writes_check_accepts() {
    let folder = Folder::new();
    folder.write("app.py", "from flask import Flask");
    let init = folder.mantlet(&["init"]).finish();
    assert_eq!(init.code, 0, "{}", init.stderr);
    assert!(init.stderr.contains("mantlet run -- flask run"), "{}", init.stderr);
    assert_eq!(folder.mantlet(&["check", "--offline"]).finish().code, 0);
    let again = folder.mantlet(&["init"]).finish();
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("already there"), "{}", again.stderr);
}

#[test]
fn init_leaves_nothing_that_is_written_in_part() {
    // As on a full disk: a file may become no larger than this, and that is an error and no signal.
    const FULL: &str = "-f 2; trap '' XFSZ";
    let folder = Folder::new();
    for (flags, before, after) in [(&["init"][..], None, None), (&["init", "--force"], Some("mine"), Some("mine"))] {
        before.iter().for_each(|text| folder.write("mantlet.toml", text));
        let init = Process::start(&mut folder.command_within(FULL, flags)).finish();
        assert_eq!(init.code, 2, "{flags:?}");
        assert!(init.stderr.contains("/mantlet.toml: File too large"), "{}", init.stderr);
        assert_eq!(std::fs::read_to_string(folder.path("mantlet.toml")).ok().as_deref(), after, "{flags:?}");
    }
    let left = std::fs::read_dir(folder.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.filter(|name| name != "tmp" && name != "mantlet.toml").count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn who_cannot_be_told_the_result_is_told_why() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let folder = Folder::new();
    let mut command = folder.command(&["explain", "csrf.cross-site"]);
    let explain = Process::of(command.stdout(full).stderr(std::process::Stdio::piped()).spawn().unwrap()).finish();
    assert_eq!(explain.code, 2);
    assert!(explain.stderr.starts_with("error: cannot write to standard output: "), "{}", explain.stderr);
}

#[test]
fn check_names_what_lets_more_pass_and_what_is_not_there() {
    let folder = Folder::new();
    let app = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = app.local_addr().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    folder.write("mantlet.toml", &format!("[server]\nupstream = 'http://{there}'\n[csrf]\nsame_site = 'allow'\n"));
    let run = folder.mantlet(&["check"]).finish();
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("[csrf] same_site = \"allow\""), "{}", run.stdout);
    folder.write("mantlet.toml", &format!("[server]\nupstream = 'http://{closed}'\n"));
    let run = folder.mantlet(&["check"]).finish();
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("does not accept connections"), "{}", run.stdout);
}

#[test]
fn check_makes_no_state_and_says_where_none_can_be_kept() {
    let folder = Folder::new();
    let run = folder.mantlet(&["check"]).finish();
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(!folder.path("state").exists());
    folder.write("state", "");
    let run = folder.mantlet(&["check"]).finish();
    assert_eq!(run.code, 0, "with --http it starts: {}", run.stdout);
    assert!(run.stdout.contains("warning  cannot keep state in "), "{}", run.stdout);
}

#[test]
fn check_says_that_no_upload_could_be_kept() {
    let folder = Folder::new();
    std::fs::remove_dir(folder.temporary()).unwrap();
    let run = folder.mantlet(&["check"]).finish();
    assert_eq!(run.code, 0, "it starts: {}", run.stdout);
    let warning = "warning  the folder for temporary files cannot be written";
    assert!(run.stdout.contains(warning), "{}", run.stdout);
    for (uploads, is_told) in [
        ("[uploads]\nenabled = false", false),
        ("[uploads]\nenabled = false\n[[route]]\npath = '/files'\nuploads.enabled = true", true),
    ] {
        folder.write("mantlet.toml", uploads);
        let run = folder.mantlet(&["check"]).finish();
        assert_eq!(run.stdout.contains(warning), is_told, "{uploads}: {}", run.stdout);
    }
}

#[test]
fn completions_and_man_page_are_made() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(folder.mantlet(&["completions", shell]).finish().stdout.contains("ready-timeout"), "{shell}");
    }
    let page = folder.mantlet(&["man"]).finish().stdout;
    assert!(page.contains(".SH \"MANTLET RUN\""), "{page}");
}

#[test]
fn a_command_without_its_dashes_is_told_where_they_go() {
    let folder = Folder::new();
    let run = folder.mantlet(&["run", "flask", "run", "--debug"]).finish();
    assert_eq!(run.code, 125);
    assert!(
        run.stderr.contains("fix: put -- before the app's command: mantlet run -- flask run --debug"),
        "{}",
        run.stderr
    );
    let run = folder.mantlet(&["run", "--upstrem", "flask"]).finish();
    assert!(!run.stderr.contains("fix: put --"), "{}", run.stderr);
}

#[test]
fn check_speaks_of_plain_http_until_the_proxy_in_front_is_named() {
    let folder = Folder::new();
    for (name, server, is_told) in [("not named", "", true), ("named", "trusted_proxies = ['192.0.2.1']", false)] {
        folder.write("mantlet.toml", &format!("[server]\n{server}\n[tls]\nmode = 'off'\n"));
        let run = folder.mantlet(&["check"]).finish();
        assert_eq!(run.stdout.contains("cookies lose Secure"), is_told, "{name}: {}", run.stdout);
    }
}

#[test]
fn trust_is_asked_of_one_store_or_of_all() {
    let folder = Folder::new();
    let run = folder.mantlet(&["trust", "--system", "--nss"]).finish();
    assert_eq!(run.code, 2);
    assert!(!folder.path("state").exists(), "nothing was made for a question that was not one");
}

#[test]
fn browsers_that_cannot_be_looked_for_are_no_success() {
    let folder = Folder::new();
    let run = Process::start(folder.command(&["trust", "--nss"]).env_remove("HOME")).finish();
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("HOME is not set"), "{}", run.stderr);
}
