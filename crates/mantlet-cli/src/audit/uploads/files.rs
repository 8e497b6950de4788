//! The files that are sent. Nothing in them does harm: a script prints a word, a page shows one, the rest are pictures of
//! one pixel.

use bytes::{BufMut, BytesMut};
use mantlet_core::audit::trial::Trick;

use crate::audit::forms::File;

/// A file that says what is wrong with it.
pub(super) fn forge(trick: Trick, mark: &str) -> File {
    let page = format!("<!doctype html><title>{mark}</title><p>{mark}: a harmless file of mantlet audit");
    let (name, content_type, content) = match trick {
        Trick::Html => (format!("{mark}.html"), "text/html", page),
        Trick::Svg => {
            let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>{mark}</title></svg>");
            (format!("{mark}.svg"), "image/svg+xml", svg)
        }
        Trick::ServerScript => return script(mark, ".php"),
        Trick::DoubleExtension => return picture(mark, ".php.png"),
        Trick::MixedCase => return script(mark, ".PhP"),
        Trick::Mismatch => (format!("{mark}.png"), "image/png", page),
        Trick::Traversal => return File { name: format!("../{mark}.png"), ..picture(mark, ".png") },
    };
    File { name, content_type, content: content.into(), output: None }
}

/// A script that prints its mark, in pieces that stand nowhere in it side by side.
fn script(mark: &str, extension: &str) -> File {
    let content = format!("<?php print \"ran: \" . \"{mark}\"; // a harmless file of mantlet audit\n");
    let output = Some(format!("ran: {mark}").into());
    File { name: format!("{mark}{extension}"), content_type: "application/x-php", content: content.into(), output }
}

/// A file that no list of types has, and whose bytes are of none.
pub(super) fn hopeless(mark: &str) -> File {
    let content = format!("\u{1}{mark}: a harmless file of mantlet audit");
    let name = format!("{mark}.mantlet");
    File { name, content_type: "application/octet-stream", content: content.into(), output: None }
}

/// A real picture of one pixel, with its mark in a comment: no two are alike, wherever they are found again.
pub(super) fn picture(mark: &str, extension: &str) -> File {
    let comment = format!("Comment\0{mark}");
    let chunk = format!("tEXt{comment}");
    let mut content = BytesMut::from(PNG_HEAD);
    content.put_u32(u32::try_from(comment.len()).unwrap_or_default());
    content.put(chunk.as_bytes());
    content.put_u32(crc32(chunk.as_bytes()));
    content.put(PNG_END);
    let name = format!("{mark}{extension}");
    File { name, content_type: "image/png", content: content.freeze(), output: None }
}

const PNG_HEAD: &[u8] =
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\
\x00\x00\x00\x0cIDATx\xdac0N\x9b\x09\x00\x02\x02\x013hz1\xf8";
const PNG_END: &[u8] = b"\x00\x00\x00\x00IEND\xaeB`\x82";

/// The check of a PNG's chunk (RFC 2083, section 15).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_is_a_png_of_its_own() {
        let (one, other) = (picture("mantlet-probe-7f-1", ".png"), picture("mantlet-probe-7f-2", ".png"));
        assert_ne!(one.content, other.content);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert!(one.content.starts_with(PNG_HEAD) && one.content.ends_with(PNG_END));
    }
}
