//! Clients that keep us waiting. What comes of it is asserted, never how long it took.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use mantlet_corpus::Message;

use super::{Connection, END_STREAM, Frame, asking, asking_with, code, hpack, kind, setting};
use crate::harness::PATIENCE;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

const SHORT: &str =
    "[server]\nheader_timeout = \"300ms\"\nbody_timeout = \"300ms\"\nidle_timeout = \"300ms\"\nthreads = 1";

const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

/// Answers `/events` with an event stream of one event, `/large` with more than any window, `/crumbs` with much in very
/// small chunks, `/begun` with a part; tells when the shield has closed.
fn application() -> (Upstream, Receiver<String>) {
    let (tell, told) = channel();
    let upstream = Upstream::scripted(move |mut application, _| {
        while let Some(Message { line, .. }) = application.request() {
            match line.split(' ').nth(1).unwrap() {
                "/events" => application.send(format!("{EVENTS}data: a\n\n")),
                "/large" => {
                    application.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                    application.send_for_ever(&vec![b'a'; 1 << 20]);
                }
                "/crumbs" => {
                    application.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    application.send_for_ever(&b"1\r\na\r\n".repeat(10_000));
                }
                "/begun" => application.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun"),
                _ => {
                    application.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
                    continue;
                }
            }
            while application.piece().is_some() {}
            let _ = tell.send(line);
        }
    });
    (upstream, told)
}

#[test]
fn a_client_that_gives_no_window_is_let_go() {
    for (name, window, path) in [
        ("none_of_it", 0, "/large"),
        ("none_of_little", 0, "/small"),
        ("a_byte_of_much", 1, "/large"),
        ("a_byte_of_little", 1, "/small"),
        ("a_byte_of_what_has_begun", 1, "/begun"),
    ] {
        let (upstream, told) = application();
        let shield = Shield::https(upstream, &format!("{SHORT}\nupstream_timeout = \"1h\""));
        let mut connection = Connection::with(&shield, &[(setting::INITIAL_WINDOW_SIZE, window)]);
        connection.gives_window = false;
        // Somebody waits for an event all the time: the connection is not idle.
        let events = connection.request(&asking("GET", "/events"), None);
        connection.send_frame(kind::WINDOW_UPDATE, 0, events, 1000_u32.to_be_bytes());
        connection.read_until(|frame| frame.stream == events && frame.kind == kind::DATA).unwrap();
        connection.request(&asking("GET", path), None);
        connection.closed();
        // All of its requests end for the application too.
        let begun = if path == "/small" { 1 } else { 2 };
        for _ in 0..begun {
            told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{name}: the application still waits"));
        }
    }
}

#[test]
fn an_event_stream_may_be_silent() {
    let (upstream, _told) = application();
    let shield = Shield::https(upstream, SHORT);
    let mut connection = Connection::open(&shield);
    let events = connection.request(&asking("GET", "/events"), None);
    let (upstream, _told) = application();
    let other = Shield::https(upstream, SHORT);
    // Another shield with the same patience has lost it twice.
    for _ in 0..2 {
        Connection::open(&other).closed();
    }
    assert!(connection.read_until(|frame| frame.stream == events && frame.kind == kind::DATA).is_some());
    assert_eq!(connection.ask(&asking("GET", "/small"), None).answer().body, b"small");
}

/// The time that a client takes to read is not the application's.
#[test]
fn an_application_is_not_given_up_for_a_slow_client() {
    const SHORT: &str = "[server]\nupstream_timeout = \"300ms\"";
    let (next, wanted) = channel::<()>();
    let wanted = Mutex::new(wanted);
    let upstream = Upstream::scripted(move |mut application, _| {
        if application.request().is_some() {
            application.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegun");
            let _ = wanted.lock().unwrap().recv();
            application.send("ended");
        }
    });
    let shield = Shield::https(upstream, SHORT);
    let mut connection = Connection::with(&shield, &[(setting::INITIAL_WINDOW_SIZE, 0)]);
    let stream = connection.request(&asking("GET", "/"), None);
    connection.read_until(|frame| frame.stream == stream && frame.kind == kind::HEADERS).unwrap();
    // Another shield has lost the same patience twice.
    let silent = Upstream::scripted(|mut application, _| while application.piece().is_some() {});
    let other = Shield::with(silent, SHORT);
    for _ in 0..2 {
        assert_eq!(other.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n").status(), Some(504));
    }
    connection.send_frame(kind::WINDOW_UPDATE, 0, stream, 10_u32.to_be_bytes());
    let begun = connection.read_until(|frame| frame.stream == stream).unwrap();
    assert_eq!((begun.kind, &*begun.payload), (kind::DATA, &b"begun"[..]));
    assert!(connection.is_alive());
    next.send(()).unwrap();
    let ended = connection.read_until(|frame| frame.stream == stream).unwrap();
    assert_eq!((ended.kind, &*ended.payload), (kind::DATA, &b"ended"[..]));
}

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let (upstream, _told) = application();
    let shield = Shield::https(upstream, SHORT);
    let get = hpack::encode(&asking("GET", "/"));
    let mut silent = Connection::silent(&shield);
    assert_eq!(silent.closed(), None, "not even a preface");
    let mut half = Connection::silent(&shield);
    half.send(&super::PREFACE[..10]);
    assert_eq!(half.closed(), None, "half a preface");
    assert_eq!(Connection::open(&shield).closed(), Some(code::NO_ERROR), "no request");
    for (name, frame) in [
        ("a_head_that_does_not_end", Frame::new(kind::HEADERS, END_STREAM, 1, get.clone())),
        ("half_a_head", Frame::new(kind::HEADERS, END_STREAM, 1, get[..10].to_vec())),
    ] {
        let mut connection = Connection::open(&shield);
        connection.send(frame.to_bytes());
        connection.closed();
        assert_eq!(shield.upstream.bytes(), 0, "{name}");
    }
    let mut half = Connection::open(&shield);
    half.send(&Frame::new(kind::HEADERS, END_STREAM, 1, get.clone()).to_bytes()[..20]);
    half.closed();
    assert_eq!(shield.upstream.bytes(), 0, "half a frame");

    let mut idle = Connection::open(&shield);
    assert_eq!(idle.ask(&asking("GET", "/"), None).answer().body, b"small");
    assert_eq!(idle.closed(), Some(code::NO_ERROR), "between two requests");

    // What says nothing buys no time.
    let mut pinging = Connection::open(&shield);
    while pinging.is_alive() {
        pinging.send_frame(kind::PING, 0, 0, [0; 8]);
        pinging.read_until(|frame| frame.kind == kind::PING);
    }
}

#[test]
fn a_body_that_stops_is_given_up() {
    let shield = Shield::https(Upstream::recording(), SHORT);
    for content_type in
        ["application/octet-stream", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
    {
        for announced in [&[][..], &[("content-length", "100")]] {
            let fields = [("content-type", content_type), ("sec-fetch-site", "same-origin")];
            let fields = asking_with("POST", "/", &[&fields[..], announced].concat());
            let mut connection = Connection::open(&shield);
            let stream = connection.open_stream(&fields, 0);
            connection.send_frame(kind::DATA, 0, stream, *b"--b");
            let answer = connection.ended(stream).answer();
            assert_eq!(answer.status(), Some(408), "{content_type}");
            let seen = shield.upstream.take();
            assert!(seen.is_empty(), "{content_type}: the application saw a whole request: {seen:?}");
            // The others of the connection have nothing to do with it.
            assert_eq!(connection.ask(&asking("GET", "/next"), None).answer().status(), Some(200), "{content_type}");
            shield.upstream.take();
        }
    }
}

/// One that the application does not read keeps what it may have of the connection's window, and leaves some to others.
#[test]
fn an_upload_that_nobody_reads_holds_up_no_other() {
    const LARGE: usize = 400_000;
    let upstream = Upstream::scripted(|mut application, _| {
        let Some(Message { line, .. }) = application.request_head() else { return };
        if line.starts_with("POST /unread") {
            // Its socket stays open, and full.
            loop {
                std::thread::park();
            }
        }
        let mut read = 0;
        while read < LARGE {
            read += application.piece().map_or(LARGE, |piece| piece.len());
        }
        application.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nread");
    });
    let shield = Shield::https(upstream, "");
    let mut connection = Connection::open(&shield);
    let fields = |path| asking_with("POST", path, &[("content-type", "text/plain"), ("sec-fetch-site", "same-origin")]);
    let unread = connection.open_stream(&fields("/unread"), 0);
    connection.fill_window(unread);
    assert_eq!(connection.ask(&fields("/read"), Some(&[0; LARGE])).answer().body, b"read");
}

/// A window that is wide is memory that an application which does not read can make us fill.
#[test]
fn windows_are_wide_for_those_who_are_read_and_only_for_some() {
    // The connections are opened before the first of them asks for anything, which takes a while on a busy machine.
    let shield = Shield::https(Upstream::recording(), "[server]\nthreads = 1\nheader_timeout = \"10m\"");
    let fields = asking_with("POST", "/", &[("content-type", "text/plain"), ("sec-fetch-site", "same-origin")]);
    let has_wide_window_after = |connection: &mut Connection, length: usize| {
        assert_eq!(connection.ask(&fields, Some(&vec![0; length])).answer().status(), Some(200));
        assert!(connection.is_alive());
        connection.settings.contains(&(setting::INITIAL_WINDOW_SIZE, 512 * 1024))
    };
    let mut first = Connection::open(&shield);
    assert!(!has_wide_window_after(&mut first, 10_000), "nothing speaks for it yet");
    assert!(has_wide_window_after(&mut first, 100_000));
    let mut others: Vec<_> = (0..63).map(|_| Connection::open(&shield)).collect();
    assert!(others.iter_mut().all(|connection| has_wide_window_after(connection, 100_000)));
    let mut one_too_many = Connection::open(&shield);
    assert!(!has_wide_window_after(&mut one_too_many, 300_000), "it is served all the same");
    drop(first);
    while !has_wide_window_after(&mut one_too_many, 10_000) {}
}

#[test]
fn uploads_that_nobody_reads_are_not_all_held() {
    const CONNECTIONS: usize = 150;
    let upstream = Upstream::scripted(|mut application, _| {
        if application.request_head().is_some_and(|head| head.line.starts_with("POST /unread")) {
            // Its socket stays open, and full.
            loop {
                std::thread::park();
            }
        }
        application.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
    });
    let shield = Shield::https(upstream, "[server]\nthreads = 1");
    others_first(&shield);
    let before = shield.peak_memory();
    let fields = asking_with("POST", "/unread", &[("content-type", "text/plain"), ("sec-fetch-site", "same-origin")]);
    let _unread: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let mut connection = Connection::open(&shield);
            for _ in 0..2 {
                let stream = connection.open_stream(&fields, 0);
                connection.fill_window(stream);
            }
            connection
        })
        .collect();
    let held = shield.peak_memory().saturating_sub(before);
    assert!(held < 130 * 1024, "{held} KiB for {CONNECTIONS} clients");
}

/// Nobody reads: what is held for a client has a bound, whatever windows it gives and however the application sends.
#[test]
fn what_nobody_reads_is_not_all_held() {
    let widest = 0x7fff_ffff;
    for (name, window, paths) in [
        ("one_after_the_other", widest, &["/large"][..]),
        ("crumbs", widest, &["/large", "/crumbs"]),
        ("little_of_it", 0, &["/small"]),
    ] {
        let (upstream, _told) = application();
        let shield = Shield::https(upstream, SHORT);
        others_first(&shield);
        let before = shield.peak_memory();
        let mut connection = Connection::with(&shield, &[(setting::INITIAL_WINDOW_SIZE, window)]);
        connection.send_frame(kind::WINDOW_UPDATE, 0, 0, (widest - 65_535).to_be_bytes());
        for path in paths.iter().cycle().take(100) {
            connection.request(&asking("GET", path), None);
        }
        // Until the shield has lost its patience: nothing was read.
        shield.wait_for_log(&format!("GET {} 200", paths[0]));
        shield.wait_for_log(" broken_off=request.timeout ");
        let held = shield.peak_memory().saturating_sub(before);
        assert!(held < 32 * 1024, "{name}: {held} KiB for 100 streams");
    }
}

fn others_first(shield: &Shield) {
    assert_eq!(Connection::open(shield).ask(&asking("GET", "/small"), None).answer().body, b"small");
}
