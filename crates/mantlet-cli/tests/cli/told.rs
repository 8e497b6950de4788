//! What `mantlet run` tells whoever started it of an app, an upstream or a port that is not as it should be.

use std::net::{TcpListener, TcpStream};

use rustix::process::Signal;

use crate::app::APP;
use crate::harness::folder::Folder;

#[test]
fn flags_that_the_policy_leaves_without_effect_are_told_of() {
    let folder = Folder::new();
    let upstream = "[server]\nupstream = 'http://127.0.0.1:1'\n";
    let public = format!("{upstream}allowed_hosts = ['shop.example']\n[tls]\nmode = 'off'\n");
    for (policy, flag, value, told) in [
        (upstream, "--app-port", "5000", "<CMD>"),
        (upstream, "--env", "A=b", "<CMD>"),
        (&public, "--name", "shop", "shop.localhost is for development, and not served here"),
    ] {
        folder.write("mantlet.toml", policy);
        let run = folder.mantlet(&["run", "--listen", "127.0.0.1:0", flag, value]).finish();
        assert_eq!(run.code, 125, "{flag}");
        assert!(run.stderr.contains(told), "{flag}: {}", run.stderr);
    }
}

#[test]
fn an_upstream_that_is_not_there_is_told_of() {
    let folder = Folder::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let upstream = format!("http://{closed}");
    let run = folder.mantlet(&["run", "--http", "--listen", "127.0.0.1:0", "--upstream", &upstream]);
    run.line(&format!("nothing answers at {upstream} yet"));
    run.signal(Signal::TERM);
    run.finish();
}

#[test]
fn plain_http_to_other_machines_is_told_of() {
    let folder = Folder::new();
    let note = "plain HTTP to other machines";
    for (name, listen, policy, is_told) in [
        ("to everybody", "0.0.0.0:0", "", true),
        ("on this machine", "127.0.0.1:0", "", false),
        (
            "behind what ends TLS",
            "0.0.0.0:0",
            "[server]\ntrusted_proxies = ['192.0.2.1']\nallowed_hosts = ['shop.example']",
            false,
        ),
    ] {
        folder.write("mantlet.toml", policy);
        let run = folder.mantlet(&["run", "--http", "--listen", listen, "--upstream", "http://127.0.0.1:1"]);
        run.line("  guards ");
        run.signal(Signal::TERM);
        assert_eq!(run.finish().stderr.contains(note), is_told, "{name}");
    }
}

#[test]
fn an_app_that_goes_into_the_background_is_told_to_stay() {
    let folder = Folder::new();
    let run = folder.run(&["true"]).finish();
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("stay in the foreground"), "{}", run.stderr);
}

#[test]
fn an_app_that_ends_behind_its_shield_is_told_of() {
    for (name, code, part) in
        [("a crash", 7, "the app ended (exit code 7)"), ("in the background", 0, "stay in the foreground")]
    {
        let folder = Folder::new();
        let ending = format!(
            "import os, threading, time\n\
             def end():\n    while not os.path.exists('go'): time.sleep(0.01)\n    os._exit({code})\n\
             threading.Thread(target=end).start()\n{APP}"
        );
        let run = folder.run(&["python3", "-c", &ending]);
        run.port();
        folder.write("go", "");
        let run = run.finish();
        assert_eq!(run.code, code, "{name}");
        assert!(run.stderr.contains(part), "{name}: {}", run.stderr);
    }
    let folder = Folder::new();
    let run = folder.run(&["python3", "-c", APP]);
    run.port();
    run.signal(Signal::TERM);
    assert!(!run.finish().stderr.contains("the app ended"), "it was told to");
}

#[test]
fn an_app_that_ignores_its_port_is_found_where_it_is() {
    let folder = Folder::new();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // It imports little, so that it is there in time on a busy machine, too.
    let app =
        format!("import socket, time; elsewhere = socket.create_server(('127.0.0.1', {elsewhere})); time.sleep(60)");
    let command = ["run", "--http", "--ready-timeout", "5s", "--", "python3", "-S", "-c", &app];
    let run = folder.mantlet(&command).finish();
    assert_eq!(run.code, 125);
    assert!(run.stderr.contains(" within 5s\n"), "{}", run.stderr);
    assert!(
        run.stderr.contains(&format!("it is listening on 127.0.0.1:{elsewhere} instead (it ignores PORT)")),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains(&format!("or mantlet run --upstream http://127.0.0.1:{elsewhere}")), "{}", run.stderr);
    assert!(TcpStream::connect(("127.0.0.1", elsewhere)).is_err(), "the app must not outlive its shield");
}

#[test]
fn an_app_that_can_be_reached_around_the_shield_is_told_of() {
    let folder = Folder::new();
    let run = folder.run(&["python3", "-m", "http.server", "{port}"]);
    let line = run.line("the app listens on 0.0.0.0:");
    assert!(line.starts_with("warning: "), "{line}");
    run.signal(Signal::TERM);
    run.finish();
}

#[test]
fn what_is_found_out_while_it_runs_is_in_the_log() {
    let folder = Folder::new();
    let late = format!(
        "import socket, threading\nopened = []\n\
         threading.Timer(1, lambda: opened.append(socket.create_server(('0.0.0.0', 0)))).start()\n{APP}"
    );
    let args = "--log-format=json --quiet run --http --listen 127.0.0.1:0 -- python3 -c".split(' ');
    let run = folder.mantlet(&args.chain([late.as_str()]).collect::<Vec<_>>());
    let line = run.line("the app listens on 0.0.0.0:");
    assert!(line.starts_with('{') && line.ends_with("}\n") && line.contains("where no shield is"), "{line}");
    run.signal(Signal::TERM);
    run.finish();
}

#[test]
fn a_port_that_is_taken_is_refused_or_gone_round() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = folder.mantlet(&["run", "--listen", &address, "--", "true"]).finish();
    assert_eq!(run.code, 125);
    assert!(
        run.stderr.starts_with(&format!("error: port {port}, asked for with --listen, is in use by ")),
        "{}",
        run.stderr
    );
    let run = folder.mantlet(&["run", "--app-port", &port, "--", "true"]).finish();
    assert_eq!(run.code, 125);
    assert!(run.stderr.contains("asked for with --app-port, is in use"), "{}", run.stderr);
}
