//! [`Message`]: what one side of the shield sent, read plainly.
//!
//! It reads what Mantlet itself wrote, to compare it; it is no judge of what strangers send.

use std::fmt;

use http::{Method, StatusCode, Uri};
use mantlet_fields::Fields;

/// A request or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Request line or status line.
    pub line: String,
    /// The fields, names in lower case, in order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The body, its transfer coding removed.
    pub body: Vec<u8>,
}

/// Bytes that are no whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidMessage(String);

impl fmt::Display for InvalidMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidMessage {}

impl Message {
    /// A request, from its parts.
    pub fn request(method: &Method, uri: &Uri, fields: &Fields, body: &[u8]) -> Self {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Self { line: format!("{method} {target} HTTP/1.1"), fields: pairs(fields), body: body.to_vec() }
    }

    /// An answer, from its parts.
    pub fn response(status: StatusCode, fields: &Fields, body: &[u8]) -> Self {
        Self { line: format!("HTTP/1.1 {status}"), fields: pairs(fields), body: body.to_vec() }
    }

    /// Reads one whole message; what follows it is returned beside it.
    ///
    /// A message without a length has no body if it is a request (or a 1xx, 204, 304), else all that is left.
    ///
    /// # Errors
    /// When it is cut off or its framing cannot be read.
    pub fn read(bytes: &[u8]) -> Result<(Self, &[u8]), InvalidMessage> {
        let (head, rest) = split_at(bytes, b"\r\n\r\n").ok_or_else(|| invalid("the head is cut off", bytes))?;
        let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let line = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
        let mut message = Self { line, ..Self::default() };
        for field in lines {
            let (name, value) = split_at(field, b":").ok_or_else(|| invalid("a field without a colon", field))?;
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            message.fields.push((name, value.trim_ascii().to_vec()));
        }
        let rest = message.read_body(rest)?;
        Ok((message, rest))
    }

    /// Reads the head and leaves the body empty: an answer to HEAD.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_head(bytes: &[u8]) -> Result<Self, InvalidMessage> {
        let (head, _) = split_at(bytes, b"\r\n\r\n").ok_or_else(|| invalid("the head is cut off", bytes))?;
        let bodyless: Vec<u8> = head
            .split_inclusive(|byte| *byte == b'\n')
            .filter(|line| !is_framing(line))
            .flatten()
            .copied()
            .chain(*b"\r\n\r\n")
            .collect();
        let mut message = Self::read(&bodyless)?.0;
        for line in head.split(|byte| *byte == b'\n').filter(|line| is_framing(line)) {
            let (name, value) = split_at(line, b":").unwrap_or_default();
            message.fields.push((String::from_utf8_lossy(name).to_ascii_lowercase(), value.trim_ascii().to_vec()));
        }
        message.body.clear();
        Ok(message)
    }

    fn read_body<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], InvalidMessage> {
        let bodyless = matches!(self.status(), Some(100..=199 | 204 | 304));
        if bodyless {
            return Ok(rest);
        }
        if self.values("transfer-encoding").any(|value| value.eq_ignore_ascii_case(b"chunked")) {
            return self.read_chunks(rest);
        }
        let length = self.values("content-length").next().map(<[u8]>::to_vec);
        if let Some(length) = length {
            let length = std::str::from_utf8(&length).ok().and_then(|digits| digits.parse().ok());
            let length: usize = length.ok_or_else(|| invalid("a length that is no number", rest))?;
            let (body, rest) = rest.split_at_checked(length).ok_or_else(|| invalid("the body is cut off", rest))?;
            self.body = body.to_vec();
            return Ok(rest);
        }
        if self.status().is_some() {
            self.body = rest.to_vec();
            return Ok(&[]);
        }
        Ok(rest)
    }

    fn read_chunks<'a>(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], InvalidMessage> {
        loop {
            let (size, after) = split_at(rest, b"\r\n").ok_or_else(|| invalid("a chunk is cut off", rest))?;
            let size = std::str::from_utf8(size).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
            let size = size.ok_or_else(|| invalid("a chunk size that is no number", rest))?;
            if size == 0 {
                return after.strip_prefix(b"\r\n").ok_or_else(|| invalid("trailers, or a cut end", after));
            }
            let (data, after) = after.split_at_checked(size).ok_or_else(|| invalid("a chunk is cut off", after))?;
            self.body.extend_from_slice(data);
            rest = after.strip_prefix(b"\r\n").ok_or_else(|| invalid("a chunk without its line end", after))?;
        }
    }

    /// The status, if this is an answer.
    pub fn status(&self) -> Option<u16> {
        self.line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    }

    /// The values of a field, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| &value[..])
    }
}

fn pairs(fields: &Fields) -> Vec<(String, Vec<u8>)> {
    fields.iter().map(|entry| (String::from_utf8_lossy(entry.name).into_owned(), entry.value.to_vec())).collect()
}

fn is_framing(line: &[u8]) -> bool {
    let name = split_at(line, b":").map(|(name, _)| name.to_ascii_lowercase());
    name.is_some_and(|name| name == b"content-length" || name == b"transfer-encoding")
}

/// Splits at the first `separator`, which is dropped.
pub(crate) fn split_at<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    let (before, after) = bytes.split_at_checked(at)?;
    Some((before, after.strip_prefix(separator)?))
}

fn invalid(problem: &str, at: &[u8]) -> InvalidMessage {
    let shown: String = String::from_utf8_lossy(at).chars().take(80).collect();
    InvalidMessage(format!("{problem}: {shown:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_whole() {
        for (name, bytes, body, rest) in [
            ("length", &b"GET / HTTP/1.1\r\nContent-Length: 2\r\n\r\nokmore"[..], &b"ok"[..], &b"more"[..]),
            (
                "chunked",
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nmore",
                b"ok",
                b"more",
            ),
            ("to the end", b"HTTP/1.1 200 OK\r\n\r\nok", b"ok", b""),
            ("a request without a body", b"GET / HTTP/1.1\r\n\r\nmore", b"", b"more"),
            ("no content", b"HTTP/1.1 204 No Content\r\n\r\nmore", b"", b"more"),
        ] {
            let (message, left) = Message::read(bytes).unwrap();
            assert_eq!((&message.body[..], left), (body, rest), "{name}");
        }
        for cut in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"A\r\nContent-Length: 2\r\n\r\no",
            b"A\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok",
        ] {
            assert!(Message::read(cut).is_err(), "{cut:?}");
        }
        let head = Message::read_head(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").unwrap();
        assert_eq!(head.values("content-length").next(), Some(&b"5"[..]));
    }
}
