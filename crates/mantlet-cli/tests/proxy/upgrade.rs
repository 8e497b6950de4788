//! WebSockets: a tunnel begins only when both sides have agreed to the one protocol that was asked for.

use crate::harness::client::answers;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn handshake(fields: &str) -> String {
    format!(
        "GET /ws HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
    )
}

/// Answers each handshake with `answer` and then echoes.
fn echoing(answer: &'static str) -> Upstream {
    Upstream::scripted(move |mut connection, _| {
        if connection.request().is_some() {
            connection.send(answer);
            while let Some(piece) = connection.piece() {
                connection.send(piece);
            }
        }
    })
}

#[test]
fn a_matching_101_opens_a_tunnel() {
    let shield = Shield::new(echoing(SWITCH));
    let mut client = shield.connect();
    client.send(handshake("Origin: http://app.example\r\nSec-WebSocket-Protocol: chat\r\n"));
    let answer = client.answer_head();
    assert_eq!(answer.status(), Some(101));
    assert_eq!(answer.values("sec-websocket-accept").next(), Some(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..]));
    for message in ["\u{1}first", "GET / HTTP/1.1\r\n\r\n", "\0\0\0"] {
        client.send(message);
        assert!(client.read_until(message).ends_with(message), "bytes pass as they are");
    }
    client.finish();
    assert!(client.rest().is_empty(), "one side's end is the other's");
    let seen = &shield.upstream.take()[0];
    for (name, value) in [
        ("upgrade", "websocket"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "chat"),
    ] {
        assert_eq!(seen.values(name).next().map(String::from_utf8_lossy).as_deref(), Some(value), "{name}");
    }
    assert!(seen.values("connection").any(|value| value.eq_ignore_ascii_case(b"upgrade")));
}

#[test]
fn the_application_may_end_the_tunnel() {
    let upstream = Upstream::scripted(|mut connection, _| {
        if connection.request().is_some() {
            connection.send(SWITCH);
            connection.send("goodbye");
        }
    });
    let shield = Shield::new(upstream);
    let mut client = shield.connect();
    client.send(handshake("Origin: http://app.example\r\n"));
    assert_eq!(client.answer_head().status(), Some(101));
    assert_eq!(client.rest(), b"goodbye");
}

#[test]
fn a_tunnel_over_which_nobody_says_anything_is_closed() {
    let shield = Shield::with(echoing(SWITCH), "[server]\nwebsocket_timeout = \"300ms\"\n");
    let mut client = shield.connect();
    client.send(handshake("Origin: http://app.example\r\n"));
    assert_eq!(client.answer_head().status(), Some(101));
    assert!(client.rest().is_empty());
}

#[test]
fn bytes_sent_before_a_101_that_never_comes_are_requests() {
    let shield = Shield::new(Upstream::recording());
    let mut client = shield.connect();
    let smuggled = "POST /smuggled HTTP/1.1\r\nHost: app.example\r\nSec-Fetch-Site: cross-site\r\nOrigin: https://evil.example\r\n\
                    Content-Length: 0\r\nConnection: close\r\n\r\n";
    client.send(handshake("Origin: http://app.example\r\n") + smuggled);
    let statuses: Vec<_> = answers(&client.rest()).iter().filter_map(mantlet_corpus::Message::status).collect();
    assert!(matches!(statuses[..], [200, 403] | [200]), "judged like any other, or not read at all: {statuses:?}");
    let seen = shield.upstream.take();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn handshakes_from_elsewhere_or_for_something_else_are_refused() {
    let shield = Shield::new(Upstream::recording());
    let own = "Origin: http://app.example\r\n";
    let asking = |fields: &str| format!("GET /ws HTTP/1.1\r\nHost: app.example\r\n{fields}\r\n");
    for (name, request, status) in [
        ("another_origin", handshake("Origin: https://evil.example\r\n"), 403),
        ("cross_site", handshake("Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n"), 403),
        ("null_origin", handshake("Origin: null\r\n"), 403),
        ("no_origin_but_a_cookie", handshake("Cookie: session=1\r\n"), 403),
        (
            "two_protocols",
            asking(&format!(
                "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n{own}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            )),
            400,
        ),
        (
            "no_key",
            asking(&format!("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n{own}")),
            400,
        ),
        ("post", handshake(own).replacen("GET", "POST", 1), 400),
        (
            "with_a_body",
            handshake(&format!("{own}Content-Type: application/octet-stream\r\nContent-Length: 4\r\n")) + "DATA",
            400,
        ),
    ] {
        let answer = shield.ask(request);
        assert_eq!(answer.status(), Some(status), "{name}: {}", answer.line);
        assert_eq!(shield.upstream.bytes(), 0, "{name}");
    }
}

#[test]
fn other_protocols_are_not_offered() {
    let shield = Shield::new(Upstream::recording());
    for upgrade in ["h2c", "TLS/1.0", "tunnel"] {
        let answer = shield.ask(format!(
            "GET / HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\n\
             HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
        ));
        assert_eq!(answer.status(), Some(200), "{upgrade}: whoever asks may be answered in HTTP/1.1");
        let seen = &shield.upstream.take()[0];
        for name in ["upgrade", "http2-settings", "connection"] {
            assert_eq!(seen.values(name).count(), 0, "{upgrade}: the application was asked, too: {seen:?}");
        }
    }
}

#[test]
fn a_101_that_was_not_asked_for_is_not_passed_on() {
    for (name, request, answer) in [
        ("unsolicited", "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n".to_owned(), SWITCH),
        (
            "another protocol",
            handshake("Origin: http://app.example\r\n"),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        ),
        (
            "no protocol",
            handshake("Origin: http://app.example\r\n"),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n",
        ),
        (
            "no proof",
            handshake("Origin: http://app.example\r\n"),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        ),
        (
            "the proof of another key",
            handshake("Origin: http://app.example\r\n").replace("dGhlIHNhbXBsZSBub25jZQ==", "AAAAAAAAAAAAAAAAAAAAAA=="),
            SWITCH,
        ),
        (
            "two proofs",
            handshake("Origin: http://app.example\r\n"),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: x\r\n\r\n",
        ),
    ] {
        let shield = Shield::new(echoing(answer));
        let answer = shield.ask(request);
        assert_eq!(answer.status(), Some(502), "{name}: {}", answer.line);
    }
}
