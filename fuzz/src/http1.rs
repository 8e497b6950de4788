//! The HTTP/1.1 codec: any cut of the input gives the same verdict, what is accepted is read alike by httparse, and what is
//! written again is read as the same.

use bytes::BytesMut;
use http::Method;
use mantlet_core::fields::{Fields, Known};
use mantlet_http1::{
    BodyDecoder, Connection, Decoded, Framing, HeadError, Limits, RequestHead, RequestParser, ResponseHead,
    ResponseParser, write_request_head, write_response_head,
};

const LIMITS: Limits = Limits { head: 1024, fields: 20, chunk_extensions: 32, trailers: 64 };

/// Feeds `input` in two reads, cut where its first byte says, and returns what `parse` said at last.
fn in_two_reads<T>(input: &[u8], mut parse: impl FnMut(&mut BytesMut) -> T, unfinished: impl Fn(&T) -> bool) -> T {
    let cut = input.first().map_or(0, |cut| usize::from(*cut)).min(input.len());
    let mut read = BytesMut::from(&input[..cut]);
    let first = parse(&mut read);
    if !unfinished(&first) {
        return first;
    }
    read.extend_from_slice(&input[cut..]);
    parse(&mut read)
}

/// The head of a request.
pub fn request_head(input: &[u8]) {
    let whole = RequestParser::new(LIMITS).parse(&mut BytesMut::from(input));
    let mut parser = RequestParser::new(LIMITS);
    let cut = in_two_reads(input, |read| parser.parse(read), |outcome| matches!(outcome, Ok(None)));
    assert_eq!(format!("{whole:?}"), format!("{cut:?}"));
    let Ok(Some(head)) = whole else { return };

    let mut fields = [httparse::EMPTY_HEADER; 20];
    let mut other = httparse::Request::new(&mut fields);
    assert!(other.parse(input).is_ok_and(|status| status.is_complete()), "httparse refuses what we accept");
    assert_eq!(other.method, Some(head.method.as_str()));
    // A target in absolute form was cut to its path.
    assert!(other.path.is_some_and(|path| path.ends_with(head.uri.path_and_query().unwrap().as_str())
        || path == "*"
        || head.uri == "/"
        || head.uri == "*"));
    same_fields(&head.fields, other.headers);

    let mut written = Vec::new();
    write_request_head(&mut written, &head.method, &head.uri, &head.fields, head.framing, Connection::Persistent)
        .unwrap();
    // HTTP/1.0 may have no Host, which our own HTTP/1.1 must have.
    if head.fields.contains(Known::Host) {
        let again: Result<Option<RequestHead>, HeadError> =
            RequestParser::new(Limits::default()).parse(&mut BytesMut::from(&*written));
        let again = again.unwrap().unwrap();
        assert_eq!((again.method, again.uri, again.framing), (head.method, head.uri, head.framing));
    }
}

/// The head of a response.
pub fn response_head(input: &[u8]) {
    let whole = ResponseParser::new(LIMITS).parse(&mut BytesMut::from(input), &Method::GET);
    let mut parser = ResponseParser::new(LIMITS);
    let cut = in_two_reads(input, |read| parser.parse(read, &Method::GET), |outcome| matches!(outcome, Ok(None)));
    assert_eq!(format!("{whole:?}"), format!("{cut:?}"));
    let Ok(Some(head)) = whole else { return };

    let mut fields = [httparse::EMPTY_HEADER; 20];
    let mut other = httparse::Response::new(&mut fields);
    assert!(other.parse(input).is_ok_and(|status| status.is_complete()), "httparse refuses what we accept");
    assert_eq!(other.code, Some(head.status.as_u16()));
    same_fields(&head.fields, other.headers);

    let mut written = Vec::new();
    write_response_head(&mut written, head.status, &head.fields, head.framing, Connection::Persistent);
    let again: Result<Option<ResponseHead>, HeadError> =
        ResponseParser::new(Limits::default()).parse(&mut BytesMut::from(&*written), &Method::GET);
    let again = again.unwrap().unwrap();
    assert_eq!((again.status, again.framing), (head.status, head.framing));
}

fn same_fields(ours: &Fields, theirs: &[httparse::Header<'_>]) {
    let theirs: Vec<_> = theirs
        .iter()
        .map(|field| (field.name.to_ascii_lowercase(), field.value.to_vec()))
        .filter(|(name, _)| name != "transfer-encoding")
        .collect();
    let ours: Vec<_> =
        ours.iter().map(|entry| (String::from_utf8(entry.name.to_vec()).unwrap(), entry.value.to_vec())).collect();
    assert_eq!(ours, theirs);
}

/// A chunked body.
pub fn chunked(input: &[u8]) {
    let decode = |reads: &[&[u8]]| {
        let mut decoder = BodyDecoder::new(Framing::Chunked, &LIMITS);
        let mut read = BytesMut::new();
        let mut body = Vec::new();
        for bytes in reads {
            read.extend_from_slice(bytes);
            loop {
                match decoder.decode(&mut read) {
                    Ok(Decoded::Data(data)) => body.extend_from_slice(&data),
                    Ok(Decoded::NeedMore) => break,
                    Ok(Decoded::End) => return (body, Ok(()), decoder.is_done()),
                    Err(error) => return (body, Err(error), false),
                }
            }
        }
        (body, decoder.end_of_input(), false)
    };
    let cut = input.first().map_or(0, |cut| usize::from(*cut)).min(input.len());
    let whole = decode(&[input]);
    assert!(whole.0.len() <= input.len());
    assert_eq!(decode(&[&input[..cut], &input[cut..]]), whole);
}
