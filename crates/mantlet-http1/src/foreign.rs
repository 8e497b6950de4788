//! Heads that did not come through [`RequestParser`](crate::RequestParser): HTTP/2 carries more than HTTP/1.1 can say,
//! and what is forwarded must be a head that the parser would have accepted.

use http::header::{CONTENT_LENGTH, EXPECT, HOST};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::HeadErrorKind;
use crate::framing::Limits;
use crate::grammar::{content_length, is_host, is_ows};

/// What a head says of the body that may come behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Announced {
    /// Its `Content-Length`.
    pub length: Option<u64>,
    /// The client may wait until it is told to send it (`Expect: 100-continue`).
    pub expects_continue: bool,
}

/// Judges the fields of a request that are to be written in HTTP/1.1, by the rules of the parser: Host once, lengths and
/// expectations in their one spelling, no blanks around a value, and no more than `limits` allows.
///
/// `line` is the length of the request line. Fields of the connection are not judged: whoever carried the head has none,
/// or has to take them out.
///
/// # Errors
/// What the parser would have said.
pub fn judge_fields(headers: &HeaderMap, line: usize, limits: &Limits) -> Result<Announced, HeadErrorKind> {
    if headers.len() > limits.fields {
        return Err(HeadErrorKind::TooManyFields);
    }
    // Each line has its CRLF, each field a colon and a space, and an empty line is the end.
    let mut length = line.saturating_add(4);
    for (name, value) in headers {
        length = length.saturating_add(name.as_str().len()).saturating_add(value.len()).saturating_add(4);
        // A reader of HTTP/1.1 takes blanks away (RFC 9112, section 5.1): it would not read the value that was judged.
        if matches!(value.as_bytes(), [first, ..] if is_ows(*first))
            || matches!(value.as_bytes(), [.., last] if is_ows(*last))
        {
            return Err(HeadErrorKind::BadFieldValue);
        }
    }
    if length > limits.head {
        return Err(HeadErrorKind::HeadTooLarge);
    }
    match only(headers, &HOST) {
        Only::None => return Err(HeadErrorKind::HostMissing),
        Only::Several => return Err(HeadErrorKind::HostRepeated),
        Only::One(host) if !is_host(host) => return Err(HeadErrorKind::BadHost),
        Only::One(_) => {}
    }
    let length = match only(headers, &CONTENT_LENGTH) {
        Only::Several => return Err(HeadErrorKind::RepeatedLength),
        Only::One(length) => Some(content_length(length).ok_or(HeadErrorKind::BadLength)?),
        Only::None => None,
    };
    let expects_continue = match only(headers, &EXPECT) {
        Only::None => false,
        Only::One(expected) if expected.eq_ignore_ascii_case(b"100-continue") => true,
        Only::One(_) | Only::Several => return Err(HeadErrorKind::UnknownExpectation),
    };
    Ok(Announced { length, expects_continue })
}

enum Only<'a> {
    None,
    One(&'a [u8]),
    Several,
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Only<'a> {
    let mut values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    match (values.next(), values.next()) {
        (None, _) => Only::None,
        (Some(value), None) => Only::One(value),
        (Some(_), Some(_)) => Only::Several,
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::request::RequestParser;

    /// Both are asked, so that there is one grammar.
    #[test]
    fn a_head_is_judged_as_the_parser_judges_it() {
        use HeadErrorKind::{
            BadHost, BadLength, HeadTooLarge, HostMissing, HostRepeated, RepeatedLength, TooManyFields,
            UnknownExpectation,
        };
        let limits = Limits { head: 1024, fields: 20, ..Limits::default() };
        let long = "a".repeat(1024);
        // The longest value that still fits: all of the head but the request line, Host, the names and the line ends.
        let full = "a".repeat(1024 - "GET / HTTP/1.1\r\nhost: a\r\nx-a: \r\n\r\n".len());
        let over = format!("{full}a");
        for (name, fields, expected) in [
            ("honest", &[("host", "app.example"), ("content-length", "0"), ("expect", "100-continue")][..], Ok(())),
            ("no host", &[("x-a", "b")], Err(HostMissing)),
            ("two hosts", &[("host", "a"), ("host", "a")], Err(HostRepeated)),
            ("user in host", &[("host", "a@b")], Err(BadHost)),
            ("two lengths", &[("host", "a"), ("content-length", "1"), ("content-length", "1")], Err(RepeatedLength)),
            ("length with zero", &[("host", "a"), ("content-length", "01")], Err(BadLength)),
            ("length with sign", &[("host", "a"), ("content-length", "+1")], Err(BadLength)),
            ("expectation", &[("host", "a"), ("expect", "x")], Err(UnknownExpectation)),
            (
                "two expectations",
                &[("host", "a"), ("expect", "100-continue"), ("expect", "x")],
                Err(UnknownExpectation),
            ),
            ("too many", &[&[("host", "a")], &[("x-a", "b"); 20][..]].concat(), Err(TooManyFields)),
            ("too long", &[("host", "a"), ("x-a", &long)], Err(HeadTooLarge)),
            ("just not too long", &[("host", "a"), ("x-a", &full)], Ok(())),
            ("just too long", &[("host", "a"), ("x-a", &over)], Err(HeadTooLarge)),
        ] {
            let mut headers = HeaderMap::new();
            let mut text = "GET / HTTP/1.1\r\n".to_owned();
            for (name, value) in fields {
                headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
                text += &format!("{name}: {value}\r\n");
            }
            let judged = judge_fields(&headers, "GET / HTTP/1.1".len(), &limits);
            assert_eq!(judged.map(drop), expected, "{name}");
            let parsed = RequestParser::new(limits).parse(&mut BytesMut::from(&*format!("{text}\r\n")));
            assert_eq!(
                judged.map(|announced| announced.expects_continue),
                parsed.map(|head| head.is_some_and(|head| head.expects_continue)).map_err(|error| error.kind),
                "{name}, parsed"
            );
        }
    }

    #[test]
    fn what_the_parser_would_cut_off_is_refused() {
        for value in [" a", "a ", "\ta", "a\t", " ", "\t"] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("a"));
            headers.insert("x-a", HeaderValue::from_str(value).unwrap());
            assert_eq!(judge_fields(&headers, 14, &Limits::default()), Err(HeadErrorKind::BadFieldValue), "{value:?}");
        }
    }
}
