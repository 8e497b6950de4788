//! The characters and numbers of RFC 9110 and RFC 9112.

use mantlet_fields::is_token;

/// Optional white space (RFC 9110, section 5.6.3): SP and HTAB, nothing that a wider notion of space would add (VT, NBSP).
#[inline]
pub(crate) fn is_ows(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Cuts off the optional white space around a value or a list element.
pub(crate) fn trim_ows(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// `Content-Length` (RFC 9110, section 8.6): digits only, in their one spelling, at most 19 of them so that every reader's
/// integer holds it.
pub(crate) fn content_length(text: &[u8]) -> Option<u64> {
    if text.len() > 19 || (text.len() > 1 && text.first() == Some(&b'0')) {
        return None;
    }
    let (&first, rest) = text.split_first()?;
    rest.iter().try_fold(digit(first)?, |value, &byte| value.checked_mul(10)?.checked_add(digit(byte)?))
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte & 0x0f))
}

/// What a `Transfer-Encoding` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// `chunked`, alone.
    Chunked,
    /// A well-formed list of other codings.
    Unknown,
    /// Not a list of tokens, or `chunked` before its end.
    Malformed,
}

/// Reads `Transfer-Encoding` (RFC 9112, section 6.1).
pub(crate) fn transfer_coding(text: &[u8]) -> Coding {
    if text.eq_ignore_ascii_case(b"chunked") {
        return Coding::Chunked;
    }
    let mut after_chunked = false;
    for element in text.split(|&byte| byte == b',') {
        let element = trim_ows(element);
        if after_chunked || !is_token(element) {
            return Coding::Malformed;
        }
        after_chunked = element.eq_ignore_ascii_case(b"chunked");
    }
    Coding::Unknown
}

/// `host [":" port]` (RFC 9110, section 7.2), as browsers write it after IDNA: letters, digits, `-`, `.`, `_`, or an
/// address in brackets. A registered name could hold more, but no host on the web does.
pub(crate) fn is_host(text: &[u8]) -> bool {
    let (host, after) = match text {
        [b'[', literal @ ..] => leading(literal, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')),
        name => leading(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    };
    let port = if text.starts_with(b"[") { after.strip_prefix(b"]") } else { Some(after) };
    !host.is_empty() && host.len() <= 255 && port.is_some_and(is_port)
}

/// Splits off the bytes at the start for which this holds.
fn leading(text: &[u8], is_such: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let length = text.iter().take_while(|byte| is_such(**byte)).count();
    text.split_at_checked(length).unwrap_or((text, b""))
}

/// Nothing, or `:` and a number up to 65535.
fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => content_length(digits).is_some_and(|port| port <= 65_535),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, expected) in [
            ("0", Some(0)),
            ("4", Some(4)),
            ("9999999999999999999", Some(9_999_999_999_999_999_999)),
            ("", None),
            ("+4", None),
            ("-1", None),
            ("010", None),
            ("00", None),
            ("0x4", None),
            ("1_0", None),
            ("4Z", None),
            ("4 ", None),
            ("4,4", None),
            ("4, 4", None),
            ("18446744073709551616", None),
            ("10000000000000000000", None),
            ("\u{664}", None),
        ] {
            assert_eq!(content_length(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn codings() {
        use Coding::{Chunked, Malformed, Unknown};
        for (text, expected) in [
            (&b"chunked"[..], Chunked),
            (b"Chunked", Chunked),
            (b"gzip, chunked", Unknown),
            (b"gzip", Unknown),
            (b"identity", Unknown),
            (b"xchunked", Unknown),
            (b"chunkedx", Unknown),
            (b"", Malformed),
            (b",chunked", Malformed),
            (b"chunked,", Malformed),
            (b"chunked, chunked", Malformed),
            (b"chunked, identity", Malformed),
            (b"chunked;q=1", Malformed),
            (b"\"chunked\"", Malformed),
            (b"chun ked", Malformed),
            (b"\x0bchunked", Malformed),
            (b"\xa0chunked", Malformed),
        ] {
            assert_eq!(transfer_coding(text), expected, "{:?}", text.escape_ascii().to_string());
        }
    }

    #[test]
    fn hosts() {
        for (text, expected) in [
            ("app.example", true),
            ("APP.example:8443", true),
            ("127.0.0.1:80", true),
            ("[::1]", true),
            ("[::1]:8080", true),
            ("[::ffff:127.0.0.1]", true),
            ("my_service", true),
            ("", false),
            (":80", false),
            ("[]", false),
            ("[::1", false),
            ("[::1]x", false),
            ("[fe80::1%25eth0]", false),
            ("app.example:", false),
            ("app.example:65536", false),
            ("app.example:080", false),
            ("app.example:80:80", false),
            ("good@evil", false),
            ("good/", false),
            ("good,evil", false),
            ("good evil", false),
            ("good\0.evil", false),
            ("good%2eevil", false),
            ("good?x", false),
            ("good#x", false),
            ("good\\x", false),
            ("b\u{fc}cher.example", false),
        ] {
            assert_eq!(is_host(text.as_bytes()), expected, "{text:?}");
        }
    }
}
