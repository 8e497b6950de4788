//! How a connection ends when the shield is to stop.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use rustix::process::Signal;

use super::{ACK, Connection, Ended, asking, code, kind, setting};
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

/// An application that answers each request with this when it is told to go on.
fn answering_when_told(body: &[u8]) -> (Sender<()>, Upstream) {
    let (go, gone) = channel();
    let gone = Mutex::new(gone);
    let body = body.to_vec();
    let upstream = Upstream::scripted(move |mut application, _| {
        application.request();
        gone.lock().unwrap().recv().unwrap();
        application.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()));
        application.send(&body);
    });
    (go, upstream)
}

#[test]
fn what_is_in_flight_is_answered_whole() {
    let body = vec![b'a'; 2 << 20];
    let (go, upstream) = answering_when_told(&body);
    let shield = Shield::https(upstream, "[server]\nshutdown_grace = \"1m\"");
    let mut connection = Connection::open(&shield);
    let mut idle = Connection::open(&shield);
    // Its preface was read.
    idle.read_until(|frame| frame.kind == kind::SETTINGS && frame.flags & ACK != 0).unwrap();
    let stream = connection.request(&asking("GET", "/"), None);
    shield.upstream.wait_for(1);
    shield.signal(Signal::TERM);
    assert_eq!(idle.closed(), Some(code::NO_ERROR), "an idle connection is told");
    connection.read_until(|frame| frame.kind == kind::GOAWAY).unwrap();
    go.send(()).unwrap();
    let answer = connection.ended(stream).answer();
    assert_eq!(answer.body.len(), body.len());
    assert_eq!(connection.closed(), Some(code::NO_ERROR));
    drop(connection);
    assert_eq!(shield.wait(), Some(0));
}

/// What the network has taken is not what the client has read: it must not be reset when we have nothing left to do.
#[test]
fn a_client_that_reads_late_gets_the_whole_answer() {
    // The system keeps that much for a client that does not read. Of more it takes a part only, if it is busy.
    let body = vec![b'a'; 1 << 18];
    let (go, upstream) = answering_when_told(&body);
    let shield = Shield::https(upstream, "[server]\nshutdown_grace = \"1m\"\nthreads = 1");
    let with_window = || {
        let mut connection = Connection::with(&shield, &[(setting::INITIAL_WINDOW_SIZE, 1 << 24)]);
        connection.send_frame(kind::WINDOW_UPDATE, 0, 0, (1_u32 << 24).to_be_bytes());
        connection
    };
    let (mut late, mut later) = (with_window(), with_window());
    let late_stream = late.request(&asking("GET", "/late"), None);
    later.request(&asking("GET", "/later"), None);
    shield.upstream.wait_for(2);
    shield.signal(Signal::TERM);
    for connection in [&mut late, &mut later] {
        connection.read_until(|frame| frame.kind == kind::GOAWAY).unwrap();
        connection.answers = false;
        go.send(()).unwrap();
    }
    shield.wait_for_log("GET /late 200 262144");
    shield.wait_for_log("GET /later 200 262144");
    // It does not answer, and is given up: so the other would have been by now.
    later.closed();
    late.answers = true;
    assert!(matches!(late.ended(late_stream), Ended::Answered(answer) if answer.body.len() == body.len()));
    assert_eq!(late.closed(), Some(code::NO_ERROR));
    drop((late, later));
    assert_eq!(shield.wait(), Some(0));
}

/// Who does not listen is not waited for.
#[test]
fn a_client_that_ignores_the_end_is_cut_off() {
    let shield = Shield::https(Upstream::recording(), "[server]\nshutdown_grace = \"1h\"");
    let mut connection = Connection::open(&shield);
    assert_eq!(connection.ask(&asking("GET", "/"), None).answer().status(), Some(200));
    shield.signal(Signal::TERM);
    // It reads nothing, so it answers no ping.
    assert_eq!(shield.wait(), Some(0));
    assert_eq!(connection.closed(), Some(code::NO_ERROR));
}
