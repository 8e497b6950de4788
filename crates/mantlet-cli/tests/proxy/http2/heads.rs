//! Heads that HTTP/2 can carry and HTTP/1.1 cannot, or reads differently: what is forwarded is one request, and the one
//! that was judged.

use mantlet_core::Reason;
use mantlet_corpus::Message;

use super::{Connection, END_STREAM, Ended, Field, asking, asking_with, code, field, hpack, setting};
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

/// What must come of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Must {
    /// Be answered for this reason; the connection goes on.
    Refuse(Reason),
    /// End the stream with PROTOCOL_ERROR; the connection goes on.
    Reset,
    /// End the connection with PROTOCOL_ERROR: what follows could not be read.
    Close,
    /// Reach the application with this line and these fields, and nothing else but what the front door writes.
    Pass(&'static str, Vec<(&'static str, &'static str)>),
}

use Must::{Close, Pass, Refuse, Reset};

type Row = (&'static str, Vec<Field>, Must);

fn get(more: &[(&str, &str)]) -> Vec<Field> {
    asking_with("GET", "/", more)
}

fn with_raw(name: &[u8], value: &[u8]) -> Vec<Field> {
    let mut fields = asking("GET", "/");
    fields.push(field(name, value));
    fields
}

/// A head of these pseudo-fields in this order.
fn pseudo(fields: &[(&str, &str)]) -> Vec<Field> {
    fields.iter().map(|(name, value)| field(name, value)).collect()
}

const METHOD: (&str, &str) = (":method", "GET");
const SCHEME: (&str, &str) = (":scheme", "https");
const AUTHORITY: (&str, &str) = (":authority", "app.example");
const PATH: (&str, &str) = (":path", "/");

fn check(rows: Vec<Row>) {
    let shield = Shield::https(Upstream::recording(), "[server]\nthreads = 1");
    let mut connection = Connection::open(&shield);
    let mut failures = Vec::new();
    for (name, fields, must) in rows {
        shield.upstream.take();
        let ended = connection.ask(&fields, None);
        let bytes = shield.upstream.bytes();
        let seen = shield.upstream.take();
        if let Err(problem) = compare(&must, &ended, &seen) {
            failures.push(format!("{name}: {problem}"));
        } else if bytes > 0 && seen.is_empty() {
            failures.push(format!("{name}: a part of it reached the application"));
        }
        if matches!(ended, Ended::Connection(_)) {
            connection = Connection::open(&shield);
        } else if status(&connection.ask(&asking("GET", "/next"), None)) != Some(200) {
            failures.push(format!("{name}: the connection does not go on"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn compare(must: &Must, ended: &Ended, seen: &[Message]) -> Result<(), String> {
    match (must, ended, seen) {
        (Pass(line, fields), Ended::Answered(answer), [seen]) if answer.status() == Some(200) => {
            let forwarded = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];
            let others = seen.fields.iter().filter(|(name, _)| !forwarded.contains(&&**name) && name != "host");
            let others: Vec<_> = others.map(|(name, value)| (&**name, std::str::from_utf8(value).unwrap())).collect();
            let hosts: Vec<_> = seen.values("host").collect();
            let is_as_expected = seen.line == *line && others == *fields && hosts == [b"app.example"];
            is_as_expected.then_some(()).ok_or_else(|| format!("the application saw {seen:?}"))
        }
        (Refuse(reason), Ended::Answered(answer), []) => {
            let page = String::from_utf8_lossy(&answer.body).into_owned();
            let is_dressed = answer.values("content-security-policy").next().is_some();
            let is_refused = answer.status() == Some(reason.status().as_u16()) && page.contains(reason.code());
            (is_refused && is_dressed).then_some(()).ok_or_else(|| format!("answered {}: {page}", answer.line))
        }
        (Reset, Ended::Reset(code::PROTOCOL_ERROR), []) => Ok(()),
        (Close, Ended::Connection(Some(code::PROTOCOL_ERROR)), []) => Ok(()),
        (_, Ended::Answered(answer), _) => Err(format!("answered {}, the application saw {seen:?}", answer.line)),
        _ => Err(format!("{ended:?}, the application saw {seen:?}")),
    }
}

fn status(ended: &Ended) -> Option<u16> {
    match ended {
        Ended::Answered(answer) => answer.status(),
        _ => None,
    }
}

#[test]
fn line_breaks_become_no_lines() {
    check(vec![
        ("honest", get(&[("x-a", "b")]), Pass("GET / HTTP/1.1", vec![("x-a", "b")])),
        ("crlf_in_value", get(&[("x-a", "b\r\nx-b: c")]), Close),
        ("request_in_value", get(&[("x-a", "b\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: app.example\r\n\r\n")]), Close),
        ("lf_in_value", get(&[("x-a", "b\nx-b: c")]), Close),
        ("cr_in_value", get(&[("x-a", "b\rx-b: c")]), Close),
        ("nul_in_value", get(&[("x-a", "b\0c")]), Close),
        ("control_in_value", get(&[("x-a", "b\x01c")]), Close),
        ("delete_in_value", get(&[("x-a", "b\x7fc")]), Close),
        ("crlf_in_name", get(&[("x-a: b\r\nx-b", "c")]), Close),
        ("lf_in_name", get(&[("x-a\nx-b", "c")]), Close),
        ("nul_in_name", get(&[("x-a\0", "c")]), Close),
        ("colon_in_name", get(&[("transfer-encoding: chunked\r\nx", "y")]), Close),
        ("colon_at_the_end_of_a_name", get(&[("transfer-encoding:", "chunked")]), Close),
        ("space_in_name", get(&[("x a", "b")]), Close),
        ("space_before_name", get(&[(" x-a", "b")]), Close),
        ("space_after_name", get(&[("transfer-encoding ", "chunked")]), Close),
        ("upper_case_name", get(&[("X-A", "b")]), Close),
        ("one_upper_case_letter", get(&[("content-Length", "5")]), Close),
        ("empty_name", get(&[("", "b")]), Close),
        ("name_above_ascii", with_raw(b"x-\xc3\xa4", b"b"), Close),
        ("empty_value", get(&[("x-a", "")]), Pass("GET / HTTP/1.1", vec![("x-a", "")])),
        ("tab_inside_a_value", get(&[("x-a", "b\tc")]), Pass("GET / HTTP/1.1", vec![("x-a", "b\tc")])),
        ("value_above_ascii", get(&[("x-a", "b\u{e9}")]), Pass("GET / HTTP/1.1", vec![("x-a", "b\u{e9}")])),
    ]);
}

/// The next reader cuts blanks off: what was judged would not be what is read.
#[test]
fn blanks_around_a_value_are_refused() {
    check(
        [
            ("before", get(&[("x-a", " b")])),
            ("behind", get(&[("x-a", "b ")])),
            ("tab_before", get(&[("x-a", "\tb")])),
            ("tab_behind", get(&[("x-a", "b\t")])),
            ("only_blanks", get(&[("x-a", " ")])),
            ("fetch_metadata", get(&[("sec-fetch-site", "cross-site ")])),
            ("cookie", get(&[("cookie", " session=1")])),
        ]
        .into_iter()
        .map(|(name, fields)| (name, fields, Refuse(Reason::RequestMalformed)))
        .collect(),
    );
}

#[test]
fn fields_of_the_connection_do_not_exist() {
    check(vec![
        ("connection", get(&[("connection", "close")]), Reset),
        ("connection_that_names_a_field", get(&[("connection", "cookie"), ("cookie", "a=b")]), Reset),
        ("keep_alive", get(&[("keep-alive", "timeout=5")]), Reset),
        ("proxy_connection", get(&[("proxy-connection", "keep-alive")]), Reset),
        ("chunked", asking_with("POST", "/", &[("transfer-encoding", "chunked")]), Reset),
        ("chunked_in_upper_case", asking_with("POST", "/", &[("transfer-encoding", "CHUNKED")]), Reset),
        ("identity", get(&[("transfer-encoding", "identity")]), Reset),
        ("upgrade", get(&[("upgrade", "websocket")]), Reset),
        ("te_other_than_trailers", get(&[("te", "gzip")]), Reset),
        ("te_list", get(&[("te", "trailers, chunked")]), Reset),
        ("te_trailers", get(&[("te", "trailers")]), Pass("GET / HTTP/1.1", vec![])),
        (
            "hop_by_hop_without_connection",
            get(&[("proxy-authorization", "x"), ("trailer", "x-a")]),
            Pass("GET / HTTP/1.1", vec![]),
        ),
        ("httpoxy", get(&[("proxy", "http://evil.example")]), Pass("GET / HTTP/1.1", vec![])),
        ("expectation", get(&[("expect", "200-ok")]), Refuse(Reason::RequestExpectation)),
        ("two_expectations", get(&[("expect", "100-continue"), ("expect", "x")]), Refuse(Reason::RequestExpectation)),
        ("expects_continue", get(&[("expect", "100-continue")]), Pass("GET / HTTP/1.1", vec![])),
        (
            "underscore_twin",
            get(&[("x_forwarded_for", "6.6.6.6"), ("content_length", "5")]),
            Pass("GET / HTTP/1.1", vec![]),
        ),
        (
            "forwarded_by_nobody_trusted",
            get(&[("forwarded", "for=6.6.6.6"), ("x-real-ip", "6.6.6.6")]),
            Pass("GET / HTTP/1.1", vec![]),
        ),
        (
            "two_content_types",
            get(&[("content-type", "text/plain"), ("content-type", "text/html")]),
            Refuse(Reason::RequestMalformed),
        ),
    ]);
}

#[test]
fn pseudo_fields_are_the_request_line() {
    check(vec![
        ("no_method", pseudo(&[SCHEME, AUTHORITY, PATH]), Reset),
        ("no_scheme", pseudo(&[METHOD, AUTHORITY, PATH]), Reset),
        ("no_path", pseudo(&[METHOD, SCHEME, AUTHORITY]), Reset),
        ("no_authority_and_no_host", pseudo(&[METHOD, SCHEME, PATH]), Refuse(Reason::RequestMalformed)),
        ("two_methods", pseudo(&[METHOD, (":method", "POST"), SCHEME, AUTHORITY, PATH]), Reset),
        ("two_equal_methods", pseudo(&[METHOD, METHOD, SCHEME, AUTHORITY, PATH]), Reset),
        ("two_paths", pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, (":path", "/admin")]), Reset),
        ("two_authorities", pseudo(&[METHOD, SCHEME, AUTHORITY, (":authority", "evil.example"), PATH]), Reset),
        ("two_schemes", pseudo(&[METHOD, SCHEME, (":scheme", "http"), AUTHORITY, PATH]), Reset),
        ("path_after_a_field", pseudo(&[METHOD, SCHEME, AUTHORITY, ("x-a", "b"), PATH]), Reset),
        (
            "second_path_after_a_field",
            pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, ("x-a", "b"), (":path", "/admin")]),
            Reset,
        ),
        ("unknown", pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, (":x", "y")]), Close),
        ("of_answers", pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, (":status", "200")]), Reset),
        ("only_a_colon", pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, (":", "y")]), Close),
        ("in_upper_case", pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, (":Path", "/admin")]), Close),
        ("none_at_all", pseudo(&[("x-a", "b")]), Reset),
        ("in_another_order", pseudo(&[PATH, AUTHORITY, SCHEME, METHOD]), Pass("GET / HTTP/1.1", vec![])),
    ]);
}

#[test]
fn a_method_is_one_that_http1_can_say() {
    let method = |method: &'static str| pseudo(&[(":method", method), SCHEME, AUTHORITY, PATH]);
    check(vec![
        ("empty", method(""), Close),
        ("space", method("GET /admin"), Close),
        ("request_line", method("GET /smuggled HTTP/1.1\r\nhost: app.example\r\n\r\nGET"), Close),
        ("lower_case", method("get"), Refuse(Reason::RequestMethod)),
        ("unknown", method("FOO"), Refuse(Reason::RequestMethod)),
        ("trace", method("TRACE"), Refuse(Reason::RequestMethod)),
        ("preface", method("PRI"), Refuse(Reason::RequestMethod)),
        ("webdav", method("PROPFIND"), Pass("PROPFIND / HTTP/1.1", vec![("content-length", "0")])),
        ("connect_with_path", method("CONNECT"), Reset),
        (
            "connect",
            pseudo(&[(":method", "CONNECT"), (":authority", "app.example:443")]),
            Refuse(Reason::RequestMethod),
        ),
        (
            "extended_connect",
            pseudo(&[(":method", "CONNECT"), (":protocol", "websocket"), SCHEME, AUTHORITY, PATH]),
            Reset,
        ),
        ("protocol_without_connect", pseudo(&[METHOD, (":protocol", "websocket"), SCHEME, AUTHORITY, PATH]), Reset),
    ]);
}

#[test]
fn a_path_has_one_reading() {
    let path = |path: &'static str| pseudo(&[METHOD, SCHEME, AUTHORITY, (":path", path)]);
    check(vec![
        ("empty", path(""), Reset),
        ("no_slash", path("a"), Reset),
        ("query_only", path("?a=b"), Refuse(Reason::RequestMalformed)),
        ("space", path("/a b"), Reset),
        ("request_line", path("/ HTTP/1.1\r\nhost: evil.example\r\nx: "), Reset),
        ("absolute", path("http://evil.example/"), Reset),
        ("absolute_with_our_name", path("https://app.example/"), Reset),
        ("authority", path("evil.example:80"), Reset),
        ("nul", path("/\0"), Reset),
        ("tab", path("/\t"), Reset),
        ("above_ascii", path("/\u{e9}"), Refuse(Reason::RequestMalformed)),
        ("escape_sequence_for_terminals", path("/\u{9b}31m"), Refuse(Reason::RequestMalformed)),
        ("delete", path("/\x7f"), Reset),
        ("double_slash", path("//evil.example/"), Refuse(Reason::RequestPath)),
        ("dot_segments", path("/../admin"), Refuse(Reason::RequestPath)),
        ("encoded_slash", path("/a%2f..%2fadmin"), Refuse(Reason::RequestPath)),
        ("quote", path("/a\"b"), Refuse(Reason::RequestMalformed)),
        ("backslash", path("/a\\b"), Refuse(Reason::RequestMalformed)),
        ("asterisk", path("*"), Refuse(Reason::RequestMalformed)),
        (
            "asterisk_of_options",
            pseudo(&[(":method", "OPTIONS"), SCHEME, AUTHORITY, (":path", "*")]),
            Refuse(Reason::RequestPath),
        ),
        // The part that browsers keep to themselves is cut off before we see it: what is left is judged and forwarded.
        ("fragment", path("/a#/admin"), Pass("GET /a HTTP/1.1", vec![])),
        ("query", path("/a?b=c&d=%2f.."), Pass("GET /a?b=c&d=%2f.. HTTP/1.1", vec![])),
    ]);
}

#[test]
fn a_scheme_is_one_of_the_webs() {
    let scheme = |scheme: &'static str| pseudo(&[METHOD, (":scheme", scheme), AUTHORITY, PATH]);
    check(vec![
        ("empty", scheme(""), Refuse(Reason::RequestMalformed)),
        ("http", scheme("http"), Pass("GET / HTTP/1.1", vec![])),
        ("script", scheme("javascript"), Refuse(Reason::RequestMalformed)),
        ("file", scheme("file"), Refuse(Reason::RequestMalformed)),
        ("url", scheme("https://evil.example/?"), Reset),
        ("line_break", scheme("https\r\nx-a: b"), Reset),
    ]);
}

#[test]
fn one_authority_names_this_site() {
    let authority = |authority: &'static str| pseudo(&[METHOD, SCHEME, (":authority", authority), PATH]);
    let beside = |host: &'static str| pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, ("host", host)]);
    let instead = |host: &'static str| pseudo(&[METHOD, SCHEME, PATH, ("host", host)]);
    check(vec![
        ("empty", authority(""), Reset),
        ("another", authority("evil.example"), Refuse(Reason::RequestHost)),
        ("trailing_dot", authority("app.example."), Refuse(Reason::RequestHost)),
        ("user", authority("app.example@evil.example"), Refuse(Reason::RequestMalformed)),
        ("user_of_ours", authority("evil@app.example"), Refuse(Reason::RequestMalformed)),
        ("empty_user", authority("@app.example"), Refuse(Reason::RequestMalformed)),
        ("list", authority("app.example,evil.example"), Refuse(Reason::RequestMalformed)),
        ("path", authority("app.example/admin"), Reset),
        ("query", authority("app.example?x"), Reset),
        ("space", authority("app.example evil.example"), Reset),
        ("line_break", authority("app.example\r\nx-a: b"), Reset),
        ("nul", authority("app.example\0"), Reset),
        ("escape", authority("app%2eexample"), Reset),
        ("port_without_digits", authority("app.example:"), Refuse(Reason::RequestMalformed)),
        ("port_too_large", authority("app.example:99999"), Refuse(Reason::RequestMalformed)),
        ("above_ascii", authority("\u{e4}pp.example"), Reset),
        ("host_differs", beside("evil.example"), Refuse(Reason::RequestMalformed)),
        ("host_differs_in_port", beside("app.example:8443"), Refuse(Reason::RequestMalformed)),
        ("host_is_empty", beside(""), Refuse(Reason::RequestMalformed)),
        ("host_is_the_same", beside("app.example"), Pass("GET / HTTP/1.1", vec![])),
        ("host_instead", instead("app.example"), Pass("GET / HTTP/1.1", vec![])),
        ("foreign_host_instead", instead("evil.example"), Refuse(Reason::RequestHost)),
        ("host_with_user_instead", instead("evil@app.example"), Refuse(Reason::RequestMalformed)),
        (
            "two_hosts_instead",
            pseudo(&[METHOD, SCHEME, PATH, ("host", "app.example"), ("host", "evil.example")]),
            Refuse(Reason::RequestMalformed),
        ),
        (
            "two_hosts_beside",
            pseudo(&[METHOD, SCHEME, AUTHORITY, PATH, ("host", "app.example"), ("host", "app.example")]),
            Refuse(Reason::RequestMalformed),
        ),
    ]);
}

/// Browsers send each cookie in a field of its own (RFC 9113, section 8.2.3).
#[test]
fn cookies_in_many_fields_are_one_list() {
    let session = "[session]\nprefix = \"off\"\ncookies = [\"session\"]";
    let crumbs = |values: &[&str]| {
        let mut fields = asking("GET", "/");
        fields.extend(values.iter().map(|value| field("cookie", value)));
        fields
    };
    for mode in ["enforce", "observe", "off"] {
        let shield = Shield::https(Upstream::recording(), &format!("mode = \"{mode}\"\n{session}"));
        let mut connection = Connection::open(&shield);
        let answer = connection.ask(&crumbs(&["a=1", "session=2", "b=3; c=4"]), None).answer();
        assert_eq!(answer.status(), Some(200), "{mode}");
        let seen = shield.upstream.only();
        assert_eq!(seen.values("cookie").collect::<Vec<_>>(), [b"a=1; session=2; b=3; c=4"], "{mode}");
    }
    let shield = Shield::https(Upstream::recording(), session);
    let mut connection = Connection::open(&shield);
    let many: Vec<String> = (0..170).map(|nth| format!("c{nth}={nth}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (name, cookies, reason) in [
        ("as_many_as_a_browser_keeps", &many[..], None),
        ("cookie_tossing", &["session=evil", "a=1", "session=mine"], Some(Reason::SessionDuplicateCookie)),
        ("half_a_quote_in_each", &["a=\"x", "session=1", "b=y\""], Some(Reason::SessionMalformedCookie)),
        ("version_before", &["$Version=1", "session=1"], Some(Reason::SessionMalformedCookie)),
        ("a_name_in_one_and_its_value_in_another", &["session", "=1"], Some(Reason::SessionMalformedCookie)),
    ] {
        let answer = connection.ask(&crumbs(cookies), None).answer();
        let seen = shield.upstream.take();
        match reason {
            None => assert_eq!(seen[0].values("cookie").collect::<Vec<_>>(), [cookies.join("; ").as_bytes()], "{name}"),
            Some(reason) => {
                let page = String::from_utf8_lossy(&answer.body).into_owned();
                assert!(page.contains(reason.code()), "{name}: {page}");
                assert!(seen.is_empty(), "{name}: the application saw {seen:?}");
            }
        }
    }
}

#[test]
fn heads_too_large() {
    let too_large = || Refuse(Reason::RequestHeaderTooLarge);
    let long = |length: usize| [asking("GET", "/"), vec![field("x-a", "a".repeat(length))]].concat();
    let many = |count: usize| [asking("GET", "/"), vec![field("x-a", "b"); count]].concat();
    let path = |length: usize| asking("GET", &format!("/{}", "a".repeat(length)));
    check(vec![
        ("one_long_field", long(33 * 1024), too_large()),
        ("one_long_field_in_continuations", long(60 * 1024), too_large()),
        ("many_fields", many(200), too_large()),
        ("long_path", path(33 * 1024), too_large()),
    ]);
    let shield = Shield::https(Upstream::recording(), "[server]\nmax_header_size = \"2KiB\"");
    let mut connection = Connection::open(&shield);
    assert_eq!(connection.ask(&long(1024), None).answer().status(), Some(200));
    assert_eq!(connection.ask(&long(2048), None).answer().status(), Some(431));
    assert!(
        connection.settings.iter().any(|(name, _)| *name == setting::MAX_HEADER_LIST_SIZE),
        "its limit is told: {:?}",
        connection.settings
    );
    shield.wait_for_log("request.header-too-large");
}

/// Fields that both sides remember cost a byte each to repeat.
#[test]
fn a_bomb_of_remembered_fields_is_given_up() {
    let shield = Shield::https(Upstream::recording(), "");
    let mut connection = Connection::open(&shield);
    let stream = connection.stream();
    let mut block = hpack::encode(&asking("GET", "/"));
    block.extend(hpack::remembered(b"x-a", "a".repeat(4000).as_bytes()));
    block.extend([0x80 | 62; 4000]);
    connection.send_block(stream, &block, END_STREAM);
    let ended = connection.ended(stream);
    assert_eq!(ended, Ended::Connection(Some(code::ENHANCE_YOUR_CALM)));
    assert_eq!(shield.upstream.bytes(), 0);
}

/// Whoever reads a downgraded request twice finds one request in it, byte for byte.
#[test]
fn what_the_application_gets() {
    let shield = Shield::https(Upstream::recording(), "");
    let mut connection = Connection::open(&shield);
    let fields = asking_with(
        "POST",
        "/a?b",
        &[
            ("content-type", "application/json"),
            ("cookie", "a=1"),
            ("sec-fetch-site", "same-origin"),
            ("cookie", "b=2"),
        ],
    );
    assert_eq!(connection.ask(&fields, Some(b"{}")).answer().status(), Some(200));
    let Message { line, fields, body } = shield.upstream.only();
    assert_eq!(line, "POST /a?b HTTP/1.1");
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect();
    assert_eq!(
        fields,
        [
            "content-type: application/json",
            "cookie: a=1; b=2",
            "sec-fetch-site: same-origin",
            "host: app.example",
            "x-forwarded-for: 127.0.0.1",
            "x-forwarded-proto: https",
            "x-forwarded-host: app.example",
            "forwarded: for=127.0.0.1;host=\\\"app.example\\\";proto=https",
            "transfer-encoding: chunked",
            "connection: close",
        ]
    );
    assert_eq!(body, b"{}");
}
