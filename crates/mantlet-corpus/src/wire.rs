//! The bytes of a case to what a guard sees, through the codec that the proxy uses.

use bytes::BytesMut;
use http::Method;
use mantlet_http1::{
    BodyDecoder, Decoded, Framing, HeadErrorKind, Limits, RequestHead, RequestParser, ResponseHead, ResponseParser,
};

/// Reads a request.
///
/// # Errors
/// The code of the reason for which a server refuses it.
pub fn read_request(bytes: &[u8]) -> Result<(RequestHead, Vec<u8>), &'static str> {
    let limits = Limits::default();
    let mut read = BytesMut::from(bytes);
    let head = match RequestParser::new(limits).parse(&mut read) {
        Ok(head) => head.ok_or("request.timeout")?,
        Err(error) => return Err(code(error.kind)),
    };
    let body = read_body(head.framing, &limits, read).ok_or("request.malformed")?;
    Ok((head, body))
}

/// Reads the answer to a request with this method.
///
/// # Errors
/// The code of the reason for which a client does not believe it.
pub fn read_response(bytes: &[u8], method: &Method) -> Result<(ResponseHead, Vec<u8>), &'static str> {
    const MALFORMED: &str = "upstream.malformed";
    let limits = Limits::default();
    let mut read = BytesMut::from(bytes);
    let mut parser = ResponseParser::new(limits);
    loop {
        let head = parser.parse(&mut read, method).ok().flatten().ok_or(MALFORMED)?;
        if !head.status.is_informational() {
            let body = read_body(head.framing, &limits, read).ok_or(MALFORMED)?;
            return Ok((head, body));
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

fn code(kind: HeadErrorKind) -> &'static str {
    match kind {
        HeadErrorKind::HeadTooLarge | HeadErrorKind::TooManyFields => "request.header-too-large",
        HeadErrorKind::UnknownCoding => "request.transfer-coding",
        HeadErrorKind::BadVersion => "request.version",
        HeadErrorKind::UnknownExpectation => "request.expectation",
        HeadErrorKind::BadMethod | HeadErrorKind::AuthorityTarget => "request.method",
        _ => "request.malformed",
    }
}
