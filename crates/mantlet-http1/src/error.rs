//! What can be wrong with a message.

use std::fmt;

/// A head that was refused. The connection cannot be used any further: where the next message begins is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadError {
    /// What is wrong.
    pub kind: HeadErrorKind,
    /// On which line of the head, counted from 1 (the request or status line).
    pub line: usize,
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}

impl std::error::Error for HeadError {}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// What is wrong with a head.
        ///
        /// For a request, answer 431 to [`HeadTooLarge`](Self::HeadTooLarge) and [`TooManyFields`](Self::TooManyFields),
        /// 501 to [`UnknownCoding`](Self::UnknownCoding), 505 to [`BadVersion`](Self::BadVersion),
        /// 417 to [`UnknownExpectation`](Self::UnknownExpectation), 405 to [`BadMethod`](Self::BadMethod) and
        /// [`AuthorityTarget`](Self::AuthorityTarget), 400 to all others. For a response, answer 502.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum HeadErrorKind { $($(#[doc = $doc])+ $name,)+ }

        impl HeadErrorKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What is wrong, in a few words.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

kinds! {
    /// An authority-form target, or CONNECT: tunnels are not offered.
    AuthorityTarget = "a target in authority form, or CONNECT";
    /// A transfer coding that is not a list of tokens, or `chunked` anywhere but at the end.
    BadCoding = "a malformed Transfer-Encoding";
    /// A Connection field that is not a short list of tokens.
    BadConnection = "a malformed Connection";
    /// A field name that is empty, or has a byte that no token may have (a space before the colon, too).
    BadFieldName = "a malformed field name";
    /// A field value with a control character.
    BadFieldValue = "a control character in a field value";
    /// A Host that is not `host` or `host:port`.
    BadHost = "a malformed Host";
    /// A Content-Length that is not one decimal number without sign, leading zero or list.
    BadLength = "a malformed Content-Length";
    /// A method that is not upper-case letters and dashes.
    BadMethod = "a malformed method";
    /// A request line that is not `method SP target SP version`.
    BadRequestLine = "a malformed request line";
    /// A status line that is not `version SP status SP reason`, or whose status is not 100 to 599.
    BadStatusLine = "a malformed status line";
    /// A request target with a byte that browsers encode, without a leading slash, or with a fragment.
    BadTarget = "a malformed request target";
    /// A version of HTTP other than 1.0 and 1.1, such as the preface of HTTP/2.
    BadVersion = "a version other than HTTP/1.0 and HTTP/1.1";
    /// A CR that is not part of a line end.
    BareCr = "a CR without LF";
    /// A line that ends in LF without CR.
    BareLf = "an LF without CR";
    /// Transfer-Encoding in a message of HTTP/1.0, which did not know it.
    CodingInOldVersion = "a Transfer-Encoding in HTTP/1.0";
    /// The head is longer than [`Limits::head`](crate::Limits::head).
    HeadTooLarge = "the head is too large";
    /// A request of HTTP/1.1 without Host.
    HostMissing = "no Host";
    /// More than one Host.
    HostRepeated = "more than one Host";
    /// Content-Length beside Transfer-Encoding.
    LengthAndCoding = "both Content-Length and Transfer-Encoding";
    /// A line that continues the one before (obs-fold), or white space before the first field.
    ObsFold = "a folded line";
    /// More than one Transfer-Encoding.
    RepeatedCoding = "more than one Transfer-Encoding";
    /// More than one Content-Length, equal or not.
    RepeatedLength = "more than one Content-Length";
    /// A target in absolute form whose authority is not the Host.
    TargetNotHost = "a target for another host than Host";
    /// More fields than [`Limits::fields`](crate::Limits::fields).
    TooManyFields = "too many fields";
    /// More interim responses than [`INTERIM_RESPONSES`](crate::INTERIM_RESPONSES).
    TooManyInterim = "too many interim responses";
    /// A transfer coding other than `chunked`.
    UnknownCoding = "a transfer coding other than chunked";
    /// An expectation other than `100-continue`.
    UnknownExpectation = "an expectation other than 100-continue";
}

impl fmt::Display for HeadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with a body. The connection cannot be used any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyError {
    /// A chunk size that is not 1 to 16 hexadecimal digits.
    BadChunkSize,
    /// A chunk extension outside RFC 9112, section 7.1.1.
    BadChunkExtension,
    /// Chunk data that is not followed by CRLF, or a line of the framing that does not end in CRLF.
    BadLineEnd,
    /// A trailer that is not a field, or one that would change the framing or routing of the message.
    BadTrailer,
    /// More bytes of chunk extensions than [`Limits::chunk_extensions`](crate::Limits::chunk_extensions).
    ExtensionsTooLarge,
    /// More trailers than [`Limits::trailers`](crate::Limits::trailers) or [`Limits::fields`](crate::Limits::fields).
    TrailersTooLarge,
    /// The input ended before the body did.
    Truncated,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadChunkSize => "a malformed chunk size",
            Self::BadChunkExtension => "a malformed chunk extension",
            Self::BadLineEnd => "a chunk without CRLF",
            Self::BadTrailer => "a malformed or forbidden trailer",
            Self::ExtensionsTooLarge => "too many chunk extensions",
            Self::TrailersTooLarge => "too many trailers",
            Self::Truncated => "the body ended early",
        })
    }
}

impl std::error::Error for BodyError {}
