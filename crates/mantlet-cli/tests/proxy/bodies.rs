//! Bodies of requests: decided before they are invited in, bounded while they come, never half of one.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use crate::harness::PATIENCE;
use crate::harness::client::post;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

#[test]
fn an_expected_body_is_invited_only_after_the_verdict() {
    let shield =
        Shield::with(Upstream::recording(), "[uploads]\nmax_request_size = \"1KiB\"\nmax_file_size = \"1KiB\"");
    let expecting = |fields: &str| post(&format!("Expect: 100-continue\r\n{fields}"), "");
    for (name, fields, status) in [
        ("from another site", "Content-Length: 4\r\nSec-Fetch-Site: cross-site\r\nOrigin: https://evil.example", 403),
        ("too large", "Content-Length: 4096\r\nContent-Type: application/octet-stream", 413),
    ] {
        let mut client = shield.connect();
        client.send(expecting(fields));
        assert_eq!(client.answer().status(), Some(status), "{name}: the body must not be invited");
        assert_eq!(shield.upstream.bytes(), 0, "{name}");
    }
    for kind in ["application/octet-stream", "application/x-www-form-urlencoded"] {
        let mut client = shield.connect();
        client.send(expecting(&format!("Content-Length: 3\r\nContent-Type: {kind}")));
        assert_eq!(client.answer().status(), Some(100), "{kind}: the client waits");
        client.send("a=b");
        assert_eq!(client.answer().status(), Some(200), "{kind}");
        let seen = shield.upstream.only();
        assert_eq!(seen.body, b"a=b", "{kind}");
        assert_eq!(seen.values("expect").count(), 0, "{kind}: the expectation was ours to meet");
    }
}

#[test]
fn a_get_with_a_body_is_never_forwarded_without_it() {
    let shield = Shield::new(Upstream::recording());
    for method in ["GET", "HEAD", "DELETE"] {
        for (name, fields, body) in [
            ("chunked", "Transfer-Encoding: chunked", "4\r\nDATA\r\n0\r\n\r\n"),
            ("length", "Content-Length: 4", "DATA"),
        ] {
            let mut client = shield.connect();
            client.send(format!(
                "{method} / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n{fields}\r\n\r\n{body}"
            ));
            let answered = String::from_utf8_lossy(&client.rest()).into_owned();
            let seen = shield.upstream.take();
            if answered.starts_with("HTTP/1.1 200") {
                assert_eq!(seen.len(), 1, "{method}, {name}");
                assert_eq!(seen[0].body, b"DATA", "{method}, {name}: the body was judged and then lost");
            } else {
                assert!(answered.starts_with("HTTP/1.1 4"), "{method}, {name}: {answered}");
                assert!(seen.is_empty(), "{method}, {name}: refused, but forwarded: {seen:?}");
            }
        }
    }
}

#[test]
fn a_body_over_its_limit_never_arrives_whole() {
    let shield =
        Shield::with(Upstream::recording(), "[uploads]\nmax_request_size = \"64KiB\"\nmax_file_size = \"64KiB\"");
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    for kind in ["application/octet-stream", "application/json", "application/x-www-form-urlencoded"] {
        let mut client = shield.connect();
        let fields = format!("Content-Type: {kind}\r\nTransfer-Encoding: chunked");
        let sending = client.send_meanwhile(post(&fields, &format!("{}0\r\n\r\n", chunk.repeat(64))));
        assert_eq!(client.answer().status(), Some(413), "{kind}");
        client.rest();
        sending.join().unwrap();
        let seen = shield.upstream.take();
        assert!(seen.is_empty(), "{kind}: the application saw a whole request");
    }
    let whole = "x".repeat(64 * 1024);
    let exact = post("Content-Type: application/octet-stream\r\nContent-Length: 65536", &whole);
    assert_eq!(shield.ask(exact).status(), Some(200), "the limit itself is within the limit");
    assert_eq!(shield.upstream.only().body.len(), 65536);
}

#[test]
fn a_form_reaches_the_application_only_after_its_end() {
    let shield = Shield::new(Upstream::recording());
    let body = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
    let head = format!("Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}", body.len());
    let (begin, end) = body.split_at(body.len() - 3);
    let mut client = shield.connect();
    client.send(post(&head, begin));
    // Another request on another connection is answered meanwhile: this one is held, the shield is not.
    assert_eq!(shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n").status(), Some(200));
    let seen = shield.upstream.take();
    assert!(seen.iter().all(|seen| seen.line.starts_with("GET ")), "{seen:?}");
    assert_eq!(shield.upstream.bytes(), 0, "not a byte before the verdict");
    client.send(end);
    assert_eq!(client.answer().status(), Some(200));
    assert_eq!(shield.upstream.take().len(), 1);
}

#[test]
fn a_client_that_breaks_off_leaves_no_whole_request() {
    let (tell, told) = channel();
    let tell = Mutex::new(tell);
    // An application that tells when a request begins, and whether it was whole.
    let upstream = Upstream::scripted(move |mut connection, _| {
        let tell = |what: &str| {
            let _ = tell.lock().unwrap().send(what.to_owned());
        };
        while connection.begun().is_some() {
            tell("begun");
            let Some(request) = connection.request() else {
                tell("broken off");
                return;
            };
            tell(&request.line);
            connection.send(mantlet_corpus::Case::DEFAULT_RESPONSE);
        }
    });
    let next = || told.recv_timeout(PATIENCE).unwrap();
    let shield = Shield::new(upstream);
    for (name, fields, part) in [
        ("length", "Content-Length: 100", "nine tenths".repeat(8)),
        ("chunked", "Transfer-Encoding: chunked", "4\r\nDATA\r\n".to_owned()),
        ("chunked, without the last empty line", "Transfer-Encoding: chunked", "4\r\nDATA\r\n0\r\n".to_owned()),
    ] {
        let mut client = shield.connect();
        client.send(post(&format!("Content-Type: application/octet-stream\r\n{fields}"), &part));
        assert_eq!(next(), "begun", "{name}");
        client.abort();
        assert_eq!(next(), "broken off", "{name}: the application took it for whole");
    }
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--b--\r\n";
    for (name, kind, part) in [
        ("form", "application/x-www-form-urlencoded", "a=b&c="),
        ("multipart", "multipart/form-data; boundary=b", multipart),
    ] {
        let mut client = shield.connect();
        client.send(post(&format!("Content-Type: {kind}\r\nContent-Length: {}", part.len() + 1), part));
        client.finish();
        client.rest();
        // The shield goes on serving others, and theirs is all that the application hears of.
        assert_eq!(shield.ask("GET /after HTTP/1.1\r\nHost: app.example\r\n\r\n").status(), Some(200), "{name}");
        assert_eq!((next(), next()), ("begun".to_owned(), "GET /after HTTP/1.1".to_owned()), "{name}");
    }
}
