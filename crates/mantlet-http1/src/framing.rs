//! [`Framing`]: where a body ends. [`Limits`]: what a message may cost.

use http::Version;

/// Where the body of a message ends (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// There is no body, and nothing said so.
    None,
    /// `Content-Length`: this many bytes. Zero is a body that is there and empty.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The connection's end is the body's end. Responses only.
    UntilClose,
}

impl Framing {
    /// The same body, framed as a recipient of this version can read it: HTTP/1.0 does not know chunks.
    #[must_use]
    pub fn readable_by(self, version: Version) -> Self {
        match self {
            Self::Chunked if version == Version::HTTP_10 => Self::UntilClose,
            framing => framing,
        }
    }

    /// Whether no byte of a body can follow.
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Length(0))
    }
}

/// What a message may cost, in bytes and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole head, its last empty line included. 32 KiB: browsers stay below 16 even with many cookies, and
    /// servers behind a shield commonly stop at 8 to 64.
    pub head: usize,
    /// Fields of a head, and of the trailers. 100: browsers send fewer than 30, the rest is for proxies on the way.
    pub fields: usize,
    /// Bytes of chunk extensions over a whole body. 4 KiB: no client in use sends any, so this is generous; a server that
    /// reads them without bound can be kept busy for nothing (CVE-2023-39326).
    pub chunk_extensions: usize,
    /// Bytes of trailers over a whole body. 4 KiB: they are checked and dropped.
    pub trailers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: 32 * 1024, fields: 100, chunk_extensions: 4 * 1024, trailers: 4 * 1024 }
    }
}
