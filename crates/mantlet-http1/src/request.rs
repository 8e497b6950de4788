//! Heads of requests, as a server reads them (RFC 9112, section 3).

use bytes::{Buf, Bytes, BytesMut};
use http::{Method, Uri, Version};
use mantlet_fields::{Fields, Known};

use crate::connection::ConnectionOptions;
use crate::error::{HeadError, HeadErrorKind};
use crate::fields::{FirstLine, FramingFields, Message, Section};
use crate::framing::{Framing, Limits};
use crate::lines::Lines;
use crate::target::{self, Target};

/// The head of a request.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// The method: upper-case letters and dashes. Never CONNECT.
    pub method: Method,
    /// Path and query, or `*` with OPTIONS. A target in absolute form was compared with Host and cut to its path.
    pub uri: Uri,
    /// HTTP/1.0 or HTTP/1.1.
    pub version: Version,
    /// The fields as they came, but without Transfer-Encoding and Connection, which are said by `framing` and `connection`.
    /// Content-Length stays, for information. HTTP/1.1 has exactly one Host, HTTP/1.0 at most one.
    pub fields: Fields,
    /// Where the body ends. Never [`Framing::UntilClose`].
    pub framing: Framing,
    /// All Connection fields, read.
    pub connection: ConnectionOptions,
    /// Whether the client can send another request on this connection, if it is told so.
    pub persistent: bool,
    /// Whether the client waits for [`CONTINUE`](crate::CONTINUE) before it sends the body. Always `false` in HTTP/1.0.
    pub expects_continue: bool,
}

/// Reads the heads of the requests on one connection, one after the other.
#[derive(Debug)]
pub struct RequestParser {
    limits: Limits,
    lines: Lines,
    skipped_empty_line: bool,
}

/// The longest method. The longest one registered has 17 letters.
const METHOD: usize = 32;

impl RequestParser {
    /// A parser for a new connection.
    pub fn new(limits: Limits) -> Self {
        Self { limits, lines: Lines::default(), skipped_empty_line: false }
    }

    /// Takes the next head off the front of `read`, or returns `None` until it is complete. Between calls `read` may only
    /// grow at its end.
    ///
    /// # Errors
    /// When the head breaks the grammar or a limit. Nothing after it can be read: answer and close.
    pub fn parse(&mut self, read: &mut BytesMut) -> Result<Option<RequestHead>, HeadError> {
        if !self.skip_empty_line(read) {
            return Ok(None);
        }
        let Some(text) = self.lines.fresh(read, &self.limits) else {
            return self.wait(read);
        };
        let Some((head, length)) = parse_head(text, &self.limits)? else {
            return self.wait(read);
        };
        read.advance(length);
        self.lines.clear();
        self.skipped_empty_line = false;
        Ok(Some(head))
    }

    #[cold]
    fn wait(&mut self, read: &[u8]) -> Result<Option<RequestHead>, HeadError> {
        self.lines.wait(read, &self.limits).map_err(first)?;
        Ok(None)
    }

    /// Whether the client has begun a request that is not complete: if not, the connection is idle and may be closed
    /// without an answer.
    pub fn has_begun(&self, read: &BytesMut) -> bool {
        !matches!(&**read, b"" | b"\r" | b"\r\n")
    }

    /// One empty line before a request is forgiven: old clients end their forms with one (RFC 9112, section 2.2).
    /// Returns whether there is anything to read.
    fn skip_empty_line(&mut self, read: &mut BytesMut) -> bool {
        if !self.skipped_empty_line {
            match &**read {
                b"\r" => return false,
                [b'\r', b'\n', ..] => {
                    read.advance(2);
                    self.skipped_empty_line = true;
                }
                _ => {}
            }
        }
        !read.is_empty()
    }
}

fn first(kind: HeadErrorKind) -> HeadError {
    HeadError { kind, line: 1 }
}

/// Reads a head from the start of `text`. With it comes how long it is.
fn parse_head(text: &[u8], limits: &Limits) -> Result<Option<(RequestHead, usize)>, HeadError> {
    let Some(FirstLine { line, rest }) = FirstLine::of(text).map_err(first)? else { return Ok(None) };
    let (method, target, version) = parse_line(line).map_err(first)?;
    let Some(section) = Section::parse(rest, limits, Message::Request, version)? else { return Ok(None) };
    let Section { fields, framing, length: of_section, lines } = section;
    let FramingFields { length, chunked, connection, has_host, expects_continue } = framing;
    if version == Version::HTTP_11 && !has_host {
        return Err(HeadError { kind: HeadErrorKind::HostMissing, line: lines.saturating_add(1) });
    }
    if let Some(authority) = target.authority {
        // RFC 9112, section 3.2.2: they are the same, or somebody decides by the one and routes by the other.
        let host = fields.get(Known::Host).unwrap_or_default();
        if !host.eq_ignore_ascii_case(&authority) {
            return Err(first(HeadErrorKind::TargetNotHost));
        }
    }
    let head = RequestHead {
        method,
        uri: target.uri,
        version,
        framing: match length {
            _ if chunked => Framing::Chunked,
            Some(length) => Framing::Length(length),
            None => Framing::None,
        },
        persistent: connection.persists(version),
        expects_continue: expects_continue && version == Version::HTTP_11,
        connection,
        fields,
    };
    Ok(Some((head, text.len().saturating_sub(rest.len()).saturating_add(of_section))))
}

/// `method SP request-target SP HTTP-version`, each space exactly one (RFC 9112, section 3).
fn parse_line(line: &[u8]) -> Result<(Method, Target, Version), HeadErrorKind> {
    if line.contains(&b'\r') {
        return Err(HeadErrorKind::BareCr);
    }
    let letters = line.iter().take_while(|byte| byte.is_ascii_uppercase() || **byte == b'-').count();
    let (method, rest) = line.split_at_checked(letters).unwrap_or_default();
    let [b' ', rest @ ..] = rest else {
        return Err(if line.contains(&b' ') { HeadErrorKind::BadMethod } else { HeadErrorKind::BadRequestLine });
    };
    if method.is_empty() || method.len() > METHOD {
        return Err(HeadErrorKind::BadMethod);
    }
    let method = Method::from_bytes(method).map_err(|_| HeadErrorKind::BadMethod)?;
    let Some((target, [b' ', version @ ..])) = rest.split_last_chunk::<9>() else {
        return Err(HeadErrorKind::BadRequestLine);
    };
    let version = parse_version(version)?;
    // Any further space is in the target, and no target has one.
    if target.is_empty() || target.contains(&b' ') {
        return Err(HeadErrorKind::BadRequestLine);
    }
    let target = target::parse(Bytes::copy_from_slice(target), &method)?;
    Ok((method, target, version))
}

/// `HTTP/1.1` or `HTTP/1.0`, in this case only (RFC 9112, section 2.3).
pub(crate) fn parse_version(text: &[u8]) -> Result<Version, HeadErrorKind> {
    match text {
        b"HTTP/1.1" => Ok(Version::HTTP_11),
        b"HTTP/1.0" => Ok(Version::HTTP_10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            Err(HeadErrorKind::BadVersion)
        }
        _ => Err(HeadErrorKind::BadRequestLine),
    }
}
