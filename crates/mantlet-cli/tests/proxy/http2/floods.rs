//! Much of something that costs its sender nothing. What it may cost us has a bound, and others are served meanwhile.

use mantlet_corpus::Case;

use super::{Connection, END_STREAM, Ended, Frame, asking, asking_with, code, field, hpack, kind, setting};
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

/// More than anything here may reach the application because of one connection.
const AT_MOST: usize = 500;

/// Frames of a flood.
const MANY: usize = 20_000;

/// Serves the one request that is not for `/slow`.
fn never_answering() -> Upstream {
    Upstream::scripted(|mut application, _| {
        while let Some(request) = application.request() {
            if request.line.starts_with("GET /slow") {
                while application.piece().is_some() {}
                return;
            }
            application.send(Case::DEFAULT_RESPONSE);
        }
    })
}

fn others_are_served(shield: &Shield, name: &str) {
    let answer = Connection::open(shield).ask(&asking("GET", "/next"), None).answer();
    assert_eq!(answer.status(), Some(200), "{name}");
}

/// CVE-2023-44487.
#[test]
fn rapid_reset() {
    let shield = Shield::https(never_answering(), "[server]\nthreads = 1");
    let mut connection = Connection::open(&shield);
    let slow = hpack::encode(&asking("GET", "/slow"));
    let mut flood = Vec::new();
    for _ in 0..5_000 {
        let stream = connection.stream();
        flood.extend(Frame::new(kind::HEADERS, 5, stream, slow.clone()).to_bytes());
        flood.extend(Frame::new(kind::RST_STREAM, 0, stream, code::CANCEL.to_be_bytes()).to_bytes());
    }
    connection.send(flood);
    // How depends on whether h2 has had enough first, or we.
    connection.closed();
    others_are_served(&shield, "rapid reset");
    let reached = shield.upstream.connections();
    assert!(reached < AT_MOST, "{reached} requests reached the application");
}

/// The same, but each is given the time to reach the application first.
#[test]
fn patient_reset() {
    let shield = Shield::https(never_answering(), "[server]\nthreads = 1");
    let mut connection = Connection::open(&shield);
    let mut streams = 0;
    while streams < 10 * AT_MOST {
        let stream = connection.open_stream(&asking("GET", "/slow"), END_STREAM);
        streams += 1;
        if !connection.is_alive() || connection.was_told_to_leave() {
            break;
        }
        shield.upstream.wait_for(streams);
        connection.send_frame(kind::RST_STREAM, 0, stream, code::CANCEL.to_be_bytes());
    }
    assert!(streams < AT_MOST, "{streams} requests were taken back");
    others_are_served(&shield, "patient reset");
}

/// CVE-2025-8671: the client takes nothing back, but makes us do it.
#[test]
fn made_you_reset() {
    let shield = Shield::https(never_answering(), "[server]\nthreads = 1");
    let slow = hpack::encode(&asking("GET", "/slow"));
    for (name, provocation) in [
        ("window_of_nothing", Frame::new(kind::WINDOW_UPDATE, 0, 0, [0; 4])),
        ("window_too_large", Frame::new(kind::WINDOW_UPDATE, 0, 0, [0x7f, 255, 255, 255])),
        ("data_after_the_end", Frame::new(kind::DATA, 0, 0, *b"a")),
        ("head_after_the_end", Frame::new(kind::HEADERS, 5, 0, slow.clone())),
    ] {
        let before = shield.upstream.connections();
        let mut connection = Connection::open(&shield);
        for _ in 0..2_000 {
            let stream = connection.stream();
            connection.send_frame(kind::HEADERS, 5, stream, slow.clone());
            connection.send_frame(kind::PING, 0, 0, [0; 8]);
            // Answered, it was read what came before.
            if connection.read_until(|frame| frame.kind == kind::PING).is_none() {
                break;
            }
            connection.send(Frame { stream, ..provocation.clone() }.to_bytes());
        }
        assert!(!connection.is_alive(), "{name}");
        let reached = shield.upstream.connections() - before;
        assert!(reached < AT_MOST, "{name}: {reached} requests reached the application");
    }
    others_are_served(&shield, "made you reset");
}

/// CVE-2024-27316.
#[test]
fn heads_that_do_not_end() {
    let shield = Shield::https(Upstream::recording(), "");
    let get = hpack::encode(&asking("GET", "/"));
    let field = hpack::encode(&[field("x-a", "b".repeat(1000))]);
    for (name, piece) in
        [("fields", field), ("nothing", Vec::new()), ("half_a_field", vec![0, 0x7f, 0xff, 0xff, 0xff, 0x07])]
    {
        let mut connection = Connection::open(&shield);
        connection.send_frame(kind::HEADERS, 1, 1, get.clone());
        let flood = Frame::new(kind::CONTINUATION, 0, 1, piece).to_bytes();
        connection.send(flood.repeat(MANY));
        let error = connection.closed();
        assert!(error.is_none_or(|error| error != code::NO_ERROR), "{name}: {error:?}");
        assert_eq!(shield.upstream.bytes(), 0, "{name}");
    }
    assert!(shield.peak_memory() < 100 * 1024, "{} KiB", shield.peak_memory());
}

/// CVE-2019-9512, -9515, -9518 and their relatives.
#[test]
fn frames_that_ask_for_answers_or_nothing() {
    let shield = Shield::https(Upstream::recording(), "[server]\nthreads = 1");
    let post =
        hpack::encode(&asking_with("POST", "/", &[("content-type", "text/plain"), ("sec-fetch-site", "same-origin")]));
    for (name, begin, frame) in [
        ("pings", false, Frame::new(kind::PING, 0, 0, [0; 8])),
        ("answers_to_no_ping", false, Frame::new(kind::PING, 1, 0, [0; 8])),
        ("settings", false, Frame::new(kind::SETTINGS, 0, 0, [])),
        ("settings_that_change", false, Frame::new(kind::SETTINGS, 0, 0, [0, 4, 0, 0, 0, 1])),
        ("priorities", false, Frame::new(2, 0, 1, [0, 0, 0, 0, 1])),
        ("windows", false, Frame::new(kind::WINDOW_UPDATE, 0, 0, [0, 0, 0, 1])),
        ("unknown_frames", false, Frame::new(0xfe, 0, 0, [0; 100])),
        ("empty_data", true, Frame::new(kind::DATA, 0, 1, [])),
        ("padding", true, Frame::new(kind::DATA, 8, 1, [1, 0])),
        ("tiny_data", true, Frame::new(kind::DATA, 0, 1, *b"a")),
    ] {
        let mut connection = Connection::open(&shield);
        if begin {
            connection.send_frame(kind::HEADERS, 4, 1, post.clone());
        }
        // Nobody reads the answers.
        connection.send(frame.to_bytes().repeat(MANY));
        others_are_served(&shield, name);
        assert!(shield.peak_memory() < 100 * 1024, "{name}: {} KiB", shield.peak_memory());
        // A line for each would be a flood, too.
        assert!(shield.log().len() < 16 * 1024, "{name}: {} bytes in the log", shield.log().len());
    }
}

#[test]
fn streams_at_once() {
    let shield = Shield::https(never_answering(), "[server]\nthreads = 1");
    let mut connection = Connection::open(&shield);
    let streams: Vec<_> = (0..150).map(|_| connection.open_stream(&asking("GET", "/slow"), END_STREAM)).collect();
    for stream in &streams[100..] {
        assert_eq!(connection.ended(*stream), Ended::Reset(code::REFUSED_STREAM), "stream {stream}");
    }
    assert!(connection.settings.contains(&(setting::MAX_CONCURRENT_STREAMS, 100)), "{:?}", connection.settings);
    shield.upstream.wait_for(100);
    assert_eq!(shield.upstream.take().len(), 100);
    // One less is one more.
    connection.send_frame(kind::RST_STREAM, 0, streams[0], code::CANCEL.to_be_bytes());
    assert_eq!(connection.ask(&asking("GET", "/next"), None).answer().status(), Some(200));
}

/// Browsers take requests back as well: all at once when their user goes elsewhere, and again.
#[test]
fn a_user_who_leaves_in_a_hurry_is_no_attack() {
    let shield = Shield::https(never_answering(), "[server]\nthreads = 1");
    let mut connection = Connection::open(&shield);
    for page in 0..10 {
        for _ in 0..30 {
            assert_eq!(connection.ask(&asking("GET", "/page"), None).answer().status(), Some(200), "page {page}");
        }
        let images: Vec<_> = (0..30).map(|_| connection.open_stream(&asking("GET", "/slow"), END_STREAM)).collect();
        for image in images {
            connection.send_frame(kind::RST_STREAM, 0, image, code::CANCEL.to_be_bytes());
        }
    }
    assert_eq!(connection.ask(&asking("GET", "/page"), None).answer().status(), Some(200));
}
