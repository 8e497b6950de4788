//! How a connection ends when the shield is to stop.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use rustix::process::Signal;

use super::{Connection, asking, code, kind};
use crate::shield::Shield;
use crate::upstream::Upstream;

#[test]
fn what_is_in_flight_is_answered_whole() {
    let body = vec![b'a'; 2 << 20];
    let (go, gone) = channel();
    let gone = Mutex::new(gone);
    let sent = body.clone();
    let upstream = Upstream::scripted(move |mut application, _| {
        application.request();
        gone.lock().unwrap().recv().unwrap();
        application.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", sent.len()));
        application.send(&sent);
    });
    let shield = Shield::https(upstream, "[server]\nshutdown_grace = \"1m\"");
    let mut connection = Connection::open(&shield);
    let mut idle = Connection::open(&shield);
    idle.read_until(|frame| frame.kind == kind::SETTINGS).unwrap();
    let stream = connection.request(&asking("GET", "/"), None);
    shield.upstream.wait_for(1);
    shield.signal(Signal::TERM);
    assert_eq!(idle.closed(), Some(code::NO_ERROR), "an idle connection is told");
    connection.read_until(|frame| frame.kind == kind::GOAWAY).unwrap();
    go.send(()).unwrap();
    let answer = connection.ended(stream).answer();
    assert_eq!(answer.body.len(), body.len());
    assert_eq!(connection.closed(), Some(code::NO_ERROR));
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
