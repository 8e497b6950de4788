//! The binary as its users meet it: what it prints, what it exits with, what it does with an app and with signals.
//! The apps are real processes; python3 is the one thing that has to be there.

#[path = "../harness/mod.rs"]
mod harness;

mod app;
#[cfg(target_os = "linux")]
mod orphans;

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use app::{APP, get, request};
use harness::PATIENCE;
use harness::client::Client;
use harness::folder::Folder;
use harness::process::Process;
use harness::tls;
use harness::upstream::Upstream;
use rustix::process::Signal;

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
fn the_app_s_end_is_ours() {
    let folder = Folder::new();
    for (name, command, code) in [
        ("its code", &["sh", "-c", "exit 7"][..], 7),
        ("a signal", &["sh", "-c", "kill -TERM $$"], 143),
        ("no such command", &["no-such-command"], 127),
        ("not executable", &["./mantlet.toml"], 126),
    ] {
        folder.write("mantlet.toml", "");
        let run = folder.run(command).finish();
        assert_eq!(run.code, code, "{name}: {}", run.stderr);
    }
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
    let app = format!(
        "import http.server as h; h.HTTPServer(('127.0.0.1', {elsewhere}), h.BaseHTTPRequestHandler).serve_forever()"
    );
    let command = ["run", "--http", "--ready-timeout", "3", "--", "python3", "-c", &app];
    let run = folder.mantlet(&command).finish();
    assert_eq!(run.code, 125);
    assert!(run.stderr.contains(" within 3 s\n"), "{}", run.stderr);
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

#[test]
fn the_app_is_told_where_to_listen_and_requests_reach_it() {
    let folder = Folder::new();
    let run = folder.run(&["python3", "-c", APP]);
    let port = run.port();
    let answer = get(port, "/env");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("HOST=127.0.0.1"), "{answer}");
    assert!(answer.contains(&format!("MANTLET_URL={}", run.url())), "{answer}");
    assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    let forged = request(port, "POST", "/", "Sec-Fetch-Site: cross-site\r\n");
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
    run.signal(Signal::TERM);
    // Python ends by the signal that was passed on.
    assert_eq!(run.finish().code, 143);
}

#[test]
fn a_request_in_flight_ends_before_the_app_is_told_to() {
    let folder = Folder::new();
    let run = folder.run(&["python3", "-c", APP]);
    let port = run.port();
    let waiting = std::thread::spawn(move || get(port, "/wait"));
    run.out("waiting");
    run.signal(Signal::TERM);
    // The door closes at once, the app goes on.
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {}
    folder.write("go", "");
    let answer = waiting.join().unwrap();
    assert!(answer.ends_with("done"), "{answer}");
    assert_eq!(run.finish().code, 143);
}

#[test]
fn the_third_signal_kills_an_app_that_will_not_go() {
    let folder = Folder::new();
    let stubborn =
        format!("import os, signal\nfor s in (2, 3, 15): signal.signal(s, lambda *_: os.write(1, b'no\\n'))\n{APP}");
    let run = folder.run(&["python3", "-c", &stubborn]);
    run.port();
    for signal in [Signal::TERM, Signal::INT] {
        run.signal(signal);
        run.out("no");
    }
    run.signal(Signal::QUIT);
    assert_eq!(run.finish().code, 137);
}

/// As aiohttp does with its WebSockets.
#[test]
fn an_app_that_waits_for_its_connections_gets_rid_of_them() {
    const APP: &str = "
import os, signal, socket, threading
ended = threading.Event()
def talk(connection):
    asked = b''
    while piece := connection.recv(65536):
        if b'/for-ever' in asked + piece and b'/for-ever' not in asked:
            print('asked', flush=True)
        asked += piece
    if b'/for-ever' in asked:
        ended.set()
def stop(*_):
    ended.wait(30)
    os._exit(7 if ended.is_set() else 8)
signal.signal(signal.SIGTERM, stop)
server = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))
while True:
    threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()
";
    let folder = Folder::new();
    folder.write("mantlet.toml", "[server]\nshutdown_grace = '100ms'\n");
    let run = folder.run(&["python3", "-c", APP]);
    let port = run.port();
    let waiting = std::thread::spawn(move || request(port, "GET", "/for-ever", ""));
    run.out("asked");
    run.signal(Signal::TERM);
    assert_eq!(run.finish().code, 7, "the app saw its connection end");
    assert_eq!(waiting.join().unwrap(), "", "nothing was there to answer");
}

#[test]
fn a_policy_is_put_in_force_when_its_file_changes_and_on_sighup() {
    let folder = Folder::new();
    folder.write("mantlet.toml", "mode = 'observe'\n");
    let run = folder.run(&["python3", "-c", APP]);
    let port = run.port();
    let status = || request(port, "POST", "/", "Sec-Fetch-Site: cross-site\r\n")[9..12].to_owned();
    assert_eq!(status(), "200");
    folder.write("mantlet.toml", "mode = 'enforce'\n");
    run.line("policy reloaded");
    assert_eq!(status(), "403");
    folder.write("mantlet.toml", "mode = 'enforced'\n");
    run.line("the policy in force stays");
    assert_eq!(status(), "403");
    run.signal(Signal::HUP);
    run.line("the policy in force stays");
    fs::remove_file(folder.path("mantlet.toml")).unwrap();
    run.line("the policy in force stays: cannot read mantlet.toml: there is no such file");
    assert_eq!(status(), "403");
    folder.write("mantlet.toml", "mode = 'off'\n[tls]\nmin_version = '1.3'\n");
    run.line("[tls] has changed: that needs a restart");
    run.line("policy reloaded");
    assert_eq!(status(), "200");
    run.signal(Signal::TERM);
    run.finish();
}

#[test]
fn an_upstream_is_shielded_and_stopping_it_is_success() {
    let folder = Folder::new();
    let app = Upstream::recording();
    app.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    let upstream = format!("http://127.0.0.1:{}", app.port);
    let run = folder.mantlet(&["run", "--http", "--listen", "127.0.0.1:0", "--upstream", &upstream]);
    let port = run.port();
    assert!(get(port, "/").ends_with("ok"));
    run.signal(Signal::INT);
    assert_eq!(run.finish().code, 0);
}

#[test]
fn a_log_that_nobody_reads_stops_neither_requests_nor_the_end() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    // Nobody reads this pipe, and it is full before the shield says its first word.
    let (_reader, stderr) = std::io::pipe().unwrap();
    let mut filler = stderr.try_clone().unwrap();
    std::thread::spawn(move || while filler.write_all(&[b'x'; 4096]).is_ok() {});
    std::thread::sleep(Duration::from_millis(200));
    let args = ["run", "--http", "--listen", &address.to_string(), "--upstream", "http://127.0.0.1:1"];
    let run = Process::of(folder.command(&args).stdout(Stdio::null()).stderr(stderr).spawn().unwrap());
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
    for _ in 0..3 {
        let answer = get(address.port(), "/");
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
        // More than a tick: each line is handed over on its own.
        std::thread::sleep(Duration::from_millis(120));
    }
    run.signal(Signal::TERM);
    assert_eq!(run.finish().code, 0);
}

#[test]
fn the_first_run_speaks_https_with_a_key_that_nobody_else_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let run = folder.mantlet(&["run", "--name", "shop", "--listen", "127.0.0.1:0", "--", "python3", "-c", APP]);
    let port = run.port();
    assert_eq!(run.url(), format!("https://shop.localhost:{port}"));
    let mut client = Client::over(tls::connect(port, "shop.localhost", &folder.authority(), &[]));
    client.send(format!("GET / HTTP/1.1\r\nHost: shop.localhost:{port}\r\n\r\n"));
    assert_eq!(client.answer().status(), Some(200));
    let mode = |name: &str| fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("state/mantlet"), 0o700);
    assert_eq!(mode("state/mantlet/ca.key"), 0o600);
    run.signal(Signal::TERM);
    run.finish();
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
