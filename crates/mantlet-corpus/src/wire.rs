//! The bytes of a case to what a guard sees, through the codec that the proxy uses.

use bytes::BytesMut;
use http::Method;
use mantlet_http1::{BodyDecoder, Decoded, Framing, Limits, RequestHead, RequestParser, ResponseHead, ResponseParser};

/// Reads a request. `None`: a server refuses it before any guard has seen it. Why is for the server to say.
pub fn read_request(bytes: &[u8]) -> Option<(RequestHead, Vec<u8>)> {
    let limits = Limits::default();
    let mut read = BytesMut::from(bytes);
    let head = RequestParser::new(limits).parse(&mut read).ok().flatten()?;
    let body = read_body(head.framing, &limits, read)?;
    Some((head, body))
}

/// Reads the answer to a request with this method. `None`: a client does not believe it.
pub fn read_response(bytes: &[u8], method: &Method) -> Option<(ResponseHead, Vec<u8>)> {
    let limits = Limits::default();
    let mut read = BytesMut::from(bytes);
    let mut parser = ResponseParser::new(limits);
    loop {
        let head = parser.parse(&mut read, method).ok().flatten()?;
        if !head.status.is_informational() {
            let body = read_body(head.framing, &limits, read)?;
            return Some((head, body));
        }
    }
}

fn read_body(framing: Framing, limits: &Limits, mut read: BytesMut) -> Option<Vec<u8>> {
    let mut decoder = BodyDecoder::new(framing, limits);
    let mut body = Vec::new();
    loop {
        match decoder.decode(&mut read).ok()? {
            Decoded::Data(data) => body.extend_from_slice(&data),
            Decoded::End => return Some(body),
            Decoded::NeedMore => return decoder.end_of_input().ok().map(|()| body),
        }
    }
}
