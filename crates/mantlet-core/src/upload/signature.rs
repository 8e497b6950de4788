//! Whether a file's bytes are what its extension says, from the first of them.
//!
//! Most [types](super::file_types) have signatures, one of which their bytes must begin with. Text has none. It may hold no byte
//! that text never holds (WHATWG MIME Sniffing, section 3; behind the byte-order mark of UTF-16, no such letter), and may not begin
//! like something else. A `.txt` that holds HTML is text: it is sent on as text/plain, which no browser runs under the
//! `X-Content-Type-Options: nosniff` of the headers guard. Everything else that begins as a browser's sniffing takes for markup is
//! active content, whatever its extension.

use super::extension::Extension;
use super::file_types::{Content, FILE_TYPES, FileType, Signature, find};
use super::policy::{ActiveContent, ContentRule};
use crate::reason::{Reason, Refusal};

/// How many bytes are judged: as many as browsers sniff (WHATWG MIME Sniffing, section 5.2).
pub(super) const WINDOW: usize = 1445;

/// Beginnings that programs act on whatever the extension: PostScript, and playlists that name other files.
const DISGUISED: [&[u8]; 2] = [b"%!PS", b"#EXTM3U"];

/// What browsers take for markup at the start of a resource (WHATWG MIME Sniffing, section 7.1), and SVG.
const MARKUP: [&[u8]; 20] = [
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<script",
    b"<iframe",
    b"<h1",
    b"<div",
    b"<font",
    b"<table",
    b"<a",
    b"<style",
    b"<title",
    b"<b",
    b"<body",
    b"<br",
    b"<p",
    b"<!--",
    b"<?xml",
    b"<svg",
    b"<!doctype svg",
];

/// Judges the first bytes of a file: [`WINDOW`] of them, or all that it has.
pub(super) fn judge(
    window: &[u8],
    extension: &Extension,
    content: ContentRule,
    active: ActiveContent,
) -> Result<(), Refusal> {
    // An empty file contradicts nothing.
    if window.is_empty() {
        return Ok(());
    }
    let file_type = find(extension);
    if let (ContentRule::Match, Some(file_type)) = (content, file_type)
        && !file_type.content.fits(window)
    {
        return Err(Refusal::new(Reason::UploadContentMismatch, format!("the bytes are not those of a .{extension}")));
    }
    let is_text = matches!(file_type, Some(FileType { content: Content::Text, .. }));
    if active == ActiveContent::Refuse && !is_text && is_markup(window) {
        return Err(Refusal::new(Reason::UploadActiveContent, format!("markup in a .{extension}")));
    }
    Ok(())
}

impl Content {
    fn fits(&self, window: &[u8]) -> bool {
        match self {
            Self::Text => is_text(window) && !is_something_else(window),
            Self::Signed(signatures) => signatures.iter().any(|signature| fits(window, signature)),
        }
    }
}

fn fits(window: &[u8], signature: Signature) -> bool {
    signature.iter().all(|(at, bytes)| window.get(*at..).is_some_and(|rest| rest.starts_with(bytes)))
}

/// Whether it holds nothing that text never holds. Some editors write UTF-16, and a byte-order mark before it.
fn is_text(window: &[u8]) -> bool {
    let Some((mark @ (b"\xff\xfe" | b"\xfe\xff"), rest)) = window.split_first_chunk() else {
        return !window.iter().any(|b| is_binary(*b));
    };
    let (letters, _cut) = rest.as_chunks();
    let decode = if mark == b"\xff\xfe" { u16::from_le_bytes } else { u16::from_be_bytes };
    !letters.iter().any(|letter| u8::try_from(decode(*letter)).is_ok_and(is_binary))
}

/// A binary data byte (WHATWG MIME Sniffing, section 3).
fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f)
}

/// Whether what claims to be text begins with the signature of another type. Two letters (`BM`) are a word, not one; nor is
/// one what stands further behind (`The wide world`): there, binary bytes come before it.
fn is_something_else(window: &[u8]) -> bool {
    let signed = FILE_TYPES.iter().filter_map(|file_type| match file_type.content {
        Content::Signed(signatures) => Some(signatures),
        Content::Text => None,
    });
    let is_long = |signature: &Signature| signature.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() >= 4;
    let is_first = |signature: &Signature| signature.first().is_some_and(|(at, _)| *at == 0);
    signed.flatten().any(|signature| is_first(signature) && is_long(signature) && fits(window, signature))
        || DISGUISED.iter().any(|beginning| window.starts_with(beginning))
}

/// Whether a browser that sniffs would take this for HTML, XML or SVG.
fn is_markup(window: &[u8]) -> bool {
    let text = window.strip_prefix(b"\xef\xbb\xbf").unwrap_or(window);
    let text = text.trim_ascii_start();
    // Two bytes a letter: the byte-order mark decides how a browser reads the rest.
    if text.starts_with(b"\xfe\xff") || text.starts_with(b"\xff\xfe") {
        return text.contains(&b'<');
    }
    MARKUP.iter().any(|tag| {
        let Some((start, rest)) = text.split_at_checked(tag.len()) else { return false };
        let ends = rest.first().is_none_or(|b| !b.is_ascii_alphanumeric());
        start.eq_ignore_ascii_case(tag) && (ends || tag == b"<!--")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(extension: &str, window: &[u8]) -> Option<Reason> {
        let extension = Extension::parse(extension).unwrap();
        judge(window, &extension, ContentRule::Match, ActiveContent::Refuse).err().map(|refusal| refusal.reason)
    }

    #[test]
    fn bytes_fit_their_extension() {
        for (name, extension, window) in [
            ("png", "png", &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..]),
            ("jpeg", "jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
            ("gif", "gif", b"GIF89a\x01\0\x01\0"),
            ("pdf", "pdf", b"%PDF-1.7\n"),
            ("text", "txt", b"Hello, w\xc3\xb6rld\r\n\tand so on\x0c"),
            ("old_text", "txt", b"caf\xe9"),
            ("html_in_text", "txt", b"<!-- x --><script>alert(1)</script>"),
            ("bmw_is_a_word", "txt", b"BMW"),
            ("so_is_wide", "txt", b"The wide world"),
            ("utf_16", "txt", b"\xff\xfeH\0i\0\r\0\n\0"),
            ("utf_16_of_big_ends", "txt", b"\xfe\xff\0H\0i"),
            ("utf_16_cut_in_a_letter", "txt", b"\xff\xfeH\0i"),
            ("webp", "webp", b"RIFF\x24\0\0\0WEBPVP8 "),
            ("mp4", "mp4", b"\0\0\0\x18ftypisom"),
            ("unknown", "xyz", b"\0\x01\x02"),
            ("a_longer_word_than_a_tag", "xyz", b"<atoms>"),
            ("empty", "png", b""),
        ] {
            assert_eq!(verdict(extension, window), None, "{name}");
        }
    }

    #[test]
    fn bytes_that_are_something_else_are_refused() {
        use Reason::{UploadActiveContent as Active, UploadContentMismatch as Mismatch};
        for (name, extension, window, reason) in [
            ("html_named_png", "png", &b"<html><script>alert(1)</script>"[..], Mismatch),
            ("postscript_named_jpg", "jpg", b"%!PS\n(%pipe%id) (w) file", Mismatch),
            ("playlist_named_mp4", "mp4", b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n", Mismatch),
            ("postscript_named_txt", "txt", b"%!PS-Adobe-3.0", Mismatch),
            ("pdf_named_txt", "txt", b"%PDF-1.7", Mismatch),
            ("gif_js_polyglot_named_txt", "txt", b"GIF89a=1;alert(1)", Mismatch),
            ("program_named_txt", "txt", b"MZ\x90\0\x03", Mismatch),
            ("nul_before_html", "txt", b"\0\0<html>", Mismatch),
            ("nul_in_utf_16", "txt", b"\xff\xfeH\0\0\0", Mismatch),
            ("control_character_in_utf_16", "txt", b"\xff\xfe\x01\0", Mismatch),
            ("control_character_in_utf_16_of_big_ends", "txt", b"\xfe\xff\0\x01", Mismatch),
            ("video_named_txt", "txt", b"\0\0\0\x18ftypisom", Mismatch),
            ("space_before_pdf", "pdf", b" %PDF-1.7", Mismatch),
            ("cut_signature", "png", b"\x89PNG", Mismatch),
            ("html_in_unknown", "xyz", b"\n\n  <HTML>", Active),
            ("svg_in_unknown", "xyz", b"<svg onload=alert(1)>", Active),
            ("comment_in_unknown", "xyz", b"<!--x--><script>", Active),
            ("bom_before_html", "xyz", b"\xef\xbb\xbf<!DOCTYPE html>", Active),
            ("utf_16_html", "xyz", b"\xff\xfe<\0h\0t\0m\0l\0>\0", Active),
            ("utf_16_html_of_big_ends", "xyz", b"\xfe\xff\0<\0h\0t\0m\0l\0>", Active),
        ] {
            assert_eq!(verdict(extension, window), Some(reason), "{name}");
        }
    }
}
