//! What is written, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use http::{Method, StatusCode, Uri, Version};
use mantlet_fields::Fields;
use mantlet_http1::{
    CHUNK_END, Connection, Framing, LAST_CHUNK, UnframedRequest, write_chunk_head, write_request_head,
    write_response_head,
};

/// Fields that lie about everything the writer owns.
fn lying_fields() -> Fields {
    Fields::from_pairs([
        ("host", "app.example"),
        ("content-length", "999"),
        ("content-length", "1"),
        ("transfer-encoding", "gzip"),
        ("connection", "x-a"),
        ("x-a", "1"),
        ("x-a", "2"),
    ])
    .unwrap()
}

fn request(uri: &str, framing: Framing, connection: Connection) -> String {
    let mut out = Vec::new();
    let uri: Uri = uri.parse().unwrap();
    write_request_head(&mut out, &Method::POST, &uri, &lying_fields(), framing, connection).unwrap();
    String::from_utf8(out).unwrap()
}

fn response(status: u16, framing: Framing, connection: Connection) -> String {
    let mut out = Vec::new();
    write_response_head(&mut out, StatusCode::from_u16(status).unwrap(), &lying_fields(), framing, connection);
    String::from_utf8(out).unwrap()
}

#[test]
fn requests() {
    let fields = "host: app.example\r\nx-a: 1\r\nx-a: 2\r\n";
    for (name, written, expected) in [
        ("none", request("/a?b", Framing::None, Connection::Persistent), format!("POST /a?b HTTP/1.1\r\n{fields}\r\n")),
        (
            "length",
            request("/", Framing::Length(10), Connection::Close),
            format!("POST / HTTP/1.1\r\n{fields}content-length: 10\r\nconnection: close\r\n\r\n"),
        ),
        (
            "chunked",
            request("*", Framing::Chunked, Connection::Persistent),
            format!("POST * HTTP/1.1\r\n{fields}transfer-encoding: chunked\r\n\r\n"),
        ),
        (
            "upgrade, target cut to its path",
            request("http://app.example/ws", Framing::None, Connection::Upgrade),
            format!("POST /ws HTTP/1.1\r\n{fields}connection: upgrade\r\n\r\n"),
        ),
    ] {
        assert_eq!(written, expected, "{name}");
    }
}

#[test]
fn a_request_cannot_last_until_close() {
    let mut out = Vec::new();
    let outcome = write_request_head(
        &mut out,
        &Method::POST,
        &Uri::from_static("/"),
        &Fields::new(),
        Framing::UntilClose,
        Connection::Close,
    );
    assert_eq!((outcome, out.len()), (Err(UnframedRequest), 0));
}

#[test]
fn responses() {
    let fields = "host: app.example\r\nx-a: 1\r\nx-a: 2\r\n";
    for (name, written, expected) in [
        (
            "length",
            response(200, Framing::Length(u64::MAX), Connection::KeepAlive),
            format!(
                "HTTP/1.1 200 OK\r\n{fields}content-length: 18446744073709551615\r\nconnection: keep-alive\r\n\r\n"
            ),
        ),
        (
            "empty",
            response(404, Framing::Length(0), Connection::Persistent),
            format!("HTTP/1.1 404 Not Found\r\n{fields}content-length: 0\r\n\r\n"),
        ),
        (
            "until close closes",
            response(200, Framing::UntilClose, Connection::Persistent),
            format!("HTTP/1.1 200 OK\r\n{fields}connection: close\r\n\r\n"),
        ),
        (
            "304 keeps its length",
            response(304, Framing::Length(7), Connection::Persistent),
            format!("HTTP/1.1 304 Not Modified\r\n{fields}content-length: 7\r\n\r\n"),
        ),
        (
            "204 has none",
            response(204, Framing::Length(7), Connection::Persistent),
            format!("HTTP/1.1 204 No Content\r\n{fields}\r\n"),
        ),
        (
            "101 has none",
            response(101, Framing::Chunked, Connection::Upgrade),
            format!("HTTP/1.1 101 Switching Protocols\r\n{fields}connection: upgrade\r\n\r\n"),
        ),
        (
            "a status without a name keeps its space",
            response(299, Framing::Length(0), Connection::Persistent),
            format!("HTTP/1.1 299 \r\n{fields}content-length: 0\r\n\r\n"),
        ),
    ] {
        assert_eq!(written, expected, "{name}");
    }
}

#[test]
fn chunks() {
    let mut out = Vec::new();
    for length in [1, 15, 16, 255, 65_536] {
        write_chunk_head(&mut out, length);
    }
    assert_eq!(out, b"1\r\nf\r\n10\r\nff\r\n10000\r\n");
    out.clear();
    write_chunk_head(&mut out, 0);
    assert_eq!(out, b"", "an empty chunk would end the body");
    assert_eq!((CHUNK_END, LAST_CHUNK), (&b"\r\n"[..], &b"0\r\n\r\n"[..]));
}

#[test]
fn what_an_old_client_is_told() {
    for (name, version, persistent, expected) in [
        ("1.1", Version::HTTP_11, true, Connection::Persistent),
        ("1.1, last", Version::HTTP_11, false, Connection::Close),
        ("1.0", Version::HTTP_10, true, Connection::KeepAlive),
        ("1.0, last", Version::HTTP_10, false, Connection::Close),
    ] {
        assert_eq!(Connection::telling(version, persistent), expected, "{name}");
    }
    assert_eq!(Framing::Chunked.readable_by(Version::HTTP_10), Framing::UntilClose);
    assert_eq!(Framing::Chunked.readable_by(Version::HTTP_11), Framing::Chunked);
    assert_eq!(Framing::Length(4).readable_by(Version::HTTP_10), Framing::Length(4));
}
