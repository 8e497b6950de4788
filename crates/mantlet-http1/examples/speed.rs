//! Nanoseconds to read and to write a head, beside httparse filling a map of `http`.
//!
//! ```text
//! cargo run --release -p mantlet-http1 --example speed
//! ```
//!
//! For instructions instead of time: `valgrind --tool=callgrind target/release/examples/speed read-request`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::arithmetic_side_effects, reason = "a measuring tool")]

use std::hint::black_box;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use mantlet_http1::{Connection, Limits, RequestParser, ResponseParser, write_request_head, write_response_head};

const REQUEST: &[u8] = b"GET /articles/2024/a-page?from=search HTTP/1.1\r\n\
Host: app.example\r\n\
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
Accept-Language: en-US,en;q=0.5\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Connection: keep-alive\r\n\
Cookie: session=eyJ1c2VyIjo0Mn0.ZzYxMg.kq1m3Jr0s2nUu9w; theme=dark\r\n\
Upgrade-Insecure-Requests: 1\r\n\
Sec-Fetch-Dest: document\r\n\
Sec-Fetch-Mode: navigate\r\n\
Sec-Fetch-Site: same-origin\r\n\
Priority: u=0, i\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\n\
Server: gunicorn\r\n\
Date: Tue, 24 Nov 2026 12:00:00 GMT\r\n\
Content-Type: text/html; charset=utf-8\r\n\
Content-Length: 1024\r\n\
Cache-Control: no-cache, private\r\n\
Vary: Cookie, Accept-Encoding\r\n\
ETag: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"\r\n\
Set-Cookie: session=eyJ1c2VyIjo0Mn0.ZzYxMg.kq1m3Jr0s2nUu9w; HttpOnly; Path=/\r\n\
X-Request-Id: 9f4c2f7e-4b5a-4f6e-9d2e-3c1b0a998877\r\n\
X-Runtime: 0.012345\r\n\r\n";

fn main() {
    let only = std::env::args().nth(1);
    let mut requests = RequestParser::new(Limits::default());
    let mut responses = ResponseParser::new(Limits::default());
    let request = requests.parse(&mut BytesMut::from(REQUEST)).unwrap().unwrap();
    let response = responses.parse(&mut BytesMut::from(RESPONSE), &Method::GET).unwrap().unwrap();
    let mut out = Vec::with_capacity(4096);
    let mut read = BytesMut::new();

    measure(only.as_deref(), "read-request", || {
        refill(&mut read, REQUEST);
        black_box(requests.parse(&mut read).unwrap());
    });
    measure(only.as_deref(), "read-request-httparse", || {
        refill(&mut read, REQUEST);
        black_box(request_by_httparse(&mut read));
    });
    measure(only.as_deref(), "read-response", || {
        refill(&mut read, RESPONSE);
        black_box(responses.parse(&mut read, &Method::GET).unwrap());
    });
    measure(only.as_deref(), "read-response-httparse", || {
        refill(&mut read, RESPONSE);
        black_box(response_by_httparse(&mut read));
    });
    measure(only.as_deref(), "write-request", || {
        out.clear();
        let (method, uri) = (&request.method, &request.uri);
        write_request_head(&mut out, method, uri, &request.fields, request.framing, Connection::Persistent).unwrap();
        black_box(&out);
    });
    measure(only.as_deref(), "write-response", || {
        out.clear();
        let fields = &response.fields;
        write_response_head(&mut out, response.status, fields, response.framing, Connection::Persistent);
        black_box(&out);
    });
}

/// As a connection's buffer is filled: it has room, and what was split off it is gone.
fn refill(read: &mut BytesMut, bytes: &[u8]) {
    read.reserve(16 * 1024);
    read.extend_from_slice(bytes);
}

/// The fastest of twenty rounds: what the machine does besides only ever adds.
fn measure(only: Option<&str>, name: &str, mut step: impl FnMut()) {
    const STEPS: u32 = 20_000;
    if only.is_some_and(|only| only != name) {
        return;
    }
    let fastest = (0..20)
        .map(|_| {
            let start = Instant::now();
            (0..STEPS).for_each(|_| step());
            start.elapsed()
        })
        .min()
        .unwrap_or_default();
    println!("{name:24} {:6} ns", fastest.as_nanos() / u128::from(STEPS));
}

fn request_by_httparse(read: &mut BytesMut) -> (Method, Uri, HeaderMap) {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut fields);
    let length = request.parse(read).unwrap().unwrap();
    let method = Method::from_bytes(request.method.unwrap().as_bytes()).unwrap();
    let target = place(read, request.path.unwrap().as_bytes());
    let fields: Vec<_> =
        request.headers.iter().map(|field| (place(read, field.name.as_bytes()), place(read, field.value))).collect();
    let head = read.split_to(length).freeze();
    (method, Uri::from_maybe_shared(head.slice(target)).unwrap(), map(&head, &fields))
}

fn response_by_httparse(read: &mut BytesMut) -> (u16, HeaderMap) {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut response = httparse::Response::new(&mut fields);
    let length = response.parse(read).unwrap().unwrap();
    let status = response.code.unwrap();
    let fields: Vec<_> =
        response.headers.iter().map(|field| (place(read, field.name.as_bytes()), place(read, field.value))).collect();
    (status, map(&read.split_to(length).freeze(), &fields))
}

type Place = std::ops::Range<usize>;

fn place(whole: &[u8], part: &[u8]) -> Place {
    let start = part.as_ptr().addr() - whole.as_ptr().addr();
    start..start + part.len()
}

fn map(head: &Bytes, fields: &[(Place, Place)]) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields {
        let name = HeaderName::from_bytes(head.get(name.clone()).unwrap_or_default()).unwrap();
        headers.append(name, HeaderValue::from_maybe_shared(head.slice(value.clone())).unwrap());
    }
    headers
}
