//! Heads of responses: what an application, or somebody who injects into its headers, must not get past us.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use bytes::BytesMut;
use http::{Method, StatusCode};
use mantlet_fields::Known;
use mantlet_http1::HeadErrorKind::{self, *};
use mantlet_http1::{Framing, INTERIM_RESPONSES, Limits, ResponseHead, ResponseParser};

fn parse(method: &Method, bytes: &[u8]) -> Result<ResponseHead, HeadErrorKind> {
    match ResponseParser::new(Limits::default()).parse(&mut BytesMut::from(bytes), method) {
        Ok(Some(head)) => Ok(head),
        Ok(None) => panic!("incomplete: {}", bytes.escape_ascii()),
        Err(error) => Err(error.kind),
    }
}

#[test]
fn heads_that_are_refused() {
    for (name, bytes, kind) in [
        ("cl_te", &b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"[..], LengthAndCoding),
        ("two_lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n", RepeatedLength),
        ("gzip_chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", UnknownCoding),
        ("chunked_in_1_0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", CodingInOldVersion),
        ("bare_lf", b"HTTP/1.1 200 OK\nA: b\n\n", BareLf),
        ("injected_bare_lf", b"HTTP/1.1 302 Found\r\nLocation: /x\nSet-Cookie: sess=evil\r\n\r\n", BareLf),
        ("injected_bare_cr", b"HTTP/1.1 302 Found\r\nLocation: /x\rSet-Cookie: sess=evil\r\n\r\n", BareCr),
        ("obs_fold", b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", ObsFold),
        ("nul", b"HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", BadFieldValue),
        ("empty_line_first", b"\r\nHTTP/1.1 200 OK\r\n\r\n", BadStatusLine),
        ("simple_response", b"<html>\r\n\r\n", BadStatusLine),
        ("http_2", b"HTTP/2.0 200 OK\r\n\r\n", BadVersion),
        ("no_reason_separator", b"HTTP/1.1 200\r\n\r\n", BadStatusLine),
        ("two_spaces", b"HTTP/1.1  200 OK\r\n\r\n", BadStatusLine),
        ("two_digits", b"HTTP/1.1 20 OK\r\n\r\n", BadStatusLine),
        ("four_digits", b"HTTP/1.1 2000 OK\r\n\r\n", BadStatusLine),
        ("status_99", b"HTTP/1.1 099 OK\r\n\r\n", BadStatusLine),
        ("status_600", b"HTTP/1.1 600 OK\r\n\r\n", BadStatusLine),
        ("status_with_sign", b"HTTP/1.1 +20 OK\r\n\r\n", BadStatusLine),
        ("control_character_in_reason", b"HTTP/1.1 200 O\x08K\r\n\r\n", BadStatusLine),
        ("bare_cr_in_reason", b"HTTP/1.1 200 OK\r\r\n\r\n", BareCr),
    ] {
        assert_eq!(parse(&Method::GET, bytes).map(|head| head.framing), Err(kind), "{name}");
    }
}

#[test]
fn method_status_and_fields_say_where_a_body_ends() {
    use Framing::{Chunked, Length, None, UntilClose};
    for (name, method, bytes, framing, stated, persistent) in [
        ("length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", Length(4), Length(4), true),
        ("empty reason", "GET", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", Length(0), Length(0), true),
        ("chunked", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Chunked, Chunked, true),
        ("until close", "GET", "HTTP/1.1 200 OK\r\n\r\n", UntilClose, None, false),
        ("1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n", Length(4), Length(4), false),
        (
            "close",
            "GET",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n",
            Length(4),
            Length(4),
            false,
        ),
        ("HEAD as GET", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", None, Length(4), false),
        ("HEAD, chunked", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None, Chunked, false),
        ("HEAD, nothing", "HEAD", "HTTP/1.1 200 OK\r\n\r\n", None, None, true),
        ("204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", None, None, true),
        ("204 with nothing", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", None, Length(0), true),
        ("204 that lies", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", None, Length(4), false),
        ("304 that may lie", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", None, Length(4), false),
        ("304", "GET", "HTTP/1.1 304 Not Modified\r\n\r\n", None, None, true),
        ("103", "GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", None, None, true),
        ("101", "GET", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n", None, None, true),
        ("201 of POST", "POST", "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n", Length(1), Length(1), true),
    ] {
        let head = parse(&method.parse().unwrap(), bytes.as_bytes()).unwrap();
        assert_eq!((head.framing, head.stated, head.persistent), (framing, stated, persistent), "{name}");
    }
}

#[test]
fn interim_responses_are_counted() {
    let mut parser = ResponseParser::new(Limits::default());
    let mut read = BytesMut::new();
    for _ in 0..INTERIM_RESPONSES {
        read.extend_from_slice(b"HTTP/1.1 103 Early Hints\r\n\r\n");
    }
    read.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for _ in 0..INTERIM_RESPONSES {
        assert_eq!(parser.parse(&mut read, &Method::GET).unwrap().unwrap().status, StatusCode::EARLY_HINTS);
    }
    assert_eq!(parser.parse(&mut read, &Method::GET).unwrap().unwrap().status, StatusCode::OK);

    for _ in 0..=INTERIM_RESPONSES {
        read.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    for _ in 0..INTERIM_RESPONSES {
        assert!(parser.parse(&mut read, &Method::GET).is_ok());
    }
    assert_eq!(parser.parse(&mut read, &Method::GET).unwrap_err().kind, TooManyInterim);
}

#[test]
fn a_head_that_does_not_end_is_refused_at_the_limit() {
    let limits = Limits { head: 100, ..Limits::default() };
    for (name, begins, goes_on) in [
        ("one long line", "HTTP/1.1 200 OK\r\nA: ", "b"),
        ("many lines", "HTTP/1.1 200 OK\r\n", "A: b\r\n"),
        ("a status line", "HTTP/1.1 200 ", "O"),
    ] {
        let mut parser = ResponseParser::new(limits);
        let mut read = BytesMut::from(begins);
        let refused = loop {
            match parser.parse(&mut read, &Method::GET) {
                Ok(head) => assert_eq!((head.is_none(), read.len() <= limits.head), (true, true), "{name}"),
                Err(error) => break error.kind,
            }
            read.extend_from_slice(goes_on.as_bytes());
        };
        assert_eq!(refused, HeadTooLarge, "{name}");
    }
}

#[test]
fn a_response_has_begun_with_its_first_byte() {
    let mut parser = ResponseParser::new(Limits::default());
    let mut read = BytesMut::new();
    assert!(!parser.has_begun(&read), "nothing has come");
    read.extend_from_slice(b"H");
    assert!(parser.has_begun(&read), "a byte");
    read.extend_from_slice(b"TTP/1.1 103 Early Hints\r\n\r\n");
    assert!(parser.parse(&mut read, &Method::GET).unwrap().is_some());
    assert!(read.is_empty() && parser.has_begun(&read), "an interim response");
}

#[test]
fn every_set_cookie_line_is_kept_in_order() {
    let head = parse(&Method::GET, b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX: y\r\nset-cookie: b=2\r\n\r\n").unwrap();
    let cookies: Vec<_> = head.fields.all(Known::SetCookie).map(|value| std::str::from_utf8(value).unwrap()).collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
}
