//! Heads of requests: every form that is refused, by the name of the attack, and the forms that honest clients send.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use bytes::BytesMut;
use http::{Method, Version};
use mantlet_fields::{Fields, Known, Name};
use mantlet_http1::HeadErrorKind::{self, *};
use mantlet_http1::{Framing, HeadError, Limits, RequestHead, RequestParser};

fn parse(bytes: &[u8]) -> Result<RequestHead, HeadErrorKind> {
    match RequestParser::new(Limits::default()).parse(&mut BytesMut::from(bytes)) {
        Ok(Some(head)) => Ok(head),
        Ok(None) => panic!("incomplete: {}", bytes.escape_ascii()),
        Err(error) => Err(error.kind),
    }
}

/// A POST with these field lines beside Host.
fn post_with(fields: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n").into_bytes()
}

#[test]
fn heads_that_are_refused() {
    for (name, bytes, kind) in [
        ("http2_preface", &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], BadVersion),
        ("version_0_9", b"GET / HTTP/0.9\r\n\r\n", BadVersion),
        ("version_1_2", b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", BadVersion),
        ("version_with_two_digits", b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", BadRequestLine),
        ("version_in_lower_case", b"GET / http/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("major_version_that_is_no_digit", b"GET / HTTP/a.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("minor_version_that_is_no_digit", b"GET / HTTP/1.a\r\nHost: a\r\n\r\n", BadRequestLine),
        ("two_empty_lines_before_it", b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("other_protocol", b"OPTIONS * RTSP/1.0\r\nHost: a\r\n\r\n", BadRequestLine),
        ("simple_request", b"GET /\r\n\r\n", BadRequestLine),
        ("no_target", b"GET HTTP/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("two_spaces_after_method", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("two_spaces_before_version", b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("space_after_version", b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", BadRequestLine),
        ("space_before_method", b" GET / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("tab_in_request_line", b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("space_in_target", b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("second_version_in_target", b"GET /a HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("lower_case_method", b"post / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("mixed_case_method", b"Get / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("method_with_digit", b"GET1 / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("method_with_underscore", b"A_B / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("method_with_nul", b"GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("method_of_33_letters", b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("empty_method", b" / HTTP/1.1\r\nHost: a\r\n\r\n", BadMethod),
        ("tls_hello", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n", BadRequestLine),
        ("two_empty_lines_first", b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", BadRequestLine),
        ("bare_lf_first", b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", BareLf),
        ("bare_lf_everywhere", b"GET / HTTP/1.1\nHost: a\n\n", BareLf),
        ("bare_lf_after_request_line", b"GET / HTTP/1.1\nHost: a\r\n\r\n", BareLf),
        ("bare_lf_after_field", b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", BareLf),
        ("bare_lf_as_last_line", b"GET / HTTP/1.1\r\nHost: a\r\n\n", BareLf),
        ("bare_cr_in_request_line", b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", BareCr),
        ("bare_cr_before_line_end", b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", BareCr),
        ("bare_cr_in_value", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n", BareCr),
        ("bare_cr_in_name", b"GET / HTTP/1.1\r\nHost: a\r\nX\r-A: b\r\n\r\n", BadFieldName),
        ("obs_fold", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", ObsFold),
        ("obs_fold_with_tab", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\tc\r\n\r\n", ObsFold),
        ("white_space_before_first_field", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", ObsFold),
        ("line_of_white_space", b"GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n", ObsFold),
        ("space_before_colon", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\n", BadFieldName),
        ("empty_name", b"GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", BadFieldName),
        ("no_colon", b"GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n", BadFieldName),
        ("nul_in_name", b"GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n", BadFieldName),
        ("high_byte_in_name", b"GET / HTTP/1.1\r\nHost: a\r\nX\xff: b\r\n\r\n", BadFieldName),
        ("nul_in_value", b"GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", BadFieldValue),
        ("escape_in_value", b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[0m\r\n\r\n", BadFieldValue),
        ("del_in_value", b"GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", BadFieldValue),
        ("no_host", b"GET / HTTP/1.1\r\nX: b\r\n\r\n", HostMissing),
        ("no_fields", b"GET / HTTP/1.1\r\n\r\n", HostMissing),
        ("two_hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", HostRepeated),
        ("two_equal_hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HostRepeated),
        ("two_hosts_in_1_0", b"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", HostRepeated),
        ("empty_host", b"GET / HTTP/1.1\r\nHost:\r\n\r\n", BadHost),
        ("host_with_nul", b"GET / HTTP/1.1\r\nHost: good\0.evil\r\n\r\n", BadFieldValue),
        ("host_with_user", b"GET / HTTP/1.1\r\nHost: good@evil\r\n\r\n", BadHost),
        ("host_with_slash", b"GET / HTTP/1.1\r\nHost: good/\r\n\r\n", BadHost),
        ("host_with_path", b"GET / HTTP/1.1\r\nHost: a.test/../x?y\r\n\r\n", BadHost),
        ("host_list", b"GET / HTTP/1.1\r\nHost: good,evil\r\n\r\n", BadHost),
        ("host_with_space", b"GET / HTTP/1.1\r\nHost: good evil\r\n\r\n", BadHost),
        ("bad_host_in_1_0", b"GET / HTTP/1.0\r\nHost: good@evil\r\n\r\n", BadHost),
        ("target_of_another_host", b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", TargetNotHost),
        ("target_of_another_port", b"GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n", TargetNotHost),
        ("target_with_user", b"GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n", TargetNotHost),
        ("absolute_target_without_host", b"GET http://a/ HTTP/1.0\r\n\r\n", TargetNotHost),
        ("tunnel", b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", AuthorityTarget),
        ("authority_target", b"GET a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", AuthorityTarget),
        ("asterisk_of_get", b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", BadTarget),
        ("control_character_in_path", b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", BadTarget),
        ("raw_byte_in_path", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", BadTarget),
        ("fragment", b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", BadTarget),
        ("expect_other", b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", UnknownExpectation),
        ("expect_twice", b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: x\r\n\r\n", UnknownExpectation),
        ("expect_list", b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\n\r\n", UnknownExpectation),
        ("connection_with_space", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close x\r\n\r\n", BadConnection),
        ("connection_with_quotes", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: \"close\"\r\n\r\n", BadConnection),
    ] {
        assert_eq!(parse(bytes).map(|head| head.framing), Err(kind), "{name}");
    }
}

#[test]
fn framing_that_is_refused() {
    for (name, fields, kind) in [
        ("cl_te", "Content-Length: 9\r\nTransfer-Encoding: chunked", LengthAndCoding),
        ("te_cl", "Transfer-Encoding: chunked\r\nContent-Length: 9", LengthAndCoding),
        ("te_and_no_length", "Transfer-Encoding: chunked\r\nContent-Length: 0", LengthAndCoding),
        ("two_lengths", "Content-Length: 4\r\nContent-Length: 5", RepeatedLength),
        ("two_equal_lengths", "Content-Length: 4\r\nContent-Length: 4", RepeatedLength),
        ("list_of_lengths", "Content-Length: 4, 4", BadLength),
        ("empty_length", "Content-Length:", BadLength),
        ("length_with_plus", "Content-Length: +4", BadLength),
        ("length_with_minus", "Content-Length: -1", BadLength),
        ("hexadecimal_length", "Content-Length: 0x4", BadLength),
        ("octal_length", "Content-Length: 010", BadLength),
        ("length_with_underscore", "Content-Length: 1_0", BadLength),
        ("length_with_letter", "Content-Length: 4Z", BadLength),
        ("length_of_20_digits", "Content-Length: 18446744073709551615", BadLength),
        ("length_that_overflows", "Content-Length: 18446744073709551620", BadLength),
        ("length_with_space", "Content-Length: 4 2", BadLength),
        ("length_with_vertical_tab", "Content-Length: \x0b4", BadFieldValue),
        ("comma_chunked", "Transfer-Encoding: ,chunked", BadCoding),
        ("chunked_comma", "Transfer-Encoding: chunked,", BadCoding),
        ("empty_coding", "Transfer-Encoding:", BadCoding),
        ("vertical_tab_chunked", "Transfer-Encoding: \x0bchunked", BadFieldValue),
        ("no_break_space_chunked", "Transfer-Encoding: \u{a0}chunked", BadCoding),
        ("quoted_chunked", "Transfer-Encoding: \"chunked\"", BadCoding),
        ("chunked_with_parameter", "Transfer-Encoding: chunked;a=b", BadCoding),
        ("chunked_not_last", "Transfer-Encoding: chunked, identity", BadCoding),
        ("chunked_twice", "Transfer-Encoding: chunked, chunked", BadCoding),
        ("two_codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", RepeatedCoding),
        ("chunked_then_identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", RepeatedCoding),
        ("identity_then_chunked", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", UnknownCoding),
        ("xchunked", "Transfer-Encoding: xchunked", UnknownCoding),
        ("identity", "Transfer-Encoding: identity", UnknownCoding),
        ("gzip_chunked", "Transfer-Encoding: gzip, chunked", UnknownCoding),
        ("space_before_coding_colon", "Transfer-Encoding : chunked", BadFieldName),
        ("folded_coding", "Transfer-Encoding:\r\n chunked", BadCoding),
    ] {
        assert_eq!(parse(&post_with(fields)).map(|head| head.framing), Err(kind), "{name}");
    }
    let old = b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(parse(old).map(|head| head.framing), Err(CodingInOldVersion), "chunked_in_1_0");
    let old = b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n";
    assert_eq!(parse(old).map(|head| head.framing), Err(CodingInOldVersion), "gzip_in_1_0");
}

#[test]
fn framing_that_is_understood() {
    for (name, fields, framing) in [
        ("nothing", "X: y", Framing::None),
        ("length", "Content-Length: 4", Framing::Length(4)),
        ("length_of_nothing", "Content-Length: 0", Framing::Length(0)),
        ("length_with_white_space_around", "Content-Length: \t 4 \t", Framing::Length(4)),
        ("length_without_white_space", "content-length:4", Framing::Length(4)),
        ("longest_length", "Content-Length: 9999999999999999999", Framing::Length(9_999_999_999_999_999_999)),
        ("chunked", "Transfer-Encoding: chunked", Framing::Chunked),
        ("chunked_in_upper_case", "TRANSFER-ENCODING: CHUNKED", Framing::Chunked),
    ] {
        let head = parse(&post_with(fields)).unwrap();
        assert_eq!(head.framing, framing, "{name}");
        assert!(!head.fields.contains(Known::TransferEncoding), "{name}: said twice");
    }
    // Whether a GET may have a body is for the caller to say; where it ends is not.
    let get = parse(b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    assert_eq!((get.method, get.framing), (Method::GET, Framing::Chunked));
}

#[test]
fn a_head_is_carried_as_it_came() {
    let head = parse(
        b"\r\nPOST /p?q=1 HTTP/1.1\r\nHOST: app.example:8443\r\nCookie: a=1; b=\"2\"\r\nX-Empty:\r\nx-twice: 1\r\n\
          Content-Length: 4\r\nX-Twice:  2 \r\nX-Bytes: \xc3\xa9\tx\r\n\r\n",
    )
    .unwrap();
    assert_eq!(head.method, Method::POST);
    assert_eq!(head.uri.to_string(), "/p?q=1");
    assert_eq!(head.version, Version::HTTP_11);
    assert!(head.persistent && !head.expects_continue);
    let fields: Vec<_> =
        head.fields.iter().map(|entry| (std::str::from_utf8(entry.name).unwrap(), entry.value)).collect();
    assert_eq!(
        fields,
        [
            ("host", &b"app.example:8443"[..]),
            ("cookie", b"a=1; b=\"2\""),
            ("x-empty", b""),
            ("x-twice", b"1"),
            ("content-length", b"4"),
            ("x-twice", b"2"),
            ("x-bytes", b"\xc3\xa9\tx"),
        ]
    );
}

#[test]
fn targets_in_absolute_form_agree_with_host() {
    for (name, bytes, target) in [
        ("equal", &b"GET http://app.example/a?b HTTP/1.1\r\nHost: app.example\r\n\r\n"[..], "/a?b"),
        ("other_case", b"GET http://APP.example/ HTTP/1.1\r\nHost: app.EXAMPLE\r\n\r\n", "/"),
        ("with_port", b"GET https://a:8443/ HTTP/1.1\r\nHost: a:8443\r\n\r\n", "/"),
        ("asterisk", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*"),
    ] {
        assert_eq!(parse(bytes).unwrap().uri.to_string(), target, "{name}");
    }
}

#[test]
fn a_connection_persists_as_version_and_options_say() {
    for (name, bytes, persistent) in [
        ("1.1", &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], true),
        ("1.1 close", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false),
        ("1.1 both", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false),
        ("1.0", b"GET / HTTP/1.0\r\n\r\n", false),
        ("1.0 keep-alive", b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("1.0 both", b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
    ] {
        assert_eq!(parse(bytes).unwrap().persistent, persistent, "{name}");
    }
}

#[test]
fn an_expectation_counts_in_http11_only() {
    let expects = |bytes: &[u8]| parse(bytes).unwrap().expects_continue;
    assert!(expects(b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 4\r\n\r\n"));
    // RFC 9110, section 10.1.1: ignored in HTTP/1.0, which has no interim responses.
    assert!(!expects(b"PUT / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
}

#[test]
fn connection_options_are_read_from_every_line() {
    let head =
        parse(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade,, X-A\r\nConnection: cookie , keep-alive\r\n\r\n")
            .unwrap();
    assert!(!head.fields.contains(Known::Connection));
    let lines = Fields::from_pairs([("Connection", "Upgrade,, X-A"), ("Connection", "cookie , keep-alive")]).unwrap();
    assert_eq!(mantlet_http1::connection_options(&lines).as_ref(), Ok(&head.connection));
    assert!(head.connection.upgrade && head.connection.keep_alive && !head.connection.close);
    assert_eq!(head.connection.nominated.iter().map(Name::as_str).collect::<Vec<_>>(), ["x-a", "cookie"]);
    let elements = |count| parse(&post_with(&format!("Connection: {}", vec!["x"; count].join(","))));
    assert_eq!(elements(16).map(|head| head.connection.nominated.len()), Ok(16));
    assert_eq!(elements(17).map(|head| head.connection.nominated.len()), Err(BadConnection));
}

#[test]
fn limits_hold_exactly() {
    let limits = Limits { head: 100, fields: 3, ..Limits::default() };
    let parse = |bytes: &[u8]| {
        let outcome = RequestParser::new(limits).parse(&mut BytesMut::from(bytes));
        outcome.map(|head| head.is_some()).map_err(|error: HeadError| error.kind)
    };
    let filled = |bytes: usize| {
        let frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(bytes - frame)).into_bytes()
    };
    assert_eq!(parse(&filled(100)), Ok(true));
    assert_eq!(parse(&filled(101)), Err(HeadTooLarge));
    assert_eq!(parse(&filled(101)[..99]), Ok(false));
    assert_eq!(parse(&filled(5000)[..100]), Err(HeadTooLarge));
    assert_eq!(parse(b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n"), Ok(true));
    let with_method = |letters| format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(letters)).into_bytes();
    assert_eq!(parse(&with_method(32)), Ok(true));
    assert_eq!(parse(&with_method(33)), Err(BadMethod));
    assert_eq!(parse(b"GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n"), Err(TooManyFields));
}

#[test]
fn an_error_names_the_line() {
    for (bytes, line) in [
        (&b"get / HTTP/1.1\r\nHost: a\r\n\r\n"[..], 1),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 2),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\nZ: a\r\n\r\n", 3),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 4),
    ] {
        let error = RequestParser::new(Limits::default()).parse(&mut BytesMut::from(bytes)).unwrap_err();
        assert_eq!(error.line, line, "{error}");
    }
}

#[test]
fn one_empty_line_before_a_request_is_forgiven_and_not_one_a_read() {
    let mut parser = RequestParser::new(Limits::default());
    let mut read = BytesMut::from("\r\n");
    assert!(parser.parse(&mut read).unwrap().is_none());
    read.extend_from_slice(b"\r\n");
    assert_eq!(parser.parse(&mut read).unwrap_err().kind, BadRequestLine);
}

/// The second head is shorter than the first: what was looked at of the one says nothing about the other.
#[test]
fn wherever_requests_of_one_connection_are_cut_they_are_read_one_after_the_other() {
    let text = b"\r\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    for cut in 0..=text.len() {
        let mut parser = RequestParser::new(Limits::default());
        let mut read = BytesMut::new();
        let mut uris = Vec::new();
        for piece in [&text[..cut], &text[cut..]] {
            read.extend_from_slice(piece);
            while let Some(head) = parser.parse(&mut read).unwrap() {
                uris.push(head.uri.to_string());
            }
        }
        assert_eq!(uris, ["/first", "/2"], "cut at {cut}");
    }
}

#[test]
fn requests_of_one_connection_are_read_one_after_the_other() {
    let mut parser = RequestParser::new(Limits::default());
    let mut read = BytesMut::from("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n\r\n");
    assert_eq!(parser.parse(&mut read).unwrap().unwrap().uri, "/1");
    assert!(parser.has_begun(&read));
    assert_eq!(parser.parse(&mut read).unwrap().unwrap().uri, "/2");
    // The empty line of an old client is not the beginning of a request.
    assert!(!parser.has_begun(&read));
    assert!(parser.parse(&mut read).unwrap().is_none());
    assert!(!parser.has_begun(&read));
    read.extend_from_slice(b"G");
    assert!(parser.has_begun(&read));
}
