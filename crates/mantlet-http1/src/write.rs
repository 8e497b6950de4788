//! Writing heads and chunks.
//!
//! Content-Length, Transfer-Encoding and Connection are written from [`Framing`] and [`Connection`], never from the
//! list of fields: an edited or forwarded list cannot change where a body ends. No line break can come from fields, a
//! target or a method: their types cannot hold one.

use std::fmt;

use http::{Method, StatusCode, Uri};
use mantlet_fields::{Fields, Known, NameSet};

use crate::connection::Connection;
use crate::framing::Framing;

/// The interim response that lets a client send the body it holds back.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The end of each chunk's data.
pub const CHUNK_END: &[u8] = b"\r\n";

/// The end of a chunked body, without trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// A request was to be framed by the connection's end, which only a response can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnframedRequest;

impl fmt::Display for UnframedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request cannot last until the connection is closed")
    }
}

impl std::error::Error for UnframedRequest {}

/// Writes the head of a request of HTTP/1.1, target in origin form (or `*`).
///
/// Host is written from the fields: put the right one there.
///
/// # Errors
/// When `framing` is [`Framing::UntilClose`]; nothing is written.
pub fn write_request_head(
    out: &mut Vec<u8>,
    method: &Method,
    uri: &Uri,
    fields: &Fields,
    framing: Framing,
    connection: Connection,
) -> Result<(), UnframedRequest> {
    if framing == Framing::UntilClose {
        return Err(UnframedRequest);
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    fields.write(out, &OURS);
    write_framing(out, framing);
    write_connection(out, connection);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Writes the head of a response of HTTP/1.1 (the version of the sender, whatever the client speaks).
///
/// `framing` is what the head says. To HEAD and with 304 it describes the body that GET would have got (see
/// [`ResponseHead::stated`](crate::ResponseHead::stated)), and nothing follows; with 1xx and 204 it is not written at all
/// (RFC 9110, section 8.6). [`Framing::None`] says nothing, so any other response needs at least [`Framing::Length`] 0.
/// [`Framing::UntilClose`] closes, whatever `connection` says.
pub fn write_response_head(
    out: &mut Vec<u8>,
    status: StatusCode,
    fields: &Fields,
    framing: Framing,
    connection: Connection,
) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
    fields.write(out, &OURS);
    if !status.is_informational() && status != StatusCode::NO_CONTENT {
        write_framing(out, framing);
    }
    write_connection(out, if framing == Framing::UntilClose { Connection::Close } else { connection });
    out.extend_from_slice(b"\r\n");
}

/// Writes the line before a chunk of `length` bytes. The data follows, then [`CHUNK_END`].
///
/// A chunk of no bytes would end the body: nothing is written for it, and [`CHUNK_END`] must not be either.
pub fn write_chunk_head(out: &mut Vec<u8>, length: usize) {
    if length == 0 {
        return;
    }
    let digits = (usize::BITS.saturating_sub(length.leading_zeros())).div_ceil(4);
    for place in (0..digits).rev() {
        let digit = (length >> place.saturating_mul(4)) & 0x0f;
        out.push(*b"0123456789abcdef".get(digit).unwrap_or(&b'0'));
    }
    out.extend_from_slice(b"\r\n");
}

/// Fields that are never written from a list.
const OURS: NameSet = NameSet::of(&[Known::ContentLength, Known::TransferEncoding, Known::Connection]);

fn write_framing(out: &mut Vec<u8>, framing: Framing) {
    match framing {
        Framing::None | Framing::UntilClose => {}
        Framing::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Framing::Length(length) => {
            out.extend_from_slice(b"content-length: ");
            write_decimal(out, length);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn write_connection(out: &mut Vec<u8>, connection: Connection) {
    out.extend_from_slice(match connection {
        Connection::Persistent => b"",
        Connection::KeepAlive => b"connection: keep-alive\r\n",
        Connection::Close => b"connection: close\r\n",
        Connection::Upgrade => b"connection: upgrade\r\n",
    });
}

fn write_decimal(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut used = 0_usize;
    for slot in digits.iter_mut().rev() {
        // A digit fits into a byte.
        *slot = b'0' | u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        used = used.saturating_add(1);
        if number == 0 {
            break;
        }
    }
    let from = digits.len().saturating_sub(used);
    out.extend_from_slice(digits.get(from..).unwrap_or_default());
}
