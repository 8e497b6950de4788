//! Clients and applications that take their time. What comes of it is asserted, never how long it took.

use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use mantlet_corpus::Case;
use rustix::process::Signal;

use crate::harness::PATIENCE;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

const GET: &str = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n";

const SHORT: &str = "[server]\nheader_timeout = \"300ms\"\nbody_timeout = \"300ms\"\nupstream_timeout = \"300ms\"\nidle_timeout = \"300ms\"";

#[test]
fn a_head_that_does_not_end_is_given_up() {
    let shield = Shield::with(Upstream::recording(), SHORT);
    let mut slow = shield.connect();
    slow.send("GET / HTTP/1.1\r\nHost: app.example\r\nX-A: ");
    let answer = slow.answer();
    assert_eq!(answer.status(), Some(408));
    assert!(slow.rest().is_empty(), "and the connection is closed");

    // One byte at a time does not buy more time: the whole head has a deadline.
    let mut dripper = shield.connect();
    dripper.send("GET / HTTP/1.1\r\n");
    drip(dripper.stream(), "X-A: b\r\n");
    let answer = String::from_utf8_lossy(&dripper.rest()).into_owned();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(shield.upstream.bytes(), 0);
}

#[test]
fn what_came_while_the_shield_stood_still_came_in_time() {
    let upstream = Upstream::scripted(|mut connection, _| {
        while connection.request().is_some() {
            sleep(Duration::from_secs(1));
            connection.send(Case::DEFAULT_RESPONSE);
        }
    });
    let shield =
        Shield::with(upstream, "[server]\nheader_timeout = '2s'\nbody_timeout = '2s'\nupstream_timeout = '2s'");
    let form = "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 7\r\n\r\na=";
    let rows =
        [("head", "GET / HTTP/1.1\r\n", "Host: app.example\r\n\r\n"), ("body", form, "b&c=d"), ("answer", GET, "")];
    let mut clients = rows.map(|(_, first, _)| {
        let mut client = shield.connect();
        client.send(first);
        client
    });
    // They are waited for.
    sleep(Duration::from_millis(300));
    shield.signal(Signal::STOP);
    for (client, (_, _, rest)) in clients.iter_mut().zip(rows) {
        client.send(rest);
    }
    sleep(Duration::from_secs(4));
    shield.signal(Signal::CONT);
    for (mut client, (name, _, _)) in clients.into_iter().zip(rows) {
        assert_eq!(client.answer().status(), Some(200), "{name}");
    }
}

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let shield = Shield::with(Upstream::recording(), SHORT);
    let mut silent = shield.connect();
    let said = String::from_utf8_lossy(&silent.rest()).into_owned();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");

    // Between requests as well, and without a word: it asked nothing.
    let mut idle = shield.connect();
    idle.send("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
    assert_eq!(idle.answer().status(), Some(200));
    assert!(idle.rest().is_empty());
}

#[test]
fn a_tls_handshake_that_does_not_begin_is_let_go() {
    let shield = Shield::https(Upstream::recording(), SHORT);
    let mut silent = shield.connect();
    assert!(silent.rest().is_empty());
    let mut half = shield.connect();
    half.send(b"\x16\x03\x01\x02\x00\x01");
    half.rest();
    assert_eq!(shield.upstream.bytes(), 0);
}

#[test]
fn a_body_that_stops_is_given_up() {
    let shield = Shield::with(Upstream::recording(), SHORT);
    for kind in ["application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"] {
        let mut client = shield.connect();
        client.send(format!(
            "POST /api HTTP/1.1\r\nHost: app.example\r\nContent-Type: {kind}\r\nContent-Length: 100\r\n\r\n--b"
        ));
        assert_eq!(client.answer().status(), Some(408), "{kind}");
        client.rest();
        let seen = shield.upstream.take();
        assert!(seen.is_empty(), "{kind}: the application saw a whole request");
    }
}

/// Never silent for long, never done: without a minimum rate it could go on for days.
#[test]
fn a_body_that_drips_is_given_up() {
    let shield = Shield::new(Upstream::recording());
    let kinds = ["application/octet-stream", "application/x-www-form-urlencoded"];
    let drippers = kinds.map(|kind| {
        let mut client = shield.connect();
        std::thread::spawn(move || {
            client.send(format!(
                "POST /api HTTP/1.1\r\nHost: app.example\r\nContent-Type: {kind}\r\nContent-Length: 1000000\r\n\r\na="
            ));
            drip(client.stream(), "x");
            (kind, client.answer().status())
        })
    });
    for dripper in drippers {
        let (kind, status) = dripper.join().unwrap();
        assert_eq!(status, Some(408), "{kind}");
    }
    let seen = shield.upstream.take();
    assert!(seen.is_empty(), "the application saw a whole request: {seen:?}");
}

#[test]
fn an_application_that_does_not_answer_is_given_up() {
    let upstream = Upstream::scripted(|mut connection, _| while connection.piece().is_some() {});
    let shield = Shield::with(upstream, SHORT);
    let answer = shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
    assert_eq!(answer.status(), Some(504));
    assert!(!String::from_utf8_lossy(&answer.body).contains("127.0.0.1"));
}

/// What frames a body is none of it: an application may say such things for ever.
#[test]
fn an_application_that_stops_in_its_answer_is_given_up() {
    for (name, begins, drips) in [
        ("silence", "Content-Length: 100\r\n\r\nbegun", ""),
        ("nothing at all", "Content-Length: 100\r\n\r\n", ""),
        ("an_extension_that_does_not_end", "Transfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n1;", "a"),
        ("trailers_that_do_not_end", "Transfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n0\r\n", "X: a\r\n"),
        ("a_trailer_that_does_not_end", "Transfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n0\r\nX: ", "a"),
    ] {
        let upstream = Upstream::scripted(move |mut application, _| {
            if application.request().is_some() {
                application.send(format!("HTTP/1.1 200 OK\r\n{begins}"));
                drip(&mut application.stream, drips);
            }
        });
        let shield = Shield::with(upstream, SHORT);
        let mut client = shield.connect();
        client.send("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
        assert_eq!(client.answer_head().status(), Some(200), "{name}");
        let rest = client.rest();
        assert!(!rest.ends_with(b"\r\n0\r\n\r\n"), "{name}: an answer that looks whole");
        shield.wait_for_log(" broken_off=upstream.timeout ");
    }
}

/// Sends something small again and again, until the other side says something or closes.
fn drip(stream: &mut TcpStream, piece: &str) {
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    while stream.write_all(piece.as_bytes()).is_ok() {
        if stream.peek(&mut [0]).is_ok() {
            break;
        }
    }
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
}
