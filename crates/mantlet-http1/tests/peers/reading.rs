//! What a reader made of a stream of bytes, and what we make of it.

use bytes::BytesMut;
use http::HeaderMap;
use mantlet_fields::{Fields, Known};
use mantlet_http1::{
    BodyDecoder, BodyError, CHUNK_END, Connection, ConnectionOptions, Decoded, Framing, HeadErrorKind, LAST_CHUNK,
    Limits, RequestHead, RequestParser, connection_options, write_chunk_head, write_request_head,
};

/// A whole request, as somebody read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) method: String,
    /// Path and query, or `*`.
    pub(crate) target: String,
    /// Names in lower case, sorted; equal names in their order. Without Transfer-Encoding, which is the framing's, and
    /// Connection.
    pub(crate) fields: Vec<(String, Vec<u8>)>,
    /// What the Connection lines say; `None` if they say nothing that we would read.
    pub(crate) connection: Option<ConnectionOptions>,
    pub(crate) body: Vec<u8>,
}

impl Reading {
    pub(crate) fn new(method: &str, target: &str, mut fields: Vec<(String, Vec<u8>)>, body: Vec<u8>) -> Self {
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        let (connection, mut fields): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(name, _)| name == "connection");
        fields.retain(|(name, _)| name != "transfer-encoding");
        let connection = Fields::from_pairs(connection).ok().and_then(|lines| connection_options(&lines).ok());
        Self { method: method.to_owned(), target: origin_form(target), fields, connection, body }
    }
}

impl Reading {
    /// Without what belongs to one connection, and with the Host that every request has in the end.
    pub(crate) fn end_to_end(mut self) -> Self {
        self.connection = None;
        if !self.fields.iter().any(|(name, _)| name == "host") {
            self.fields.push(("host".to_owned(), b"a".to_vec()));
            self.fields.sort_by(|a, b| a.0.cmp(&b.0));
        }
        self
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

/// A request that our own codec reads.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) reading: Reading,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// The bytes that our own codec writes for it.
    pub(crate) written: Vec<u8>,
}

/// What our own codec makes of a stream.
#[derive(Debug)]
pub(crate) struct Ours<'a> {
    pub(crate) requests: Vec<Request<'a>>,
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
                Ok((head, body)) => {
                    let (bytes, behind) = rest.split_at(rest.len() - read.len());
                    requests.push(Request { reading: reading(&head, &body), bytes, written: write(&head, &body) });
                    rest = behind;
                    if !head.persistent {
                        break End::Close;
                    }
                }
                Err(end) => break end,
            }
        };
        Self { requests, end, rest }
    }
}

/// Reads one request.
fn request(parser: &mut RequestParser, read: &mut BytesMut) -> Result<(RequestHead, Vec<u8>), End> {
    let head = parser.parse(read).map_err(|error| End::Head(error.kind))?.ok_or(End::Input)?;
    let mut decoder = BodyDecoder::new(head.framing, &Limits::default());
    let mut body = Vec::new();
    loop {
        match decoder.decode(read).map_err(End::Body)? {
            Decoded::Data(data) => body.extend_from_slice(&data),
            Decoded::NeedMore => return Err(End::Input),
            Decoded::End => return Ok((head, body)),
        }
    }
}

fn reading(head: &RequestHead, body: &[u8]) -> Reading {
    // In the order of a map, as the peers have them.
    let map = HeaderMap::from(&head.fields);
    let fields = map.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    Reading {
        connection: Some(head.connection.clone()),
        ..Reading::new(head.method.as_str(), &head.uri.to_string(), fields, body.to_vec())
    }
}

/// Writes a request again, as a proxy does. HTTP/1.0 may have had no Host.
fn write(head: &RequestHead, body: &[u8]) -> Vec<u8> {
    let mut fields = head.fields.clone();
    if !fields.contains(Known::Host) {
        fields.append_value(Known::Host, b"a").unwrap();
    }
    let mut out = Vec::new();
    write_request_head(&mut out, &head.method, &head.uri, &fields, head.framing, Connection::Close).unwrap();
    if head.framing == Framing::Chunked {
        for piece in body.chunks(3) {
            write_chunk_head(&mut out, piece.len());
            out.extend_from_slice(piece);
            out.extend_from_slice(CHUNK_END);
        }
        out.extend_from_slice(LAST_CHUNK);
    } else {
        out.extend_from_slice(body);
    }
    out
}
