//! The field lines of a head (RFC 9112, section 5), and what they say about its framing.

use http::Version;
use mantlet_fields::{Fields, InvalidLine, Known, read_line};
use memchr::memchr;

use crate::connection::ConnectionOptions;
use crate::error::{HeadError, HeadErrorKind};
use crate::framing::Limits;
use crate::grammar::{Coding, content_length, is_host, transfer_coding};

/// Bytes of a common head. How much was read does not tell, since a body of any length may stand behind the head. With the
/// room for what guards add it makes 1 KiB, which is a size that allocators have at hand.
const COMMON_HEAD: usize = 512;

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
        let mut fields = Fields::with_capacity(text.len().min(COMMON_HEAD));
        let mut framing = FramingFields::default();
        let mut rest = text;
        let mut lines = 0_usize;
        // The first field is on the second line.
        let error = |kind, lines: usize| HeadError { kind, line: lines.saturating_add(2) };
        let after = loop {
            if let Some(after) = rest.strip_prefix(b"\r\n") {
                break after;
            }
            let line = match read_line(rest) {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(invalid) => return Err(error(what_is_wrong(invalid, rest), lines)),
            };
            if lines == limits.fields {
                return Err(error(HeadErrorKind::TooManyFields, lines));
            }
            let stays = match line.known {
                Some(known) => framing.heed(known, line.value, message, version).map_err(|kind| error(kind, lines))?,
                None => true,
            };
            if stays {
                fields.push(&line);
            }
            lines = lines.saturating_add(1);
            rest = rest.get(line.whole.len()..).unwrap_or_default();
        };
        if framing.length.is_some() && framing.chunked {
            return Err(HeadError { kind: HeadErrorKind::LengthAndCoding, line: lines.saturating_add(1) });
        }
        Ok(Some(Self { fields, framing, length: text.len().saturating_sub(after.len()), lines }))
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
fn what_is_wrong(invalid: InvalidLine, text: &[u8]) -> HeadErrorKind {
    let mut lines = text.split(|byte| *byte == b'\n');
    let line = lines.next().unwrap_or_default();
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
