//! Bodies that flow: events as they happen, gigabytes in constant memory, no faster than they are taken.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::harness::PATIENCE;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

/// What a stream of a gigabyte may add to the shield's peak memory, in KiB.
const ROOM: u64 = 16 * 1024;

const GIGABYTE: u64 = 1 << 30;

#[test]
fn server_sent_events_arrive_one_by_one() {
    // The application sends each event only when the test has seen the one before: nothing may be held back.
    let (next, wanted) = channel::<()>();
    let wanted = Mutex::new(wanted);
    let upstream = Upstream::scripted(move |mut connection, _| {
        if connection.request().is_none() {
            return;
        }
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (number, ()) in wanted.lock().unwrap().iter().enumerate() {
            connection.send(format!("9\r\ndata: {number}\n\n\r\n"));
        }
        connection.send("0\r\n\r\n");
    });
    let shield = Shield::new(upstream);
    let mut client = shield.connect();
    client.send("GET /events HTTP/1.1\r\nHost: app.example\r\nAccept: text/event-stream\r\n\r\n");
    assert_eq!(client.answer_head().status(), Some(200), "the head arrives before the first event");
    for number in 0..5 {
        next.send(()).unwrap();
        client.read_until(&format!("data: {number}\n\n"));
    }
    drop(next);
    client.read_until("0\r\n\r\n");
}

#[test]
fn an_event_stream_may_be_silent_from_the_first() {
    const SHORT: &str = "[server]\nupstream_timeout = \"300ms\"";
    let (next, wanted) = channel::<()>();
    let wanted = Mutex::new(wanted);
    let upstream = Upstream::scripted(move |mut connection, _| {
        if connection.request().is_some() {
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n");
            let _ = wanted.lock().unwrap().recv();
            connection.send("data: late\n\n");
        }
    });
    let shield = Shield::with(upstream, SHORT);
    let mut client = shield.connect();
    client.send("GET /events HTTP/1.1\r\nHost: app.example\r\n\r\n");
    assert_eq!(client.answer_head().status(), Some(200));
    // Another shield has lost the same patience twice.
    let silent = Upstream::scripted(|mut connection, _| while connection.piece().is_some() {});
    let other = Shield::with(silent, SHORT);
    for _ in 0..2 {
        assert_eq!(other.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n").status(), Some(504));
    }
    next.send(()).unwrap();
    client.read_until("data: late\n\n");
}

#[test]
fn an_upload_that_is_no_form_flows_before_it_ends() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::scripted(move |mut connection, _| {
        if connection.request_head().is_some() {
            while let Some(piece) = connection.piece() {
                let _ = tell.lock().unwrap().send(String::from_utf8_lossy(&piece).into_owned());
                if piece.ends_with(b"end") {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                }
            }
        }
    });
    let shield = Shield::new(upstream);
    let mut client = shield.connect();
    client.send("PUT /object HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/octet-stream\r\nContent-Length: 8\r\n\r\nbegin");
    let mut seen = String::new();
    while seen != "begin" {
        seen += &told.recv_timeout(PATIENCE).expect("the application sees the beginning");
    }
    client.send("end");
    assert_eq!(client.answer().status(), Some(200));
}

#[test]
fn a_download_of_a_gigabyte_takes_no_memory() {
    let upstream = Upstream::scripted(|mut connection, _| {
        let piece = vec![b'x'; 1 << 20];
        while connection.request().is_some() {
            connection.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {GIGABYTE}\r\n\r\n"
            ));
            for _ in 0..GIGABYTE >> 20 {
                connection.send(&piece);
            }
        }
    });
    let shield = Shield::new(upstream);
    let before = shield.peak_memory();
    let mut client = shield.connect();
    client.send("GET /large HTTP/1.1\r\nHost: app.example\r\n\r\n");
    assert_eq!(client.answer_head().status(), Some(200));
    assert_eq!(client.skip(GIGABYTE), GIGABYTE);
    let grown = shield.peak_memory().saturating_sub(before);
    assert!(grown < ROOM, "a download took {grown} KiB");
}

#[test]
fn uploads_of_a_gigabyte_take_no_memory() {
    let upstream = Upstream::scripted(|mut connection, _| {
        let Some(head) = connection.request_head() else { return };
        let length = head.values("content-length").next().map(String::from_utf8_lossy);
        let length: usize = length.expect("a length").parse().unwrap();
        let mut seen = 0;
        while seen < length {
            let Some(piece) = connection.piece() else { return };
            seen += piece.len();
        }
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let shield = Shield::with(upstream, "[uploads]\nmax_request_size = \"2GiB\"\nmax_file_size = \"2GiB\"");
    let opening =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
    for (kind, opening, closing) in
        [("application/octet-stream", "", ""), ("multipart/form-data; boundary=b", opening, "\r\n--b--\r\n")]
    {
        let before = shield.peak_memory();
        let mut client = shield.connect();
        let length = GIGABYTE + (opening.len() + closing.len()) as u64;
        client.send(format!("POST /upload HTTP/1.1\r\nHost: app.example\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{opening}"));
        let piece = vec![b'x'; 1 << 20];
        for _ in 0..GIGABYTE >> 20 {
            client.send(&piece);
        }
        client.send(closing);
        assert_eq!(client.answer().status(), Some(200), "{kind}");
        let grown = shield.peak_memory().saturating_sub(before);
        assert!(grown < ROOM, "{kind}: an upload took {grown} KiB");
    }
}

#[test]
fn an_upload_that_passes_its_limit_after_a_gigabyte_is_cut_off() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    // An application that tells how its request ended.
    let upstream = Upstream::scripted(move |mut connection, _| {
        if connection.request_head().is_some() {
            let mut end = Vec::new();
            while let Some(piece) = connection.piece() {
                end.extend_from_slice(&piece);
                end.drain(..end.len().saturating_sub(5));
            }
            tell.lock().unwrap().send(end).unwrap();
        }
    });
    let limits = "[uploads]\nmax_request_size = \"1GiB\"\nmax_file_size = \"1GiB\"";
    let shield = Shield::with(upstream, limits);
    let opening =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
    for (kind, opening, is_held) in
        [("application/octet-stream", "", false), ("multipart/form-data; boundary=b", opening, true)]
    {
        let before = shield.peak_memory();
        let mut client = shield.connect();
        client.send(format!(
            "POST /upload HTTP/1.1\r\nHost: app.example\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        ));
        if !opening.is_empty() {
            client.send(format!("{:x}\r\n{opening}\r\n", opening.len()));
        }
        let mut chunk = b"100000\r\n".to_vec();
        chunk.resize(chunk.len() + (1 << 20), b'x');
        chunk.extend_from_slice(b"\r\n");
        // The one that is too many, and the end.
        for _ in 0..=GIGABYTE >> 20 {
            client.send(&chunk);
        }
        client.send("0\r\n\r\n");
        assert_eq!(client.answer().status(), Some(413), "{kind}");
        let grown = shield.peak_memory().saturating_sub(before);
        assert!(grown < ROOM, "{kind}: an upload took {grown} KiB");
        assert_eq!(fs::read_dir(shield.folder().temporary()).unwrap().count(), 0, "{kind}: something is left on disk");
        if is_held {
            assert_eq!(shield.upstream.connections(), 1, "{kind}: the application has not heard of it");
        } else {
            let end = told.recv_timeout(PATIENCE).unwrap();
            assert_ne!(end, b"0\r\n\r\n", "{kind}: the application saw a whole request");
        }
    }
}

#[test]
fn chunks_of_one_byte_do_not_cost_a_system_call_each() {
    const CHUNKS: usize = 100_000;
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::scripted(move |mut connection, _| {
        let (mut pieces, mut end) = (0, Vec::new());
        while !end.ends_with(b"\r\n0\r\n\r\n") {
            let Some(piece) = connection.piece() else { return };
            pieces += 1;
            end.extend_from_slice(&piece);
            end.drain(..end.len().saturating_sub(7));
        }
        tell.lock().unwrap().send(pieces).unwrap();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let shield = Shield::new(upstream);
    let head = "PUT /object HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(shield.ask(format!("{head}{}0\r\n\r\n", "1\r\nx\r\n".repeat(CHUNKS))).status(), Some(200));
    let pieces: usize = told.recv_timeout(PATIENCE).unwrap();
    assert!(pieces < CHUNKS / 100, "the application was written to {pieces} times");
}

/// More than all buffers on the way hold: the kernel bounds those of the sockets, and ours are a few hundred KiB.
const MUCH: usize = 256 << 20;

/// Writes until nobody takes any more, which shows in a write without progress; how much was written.
fn fill(stream: &mut TcpStream) -> usize {
    stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    let piece = vec![b'x'; 1 << 20];
    let mut written = 0;
    while written < MUCH && stream.write_all(&piece).is_ok() {
        written += piece.len();
    }
    written
}

#[test]
fn an_application_is_read_no_faster_than_its_client_reads() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    let upstream = Upstream::scripted(move |mut connection, _| {
        if connection.request().is_some() {
            connection.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {MUCH}\r\n\r\n"));
            tell.lock().unwrap().send(fill(&mut connection.stream)).unwrap();
        }
    });
    let shield = Shield::new(upstream);
    let before = shield.peak_memory();
    let mut client = shield.connect();
    client.send("GET /large HTTP/1.1\r\nHost: app.example\r\n\r\n");
    let written = told.recv_timeout(PATIENCE).unwrap();
    assert!(written < MUCH, "everything was read although nobody took it");
    let grown = shield.peak_memory().saturating_sub(before);
    assert!(grown < ROOM, "what nobody took was kept: {grown} KiB");
}

#[test]
fn a_client_is_read_no_faster_than_the_application_reads() {
    let (hold, held) = channel::<()>();
    let held = Mutex::new(held);
    let upstream = Upstream::scripted(move |mut connection, _| {
        if connection.request_head().is_some() {
            let _ = held.lock().unwrap().recv();
        }
    });
    let shield = Shield::with(upstream, "[uploads]\nmax_request_size = \"1GiB\"\nmax_file_size = \"1GiB\"");
    let before = shield.peak_memory();
    let mut client = shield.connect();
    client.send(format!(
        "PUT /object HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/octet-stream\r\nContent-Length: {MUCH}\r\n\r\n"
    ));
    assert!(fill(client.stream()) < MUCH, "everything was read although nobody took it");
    let grown = shield.peak_memory().saturating_sub(before);
    assert!(grown < ROOM, "what nobody took was kept: {grown} KiB");
    drop(hold);
}
