//! [`RoutePath`]: the one reading of a path, or a refusal.

use std::borrow::Cow;

use super::cookieless;
use crate::percent;
use crate::reason::{Reason, Refusal};

/// An unambiguous absolute path, percent-decoded for matching only. Bytes above ASCII stay percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePath<'a> {
    decoded: Cow<'a, str>,
    raw: &'a str,
}

impl<'a> RoutePath<'a> {
    /// Reads the path of a request target, without its query.
    ///
    /// # Errors
    /// [`Reason::RequestPath`] when the path could be read in more than one way.
    pub fn parse(path: &'a str) -> Result<Self, Refusal> {
        let refuse = |what: &'static str| Refusal::new(Reason::RequestPath, what);
        if !path.starts_with('/') {
            return Err(refuse("not an absolute path"));
        }
        // Paths without escapes are by far the most frequent: they are matched where they lie.
        let is_plain = path.is_ascii() && !path.contains('%');
        let decoded = if is_plain { Cow::Borrowed(path) } else { Cow::Owned(decode(path)?) };
        if decoded.bytes().any(|b| b < 0x20 || b == 0x7f || b == b'\\') {
            return Err(refuse("control character or backslash"));
        }
        let mut is_last = false;
        for segment in decoded.as_bytes().split(|b| *b == b'/').skip(1) {
            if is_last {
                return Err(refuse("empty segment"));
            }
            // Path parameters (`;jsessionid=1`) are cut off by some servers and kept by others.
            let mut name = segment.iter().take_while(|b| **b != b';');
            if segment.starts_with(b".") && name.all(|b| matches!(b, b'.' | b' ')) {
                return Err(refuse("dot segment"));
            }
            // An empty one is what follows a slash at the end.
            is_last = segment.is_empty();
        }
        Ok(Self { decoded, raw: path })
    }

    /// The path for matching.
    pub fn as_str(&self) -> &str {
        &self.decoded
    }

    /// Other paths that some applications have here, if there are any.
    pub(crate) fn other_readings(&self) -> impl Iterator<Item = Self> {
        let path = self.as_str();
        let [one, all] = [1, usize::MAX].map(|most| cookieless::without_values(path, most));
        let without_sessions = [cookieless::without_id(path), one, all].into_iter().flatten();
        let read = |decoded| Self { decoded: Cow::Owned(decoded), raw: self.raw };
        self.as_sent().into_iter().chain(without_sessions.map(read))
    }

    /// The same path to a router that looks at it as it was sent (axum, Express), if that is another one: there
    /// `/%61pi` is not `/api`. Escapes of what cannot be sent without have one spelling, and are decoded.
    fn as_sent(&self) -> Option<Self> {
        if let Cow::Borrowed(_) = self.decoded {
            return None;
        }
        let sent = decode_but(self.raw, needs_no_escape).ok().filter(|sent| *sent != self.decoded)?;
        Some(Self { decoded: Cow::Owned(sent), raw: self.raw })
    }
}

/// What stands in a segment as it is (RFC 3986, section 3.3).
fn needs_no_escape(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

/// Decodes escapes of ASCII, once; and escapes what is above it, which some servers let through as it is.
pub(super) fn decode(path: &str) -> Result<String, Refusal> {
    decode_but(path, |_| false)
}

/// Leaves some escapes as they are.
fn decode_but(path: &str, is_left: impl Fn(u8) -> bool) -> Result<String, Refusal> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((plain, escaped)) = rest.split_once('%') {
        push_escaped(&mut out, plain);
        let digits = escaped.get(..2).ok_or(Refusal::new(Reason::RequestPath, "broken escape"))?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Refusal::new(Reason::RequestPath, "broken escape"));
        }
        let byte = u8::from_str_radix(digits, 16).map_err(|_| Refusal::from(Reason::RequestPath))?;
        match byte {
            // Nobody who decodes twice makes an escape of what follows.
            b'%' if !begins_like_escape(escaped.get(2..).unwrap_or("")) => out.push('%'),
            b'/' | b'\\' | b'%' | 0..=0x1f | 0x7f => {
                return Err(Refusal::new(Reason::RequestPath, format!("encoded %{digits}")));
            }
            // To readers that are not strict, two escapes of one ASCII character.
            0xc0 | 0xc1 if matches!(escaped.get(2..4), Some("%8" | "%9" | "%a" | "%b" | "%A" | "%B")) => {
                return Err(Refusal::new(Reason::RequestPath, "overlong escape"));
            }
            escaped if escaped >= 0x80 || is_left(escaped) => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
            }
            ascii => out.push(char::from(ascii)),
        }
        rest = escaped.get(2..).unwrap_or("");
    }
    push_escaped(&mut out, rest);
    Ok(out)
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            ascii if ascii.is_ascii() => out.push(ascii),
            other => other.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push_str(&format!("%{byte:02X}"))),
        }
    }
}

/// Whether this could go on an escape whose `%` stood before it, `%u` of old IIS included. It may begin with an escape
/// itself.
fn begins_like_escape(rest: &str) -> bool {
    // As bytes: three of them may end inside a letter.
    let rest = rest.as_bytes();
    let first = percent::decode(rest.get(..3).unwrap_or(rest)).first().copied();
    first.is_some_and(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'u' | b'U'))
}

/// What servers make of a path that is read in more than one way: each round of decoding, from the path as it came.
///
/// # Errors
/// [`Reason::RequestPath`] when one of them climbs out of a folder, holds what no path should, or the rounds do not end.
pub(crate) fn every_reading(path: &str) -> Result<Vec<Vec<u8>>, Refusal> {
    /// Who decodes more often than that has other worries.
    const MOST: usize = 4;
    let refuse = |what: &'static str| Err(Refusal::new(Reason::RequestPath, what));
    if !path.starts_with('/') {
        return refuse("not an absolute path");
    }
    let mut readings = vec![path.as_bytes().to_vec()];
    while let Some(reading) = readings.last() {
        if reading.iter().any(|b| *b < 0x20 || *b == 0x7f || *b == b'\\') {
            return refuse("control character or backslash");
        }
        if reading.windows(2).any(|pair| matches!(pair, [0xc0 | 0xc1, 0x80..=0xbf])) {
            return refuse("overlong encoding");
        }
        if reading.windows(2).any(|pair| matches!(pair, [b'%', b'u' | b'U'])) {
            return refuse("an escape of four digits");
        }
        let climbs = |segment: &[u8]| {
            let name = segment.split(|b| *b == b';').next().unwrap_or(segment);
            name.starts_with(b".") && name.iter().all(|b| matches!(b, b'.' | b' '))
        };
        if reading.split(|b| *b == b'/').any(climbs) {
            return refuse("dot segment");
        }
        let next = percent::decode(reading);
        if next == *reading {
            break;
        }
        if readings.len() == MOST {
            return refuse("escaped again and again");
        }
        readings.push(next);
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_paths_are_refused() {
        for (name, path) in [
            ("encoded_slash", "/upload%2f..%2fadmin"),
            ("path_parameter_dots", "/upload/..;/x"),
            ("double_slash", "//upload"),
            ("nul", "/upload%00"),
            ("dot_dot", "/a/../b"),
            ("encoded_dot_dot", "/a/%2e%2E/b"),
            ("encoded_backslash", "/a%5cb"),
            ("backslash", "/a\\b"),
            ("double_encoding", "/a%252fb"),
            ("broken_escape", "/a%2"),
            ("not_hex", "/a%+1"),
            ("control_character", "/a\x01"),
            ("delete", "/a\x7fb"),
            ("relative", "a"),
            ("dots_and_a_space", "/a/..%20/b"),
            ("three_dots", "/a/.../b"),
            ("overlong_dots", "/a/%c0%ae%c0%ae/b"),
            ("overlong_slash", "/a/..%C0%AFb"),
        ] {
            assert_eq!(RoutePath::parse(path).unwrap_err().reason, Reason::RequestPath, "{name}");
        }
    }

    #[test]
    fn needless_escapes_make_another_path_for_routers_that_leave_them_alone() {
        for (path, expected) in [
            ("/%61pi/x", Some("/%61pi/x")),
            ("/a%2dpi/%7ejoe", Some("/a%2Dpi/%7Ejoe")),
            ("/%40me/a%20b", Some("/%40me/a b")),
            ("/api/x", None),
            ("/a%20b/50%25", None),
            ("/gr%C3%B6%c3%9fe", None),
            ("/gr\u{f6}\u{df}e", None),
        ] {
            let parsed = RoutePath::parse(path).unwrap();
            assert_eq!(parsed.as_sent().as_ref().map(RoutePath::as_str), expected, "{path}");
        }
    }

    #[test]
    fn each_round_of_decoding_is_a_reading() {
        let readings = every_reading("/a%2520b").unwrap();
        assert_eq!(readings, [&b"/a%2520b"[..], b"/a%20b", b"/a b"]);
        for path in ["/a%25252520b", "/%2e%2e/a", "/a%255cb", "/a%25%00"] {
            assert_eq!(every_reading(path).unwrap_err().reason, Reason::RequestPath, "{path}");
        }
    }

    #[test]
    fn odd_but_clear_paths_are_read() {
        for path in ["/.well-known/x", "/a..b", "/v1...v2", "/%20", "/caf%e9", "/%C0%20gauche", "/%C3%80"] {
            assert!(RoutePath::parse(path).is_ok(), "{path}");
        }
    }
}
