//! The field lines of a head (RFC 9112, section 5), and what they say about its framing.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Version};

use crate::connection::ConnectionOptions;
use crate::error::{HeadError, HeadErrorKind};
use crate::grammar::{Coding, content_length, is_host, transfer_coding};
use crate::name::{self, Meaning};

/// Whose head it is: Host and Expect mean something in requests only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Request,
    Response,
}

/// All fields of a head.
#[derive(Debug)]
pub(crate) struct Fields {
    /// As they came, but without Transfer-Encoding.
    pub(crate) headers: HeaderMap,
    pub(crate) length: Option<u64>,
    pub(crate) chunked: bool,
    pub(crate) connection: ConnectionOptions,
    pub(crate) has_host: bool,
    pub(crate) expects_continue: bool,
}

/// Room for what a proxy adds to a head: without it the map would grow, and hash everything anew, for each message.
const ADDED: usize = 12;

impl Fields {
    /// Reads the lines of a head from the second on. `ends` are the offsets after each line's CRLF.
    pub(crate) fn parse(head: &Bytes, ends: &[usize], message: Message, version: Version) -> Result<Self, HeadError> {
        let mut fields = Self {
            headers: HeaderMap::with_capacity(ends.len().saturating_add(ADDED)),
            length: None,
            chunked: false,
            connection: ConnectionOptions::default(),
            has_host: false,
            expects_continue: false,
        };
        for (at, line) in ends.windows(2).enumerate() {
            if let [start, end] = *line {
                let kind = fields.add(head, start, end.saturating_sub(2), message, version);
                // The first field is on the second line.
                kind.map_err(|kind| HeadError { kind, line: at.saturating_add(2) })?;
            }
        }
        if fields.length.is_some() && fields.chunked {
            return Err(HeadError { kind: HeadErrorKind::LengthAndCoding, line: ends.len() });
        }
        Ok(fields)
    }

    #[inline]
    fn add(
        &mut self,
        head: &Bytes,
        start: usize,
        end: usize,
        message: Message,
        version: Version,
    ) -> Result<(), HeadErrorKind> {
        let line = head.get(start..end).unwrap_or_default();
        let Some((name, meaning, length)) = name::parse(line) else {
            return Err(what_is_wrong_with(line));
        };
        let colon = start.saturating_add(length);
        let value = value(head, colon.saturating_add(1), end)?;
        if meaning != Meaning::Other && !self.heed(meaning, &value, message, version)? {
            return Ok(());
        }
        self.keep(name, value)
    }

    fn keep(&mut self, name: HeaderName, value: HeaderValue) -> Result<(), HeadErrorKind> {
        self.headers.try_append(name, value).map(drop).map_err(|_| HeadErrorKind::TooManyFields)
    }

    /// Takes in a field that means something to us. Returns whether it stays in the map.
    fn heed(
        &mut self,
        meaning: Meaning,
        value: &HeaderValue,
        message: Message,
        version: Version,
    ) -> Result<bool, HeadErrorKind> {
        match (meaning, message) {
            (Meaning::ContentLength, _) => {
                if self.length.is_some() {
                    return Err(HeadErrorKind::RepeatedLength);
                }
                self.length = Some(content_length(value.as_bytes()).ok_or(HeadErrorKind::BadLength)?);
            }
            (Meaning::TransferEncoding, _) => {
                if self.chunked {
                    return Err(HeadErrorKind::RepeatedCoding);
                }
                match transfer_coding(value.as_bytes()) {
                    _ if version == Version::HTTP_10 => return Err(HeadErrorKind::CodingInOldVersion),
                    Coding::Chunked => self.chunked = true,
                    Coding::Unknown => return Err(HeadErrorKind::UnknownCoding),
                    Coding::Malformed => return Err(HeadErrorKind::BadCoding),
                }
                return Ok(false);
            }
            (Meaning::Connection, _) => self.connection.add(value.as_bytes())?,
            (Meaning::Host, Message::Request) => {
                if self.has_host {
                    return Err(HeadErrorKind::HostRepeated);
                }
                if !is_host(value.as_bytes()) {
                    return Err(HeadErrorKind::BadHost);
                }
                self.has_host = true;
            }
            (Meaning::Expect, Message::Request) => {
                if self.expects_continue || !value.as_bytes().eq_ignore_ascii_case(b"100-continue") {
                    return Err(HeadErrorKind::UnknownExpectation);
                }
                self.expects_continue = true;
            }
            (Meaning::Host | Meaning::Expect, Message::Response) | (Meaning::Other, _) => {}
        }
        Ok(true)
    }
}

/// The value between the colon and the line's end, without the white space around it, as a slice of the head.
#[inline]
fn value(head: &Bytes, mut start: usize, mut end: usize) -> Result<HeaderValue, HeadErrorKind> {
    while start < end && is_ows(head, start) {
        start = start.saturating_add(1);
    }
    while start < end && is_ows(head, end.saturating_sub(1)) {
        end = end.saturating_sub(1);
    }
    // Refuses exactly the control characters but HTAB, CR and LF among them (RFC 9110, section 5.5).
    HeaderValue::from_maybe_shared(head.slice(start..end)).map_err(|_| {
        let bare_cr = head.get(start..end).is_some_and(|value| value.contains(&b'\r'));
        if bare_cr { HeadErrorKind::BareCr } else { HeadErrorKind::BadFieldValue }
    })
}

fn is_ows(head: &Bytes, at: usize) -> bool {
    matches!(head.get(at), Some(b' ' | b'\t'))
}

#[cold]
fn what_is_wrong_with(line: &[u8]) -> HeadErrorKind {
    match line.first() {
        Some(b' ' | b'\t') => HeadErrorKind::ObsFold,
        _ => HeadErrorKind::BadFieldName,
    }
}
