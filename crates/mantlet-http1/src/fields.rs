//! The field lines of a head (RFC 9112, section 5), and what they say about its framing.

use bytes::BytesMut;
use http::Version;
use mantlet_fields::{Fields, InvalidLine, Known, Reader};

use crate::connection::ConnectionOptions;
use crate::error::{HeadError, HeadErrorKind};
use crate::grammar::{Coding, content_length, is_host, transfer_coding};

/// Whose head it is: Host and Expect mean something in requests only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Request,
    Response,
}

/// All field lines of a head, read.
#[derive(Debug)]
pub(crate) struct Section {
    /// As they came, but without Transfer-Encoding.
    pub(crate) fields: Fields,
    pub(crate) framing: FramingFields,
}

/// What the fields of the connection say.
#[derive(Debug, Default)]
pub(crate) struct FramingFields {
    pub(crate) length: Option<u64>,
    pub(crate) chunked: bool,
    pub(crate) connection: ConnectionOptions,
    pub(crate) has_host: bool,
    pub(crate) expects_continue: bool,
}

impl Section {
    /// Reads the lines from the second on: `head` is what follows the first. `ends` are the offsets after each line's
    /// CRLF, counted from the first line's start.
    pub(crate) fn parse(head: BytesMut, ends: &[usize], message: Message, version: Version) -> Result<Self, HeadError> {
        let mut reader = Reader::new(head, ends.len());
        let mut framing = FramingFields::default();
        let first = ends.first().copied().unwrap_or(0);
        for (at, line) in ends.windows(2).enumerate() {
            let [start, end] = *line else { continue };
            // The first field is on the second line.
            let error = |kind| HeadError { kind, line: at.saturating_add(2) };
            let (start, end) = (start.saturating_sub(first), end.saturating_sub(first));
            match reader.line(start, end) {
                Ok((found, value)) => {
                    let stays = match found.known() {
                        Some(known) => framing.heed(known, value, message, version).map_err(error)?,
                        None => true,
                    };
                    if stays {
                        reader.keep(found);
                    }
                }
                Err(invalid) => return Err(error(what_is_wrong(invalid, reader.text(start, end)))),
            }
        }
        if framing.length.is_some() && framing.chunked {
            return Err(HeadError { kind: HeadErrorKind::LengthAndCoding, line: ends.len() });
        }
        Ok(Self { fields: reader.finish(), framing })
    }
}

impl FramingFields {
    /// Takes in a field that means something to us. Returns whether it stays in the list.
    #[inline]
    fn heed(&mut self, name: Known, value: &[u8], message: Message, version: Version) -> Result<bool, HeadErrorKind> {
        match (name, message) {
            (Known::ContentLength, _) => {
                if self.length.is_some() {
                    return Err(HeadErrorKind::RepeatedLength);
                }
                self.length = Some(content_length(value).ok_or(HeadErrorKind::BadLength)?);
            }
            (Known::TransferEncoding, _) => {
                if self.chunked {
                    return Err(HeadErrorKind::RepeatedCoding);
                }
                match transfer_coding(value) {
                    _ if version == Version::HTTP_10 => return Err(HeadErrorKind::CodingInOldVersion),
                    Coding::Chunked => self.chunked = true,
                    Coding::Unknown => return Err(HeadErrorKind::UnknownCoding),
                    Coding::Malformed => return Err(HeadErrorKind::BadCoding),
                }
                return Ok(false);
            }
            (Known::Connection, _) => self.connection.add(value)?,
            (Known::Host, Message::Request) => {
                if self.has_host {
                    return Err(HeadErrorKind::HostRepeated);
                }
                if !is_host(value) {
                    return Err(HeadErrorKind::BadHost);
                }
                self.has_host = true;
            }
            (Known::Expect, Message::Request) => {
                if self.expects_continue || !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(HeadErrorKind::UnknownExpectation);
                }
                self.expects_continue = true;
            }
            _ => {}
        }
        Ok(true)
    }
}

#[cold]
fn what_is_wrong(invalid: InvalidLine, line: &[u8]) -> HeadErrorKind {
    let text = line.strip_suffix(b"\r\n").unwrap_or(line);
    match (invalid, text.first()) {
        (InvalidLine::Name, Some(b' ' | b'\t')) => HeadErrorKind::ObsFold,
        (InvalidLine::Name, _) => HeadErrorKind::BadFieldName,
        (InvalidLine::Value, _) if text.contains(&b'\r') => HeadErrorKind::BareCr,
        (InvalidLine::Value, _) => HeadErrorKind::BadFieldValue,
    }
}
