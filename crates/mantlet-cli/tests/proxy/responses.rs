//! Answers of the application: as strictly read as requests, and framed anew.

use std::io::{Read, Write};

use crate::harness::client::answers;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;
use crate::http2::{Connection, asking, field};

const GET: &str = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n";

#[test]
fn answers_that_could_be_read_in_two_ways_are_not_passed_on() {
    let shield = Shield::new(Upstream::recording());
    let long = format!("HTTP/1.1 200 OK\r\nX-A: {}\r\nContent-Length: 2\r\n\r\nok", "a".repeat(300 * 1024));
    let flood =
        format!("{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000));
    for (name, answer) in [
        (
            "length_and_coding",
            "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ),
        ("two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk"),
        ("length_list", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"),
        ("length_with_sign", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok"),
        ("bare_line_feed", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        ("folded_line", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok"),
        (
            "carriage_return_in_location",
            "HTTP/1.1 302 Found\r\nLocation: /x\rSet-Cookie: session=evil\r\nContent-Length: 0\r\n\r\n",
        ),
        ("nul_in_value", "HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nok"),
        ("space_before_colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok"),
        ("unknown_coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("status_of_two_digits", "HTTP/1.1 99 Low\r\nContent-Length: 2\r\n\r\nok"),
        ("status_of_four_digits", "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("no_http", "SSH-2.0-OpenSSH\r\n\r\n"),
        ("version_2", "HTTP/2 200\r\nContent-Length: 2\r\n\r\nok"),
        ("large_head", long.as_str()),
        ("flood_of_interim_answers", flood.as_str()),
    ] {
        shield.upstream.answer(answer);
        let answer = shield.ask(GET);
        assert_eq!(answer.status(), Some(502), "{name}: {}", answer.line);
        assert_eq!(answer.values("set-cookie").count(), 0, "{name}");
        let body = String::from_utf8_lossy(&answer.body);
        assert!(!body.contains("127.0.0.1"), "{name}: the page tells where the application is: {body}");
        assert!(answer.values("content-security-policy").next().is_some(), "{name}: the page is dressed too");
    }
    shield.upstream.answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!(shield.ask(GET).status(), Some(200), "and the shield still serves");
}

#[test]
fn a_redirect_to_where_the_application_listens_does_not_lead_past_the_shield() {
    let shield = Shield::new(Upstream::recording());
    let asked = format!("http://127.0.0.1:{}", shield.upstream.port);
    let elsewhere = format!("http://127.0.0.1:{}", Upstream::nowhere().port);
    for (name, location, expected) in [
        ("own address", format!("{asked}/wiki?a#b"), "http://app.example/wiki?a#b".to_owned()),
        ("another port", format!("{elsewhere}/wiki"), format!("{elsewhere}/wiki")),
        // Corrected, it would be asked for ever.
        ("what was asked", format!("{asked}/"), format!("{asked}/")),
    ] {
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        shield.upstream.answer(answer);
        assert_eq!(shield.ask(GET).values("location").collect::<Vec<_>>(), [expected.as_bytes()], "{name}");
    }
}

#[test]
fn an_answer_that_ends_early_is_not_made_whole() {
    let shield = Shield::new(Upstream::recording());
    for (name, answer) in [
        ("length", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 50\r\n\r\nok"),
        ("chunked", "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"),
        (
            "malformed chunk",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
        ),
    ] {
        shield.upstream.answer(answer);
        let mut client = shield.connect();
        client.send(GET);
        let bytes = client.rest();
        let is_whole = mantlet_corpus::Message::read(&bytes)
            .is_ok_and(|(message, _)| message.status() == Some(200) && message.body.len() < 50);
        assert!(!is_whole, "{name}: the client took a part for the whole: {:?}", bytes.escape_ascii().to_string());
    }
    // Nothing at all.
    shield.upstream.answer("");
    assert_eq!(shield.ask(GET).status(), Some(502));
}

/// To HTTP/1.0 an answer of unknown length has no other end: `ab` takes one without it for a failure.
#[test]
fn tls_says_where_a_whole_answer_ends_and_nothing_of_a_part() {
    let shield = Shield::https(Upstream::recording(), "");
    let (head, close) = ("HTTP/1.1 200 OK\r\nConnection: close\r\n", "GET / HTTP/1.1\r\nConnection: close\r\n");
    for (name, answer, line, is_whole) in [
        ("length, HTTP/1.0", "Content-Length: 2\r\n\r\nok", "GET / HTTP/1.0\r\n", true),
        ("length, HTTP/1.1", "Content-Length: 2\r\n\r\nok", close, true),
        ("chunked, HTTP/1.0", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "GET / HTTP/1.0\r\n", true),
        ("part, HTTP/1.0", "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", "GET / HTTP/1.0\r\n", false),
    ] {
        shield.upstream.answer(format!("{head}{answer}"));
        let mut stream = shield.encrypted(&[b"http/1.0"]);
        stream.write_all(format!("{line}Host: app.example\r\n\r\n").as_bytes()).unwrap();
        let mut read = Vec::new();
        let end = stream.read_to_end(&mut read);
        assert!(read.ends_with(b"ok"), "{name}: {}", read.escape_ascii());
        assert_eq!(end.is_ok(), is_whole, "{name}: {end:?}");
    }
}

/// RFC 9110, section 6.6.1: whoever has a clock says when, if nobody did.
#[test]
fn every_answer_has_a_date() {
    let (plain, tls) = (Shield::new(Upstream::recording()), Shield::https(Upstream::recording(), ""));
    let said = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (name, answer, host) in [
        ("silent", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(), "app.example"),
        ("said", format!("HTTP/1.1 200 OK\r\nDate: {said}\r\nContent-Length: 0\r\n\r\n"), "app.example"),
        ("refused", String::new(), "evil.example"),
    ] {
        plain.upstream.answer(&answer);
        tls.upstream.answer(&answer);
        let over_http1 = plain.ask(GET.replace("app.example", host));
        let mut fields = asking("GET", "/");
        fields[2] = field(":authority", host);
        let over_http2 = Connection::open(&tls).ask(&fields, None).answer();
        for answer in [over_http1, over_http2] {
            let dates: Vec<_> = answer.values("date").collect();
            let [date] = dates[..] else { panic!("{name}: {answer:?}") };
            assert_eq!(date == said.as_bytes(), name == "said", "{name}: {answer:?}");
            assert!(date.ends_with(b" GMT") && date.len() == said.len(), "{name}: {answer:?}");
        }
    }
}

#[test]
fn every_framing_arrives_whole() {
    let shield = Shield::new(Upstream::recording());
    for (name, answer) in [
        ("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        (
            "chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: y\r\n\r\n",
        ),
        ("until close", "HTTP/1.1 200 OK\r\n\r\nhello"),
        ("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello"),
        ("HTTP/1.0 with length", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        (
            "after an interim answer",
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        ),
    ] {
        shield.upstream.answer(answer);
        let mut client = shield.connect();
        client.send(GET);
        let mut answer = client.answer();
        if answer.status() == Some(103) {
            answer = client.answer();
        }
        assert_eq!((answer.status(), &answer.body[..]), (Some(200), &b"hello"[..]), "{name}");
        assert_eq!(answer.values("x-trailer").count(), 0, "{name}");
        let http_1_0 = "GET / HTTP/1.0\r\nHost: app.example\r\n\r\n";
        let mut old = shield.connect();
        old.send(http_1_0);
        let old_answer = old.rest();
        assert!(
            old_answer.ends_with(b"hello"),
            "{name}, to an old client: {:?}",
            old_answer.escape_ascii().to_string()
        );
        assert!(
            !old_answer.to_ascii_lowercase().windows(7).any(|window| window == b"chunked"),
            "{name}: chunks to HTTP/1.0"
        );
    }
}

#[test]
fn answers_without_a_body_have_none() {
    let shield = Shield::new(Upstream::recording());
    for (name, method, answer, expected) in [
        ("HEAD with length", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", Some("50")),
        ("HEAD without length", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None),
        ("204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", None),
        ("204 to DELETE", "DELETE", "HTTP/1.1 204 No Content\r\n\r\n", None),
        ("304", "GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", None),
        (
            "304 with length",
            "GET",
            "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 50\r\n\r\n",
            Some("50"),
        ),
    ] {
        shield.upstream.answer(answer);
        let mut client = shield.connect();
        // The second request shows that the connection is where it should be.
        let second = "GET /second HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n";
        client.send(format!("{method} / HTTP/1.1\r\nHost: app.example\r\n\r\n"));
        let head = client.answer_head();
        assert_eq!(head.status(), answer[9..12].parse().ok(), "{name}");
        let length = head.values("content-length").next().map(String::from_utf8_lossy);
        assert_eq!(length.as_deref(), expected, "{name}");
        if name.starts_with("204") {
            assert_eq!(head.values("transfer-encoding").count(), 0, "{name}");
        }
        shield.upstream.answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
        client.send(second);
        let rest = answers(&client.rest());
        assert_eq!(rest.len(), 1, "{name}: {rest:?}");
        assert_eq!(rest[0].body, b"second", "{name}");
    }
}

#[test]
fn parts_and_errors_pass_as_they_are() {
    let shield = Shield::new(Upstream::recording());
    shield.upstream.answer(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/50\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
    );
    let answer = shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\nRange: bytes=0-4\r\n\r\n");
    assert_eq!((answer.status(), &answer.body[..]), (Some(206), &b"hello"[..]));
    assert_eq!(answer.values("content-range").next(), Some(&b"bytes 0-4/50"[..]));
    assert_eq!(shield.upstream.only().values("range").next(), Some(&b"bytes=0-4"[..]));
    for status in ["404 Not Found", "500 Internal Server Error", "418 I'm a teapot", "302 Found", "599 Odd"] {
        shield.upstream.answer(format!("HTTP/1.1 {status}\r\nLocation: /x\r\nContent-Length: 4\r\n\r\nmine"));
        let answer = shield.ask(GET);
        assert_eq!((answer.status(), &answer.body[..]), (status[..3].parse().ok(), &b"mine"[..]), "{status}");
        assert!(answer.values("x-content-type-options").next().is_some(), "{status}: dressed");
    }
}

#[test]
fn an_application_that_is_not_there() {
    let shield = Shield::new(Upstream::nowhere());
    let answer = shield.ask(GET);
    assert_eq!(answer.status(), Some(502));
    let text = format!("{:?}{}", answer.fields, String::from_utf8_lossy(&answer.body));
    assert!(!text.contains("127.0.0.1") && !text.contains("refused (os"), "{text}");
    assert!(answer.values("content-security-policy").next().is_some());
}
