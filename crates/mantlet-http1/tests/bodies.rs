//! Bodies: chunk syntax by the name of the attack, truncation, and the cost of small pieces.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use bytes::BytesMut;
use mantlet_http1::BodyError::{self, *};
use mantlet_http1::{BodyDecoder, Decoded, Framing, Limits};

/// The body, and what is left behind it.
fn decode(framing: Framing, bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), BodyError> {
    let mut decoder = BodyDecoder::new(framing, &Limits::default());
    let mut read = BytesMut::from(bytes);
    let mut body = Vec::new();
    loop {
        match decoder.decode(&mut read)? {
            Decoded::Data(data) => {
                assert!(!data.is_empty());
                body.extend_from_slice(&data);
            }
            Decoded::NeedMore => {
                decoder.end_of_input()?;
                return Ok((body, read.to_vec()));
            }
            Decoded::End => {
                assert!(decoder.is_done());
                return Ok((body, read.to_vec()));
            }
        }
    }
}

#[test]
fn bodies_that_are_refused() {
    for (name, bytes, error) in [
        ("size_with_prefix", &b"0x4\r\nDATA\r\n0\r\n\r\n"[..], BadChunkSize),
        ("size_with_plus", b"+4\r\nDATA\r\n0\r\n\r\n", BadChunkSize),
        ("size_with_minus", b"-0\r\n\r\n", BadChunkSize),
        ("size_with_underscore", b"4_0\r\nDATA\r\n0\r\n\r\n", BadChunkSize),
        ("size_after_space", b" 4\r\nDATA\r\n0\r\n\r\n", BadChunkSize),
        ("size_before_space", b"4 \r\nDATA\r\n0\r\n\r\n", BadChunkSize),
        ("size_missing", b"\r\nDATA\r\n0\r\n\r\n", BadChunkSize),
        ("size_of_65_bits", b"10000000000000004\r\nDATA\r\n0\r\n\r\n", BadChunkSize),
        ("zeros_without_end", &[b'0'; 10_000], BadChunkSize),
        ("lf_after_size", b"4\nDATA\r\n0\r\n\r\n", BadLineEnd),
        ("lf_after_extension", b"4;a\nDATA\r\n0\r\n\r\n", BadLineEnd),
        ("cr_in_extension", b"4;a\rb\r\nDATA\r\n0\r\n\r\n", BadChunkExtension),
        ("control_character_in_quotes", b"4;a=\"\x01\"\r\nDATA\r\n0\r\n\r\n", BadChunkExtension),
        ("control_character_escaped", b"4;a=\"\\\x01\"\r\nDATA\r\n0\r\n\r\n", BadChunkExtension),
        ("lf_only", b"4\nDATA\n0\n\n", BadLineEnd),
        ("lf_after_data", b"4\r\nDATA\n0\r\n\r\n", BadLineEnd),
        ("cr_after_data", b"4\r\nDATA\r0\r\n\r\n", BadLineEnd),
        ("nothing_after_data", b"4\r\nDATA0\r\n\r\n", BadLineEnd),
        ("too_much_data", b"4\r\nDATA!\r\n0\r\n\r\n", BadLineEnd),
        ("lf_after_last_chunk", b"0\n\r\n", BadLineEnd),
        ("lf_at_the_end", b"0\r\n\n", BadLineEnd),
        ("trailer_with_length", b"0\r\nContent-Length: 4\r\n\r\n", BadTrailer),
        ("trailer_with_coding", b"0\r\nTransfer-Encoding: chunked\r\n\r\n", BadTrailer),
        ("trailer_with_host", b"0\r\nHost: evil\r\n\r\n", BadTrailer),
        ("trailer_without_colon", b"0\r\nGET / HTTP/1.1\r\n\r\n", BadTrailer),
        ("trailer_folded", b"0\r\nX: a\r\n b\r\n\r\n", BadTrailer),
        ("trailer_with_bare_cr", b"0\r\nX: a\rb\r\n\r\n", BadTrailer),
        ("trailer_with_lf", b"0\r\nX: a\n\r\n", BadLineEnd),
        ("truncated_size", b"4", Truncated),
        ("truncated_data", b"4\r\nDA", Truncated),
        ("truncated_after_data", b"4\r\nDATA", Truncated),
        ("truncated_before_last_chunk", b"4\r\nDATA\r\n", Truncated),
        ("truncated_last_chunk", b"4\r\nDATA\r\n0\r\n", Truncated),
        ("truncated_last_line", b"4\r\nDATA\r\n0\r\n\r", Truncated),
        ("endless_chunk", b"ffffffffffffffff\r\nDATA", Truncated),
    ] {
        assert_eq!(decode(Framing::Chunked, bytes), Err(error), "{name}");
    }
    assert_eq!(decode(Framing::Length(5), b"DATA"), Err(Truncated));
}

#[test]
fn bodies_that_are_read() {
    for (name, framing, bytes, body, rest) in [
        ("none", Framing::None, &b"GET"[..], &b""[..], &b"GET"[..]),
        ("length 0", Framing::Length(0), b"GET", b"", b"GET"),
        ("length", Framing::Length(4), b"DATAGET", b"DATA", b"GET"),
        ("until close", Framing::UntilClose, b"DATA", b"DATA", b""),
        ("until close, nothing", Framing::UntilClose, b"", b"", b""),
        ("no chunk", Framing::Chunked, b"0\r\n\r\nGET", b"", b"GET"),
        ("one chunk", Framing::Chunked, b"4\r\nDATA\r\n0\r\n\r\nGET", b"DATA", b"GET"),
        ("two chunks", Framing::Chunked, b"1\r\nD\r\n003\r\nATA\r\n0\r\n\r\n", b"DATA", b""),
        (
            "hexadecimal",
            Framing::Chunked,
            b"A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n",
            b"01234567890123456789a",
            b"",
        ),
        ("line ends are data", Framing::Chunked, b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n", b""),
        ("extensions", Framing::Chunked, b"4;a=b;c=\"d;\\\"\"\r\nDATA\r\n0;e\r\n\r\n", b"DATA", b""),
        ("trailers are dropped", Framing::Chunked, b"0\r\nX-Checksum: a\r\nY:\r\n\r\nGET", b"", b"GET"),
        ("zeros", Framing::Chunked, b"0000\r\n\r\n", b"", b""),
    ] {
        assert_eq!(decode(framing, bytes), Ok((body.to_vec(), rest.to_vec())), "{name}");
    }
}

#[test]
fn extensions_are_bounded_over_the_whole_body() {
    let limit = Limits::default().chunk_extensions;
    let extended = |bytes: usize| format!("1;{}\r\nx\r\n0\r\n\r\n", "a".repeat(bytes - 1)).into_bytes();
    assert!(decode(Framing::Chunked, &extended(limit)).is_ok());
    assert_eq!(decode(Framing::Chunked, &extended(limit + 1)), Err(ExtensionsTooLarge));
    // It is refused before its end has come.
    assert_eq!(decode(Framing::Chunked, format!("1;{}", "a".repeat(9000)).as_bytes()), Err(ExtensionsTooLarge));
    let many = "1;abc\r\nx\r\n".repeat(limit / 4 + 1) + "0\r\n\r\n";
    assert_eq!(decode(Framing::Chunked, many.as_bytes()), Err(ExtensionsTooLarge));
}

#[test]
fn trailers_are_bounded() {
    let Limits { trailers, fields, .. } = Limits::default();
    let long = |bytes: usize| format!("0\r\nX:{}\r\n\r\n", "a".repeat(bytes - 4)).into_bytes();
    assert!(decode(Framing::Chunked, &long(trailers)).is_ok());
    assert_eq!(decode(Framing::Chunked, &long(trailers + 1)), Err(TrailersTooLarge));
    assert_eq!(decode(Framing::Chunked, format!("0\r\nX:{}", "a".repeat(9000)).as_bytes()), Err(TrailersTooLarge));
    let many = |count: usize| format!("0\r\n{}\r\n", "X:\r\n".repeat(count)).into_bytes();
    assert!(decode(Framing::Chunked, &many(fields)).is_ok());
    assert_eq!(decode(Framing::Chunked, &many(fields + 1)), Err(TrailersTooLarge));
}

#[test]
fn a_megabyte_of_one_byte_chunks_is_read_piece_by_piece() {
    let stream = "1\r\nx\r\n".repeat(1 << 20) + "0\r\n\r\n";
    let mut decoder = BodyDecoder::new(Framing::Chunked, &Limits::default());
    let mut read = BytesMut::new();
    let mut total = 0;
    // In reads that cut through every part of the framing.
    for piece in stream.as_bytes().chunks(4093) {
        read.extend_from_slice(piece);
        while let Decoded::Data(data) = decoder.decode(&mut read).unwrap() {
            total += data.len();
        }
        assert!(read.len() <= "1\r\nx\r\n".len(), "what was read stays behind");
    }
    assert_eq!((total, decoder.is_done()), (1 << 20, true));
}

#[test]
fn the_last_piece_of_a_length_is_known_to_be_the_last() {
    let mut decoder = BodyDecoder::new(Framing::Length(5), &Limits::default());
    let mut read = BytesMut::new();
    for piece in ["DA", "TA", "!"] {
        assert!(!decoder.is_done());
        read.extend_from_slice(piece.as_bytes());
        assert_eq!(decoder.decode(&mut read), Ok(Decoded::Data(piece.into())));
    }
    assert!(decoder.is_done(), "without a further call");
    assert_eq!(decoder.decode(&mut read), Ok(Decoded::End));
}
