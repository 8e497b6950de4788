//! What is held for clients that keep us waiting. Each may have a little; there may be many of them.

use crate::client::Client;
use crate::shield::Shield;
use crate::upstream::Upstream;

/// As many as one address may have answers on the way.
const CLIENTS: usize = 1000;

/// Sends this from so many clients that read nothing; how much memory it takes, in KiB, once all of them wait.
fn held_for(shield: &Shield, request: &str, all_wait: impl Fn(&mut [Client])) -> u64 {
    assert_eq!(shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n").status(), Some(200));
    let before = shield.peak_memory();
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut client = shield.connect();
            client.send(request);
            client
        })
        .collect();
    all_wait(&mut clients);
    shield.peak_memory().saturating_sub(before)
}

#[test]
fn heads_that_do_not_end() {
    let shield = Shield::with(Upstream::recording(), "[server]\nthreads = 1");
    // A worker looks at its clients in turn: who came after them is answered after they were read.
    let held = held_for(&shield, "GET / HTTP/1.1\r\nHost: app.example\r\nX-A: ", |_| {
        assert_eq!(shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n").status(), Some(200));
    });
    assert!(held < 40 * 1024, "{held} KiB for {CLIENTS} clients");
}

#[test]
fn handshakes_that_do_not_end() {
    // A ClientHello that says to be as long as one can be, in whole records.
    let hello = [&[1, 0, 0xfd, 0xe8, 3, 3][..], &[b'a'; 60_000]].concat();
    let records = hello.chunks(16_000).flat_map(|piece| {
        let length = (piece.len() as u16).to_be_bytes();
        [&[0x16, 3, 1][..], &length, piece].concat()
    });
    let records: Vec<u8> = records.collect();
    let shield = Shield::https(Upstream::recording(), "[server]\nthreads = 1");
    shield.encrypted(&[]);
    let before = shield.peak_memory();
    let _clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut client = shield.connect();
            client.send(&records);
            client
        })
        .collect();
    shield.encrypted(&[]);
    let held = shield.peak_memory().saturating_sub(before);
    assert!(held < 50 * 1024, "{held} KiB for {CLIENTS} clients");
}

#[test]
fn answers_that_nobody_reads() {
    let upstream = Upstream::scripted(|mut application, _| {
        while let Some(request) = application.request() {
            if request.line.starts_with("GET /large") {
                application.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                return application.send_for_ever(&[b'a'; 1 << 16]);
            }
            application.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let shield = Shield::with(upstream, "[server]\nthreads = 1");
    let held = held_for(&shield, "GET /large HTTP/1.1\r\nHost: app.example\r\n\r\n", |clients| {
        for client in clients {
            assert_eq!(client.answer_head().status(), Some(200));
        }
    });
    assert!(held < 80 * 1024, "{held} KiB for {CLIENTS} clients");
}
