//! A strict HTTP/1.1 codec without I/O, for both sides of a proxy.
//!
//! Bytes go in as they arrive, and [`http`] types and [`Fields`](mantlet_fields::Fields) come out. The other way round, values go
//! in and bytes come out. There is no socket, no clock and no policy here: whoever drives it reads, writes, waits and decides.
//!
//! # What it promises
//!
//! 1. **One reading.** What RFC 9112 lets a recipient repair is refused: bare LF, obs-fold, white space before a colon, two
//!    lengths, a length beside a coding, a coding other than `chunked`. Parsers disagree exactly there, and request
//!    smuggling lives where two parsers of one byte stream disagree.
//! 2. **Bounds everywhere.** [`Limits`] bounds the head, its fields, chunk extensions and trailers. A head that arrives in
//!    pieces is read again at most once for each of its lines.
//! 3. **Framing has one owner.** `Content-Length`, `Transfer-Encoding` and `Connection` are read into [`Framing`] and
//!    [`ConnectionOptions`], and written from values, never from a list of fields that somebody edited.
//! 4. **What is small is copied once, what is large never**: a head is copied as it is read, so that nothing holds on to the
//!    buffer it came in; body data are slices of that buffer.
//!
//! What it accepts, hyper and Node's llhttp read alike; what they accept and it refuses is listed, each with its reason, in
//! `tests/peers/disagreements.rs`. Both are tested on generated streams.
//!
//! # What it does not do
//!
//! It does not count time (slow clients are the driver's business), does not decide which methods, hosts or paths are
//! served, and does not normalise paths. A GET with a body is framed like any other message.
//!
//! # Example
//!
//! ```
//! use bytes::BytesMut;
//! use mantlet_http1::{Framing, HeadErrorKind, Limits, RequestParser};
//!
//! let mut parser = RequestParser::new(Limits::default());
//! let mut read = BytesMut::from("GET /a?b HTTP/1.1\r\nHost: app.example\r\n\r\n");
//! let head = parser.parse(&mut read)?.expect("the head is complete");
//! assert_eq!(head.uri.path(), "/a");
//! assert_eq!(head.fields.get(mantlet_fields::Known::Host), Some(&b"app.example"[..]));
//! assert_eq!(head.framing, Framing::None);
//!
//! let mut smuggled = BytesMut::from(
//!     "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
//! );
//! let refused = parser.parse(&mut smuggled).unwrap_err();
//! assert_eq!(refused.kind, HeadErrorKind::LengthAndCoding);
//! # Ok::<(), mantlet_http1::HeadError>(())
//! ```

mod body;
mod chunk;
mod connection;
mod error;
mod fields;
mod foreign;
mod framing;
mod grammar;
mod lines;
mod request;
mod response;
mod target;
mod write;

pub use body::{BodyDecoder, COPIED, Decoded};
pub use connection::{Connection, ConnectionOptions, connection_options};
pub use error::{BodyError, HeadError, HeadErrorKind};
pub use foreign::{Announced, judge_fields};
pub use framing::{Framing, Limits};
pub use request::{RequestHead, RequestParser};
pub use response::{INTERIM_RESPONSES, ResponseHead, ResponseParser};
pub use target::is_origin_form;
pub use write::{
    CHUNK_END, CONTINUE, LAST_CHUNK, UnframedRequest, write_chunk_head, write_request_head, write_response_head,
};
