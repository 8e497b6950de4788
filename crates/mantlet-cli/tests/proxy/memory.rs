//! What is held for clients that keep us waiting. Each may have a little; there may be many of them.

use std::io::Read;

use crate::harness::client::Client;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

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
    let endless: Vec<u8> =
        [&[1, 0, 0xfd, 0xe8, 3, 3][..], &[b'a'; 60_000]].concat().chunks(16_000).flat_map(record).collect();
    for (name, first) in [("the first", None), ("one after another that was answered", Some(without_a_key()))] {
        let shield = Shield::https(Upstream::recording(), "[server]\nthreads = 1");
        shield.encrypted(&[]);
        let before = shield.peak_memory();
        let _clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let mut client = shield.connect();
                if let Some(hello) = &first {
                    client.send(record(hello));
                    let mut answer = [0; 6];
                    client.stream().read_exact(&mut answer).unwrap();
                    assert_eq!((answer[0], answer[5]), (0x16, 2), "a ServerHello, or what looks like one");
                }
                client.send(&endless);
                client
            })
            .collect();
        shield.encrypted(&[]);
        let held = shield.peak_memory().saturating_sub(before);
        assert!(held < 50 * 1024, "{name}: {held} KiB for {CLIENTS} clients");
    }
}

fn record(handshake: &[u8]) -> Vec<u8> {
    [&[0x16, 3, 1][..], &(handshake.len() as u16).to_be_bytes(), handshake].concat()
}

/// A ClientHello of TLS 1.3 with no share of a key, which costs nobody any mathematics: it is answered with
/// HelloRetryRequest (RFC 8446, section 4.1.4).
fn without_a_key() -> Vec<u8> {
    let extensions = [
        &[0, 43, 0, 3, 2, 3, 4][..],      // supported_versions: TLS 1.3
        &[0, 10, 0, 4, 0, 2, 0, 0x1d],    // supported_groups: x25519
        &[0, 13, 0, 6, 0, 4, 4, 3, 8, 4], // signature_algorithms: ECDSA with P-256, RSA-PSS
        &[0, 51, 0, 2, 0, 0],             // key_share: none
    ]
    .concat();
    let random = [7; 32];
    let suites = [0, 2, 0x13, 1];
    let body =
        [&[3, 3][..], &random, &[0], &suites, &[1, 0], &(extensions.len() as u16).to_be_bytes(), &extensions].concat();
    [&[1, 0][..], &(body.len() as u16).to_be_bytes(), &body].concat()
}

#[test]
fn fields_that_do_not_end() {
    let form = |content_type: &str, body: &str| {
        let length = body.len() + 1000;
        let lines = "POST /form HTTP/1.1\r\nHost: app.example\r\nContent-Digest: sha-256=:AA==:\r\n";
        format!("{lines}Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}")
    };
    let escaped = form("application/x-www-form-urlencoded", &format!("a={}", "%41".repeat(65_000)));
    let part = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    let digested = form("multipart/form-data; boundary=X", &format!("{part}{}", "a".repeat(65_000)));
    for (name, request) in [("escaped", escaped), ("digested", digested)] {
        let shield = Shield::with(Upstream::recording(), "[server]\nthreads = 1");
        let held = held_for(&shield, &request, |_| {
            shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
        });
        assert!(held < 80 * 1024, "{name}: {held} KiB for {CLIENTS} clients");
    }
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
