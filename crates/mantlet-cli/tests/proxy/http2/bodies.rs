//! Bodies whose frames and fields tell two lengths, and answers whose end must be the application's.

use mantlet_core::Reason;
use rustix::net::sockopt::set_socket_linger;

use super::{Connection, END_STREAM, Ended, Field, Frame, asking, asking_with, code, field, hpack, kind};
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

const RAW: &str = "application/octet-stream";
const FORM: &str = "application/x-www-form-urlencoded";

fn post(content_type: &str, more: &[(&str, &str)]) -> Vec<Field> {
    let mut fields = asking_with("POST", "/", &[("sec-fetch-site", "same-origin"), ("content-type", content_type)]);
    fields.extend(more.iter().map(|(name, value)| field(name, value)));
    fields
}

/// Whether the stream was ended with PROTOCOL_ERROR, or refused as malformed.
fn is_refused(ended: &Ended) -> bool {
    match ended {
        Ended::Reset(error) => *error == code::PROTOCOL_ERROR,
        Ended::Answered(answer) => answer.status() == Some(400),
        Ended::Connection(_) => false,
    }
}

#[test]
fn two_lengths() {
    let shield = Shield::https(Upstream::recording(), "");
    let mut connection = Connection::open(&shield);
    let length = |length: &'static str| vec![("content-length", length)];
    for content_type in [RAW, FORM] {
        for (name, lengths, body) in [
            ("one_more_than_data", length("5"), Some(&b"DATA"[..])),
            ("one_less_than_data", length("3"), Some(b"DATA")),
            ("some_but_no_data", length("4"), Some(b"")),
            ("some_but_the_stream_has_ended", length("4"), None),
            ("two_equal", [length("4"), length("4")].concat(), Some(b"DATA")),
            ("two_different", [length("4"), length("5")].concat(), Some(b"DATA")),
            ("list", length("4, 4"), Some(b"DATA")),
            ("sign", length("+4"), Some(b"DATA")),
            ("negative", length("-4"), Some(b"DATA")),
            ("hexadecimal", length("0x4"), Some(b"DATA")),
            ("leading_zero", length("04"), Some(b"DATA")),
            ("blank", length(" 4"), Some(b"DATA")),
            ("empty", length(""), Some(b"DATA")),
            ("twenty_digits", length("99999999999999999999"), Some(b"DATA")),
        ] {
            let ended = connection.ask(&post(content_type, &lengths), body);
            assert!(is_refused(&ended), "{name}, {content_type}: {ended:?}");
            let seen = shield.upstream.take();
            assert!(seen.is_empty(), "{name}, {content_type}: the application saw {seen:?}");
        }
        for (name, lengths, body) in
            [("right", length("4"), &b"DATA"[..]), ("unsaid", vec![], b"DATA"), ("nothing", length("0"), b"")]
        {
            let answer = connection.ask(&post(content_type, &lengths), Some(body)).answer();
            assert_eq!(answer.status(), Some(200), "{name}, {content_type}");
            assert_eq!(shield.upstream.only().body, body, "{name}, {content_type}");
        }
    }
}

/// The request is sent on before its data comes: without it, as was judged.
#[test]
fn data_after_a_length_of_nothing_is_no_body() {
    let shield = Shield::https(Upstream::recording(), "");
    for content_type in [RAW, FORM] {
        let mut connection = Connection::open(&shield);
        connection.ask(&post(content_type, &[("content-length", "0")]), Some(b"GET /smuggled HTTP/1.1\r\n\r\n"));
        connection.ask(&asking("GET", "/next"), None);
        for seen in shield.upstream.take() {
            assert!(["POST / HTTP/1.1", "GET /next HTTP/1.1"].contains(&&*seen.line), "{seen:?}");
            assert_eq!(seen.body, b"", "{content_type}");
        }
    }
}

#[test]
fn bodies_where_none_belongs() {
    let shield = Shield::https(Upstream::recording(), "");
    let mut connection = Connection::open(&shield);
    for method in ["GET", "HEAD"] {
        let ended = connection.ask(&asking(method, "/"), Some(b"GET /smuggled HTTP/1.1\r\nhost: app.example\r\n\r\n"));
        let status = match &ended {
            Ended::Answered(answer) => answer.status(),
            _ => None,
        };
        assert_eq!(status, Some(413), "{method}: {ended:?}");
        let seen = shield.upstream.take();
        assert!(seen.is_empty(), "{method}: the application saw {seen:?}");

        // The end of the stream may come behind the head.
        let answer = connection.ask(&asking(method, "/"), Some(b"")).answer();
        assert_eq!(answer.status(), Some(200), "{method}");
        assert_eq!(shield.upstream.only().body, b"", "{method}");

        let announced = [asking(method, "/"), vec![field("content-type", RAW), field("content-length", "4")]].concat();
        let answer = connection.ask(&announced, Some(b"DATA")).answer();
        assert_eq!(answer.status(), Some(200), "{method}");
        assert_eq!(shield.upstream.only().body, b"DATA", "{method}");
    }
}

#[test]
fn trailers_go_no_further() {
    let shield = Shield::https(Upstream::recording(), "");
    let mut connection = Connection::open(&shield);
    for content_type in [RAW, FORM] {
        for (name, trailers, flags, passes) in [
            ("honest", vec![("x-trailer", "a")], END_STREAM, true),
            ("length", vec![("content-length", "1")], END_STREAM, true),
            ("host", vec![("host", "evil.example")], END_STREAM, true),
            ("cookie", vec![("cookie", "session=evil")], END_STREAM, true),
            ("path", vec![(":path", "/admin")], END_STREAM, true),
            ("coding", vec![("transfer-encoding", "chunked")], END_STREAM, false),
            ("without_an_end", vec![("x-trailer", "a")], 0, false),
        ] {
            let stream = connection.open_stream(&post(content_type, &[]), 0);
            connection.send_frame(kind::DATA, 0, stream, *b"a=b");
            let trailers: Vec<_> = trailers.iter().map(|(name, value)| field(name, value)).collect();
            connection.send_block(stream, &hpack::encode(&trailers), flags);
            let ended = connection.ended(stream);
            let seen = shield.upstream.take();
            if !passes {
                assert!(is_refused(&ended), "{name}, {content_type}: {ended:?}");
                assert!(seen.is_empty(), "{name}, {content_type}: the application saw {seen:?}");
                continue;
            }
            assert_eq!(ended.answer().status(), Some(200), "{name}, {content_type}");
            let [seen] = &seen[..] else { panic!("{name}, {content_type}: the application saw {seen:?}") };
            assert_eq!(seen.body, b"a=b", "{name}, {content_type}");
            assert_eq!(seen.line, "POST / HTTP/1.1", "{name}, {content_type}");
            assert_eq!(seen.values("host").collect::<Vec<_>>(), [b"app.example"], "{name}, {content_type}");
            assert_eq!(seen.values("x-trailer").count() + seen.values("cookie").count(), 0, "{name}, {content_type}");
        }
    }
}

#[test]
fn frames_that_no_stream_expects() {
    let shield = Shield::https(Upstream::recording(), "");
    let get = hpack::encode(&asking("GET", "/"));
    for (name, frames) in [
        ("data_on_no_stream", vec![Frame::new(kind::DATA, 0, 0, *b"a")]),
        ("data_before_its_head", vec![Frame::new(kind::DATA, 0, 1, *b"a")]),
        ("head_on_no_stream", vec![Frame::new(kind::HEADERS, 5, 0, get.clone())]),
        ("head_on_a_stream_of_the_server", vec![Frame::new(kind::HEADERS, 5, 2, get.clone())]),
        (
            "head_on_an_earlier_stream",
            vec![Frame::new(kind::HEADERS, 5, 3, get.clone()), Frame::new(kind::HEADERS, 5, 1, get.clone())],
        ),
        ("continuation_of_nothing", vec![Frame::new(kind::CONTINUATION, 4, 1, get.clone())]),
        (
            "something_between_head_and_continuation",
            vec![Frame::new(kind::HEADERS, 1, 1, get.clone()), Frame::new(kind::PING, 0, 0, [0; 8])],
        ),
        (
            "continuation_of_another_stream",
            vec![Frame::new(kind::HEADERS, 1, 1, get.clone()), Frame::new(kind::CONTINUATION, 4, 3, *b"")],
        ),
        ("padding_longer_than_its_frame", vec![Frame::new(kind::HEADERS, 5 | 8, 1, [255, 0])]),
        ("reset_of_no_stream", vec![Frame::new(kind::RST_STREAM, 0, 1, [0; 4])]),
        ("window_of_nothing", vec![Frame::new(kind::WINDOW_UPDATE, 0, 0, [0; 4])]),
        ("window_too_large", vec![Frame::new(kind::WINDOW_UPDATE, 0, 0, [0x7f, 255, 255, 255])]),
        ("frame_too_large", vec![Frame::new(kind::PING, 0, 0, vec![0; 17 * 1024])]),
        ("promise", vec![Frame::new(5, 4, 1, [0, 0, 0, 2])]),
    ] {
        let mut connection = Connection::open(&shield);
        connection.send(frames.iter().flat_map(Frame::to_bytes).collect::<Vec<_>>());
        let error = connection.closed();
        assert!(error.is_some_and(|error| error != code::NO_ERROR), "{name}: {error:?}");
        for seen in shield.upstream.take() {
            assert_eq!(seen.line, "GET / HTTP/1.1", "{name}");
            assert_eq!(name, "head_on_an_earlier_stream", "only a whole request before it is one");
        }
    }
    for (name, bytes) in [
        ("http_1_1", &b"GET / HTTP/1.1\r\nHost: app.example\r\n\r\n"[..]),
        ("preface_cut_short", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX"),
        ("no_settings_behind_the_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x08\x06\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    ] {
        let mut connection = Connection::silent(&shield);
        connection.send(bytes);
        connection.closed();
        assert_eq!(shield.upstream.bytes(), 0, "{name}");
    }
}

#[test]
fn answers_have_the_body_that_belongs_to_them() {
    let shield = Shield::https(Upstream::recording(), "");
    let mut connection = Connection::open(&shield);
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (name, method, answer, status, length, body) in [
        ("length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nDATA".to_owned(), 200, Some("4"), "DATA"),
        ("chunks", "GET", format!("{chunked}2\r\nDA\r\n2\r\nTA\r\n0\r\n\r\n"), 200, None, "DATA"),
        ("until_close", "GET", "HTTP/1.1 200 OK\r\n\r\nDATA".to_owned(), 200, None, "DATA"),
        ("no_content", "GET", "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), 204, None, ""),
        ("no_content_of_a_length", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n".to_owned(), 204, None, ""),
        ("not_modified", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n".to_owned(), 304, Some("4"), ""),
        ("head", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n".to_owned(), 200, Some("4"), ""),
        ("head_of_chunks", "HEAD", chunked.to_owned(), 200, None, ""),
        (
            "interim",
            "GET",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nDATA".to_owned(),
            200,
            Some("4"),
            "DATA",
        ),
        ("fields_of_the_connection", "GET", "HTTP/1.1 200 OK\r\nConnection: close, x-a\r\nX-A: b\r\nKeep-Alive: a\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n".to_owned(), 200, Some("0"), ""),
    ] {
        shield.upstream.answer(answer);
        let answer = connection.ask(&asking(method, "/"), None).answer();
        assert_eq!(answer.status(), Some(status), "{name}");
        assert_eq!(answer.values("content-length").collect::<Vec<_>>(), length.map(str::as_bytes).as_slice(), "{name}");
        assert_eq!(answer.body, body.as_bytes(), "{name}");
        for field in ["connection", "keep-alive", "upgrade", "transfer-encoding", "x-a"] {
            assert_eq!(answer.values(field).count(), 0, "{name}: {field}");
        }
    }
}

/// A browser that gets DATA for HEAD gives the whole connection up.
#[test]
fn a_refused_head_request_has_no_body() {
    let shield = Shield::https(Upstream::nowhere(), "");
    let mut connection = Connection::open(&shield);
    for (name, fields, reason) in [
        ("by_the_front_door", asking_with("HEAD", "/", &[("host", "evil.example")]), Reason::RequestMalformed),
        ("by_a_guard", asking_with("HEAD", "/a%2fb", &[]), Reason::RequestPath),
        ("by_the_application", asking("HEAD", "/"), Reason::UpstreamUnreachable),
    ] {
        let answer = connection.ask(&fields, None).answer();
        assert_eq!(answer.status(), Some(reason.status().as_u16()), "{name}");
        assert_eq!(answer.body, b"", "{name}");
        let length: Vec<_> = answer.values("content-length").collect();
        assert!(matches!(&length[..], [length] if **length != *b"0"), "{name}: {length:?}");
    }
}

/// What is cut short must not look whole, or caches keep it and browsers run it.
#[test]
fn an_answer_cut_short_is_reset() {
    for (name, begun) in [
        ("length", "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nDATA"),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nDATA\r\n"),
        ("inside_a_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nDATA"),
        ("malformed_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nDATA\r\nx\r\n"),
    ] {
        for resets in [false, true] {
            let upstream = Upstream::scripted(move |mut application, _| {
                application.request();
                application.send(begun);
                if resets {
                    set_socket_linger(&application.stream, Some(std::time::Duration::ZERO)).unwrap();
                }
            });
            let shield = Shield::https(upstream, "");
            let mut connection = Connection::open(&shield);
            let ended = connection.ask(&asking("GET", "/"), None);
            // The end may come before the head was sent on: then nothing of the answer is seen.
            let is_cut = matches!(&ended, Ended::Reset(error) if *error != code::NO_ERROR)
                || matches!(&ended, Ended::Answered(answer) if answer.status() == Some(502));
            assert!(is_cut, "{name}, {resets}: {ended:?}");
        }
    }
}

#[test]
fn a_client_that_takes_its_request_back_ends_it_for_the_application_too() {
    let (tell, told) = std::sync::mpsc::channel();
    let upstream = Upstream::scripted(move |mut application, _| {
        application.request();
        tell.send("begun").unwrap();
        while application.piece().is_some() {}
        tell.send("ended").unwrap();
    });
    let shield = Shield::https(upstream, "");
    let mut connection = Connection::open(&shield);
    let stream = connection.request(&asking("GET", "/"), None);
    assert_eq!(told.recv_timeout(crate::harness::PATIENCE), Ok("begun"));
    connection.send_frame(kind::RST_STREAM, 0, stream, code::CANCEL.to_be_bytes());
    assert_eq!(told.recv_timeout(crate::harness::PATIENCE), Ok("ended"));
}

/// Whatever the client says it stopped for: what came is not what was to be sent.
#[test]
fn an_upload_that_is_taken_back_never_looks_whole() {
    let upstream = Upstream::scripted(|mut application, _| while application.request().is_some() {});
    let shield = Shield::https(upstream, "");
    for content_type in [RAW, FORM] {
        for error in [code::NO_ERROR, code::CANCEL] {
            let mut connection = Connection::open(&shield);
            // The next request finds a connection to the application ready.
            connection.request(&asking("GET", "/"), None);
            let stream = connection.open_stream(&post(content_type, &[]), 0);
            connection.send_frame(kind::DATA, 0, stream, *b"amount=10");
            assert!(connection.is_alive());
            connection.send_frame(kind::RST_STREAM, 0, stream, error.to_be_bytes());
            shield.wait_for_log(" POST / ");
        }
    }
    shield.signal(rustix::process::Signal::TERM);
    shield.wait();
    let seen = shield.upstream.take();
    assert!(seen.iter().all(|seen| seen.line.starts_with("GET ")), "{seen:?}");
}

#[test]
fn an_expected_body_is_invited_only_after_the_verdict() {
    let shield = Shield::https(Upstream::recording(), "[uploads]\nmax_request_size = \"1KiB\"");
    let mut connection = Connection::open(&shield);
    let is_head = |frame: &Frame| frame.kind == kind::HEADERS;
    for content_type in [RAW, FORM] {
        let expecting = |more: &[(&str, &str)]| post(content_type, &[&[("expect", "100-continue")], more].concat());
        for (name, fields, reason) in [
            ("too_large", expecting(&[("content-length", "1025")]), Reason::UploadRequestTooLarge),
            ("not_ours", expecting(&[("host", "evil.example")]), Reason::RequestMalformed),
        ] {
            let stream = connection.open_stream(&fields, 0);
            let answer = connection.read_until(is_head).unwrap();
            assert_eq!(answer.stream, stream, "{name}, {content_type}");
            assert_eq!(super::head(&answer.payload).status(), Some(reason.status().as_u16()), "{name}, {content_type}");
        }
        let stream = connection.open_stream(&expecting(&[("content-length", "3")]), 0);
        let invitation = connection.read_until(is_head).unwrap();
        assert_eq!((invitation.stream, invitation.flags & END_STREAM), (stream, 0), "{content_type}");
        assert_eq!(super::head(&invitation.payload).status(), Some(100), "{content_type}");
        connection.send_body(stream, b"a=b");
        assert_eq!(connection.ended(stream).answer().status(), Some(200), "{content_type}");
        let seen = shield.upstream.only();
        assert_eq!(seen.body, b"a=b", "{content_type}");
        assert_eq!(seen.values("expect").count(), 0, "{content_type}: the expectation was ours to meet");
    }
    // There is nothing to wait for.
    let stream = connection.request(&asking_with("GET", "/", &[("expect", "100-continue")]), None);
    let answer = connection.read_until(is_head).unwrap();
    assert_eq!((answer.stream, super::head(&answer.payload).status()), (stream, Some(200)));
}

#[test]
fn bodies_larger_than_any_window_arrive_whole() {
    let body: Vec<u8> = (0..3 * 1024 * 1024_u32).map(|at| (at / 7) as u8).collect();
    let shield = Shield::https(Upstream::recording(), "");
    let answer = [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat();
    shield.upstream.answer(answer);
    let mut connection = Connection::open(&shield);
    let length = body.len().to_string();
    let answer = connection.ask(&post(RAW, &[("content-length", &length)]), Some(&body)).answer();
    assert!(answer.body == body, "{} of {} bytes", answer.body.len(), body.len());
    assert!(shield.upstream.only().body == body);
}

/// The other requests of its client are on the same connection.
#[test]
fn an_answer_before_its_upload_was_read_reaches_the_client_and_ends_nothing_else() {
    const LARGE: usize = 500_000;
    let upstream = Upstream::scripted(|mut application, _| {
        while let Some(head) = application.request_head() {
            let (is_read, closes) = (head.line.starts_with("POST /read"), head.line.starts_with("POST /close"));
            let mut read = 0;
            while is_read && read < LARGE {
                read += application.piece().map_or(LARGE, |piece| piece.len());
            }
            let status = if is_read { "200 OK" } else { "413 Content Too Large" };
            application.send(format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nsaid!"));
            if closes {
                return;
            }
            if !is_read {
                // Its connection stays open, and nobody reads from it.
                loop {
                    std::thread::park();
                }
            }
        }
    });
    let shield = Shield::https(upstream, "[server]\nthreads = 1");
    let mut connection = Connection::open(&shield);
    let upload = |path| asking_with("POST", path, &[("sec-fetch-site", "same-origin"), ("content-type", RAW)]);
    for path in ["/unread", "/close"].iter().cycle().take(20) {
        let answer = connection.ask(&upload(path), Some(&[0; LARGE])).answer();
        assert_eq!((answer.status(), &*answer.body), (Some(413), &b"said!"[..]), "{path}");
    }
    assert_eq!(shield.upstream.connections(), 20, "none was used again");
    // What came of those that were not read takes nothing from those that come.
    for _ in 0..2 {
        assert_eq!(connection.ask(&upload("/read"), Some(&[0; LARGE])).answer().status(), Some(200));
    }
}
