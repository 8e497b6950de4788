//! Requests that two readers read differently: refused, the connection closed, and nothing after them believed.

use mantlet_corpus::Message;

use crate::harness::client::{answers, get, post};
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

/// What an attacker hides behind a request, hoping that it is read as one of its own.
const SMUGGLED: &[u8] = b"GET /smuggled HTTP/1.1\r\nHost: app.example\r\n\r\n";

/// Name, request, status.
type Row = (&'static str, Vec<u8>, u16);

fn line(line: &str) -> Vec<u8> {
    format!("{line}\r\nHost: app.example\r\n\r\n").into_bytes()
}

fn refused_and_forgotten(rows: Vec<Row>) {
    let shield = Shield::new(Upstream::recording());
    for (name, mut bytes, status) in rows {
        bytes.extend_from_slice(SMUGGLED);
        let mut client = shield.connect();
        client.send(bytes);
        let answers = answers(&client.rest());
        let statuses: Vec<_> = answers.iter().filter_map(Message::status).collect();
        assert_eq!(statuses, [status], "{name}: one answer, then the end of the connection");
        assert_eq!(shield.upstream.bytes(), 0, "{name}: the application saw {:?}", shield.upstream.take());
        assert!(answers[0].values("content-security-policy").next().is_some(), "{name}: a refusal is dressed too");
    }
}

#[test]
fn two_lengths_or_two_codings() {
    let chunked = "4\r\nDATA\r\n0\r\n\r\n";
    refused_and_forgotten(vec![
        ("length_and_coding", post("Content-Length: 14\r\nTransfer-Encoding: chunked", chunked), 400),
        ("coding_and_length", post("Transfer-Encoding: chunked\r\nContent-Length: 4", chunked), 400),
        ("two_lengths_equal", post("Content-Length: 4\r\nContent-Length: 4", "DATA"), 400),
        ("two_lengths_different", post("Content-Length: 4\r\nContent-Length: 0", "DATA"), 400),
        ("length_list", post("Content-Length: 4, 4", "DATA"), 400),
        ("length_with_sign", post("Content-Length: +4", "DATA"), 400),
        ("length_negative", post("Content-Length: -1", "DATA"), 400),
        ("length_in_hex", post("Content-Length: 0x4", "DATA"), 400),
        ("length_in_octal", post("Content-Length: 04", "DATA"), 400),
        ("length_with_underscore", post("Content-Length: 1_0", "DATADATADA"), 400),
        ("length_with_junk", post("Content-Length: 4Z", "DATA"), 400),
        ("length_of_twenty_digits", post("Content-Length: 99999999999999999999", "DATA"), 400),
        ("length_empty", post("Content-Length:", ""), 400),
        ("coding_list_with_empty_element", post("Transfer-Encoding: ,chunked", chunked), 400),
        ("two_codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", chunked), 400),
        ("two_codings_one_unknown", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", chunked), 400),
        ("unknown_coding", post("Transfer-Encoding: xchunked", chunked), 501),
        ("identity", post("Transfer-Encoding: identity", chunked), 501),
        ("gzip_then_chunked", post("Transfer-Encoding: gzip, chunked", chunked), 501),
        ("chunked_not_last", post("Transfer-Encoding: chunked, identity", chunked), 400),
        ("chunked_twice", post("Transfer-Encoding: chunked, chunked", chunked), 400),
        ("vertical_tab_before_chunked", post("Transfer-Encoding: \x0bchunked", chunked), 400),
        ("space_before_colon", post("Content-Length : 4", "DATA"), 400),
        ("coding_with_space_before_colon", post("Transfer-Encoding : chunked", chunked), 400),
        ("coding_in_http_1_0", b"POST /api HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(), 400),
        ("get_with_chunked_body_hidden", get("Transfer-Encoding: chunked, identity"), 400),
    ]);
    refused_and_forgotten(vec![(
        "no_break_space_before_chunked",
        [&b"POST /api HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: \xa0chunked\r\n\r\n"[..], chunked.as_bytes()]
            .concat(),
        400,
    )]);
}

#[test]
fn lines_that_servers_read_differently_are_refused() {
    refused_and_forgotten(vec![
        ("bare_line_feeds", b"GET / HTTP/1.1\nHost: app.example\n\n".to_vec(), 400),
        ("one_bare_line_feed", b"GET / HTTP/1.1\r\nHost: app.example\nX: y\r\n\r\n".to_vec(), 400),
        ("bare_carriage_return_in_value", get("X-A: b\rX-B: c"), 400),
        ("folded_line", get("X-A: b\r\n c"), 400),
        ("space_before_first_field", b"GET / HTTP/1.1\r\n Host: app.example\r\n\r\n".to_vec(), 400),
        ("empty_name", get(": y"), 400),
        ("name_with_space", get("X A: y"), 400),
        ("field_without_colon", get("X-A"), 400),
        ("nul_in_value", get("X-A: a\0b"), 400),
        ("two_empty_lines_before_the_request", b"\r\n\r\nGET / HTTP/1.1\r\nHost: app.example\r\n\r\n".to_vec(), 400),
    ]);
}

#[test]
fn a_host_is_one_plain_name() {
    let host = |host: &str| format!("GET / HTTP/1.1\r\n{host}\r\n\r\n").into_bytes();
    refused_and_forgotten(vec![
        ("two_hosts", host("Host: app.example\r\nHost: evil.example"), 400),
        ("two_equal_hosts", host("Host: app.example\r\nHost: app.example"), 400),
        ("no_host", host("X-A: b"), 400),
        ("empty_host", host("Host:"), 400),
        ("nul_in_host", host("Host: app.example\0.evil.example"), 400),
        ("user_in_host", host("Host: app.example@evil.example"), 400),
        ("path_in_host", host("Host: app.example/"), 400),
        ("list_of_hosts", host("Host: app.example,evil.example"), 400),
        ("space_in_host", host("Host: app.example evil.example"), 400),
        ("port_without_digits", host("Host: app.example:"), 400),
        ("port_too_large", host("Host: app.example:99999"), 400),
    ]);
    // Well-formed, but not ours: the connection is in order, so only the answer counts.
    let shield = Shield::new(Upstream::recording());
    for (name, host) in [
        ("another_name", "evil.example"),
        ("suffix", "app.example.evil.example"),
        ("prefix", "evilapp.example"),
        ("trailing_dot", "app.example."),
    ] {
        let answer = shield.ask(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert!(matches!(answer.status(), Some(400 | 421)), "{name}: {}", answer.line);
        assert_eq!(shield.upstream.bytes(), 0, "{name}");
    }
    assert_eq!(shield.ask(get("Connection: close")).status(), Some(200), "the name it serves");
    assert_eq!(
        shield.ask("GET / HTTP/1.1\r\nHost: APP.EXAMPLE\r\nConnection: close\r\n\r\n").status(),
        Some(200),
        "names know no case"
    );
}

#[test]
fn methods_targets_and_versions() {
    refused_and_forgotten(vec![
        ("lower_case_method", line("post /api HTTP/1.1"), 405),
        ("connect", line("CONNECT app.example:443 HTTP/1.1"), 405),
        ("connect_with_path", line("CONNECT / HTTP/1.1"), 405),
        ("control_in_path", line("GET /\x01 HTTP/1.1"), 400),
        ("space_in_path", line("GET /a b HTTP/1.1"), 400),
        ("tab_in_request_line", line("GET\t/ HTTP/1.1"), 405),
        ("fragment", line("GET /#a HTTP/1.1"), 400),
        ("no_leading_slash", line("GET a HTTP/1.1"), 400),
        ("absolute_form_for_another_host", line("GET http://evil.example/ HTTP/1.1"), 400),
        ("absolute_form_with_user", line("GET http://app.example@evil.example/ HTTP/1.1"), 400),
        ("version_2_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 505),
        ("version_0_9", line("GET / HTTP/0.9"), 505),
        ("version_1_2", line("GET / HTTP/1.2"), 505),
        ("version_lower_case", line("GET / http/1.1"), 400),
        ("no_version", b"GET /\r\n\r\n".to_vec(), 400),
        ("expectation", get("Expect: 200-ok"), 417),
        ("two_expectations", post("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 4", "DATA"), 417),
    ]);
    let raw = [&b"GET /\xff HTTP/1.1\r\nHost: app.example\r\n\r\n"[..]].concat();
    refused_and_forgotten(vec![("raw_byte_in_path", raw, 400)]);
}

#[test]
fn methods_and_paths_that_keep_the_connection() {
    let shield = Shield::new(Upstream::recording());
    for (name, target, status) in [
        ("trace", "TRACE /", 405),
        ("unknown_method", "FOO /", 405),
        ("dot_segments", "GET /../admin", 400),
        ("encoded_dot_segments", "GET /%2e%2e/admin", 400),
        ("encoded_slash", "GET /upload%2f..%2fadmin", 400),
        ("encoded_backslash", "GET /upload%5cadmin", 400),
        ("path_parameter_dots", "GET /upload/..;/x", 400),
        ("double_slash", "GET //upload", 400),
        ("encoded_nul", "GET /upload%00", 400),
        ("encoded_line_feed", "GET /upload%0aX", 400),
        ("half_an_escape", "GET /upload%2", 400),
        ("plain", "GET /upload", 200),
        ("encoded_text", "GET /caf%C3%A9?q=%2f..%00", 200),
        ("absolute_form", "GET http://app.example/upload", 200),
    ] {
        let answer = shield.ask(line(&format!("{target} HTTP/1.1")));
        assert_eq!(answer.status(), Some(status), "{name}");
        let seen = shield.upstream.take();
        assert_eq!(seen.len(), usize::from(status == 200), "{name}: the application saw {seen:?}");
    }
}

#[test]
fn heads_too_large() {
    let cookie = "a".repeat(40 * 1024);
    refused_and_forgotten(vec![
        ("one_long_field", get(&format!("Cookie: a={cookie}")), 431),
        ("many_fields", get(&["X-A: b"; 1000].join("\r\n")), 431),
        ("long_target", line(&format!("GET /{cookie} HTTP/1.1")), 431),
        ("endless_line", cookie.clone().into_bytes(), 431),
    ]);
    let shield = Shield::with(Upstream::recording(), "[server]\nmax_header_size = \"2KiB\"");
    assert_eq!(shield.ask(get(&format!("X-A: {}", "a".repeat(1024)))).status(), Some(200));
    assert_eq!(shield.ask(get(&format!("X-A: {}", "a".repeat(2048)))).status(), Some(431));
}

#[test]
fn malformed_chunks_never_become_a_request() {
    let shield = Shield::new(Upstream::recording());
    let chunked = |kind: &str, body: &str| post(&format!("Content-Type: {kind}\r\nTransfer-Encoding: chunked"), body);
    let extension = format!("4;{}\r\nDATA\r\n0\r\n\r\n", "x".repeat(9 * 1024));
    for (name, body) in [
        ("size_in_c", "0x4\r\nDATA\r\n0\r\n\r\n"),
        ("size_with_sign", "+4\r\nDATA\r\n0\r\n\r\n"),
        ("size_negative_zero", "-0\r\n\r\n"),
        ("size_with_underscore", "4_0\r\nDATA\r\n0\r\n\r\n"),
        ("space_before_size", " 4\r\nDATA\r\n0\r\n\r\n"),
        ("space_after_size", "4 \r\nDATA\r\n0\r\n\r\n"),
        ("bare_line_feeds", "4\nDATA\n0\n\n"),
        ("bare_line_feed_after_extension", "4;a\nDATA\r\n0\r\n\r\n"),
        ("size_beyond_64_bits", "10000000000000004\r\nDATA\r\n0\r\n\r\n"),
        ("no_size", "\r\nDATA\r\n0\r\n\r\n"),
        ("data_longer_than_its_size", "3\r\nDATA\r\n0\r\n\r\n"),
        ("endless_extension", extension.as_str()),
        ("content_length_as_trailer", "4\r\nDATA\r\n0\r\nContent-Length: 1\r\n\r\n"),
        ("host_as_trailer", "4\r\nDATA\r\n0\r\nHost: evil.example\r\n\r\n"),
    ] {
        for kind in ["application/octet-stream", "application/x-www-form-urlencoded"] {
            let mut request = chunked(kind, body);
            request.extend_from_slice(SMUGGLED);
            let mut client = shield.connect();
            client.send(request);
            let statuses: Vec<_> = answers(&client.rest()).iter().filter_map(Message::status).collect();
            assert_eq!(statuses, [400], "{name}, {kind}");
            let seen = shield.upstream.take();
            assert!(seen.is_empty(), "{name}, {kind}: the application saw a whole request: {seen:?}");
        }
    }
    // The same, well-formed.
    let answer = shield.ask(chunked("application/octet-stream", "2;a=b\r\nDA\r\n2\r\nTA\r\n0\r\nX-Trailer: y\r\n\r\n"));
    assert_eq!(answer.status(), Some(200));
    let seen = shield.upstream.only();
    assert_eq!(seen.body, b"DATA");
    assert_eq!(seen.values("x-trailer").count(), 0, "trailers come after the verdict");
}

#[test]
fn pipelined_requests_are_judged_one_by_one() {
    let shield = Shield::new(Upstream::recording());
    let mut client = shield.connect();
    client.send(
        [get("X-A: 1"), get("X-A: 2"), post("Content-Length: 4\r\nContent-Length: 4", "DATA"), get("X-A: 3")].concat(),
    );
    let statuses: Vec<_> = answers(&client.rest()).iter().filter_map(Message::status).collect();
    assert_eq!(statuses, [200, 200, 400]);
    let seen: Vec<_> = shield.upstream.take().iter().map(|seen| seen.values("x-a").next().unwrap().to_vec()).collect();
    assert_eq!(seen, [b"1", b"2"]);
}

#[test]
fn what_follows_a_body_that_nobody_read_is_not_a_request() {
    let shield = Shield::new(Upstream::recording());
    // Refused before its body was read: the body looks like a request, and must not become one.
    for length in [SMUGGLED.len(), 1 << 20] {
        let head = format!("Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example\r\nContent-Length: {length}");
        let mut body = String::from_utf8(SMUGGLED.to_vec()).unwrap();
        body.push_str(&"x".repeat(length - body.len()));
        let mut client = shield.connect();
        let sending = client.send_meanwhile([post(&head, &body), SMUGGLED.to_vec()].concat());
        assert_eq!(client.answer().status(), Some(403));
        client.finish();
        client.rest();
        sending.join().unwrap();
        // What may be answered after it is only the request that really follows.
        let seen = shield.upstream.take();
        assert!(seen.len() <= 1, "a body became a request: {seen:?}");
    }
}
