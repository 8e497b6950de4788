//! What holds for every input: no panic, one verdict however the bytes are cut, and what is written is read back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may fail"
)]

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use mantlet_fields::{Fields, Known};
use mantlet_http1::{
    Announced, BodyDecoder, BodyError, CHUNK_END, Connection, Decoded, Framing, HeadError, LAST_CHUNK, Limits,
    RequestHead, RequestParser, ResponseHead, ResponseParser, judge_fields, write_chunk_head, write_request_head,
    write_response_head,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Small, so that limits are met often.
const LIMITS: Limits = Limits { head: 160, fields: 5, chunk_extensions: 12, trailers: 20 };

/// Pieces that heads and chunked bodies are made of, and pieces that break them.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\n",
        b"GET / HTTP/1.1\r\n",
        b"POST /a?b HTTP/1.0\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"Host: a\r\n",
        b"Content-Length: 4\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Connection: close, x\r\n",
        b"Expect: 100-continue\r\n",
        b"X-A: b\r\n",
        b"4\r\nDATA\r\n",
        b"1;a=\"b\"\r\nD\r\n",
        b"0\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b":",
        b",",
        b";",
        b"\0",
        b"a",
        b"0x",
        b"+",
        b"\xff",
        b"http://a/",
        b"*",
    ];
    prop_oneof![8 => select(pieces.to_vec()).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..4)]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    vec(fragment(), 0..14).prop_map(|pieces| pieces.concat())
}

/// Cuts a stream into reads.
fn cut(stream: &[u8], cuts: &[Index]) -> Vec<Vec<u8>> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    at.extend([0, stream.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| stream[pair[0]..pair[1]].to_vec()).collect()
}

type Requests = (Vec<String>, Option<HeadError>);

fn requests(reads: &[Vec<u8>]) -> Requests {
    let mut parser = RequestParser::new(LIMITS);
    let mut read = BytesMut::new();
    let mut heads = Vec::new();
    for bytes in reads {
        read.extend_from_slice(bytes);
        loop {
            match parser.parse(&mut read) {
                Ok(Some(head)) => heads.push(format!("{head:?}")),
                Ok(None) => break,
                Err(error) => return (heads, Some(error)),
            }
        }
    }
    (heads, None)
}

type Body = (Vec<u8>, Result<(), BodyError>);

fn body(framing: Framing, reads: &[Vec<u8>]) -> Body {
    let mut decoder = BodyDecoder::new(framing, &LIMITS);
    let mut read = BytesMut::new();
    let mut data = Vec::new();
    for bytes in reads {
        read.extend_from_slice(bytes);
        loop {
            match decoder.decode(&mut read) {
                Ok(Decoded::Data(piece)) => {
                    assert!(!piece.is_empty());
                    data.extend_from_slice(&piece);
                }
                Ok(Decoded::NeedMore) => break,
                Ok(Decoded::End) => return (data, Ok(())),
                Err(error) => return (data, Err(error)),
            }
        }
    }
    (data, decoder.end_of_input())
}

fn fields() -> impl Strategy<Value = Fields> {
    let name = "[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,50}";
    let value = vec(prop_oneof![0x21_u8..0x7f, 0x80_u8.., Just(b' '), Just(b'\t')], 0..20);
    vec((name, value), 0..12).prop_map(|fields| {
        let owned = ["host", "expect", "connection", "content-length", "transfer-encoding"];
        Fields::from_pairs(fields.into_iter().filter(|(name, _)| !owned.contains(&&*name.to_ascii_lowercase())))
            .unwrap()
    })
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        Just(Framing::None),
        Just(Framing::Chunked),
        (0..10_000_000_000_000_000_000_u64).prop_map(Framing::Length)
    ]
}

/// What a reader has to leave out to see the fields that were written.
fn without_framing(mut fields: Fields) -> Fields {
    fields.remove(Known::ContentLength);
    fields
}

fn read_request(bytes: &[u8]) -> RequestHead {
    let mut read = BytesMut::from(bytes);
    let head = RequestParser::new(Limits::default()).parse(&mut read).unwrap().unwrap();
    assert!(read.is_empty());
    head
}

fn read_response(bytes: &[u8]) -> ResponseHead {
    let mut read = BytesMut::from(bytes);
    let head = ResponseParser::new(Limits::default()).parse(&mut read, &Method::GET).unwrap().unwrap();
    assert!(read.is_empty());
    head
}

/// Fields that a parser heeds, well and badly said, and others.
fn carried() -> impl Strategy<Value = HeaderMap> {
    let heeded = select(vec![
        ("host", "a"),
        ("host", "a:80"),
        ("host", "a@b"),
        ("host", ""),
        ("content-length", "4"),
        ("content-length", "04"),
        ("content-length", "4,4"),
        ("expect", "100-continue"),
        ("expect", "x"),
    ]);
    let heeded = heeded.prop_map(|(name, value)| (name.to_owned(), value.to_owned()));
    let other = ("x-[a-z_]{1,30}", "[\t -~]{0,12}");
    vec(prop_oneof![heeded, other], 0..6).prop_map(|fields| {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
        }
        headers
    })
}

proptest! {
    #[test]
    fn fields_that_something_else_carried_are_accepted_where_the_parser_accepts_them(headers in carried()) {
        let line = "GET / HTTP/1.1";
        let mut written = format!("{line}\r\n").into_bytes();
        for (name, value) in &headers {
            written.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        written.extend(b"\r\n");
        let parsed = RequestParser::new(LIMITS).parse(&mut BytesMut::from(&*written));
        let parsed = parsed.map(Option::unwrap);
        let carried = Fields::from_pairs(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))).unwrap();
        match judge_fields(&headers, line.len(), &LIMITS) {
            Ok(Announced { length, expects_continue }) => {
                let RequestHead { fields, framing, expects_continue: parsed, .. } = parsed.unwrap();
                prop_assert_eq!(fields, carried);
                prop_assert_eq!((framing, parsed), (length.map_or(Framing::None, Framing::Length), expects_continue));
            }
            // The parser takes blanks away, and what it then has is not what was judged.
            Err(_) => prop_assert!(parsed.is_err() || headers.values().any(|value| value.as_bytes() != value.as_bytes().trim_ascii())),
        }
    }

    #[test]
    fn any_cut_of_requests_gives_the_same_verdict(stream in stream(), cuts in vec(any::<Index>(), 0..6)) {
        prop_assert_eq!(requests(&cut(&stream, &cuts)), requests(std::slice::from_ref(&stream)));
    }

    #[test]
    fn any_cut_of_a_body_gives_the_same_bytes(
        stream in stream(),
        framing in prop_oneof![4 => Just(Framing::Chunked), 1 => (0..20_u64).prop_map(Framing::Length),
                               1 => Just(Framing::UntilClose)],
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let whole = body(framing, std::slice::from_ref(&stream));
        prop_assert_eq!(body(framing, &cut(&stream, &cuts)), whole);
    }

    #[test]
    fn nothing_panics(stream in vec(any::<u8>(), 0..300), cuts in vec(any::<Index>(), 0..3)) {
        let reads = cut(&stream, &cuts);
        requests(&reads);
        let _ = body(Framing::Chunked, &reads);
        let _ = ResponseParser::new(LIMITS).parse(&mut BytesMut::from(&*stream), &Method::GET);
    }

    #[test]
    fn a_request_is_read_as_it_was_written(
        method in "[A-Z][A-Z-]{0,20}",
        target in "/[!$-;=@-Z_a-z~]{0,20}(\\?[!$-;=?-~]{0,20})?",
        fields in fields(),
        framing in framing(),
    ) {
        prop_assume!(method != "CONNECT");
        let (method, uri): (Method, Uri) = (method.parse().unwrap(), target.parse().unwrap());
        let mut fields = fields;
        fields.append_value(Known::Host, b"app.example").unwrap();
        let mut out = Vec::new();
        write_request_head(&mut out, &method, &uri, &fields, framing, Connection::Close).unwrap();
        let head = read_request(&out);
        prop_assert_eq!((&head.method, &head.uri, head.framing), (&method, &uri, framing));
        prop_assert!(!head.persistent);
        prop_assert_eq!(without_framing(head.fields), fields);
    }

    #[test]
    fn a_response_is_read_as_it_was_written(
        status in (200..600_u16).prop_filter("has a body", |status| ![204, 304].contains(status)),
        fields in fields(),
        framing in framing(),
    ) {
        let status = StatusCode::from_u16(status).unwrap();
        let mut out = Vec::new();
        write_response_head(&mut out, status, &fields, framing, Connection::Persistent);
        let head = read_response(&out);
        prop_assert_eq!((head.status, head.stated), (status, framing));
        prop_assert_eq!(head.persistent, framing != Framing::None);
        prop_assert_eq!(without_framing(head.fields), fields);
    }

    #[test]
    fn chunks_are_read_as_they_were_written(pieces in vec(vec(any::<u8>(), 1..40), 0..6)) {
        let mut out = Vec::new();
        for piece in &pieces {
            write_chunk_head(&mut out, piece.len());
            out.extend_from_slice(piece);
            out.extend_from_slice(CHUNK_END);
        }
        out.extend_from_slice(LAST_CHUNK);
        prop_assert_eq!(body(Framing::Chunked, &[out]), (pieces.concat(), Ok(())));
    }
}
