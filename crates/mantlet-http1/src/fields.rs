//! The field lines of a head (RFC 9112, section 5), and what they say about its framing.

use http::Version;
use mantlet_fields::{Fields, InvalidLine, Known, Unreadable};
use memchr::memchr;

use crate::connection::ConnectionOptions;
use crate::error::{HeadError, HeadErrorKind};
use crate::framing::Limits;
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
    /// As they came, but without Transfer-Encoding and Connection.
    pub(crate) fields: Fields,
    pub(crate) framing: FramingFields,
    /// How long the lines are together, with the empty line that ends them.
    pub(crate) length: usize,
    /// How many there are.
    pub(crate) lines: usize,
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
    /// Reads the lines from the second on: `text` is what follows the first. `None` if the empty line has not come.
    #[inline]
    pub(crate) fn parse(
        text: &[u8],
        limits: &Limits,
        message: Message,
        version: Version,
    ) -> Result<Option<Self>, HeadError> {
        let mut framing = FramingFields::default();
        let mut lines = 0_usize;
        let read = Fields::read(text, |line| {
            if lines == limits.fields {
                return Err(HeadErrorKind::TooManyFields);
            }
            let stays = match line.known {
                Some(known) => framing.heed(known, line.value, message, version)?,
                None => true,
            };
            lines = lines.saturating_add(1);
            Ok(stays)
        });
        let (fields, length) = match read {
            Ok(Some(read)) => read,
            Ok(None) => return Ok(None),
            Err(unreadable) => {
                let kind = match unreadable {
                    Unreadable::Line(invalid) => what_is_wrong(invalid, text, lines),
                    Unreadable::Field(kind) => kind,
                };
                // The first field is on the second line.
                return Err(HeadError { kind, line: lines.saturating_add(2) });
            }
        };
        if framing.length.is_some() && framing.chunked {
            return Err(HeadError { kind: HeadErrorKind::LengthAndCoding, line: lines.saturating_add(1) });
        }
        Ok(Some(Self { fields, framing, length, lines }))
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
            (Known::Connection, _) => {
                self.connection.add(value)?;
                return Ok(false);
            }
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
fn what_is_wrong(invalid: InvalidLine, text: &[u8], lines_before: usize) -> HeadErrorKind {
    let line = text.split(|byte| *byte == b'\n').nth(lines_before).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match (invalid, line.first()) {
        (InvalidLine::End, _) => HeadErrorKind::BareLf,
        (InvalidLine::Name, Some(b' ' | b'\t')) => HeadErrorKind::ObsFold,
        (InvalidLine::Name, _) => HeadErrorKind::BadFieldName,
        (InvalidLine::Value, _) if line.contains(&b'\r') => HeadErrorKind::BareCr,
        (InvalidLine::Value, _) => HeadErrorKind::BadFieldValue,
    }
}

/// The first line of a head, without its CRLF, and what follows it.
pub(crate) struct FirstLine<'a> {
    pub(crate) line: &'a [u8],
    pub(crate) rest: &'a [u8],
}

impl<'a> FirstLine<'a> {
    /// `None` if it does not end in `text`.
    pub(crate) fn of(text: &'a [u8]) -> Result<Option<Self>, HeadErrorKind> {
        let Some((line, rest)) = memchr(b'\n', text).and_then(|end| text.split_at_checked(end)) else {
            return Ok(None);
        };
        let line = line.strip_suffix(b"\r").ok_or(HeadErrorKind::BareLf)?;
        Ok(Some(Self { line, rest: rest.get(1..).unwrap_or_default() }))
    }
}
