//! `mantlet run` from its first request to its end, which the app and signals decide.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::app::{APP, get, request};
use crate::harness::PATIENCE;
use crate::harness::client::Client;
use crate::harness::folder::Folder;
use crate::harness::process::Process;
use crate::harness::tls;
use crate::harness::upstream::Upstream;

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
fn a_log_that_cannot_be_written_says_so_when_it_can() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let path = folder.path("log");
    let log = || fs::read_to_string(&path).unwrap();
    let stderr = fs::OpenOptions::new().create_new(true).append(true).open(&path).unwrap();
    // Blocks of 512 bytes, or of 1024: a few dozen lines.
    let args = ["run", "--http", "--listen", &address.to_string(), "--upstream", "http://127.0.0.1:1"];
    let mut command = folder.command_within("-f 4", &args);
    let run = Process::of(command.stdout(Stdio::null()).stderr(stderr).spawn().unwrap());
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
    (0..60).for_each(|_| _ = get(address.port(), "/"));
    // What was not written by then is not written.
    std::thread::sleep(Duration::from_millis(500));
    fs::OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    while !log().contains(" lines of the log were lost before this: File too large") {
        assert!(begun.elapsed() < PATIENCE, "{}", log());
        get(address.port(), "/");
        std::thread::sleep(Duration::from_millis(120));
    }
    assert!(log().lines().all(|line| line.is_empty() || line.starts_with("20")), "{}", log());
    run.signal(Signal::TERM);
    assert_eq!(run.finish().code, 0);
}
