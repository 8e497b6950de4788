//! The files that are sent. Nothing in them does harm: a script prints a word, a page shows one, the rest are pictures of
//! one pixel.

use bytes::{BufMut, Bytes, BytesMut};
use mantlet_core::audit::trial::Trick;

use crate::audit::forms::File;

/// Makes a file of a mark.
type Forge = fn(&str) -> File;

/// Every file that is tried, by what is wrong with it.
pub(super) const TRICKS: [(Trick, Forge); 10] = [
    (Trick::Html, page),
    (Trick::Html, |mark| in_a_picture(mark, ".png.html", &html(mark))),
    (Trick::Svg, svg),
    (Trick::ServerScript, script),
    (Trick::ServerScript, |mark| script_in_a_picture(mark, ".png.php")),
    (Trick::ServerScript, |mark| script_in_a_picture(mark, ".phtml")),
    (Trick::DoubleExtension, |mark| picture(mark, ".php.png")),
    (Trick::MixedCase, |mark| script_in_a_picture(mark, ".PhP")),
    (Trick::Mismatch, |mark| File { name: format!("{mark}.png"), content_type: "image/png", ..page(mark) }),
    (Trick::Traversal, |mark| File { name: format!("../{mark}.png"), ..picture(mark, ".png") }),
];

fn page(mark: &str) -> File {
    let name = format!("{mark}.html");
    File { name, content_type: "text/html", content: html(mark).into(), output: None }
}

fn html(mark: &str) -> String {
    format!("<!doctype html><title>{mark}</title><p>{mark}: a harmless file of mantlet audit")
}

fn svg(mark: &str) -> File {
    let content = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>{mark}</title></svg>");
    let name = format!("{mark}.svg");
    File { name, content_type: "image/svg+xml", content: content.into(), output: None }
}

fn script(mark: &str) -> File {
    let name = format!("{mark}.php");
    let output = Some(printed(mark).into());
    File { name, content_type: "application/x-php", content: php(mark).into(), output }
}

/// A script that prints its mark, in pieces that stand nowhere in it side by side.
fn php(mark: &str) -> String {
    format!("<?php print \"ran: \" . \"{mark}\"; /* a harmless file of mantlet audit */ ?> ")
}

/// What comes of it: all that stands outside of the marks of PHP is printed, too.
fn printed(mark: &str) -> String {
    format!("ran: {mark} ")
}

/// Whoever looks at the type that is claimed, at the first bytes or at the first extension takes it for a picture.
fn script_in_a_picture(mark: &str, extension: &str) -> File {
    let file = in_a_picture(mark, extension, &php(mark));
    let output = replaced(&file.content, php(mark).as_bytes(), printed(mark).as_bytes());
    File { output: Some(output), ..file }
}

fn replaced(content: &[u8], what: &[u8], with: &[u8]) -> Bytes {
    let at = memchr::memmem::find(content, what).unwrap_or(content.len());
    let behind = content.get(at.saturating_add(what.len())..).unwrap_or_default();
    [content.get(..at).unwrap_or_default(), with, behind].concat().into()
}

/// A file that no list of types has, and whose bytes are of none.
pub(super) fn of_unknown_type(mark: &str) -> File {
    let content = format!("\u{1}{mark}: a harmless file of mantlet audit");
    let name = format!("{mark}.mantlet");
    File { name, content_type: "application/octet-stream", content: content.into(), output: None }
}

/// A real picture of one pixel, with its mark in a comment: no two are alike, wherever they are found again.
pub(super) fn picture(mark: &str, extension: &str) -> File {
    in_a_picture(mark, extension, mark)
}

fn in_a_picture(mark: &str, extension: &str, text: &str) -> File {
    let comment = format!("Comment\0{text}");
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

    #[test]
    fn a_script_in_a_picture_prints_the_picture_around_its_word() {
        let file = script_in_a_picture("mantlet-probe-7f-1", ".phtml");
        let output = file.output.unwrap();
        assert!(output.starts_with(PNG_HEAD) && output.ends_with(PNG_END));
        assert!(memchr::memmem::find(&output, b"ran: mantlet-probe-7f-1").is_some());
        assert!(memchr::memmem::find(&file.content, b"ran: mantlet-probe-7f-1").is_none());
    }
}
