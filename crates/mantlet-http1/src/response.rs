//! Heads of responses, as a client reads them (RFC 9112, section 4).

use bytes::{Buf, BytesMut};
use http::{Method, StatusCode, Version};
use mantlet_fields::{Fields, is_value};

use crate::connection::ConnectionOptions;
use crate::error::{HeadError, HeadErrorKind};
use crate::fields::{FirstLine, FramingFields, Message, Section};
use crate::framing::{Framing, Limits};
use crate::lines::Lines;
use crate::request::parse_version;

/// The most interim responses (1xx) before a final one. One is usual; a flood of them keeps a client busy for nothing.
pub const INTERIM_RESPONSES: usize = 16;

/// The head of a response.
#[derive(Debug, Clone)]
pub struct ResponseHead {
    /// The status, 100 to 599. One below 200 is interim: another head follows, except after 101.
    pub status: StatusCode,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// The fields as they came, but without Transfer-Encoding and Connection. Content-Length stays, for information.
    pub fields: Fields,
    /// Where the body ends. [`Framing::None`] after HEAD and with 1xx, 204 and 304, whatever the fields say.
    pub framing: Framing,
    /// What the fields say. It differs from `framing` where no body can follow: after HEAD and with 304 it describes the
    /// body that GET would have got, and is what [`write_response_head`](crate::write_response_head) should repeat.
    pub stated: Framing,
    /// All Connection fields, read.
    pub connection: ConnectionOptions,
    /// Whether the connection can carry another request once the body was read to its end.
    pub persistent: bool,
}

/// Reads the heads of the responses on one connection, one after the other.
#[derive(Debug)]
pub struct ResponseParser {
    limits: Limits,
    lines: Lines,
    interim: usize,
}

impl ResponseParser {
    /// A parser for a new connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, lines: Lines::default(), interim: 0 }
    }

    /// Takes the next head off the front of `read`, or returns `None` until it is complete. Between calls `read` may only
    /// grow at its end.
    ///
    /// Interim responses come out as heads of their own; call again for the next one.
    ///
    /// # Errors
    /// When the head breaks the grammar or a limit. The connection must be closed.
    pub fn parse(&mut self, read: &mut BytesMut, request_method: &Method) -> Result<Option<ResponseHead>, HeadError> {
        if read.is_empty() {
            return Ok(None);
        }
        let Some(text) = self.lines.fresh(read, &self.limits) else {
            return self.wait(read);
        };
        let Some((head, length)) = parse_head(text, &self.limits, request_method)? else {
            return self.wait(read);
        };
        read.advance(length);
        self.lines.clear();
        self.count(head.status)?;
        Ok(Some(head))
    }

    #[cold]
    fn wait(&mut self, read: &[u8]) -> Result<Option<ResponseHead>, HeadError> {
        self.lines.wait(read, &self.limits).map_err(first)?;
        Ok(None)
    }

    /// Whether anything of a response has come.
    pub fn has_begun(&self, read: &BytesMut) -> bool {
        self.interim > 0 || !read.is_empty()
    }

    fn count(&mut self, status: StatusCode) -> Result<(), HeadError> {
        self.interim = if status.is_informational() { self.interim.saturating_add(1) } else { 0 };
        if self.interim > INTERIM_RESPONSES {
            return Err(first(HeadErrorKind::TooManyInterim));
        }
        Ok(())
    }
}

fn first(kind: HeadErrorKind) -> HeadError {
    HeadError { kind, line: 1 }
}

/// Reads a head from the start of `text`. With it comes how long it is.
fn parse_head(
    text: &[u8],
    limits: &Limits,
    request_method: &Method,
) -> Result<Option<(ResponseHead, usize)>, HeadError> {
    let Some(FirstLine { line, rest }) = FirstLine::of(text).map_err(first)? else { return Ok(None) };
    let (version, status) = parse_line(line).map_err(first)?;
    let Some(section) = Section::parse(rest, limits, Message::Response, version)? else { return Ok(None) };
    let Section { fields, framing: FramingFields { length, chunked, connection, .. }, length: of_section, .. } =
        section;
    let stated = match length {
        _ if chunked => Framing::Chunked,
        Some(length) => Framing::Length(length),
        None => Framing::None,
    };
    let framing = match stated {
        _ if is_bodiless(status, request_method) => Framing::None,
        Framing::None => Framing::UntilClose,
        stated => stated,
    };
    // An application that announces a body where none may be may well send it (servers that answer HEAD as GET do), and
    // the next response would begin with it.
    let believable = !is_bodiless(status, request_method) || stated.is_empty();
    let head = ResponseHead {
        status,
        version,
        framing,
        stated,
        persistent: connection.persists(version) && framing != Framing::UntilClose && believable,
        connection,
        fields,
    };
    Ok(Some((head, text.len().saturating_sub(rest.len()).saturating_add(of_section))))
}

/// RFC 9112, section 6.3, items 1 and 2.
fn is_bodiless(status: StatusCode, request_method: &Method) -> bool {
    *request_method == Method::HEAD
        || status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
        || (*request_method == Method::CONNECT && status.is_success())
}

/// `HTTP-version SP status-code SP [reason-phrase]` (RFC 9112, section 4).
fn parse_line(line: &[u8]) -> Result<(Version, StatusCode), HeadErrorKind> {
    let bad = HeadErrorKind::BadStatusLine;
    let (version, rest) = line.split_at_checked(8).ok_or(bad)?;
    let version = parse_version(version).map_err(|kind| match kind {
        HeadErrorKind::BadVersion => kind,
        _ => bad,
    })?;
    let [b' ', hundreds @ b'1'..=b'5', tens, units, b' ', reason @ ..] = rest else {
        return Err(bad);
    };
    if reason.contains(&b'\r') {
        return Err(HeadErrorKind::BareCr);
    }
    if !is_value(reason) {
        return Err(bad);
    }
    let status = StatusCode::from_bytes(&[*hundreds, *tens, *units]).map_err(|_| bad)?;
    Ok((version, status))
}
