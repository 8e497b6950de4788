//! What a reader made of a stream of bytes, and what we make of it.

use bytes::BytesMut;
use mantlet_http1::{BodyDecoder, BodyError, Decoded, HeadErrorKind, Limits, RequestParser};

/// A whole request, as somebody read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) method: String,
    /// Path and query, or `*`.
    pub(crate) target: String,
    /// Names in lower case, sorted; equal names in their order. Without Transfer-Encoding, which is the framing's.
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Reading {
    pub(crate) fn new(method: &str, target: &str, mut fields: Vec<(String, Vec<u8>)>, body: Vec<u8>) -> Self {
        fields.retain(|(name, _)| name != "transfer-encoding");
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        Self { method: method.to_owned(), target: origin_form(target), fields, body }
    }
}

/// A target in absolute form names the same thing as its path.
fn origin_form(target: &str) -> String {
    let path = target.split_once("://").filter(|(scheme, _)| !scheme.contains('/')).map(|(_, rest)| {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        rest[end..].to_owned()
    });
    match path {
        Some(path) if path.is_empty() => "/".to_owned(),
        Some(path) => path,
        None => target.to_owned(),
    }
}

/// Why no further request was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum End {
    /// The stream ended, between requests or in one.
    Input,
    Head(HeadErrorKind),
    Body(BodyError),
    /// The client said that this was its last request.
    Close,
}

/// What our own codec makes of a stream.
#[derive(Debug)]
pub(crate) struct Ours<'a> {
    /// The requests it reads, with the bytes of each.
    pub(crate) requests: Vec<(Reading, &'a [u8])>,
    /// Why there are no more.
    pub(crate) end: End,
    /// The bytes behind them.
    pub(crate) rest: &'a [u8],
}

impl<'a> Ours<'a> {
    pub(crate) fn new(stream: &'a [u8]) -> Self {
        let mut requests = Vec::new();
        let mut rest = stream;
        let mut parser = RequestParser::new(Limits::default());
        let mut read = BytesMut::from(stream);
        let end = loop {
            match request(&mut parser, &mut read) {
                Ok((reading, persistent)) => {
                    let (bytes, behind) = rest.split_at(rest.len() - read.len());
                    requests.push((reading, bytes));
                    rest = behind;
                    if !persistent {
                        break End::Close;
                    }
                }
                Err(end) => break end,
            }
        };
        Self { requests, end, rest }
    }
}

/// Reads one request; and whether another one may follow.
fn request(parser: &mut RequestParser, read: &mut BytesMut) -> Result<(Reading, bool), End> {
    let head = parser.parse(read).map_err(|error| End::Head(error.kind))?.ok_or(End::Input)?;
    let mut decoder = BodyDecoder::new(head.framing, &Limits::default());
    let mut body = Vec::new();
    loop {
        match decoder.decode(read).map_err(End::Body)? {
            Decoded::Data(data) => body.extend_from_slice(&data),
            Decoded::NeedMore => return Err(End::Input),
            Decoded::End => break,
        }
    }
    let fields = head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    Ok((Reading::new(head.method.as_str(), &head.uri.to_string(), fields, body), head.persistent))
}
