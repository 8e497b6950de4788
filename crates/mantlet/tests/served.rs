//! The layer in a real server, asked by a client that sends everything before it reads.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::{Router, routing::post};
use mantlet::{MantletLayer, Origin, Policy, Shield};

/// Only a hang comes near it.
const PATIENCE: Duration = Duration::from_secs(180);

/// An application with the layer around it, as long as the test's process lives.
fn served() -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            let layer =
                MantletLayer::new(Shield::new(&Policy::default()), Origin::parse("https://app.example").unwrap());
            let raw = post(|body: Bytes| async move { body.len().to_string() });
            let app = Router::new().route("/", post(|| async { "done" })).route("/raw", raw);
            let app = app.layer(DefaultBodyLimit::disable()).layer(layer);
            axum::serve(listener, app).await.unwrap();
        });
    });
    told.recv_timeout(PATIENCE).unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn head(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: app.example\r\n{fields}\r\n\r\n")
}

/// The first line of an answer.
fn status(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        answer.extend(byte);
    }
    String::from_utf8(answer).unwrap().trim_end().to_owned()
}

const FORM: &str = "Content-Type: multipart/form-data; boundary=b";
const REFUSED_FILE: &str = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.php\"\r\n\r\n";
const SIZE: usize = 8 * 1024 * 1024;

#[test]
fn a_refused_upload_is_read_to_its_end() {
    let address = served();
    for (name, fields, begin, expected) in [
        ("by its head", "Sec-Fetch-Site: cross-site", "", "HTTP/1.1 403 Forbidden"),
        ("by its body", "Sec-Fetch-Site: same-origin", REFUSED_FILE, "HTTP/1.1 415 Unsupported Media Type"),
    ] {
        let mut client = connect(address);
        // More than what fits into the sockets between the two.
        let body = format!("{begin}{}", "x".repeat(SIZE));
        client.write_all(head(&format!("{FORM}\r\n{fields}\r\nContent-Length: {}", body.len())).as_bytes()).unwrap();
        client.write_all(body.as_bytes()).unwrap_or_else(|error| panic!("{name}: nobody reads it: {error}"));
        assert_eq!(status(&mut client), expected, "{name}");
    }
}

#[test]
fn a_body_that_passes_its_bound_in_the_application_is_read_to_its_end() {
    let mut client = connect(served());
    let fields = "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked";
    client.write_all(head(fields).replacen("POST /", "POST /raw", 1).as_bytes()).unwrap();
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    for mebibyte in 0..32 {
        client.write_all(chunk.as_bytes()).unwrap_or_else(|error| panic!("{mebibyte} MiB were taken: {error}"));
    }
    client.write_all(b"0\r\n\r\n").unwrap();
    assert_eq!(status(&mut client), "HTTP/1.1 413 Payload Too Large");
}

#[test]
fn a_refusal_waits_for_no_body_that_does_not_come() {
    let address = served();
    for (name, fields) in [
        ("the client waits for an invitation", "Expect: 100-continue\r\nContent-Length: 1000"),
        ("more than anybody reads for nothing", "Content-Length: 99999999999"),
        ("it has none", "Content-Length: 0"),
    ] {
        let mut client = connect(address);
        client.write_all(head(&format!("{FORM}\r\nSec-Fetch-Site: cross-site\r\n{fields}")).as_bytes()).unwrap();
        assert_eq!(status(&mut client), "HTTP/1.1 403 Forbidden", "{name}");
    }
}

#[test]
fn a_refused_body_without_end_is_given_up() {
    let mut client = connect(served());
    client
        .write_all(head(&format!("{FORM}\r\nSec-Fetch-Site: cross-site\r\nTransfer-Encoding: chunked")).as_bytes())
        .unwrap();
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    let sent = (0..1000).take_while(|_| client.write_all(chunk.as_bytes()).is_ok()).count();
    assert!((64..1000).contains(&sent), "{sent} MiB were taken");
}
