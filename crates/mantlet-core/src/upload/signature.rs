//! Whether a file's bytes are what its extension says, from the first of them.
//!
//! A table of file types by extension: their media types, and the signatures that their bytes must begin with. Text has
//! no signature: it may hold no byte that text never holds (WHATWG MIME Sniffing, section 3; behind the byte-order mark of
//! UTF-16, no such letter), and may not begin like something else. A `.txt` that holds HTML is text: it is sent on as
//! text/plain, which no browser runs under the `X-Content-Type-Options: nosniff` of the headers guard. Everything else that
//! begins as a browser's sniffing takes for markup is active content, whatever its extension.
//!
//! To add a type, add a row to [`FILE_TYPES`].

use super::BYTES;
use super::extension::Extension;
use super::policy::{ActiveContent, ContentRule};
use crate::reason::{Reason, Refusal};

/// How many bytes are judged: as many as browsers sniff (WHATWG MIME Sniffing, section 5.2).
pub(super) const WINDOW: usize = 1445;

/// A kind of file.
struct FileType {
    extensions: &'static [&'static str],
    /// What may be declared for it; the first is what it is called if something else was declared.
    media_types: &'static [&'static str],
    content: Content,
}

enum Content {
    /// No binary bytes, and not the beginning of something else.
    Text,
    /// One of these signatures: each is a list of bytes and where they stand.
    Signed(&'static [Signature]),
}

type Signature = &'static [(usize, &'static [u8])];

const ZIP: Content = Content::Signed(&[&[(0, b"PK\x03\x04")], &[(0, b"PK\x05\x06")]]);
const OLE: Content = Content::Signed(&[&[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]]);

const fn file_type(
    extensions: &'static [&'static str],
    media_types: &'static [&'static str],
    content: Content,
) -> FileType {
    FileType { extensions, media_types, content }
}

static FILE_TYPES: &[FileType] = &[
    file_type(&["txt", "text", "log"], &["text/plain"], Content::Text),
    file_type(&["csv"], &["text/csv", "text/plain", "application/csv"], Content::Text),
    file_type(&["tsv"], &["text/tab-separated-values", "text/plain"], Content::Text),
    file_type(&["md", "markdown"], &["text/markdown", "text/plain", "text/x-markdown"], Content::Text),
    file_type(&["json"], &["application/json"], Content::Text),
    file_type(&["yaml", "yml"], &["application/yaml", "text/plain"], Content::Text),
    file_type(&["ics"], &["text/calendar"], Content::Text),
    file_type(&["vcf"], &["text/vcard"], Content::Text),
    file_type(&["pdf"], &["application/pdf"], Content::Signed(&[&[(0, b"%PDF-")]])),
    file_type(&["rtf"], &["application/rtf", "text/rtf"], Content::Signed(&[&[(0, b"{\\rtf")]])),
    file_type(&["png"], &["image/png"], Content::Signed(&[&[(0, b"\x89PNG\r\n\x1a\n")]])),
    file_type(&["jpg", "jpeg", "jpe", "jfif"], &["image/jpeg"], Content::Signed(&[&[(0, b"\xff\xd8\xff")]])),
    file_type(&["gif"], &["image/gif"], Content::Signed(&[&[(0, b"GIF87a")], &[(0, b"GIF89a")]])),
    file_type(&["webp"], &["image/webp"], Content::Signed(&[&[(0, b"RIFF"), (8, b"WEBP")]])),
    file_type(&["bmp"], &["image/bmp"], Content::Signed(&[&[(0, b"BM")]])),
    file_type(&["tif", "tiff"], &["image/tiff"], Content::Signed(&[&[(0, b"II*\0")], &[(0, b"MM\0*")]])),
    file_type(&["ico"], &["image/x-icon", "image/vnd.microsoft.icon"], Content::Signed(&[&[(0, b"\0\0\x01\0")]])),
    file_type(&["avif"], &["image/avif"], Content::Signed(&[&[(4, b"ftypavif")], &[(4, b"ftypavis")]])),
    file_type(
        &["heic", "heif"],
        &["image/heic", "image/heif"],
        Content::Signed(&[&[(4, b"ftyphei")], &[(4, b"ftyphev")], &[(4, b"ftypmif1")], &[(4, b"ftypmsf1")]]),
    ),
    file_type(
        &["mp3"],
        &["audio/mpeg", "audio/mp3"],
        Content::Signed(&[
            &[(0, b"ID3")],
            &[(0, b"\xff\xfb")],
            &[(0, b"\xff\xfa")],
            &[(0, b"\xff\xf3")],
            &[(0, b"\xff\xf2")],
        ]),
    ),
    file_type(&["wav"], &["audio/wav", "audio/x-wav"], Content::Signed(&[&[(0, b"RIFF"), (8, b"WAVE")]])),
    file_type(&["ogg", "oga", "opus"], &["audio/ogg", "application/ogg"], Content::Signed(&[&[(0, b"OggS")]])),
    file_type(&["flac"], &["audio/flac"], Content::Signed(&[&[(0, b"fLaC")]])),
    file_type(&["m4a"], &["audio/mp4", "audio/x-m4a"], Content::Signed(&[&[(4, b"ftyp")]])),
    file_type(&["mp4", "m4v"], &["video/mp4"], Content::Signed(&[&[(4, b"ftyp")]])),
    file_type(&["mov"], &["video/quicktime"], Content::Signed(&[&[(4, b"ftyp")], &[(4, b"moov")], &[(4, b"wide")]])),
    file_type(&["webm"], &["video/webm"], Content::Signed(&[&[(0, b"\x1a\x45\xdf\xa3")]])),
    file_type(&["mkv"], &["video/x-matroska"], Content::Signed(&[&[(0, b"\x1a\x45\xdf\xa3")]])),
    file_type(&["avi"], &["video/x-msvideo"], Content::Signed(&[&[(0, b"RIFF"), (8, b"AVI ")]])),
    file_type(&["zip"], &["application/zip", "application/x-zip-compressed"], ZIP),
    file_type(&["docx"], &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"], ZIP),
    file_type(&["xlsx"], &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"], ZIP),
    file_type(&["pptx"], &["application/vnd.openxmlformats-officedocument.presentationml.presentation"], ZIP),
    file_type(&["odt"], &["application/vnd.oasis.opendocument.text"], ZIP),
    file_type(&["ods"], &["application/vnd.oasis.opendocument.spreadsheet"], ZIP),
    file_type(&["odp"], &["application/vnd.oasis.opendocument.presentation"], ZIP),
    file_type(&["epub"], &["application/epub+zip"], ZIP),
    file_type(&["doc"], &["application/msword"], OLE),
    file_type(&["xls"], &["application/vnd.ms-excel"], OLE),
    file_type(&["ppt"], &["application/vnd.ms-powerpoint"], OLE),
    file_type(&["gz", "tgz"], &["application/gzip", "application/x-gzip"], Content::Signed(&[&[(0, b"\x1f\x8b\x08")]])),
    file_type(&["bz2"], &["application/x-bzip2"], Content::Signed(&[&[(0, b"BZh")]])),
    file_type(&["xz"], &["application/x-xz"], Content::Signed(&[&[(0, b"\xfd7zXZ\0")]])),
    file_type(&["zst"], &["application/zstd"], Content::Signed(&[&[(0, b"\x28\xb5\x2f\xfd")]])),
    file_type(&["7z"], &["application/x-7z-compressed"], Content::Signed(&[&[(0, b"7z\xbc\xaf\x27\x1c")]])),
    file_type(
        &["rar"],
        &["application/vnd.rar", "application/x-rar-compressed"],
        Content::Signed(&[&[(0, b"Rar!\x1a\x07")]]),
    ),
    file_type(&["tar"], &["application/x-tar"], Content::Signed(&[&[(257, b"ustar")]])),
    file_type(&["woff"], &["font/woff"], Content::Signed(&[&[(0, b"wOFF")]])),
    file_type(&["woff2"], &["font/woff2"], Content::Signed(&[&[(0, b"wOF2")]])),
];

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

fn find(extension: &Extension) -> Option<&'static FileType> {
    FILE_TYPES.iter().find(|file_type| file_type.extensions.contains(&extension.as_str()))
}

/// What browsers call a file that a script made and gave no name (`canvas.toBlob`; XMLHttpRequest Standard, section
/// "create an entry").
const UNNAMED: &str = "blob";

/// The extension that a file without a name of its own would have, by the media type that is declared for it.
pub(super) fn extension_of_unnamed(filename: &str, declared: Option<&str>) -> Option<Extension> {
    let declared = declared.filter(|_| filename == UNNAMED)?;
    let file_type = FILE_TYPES.iter().find(|file_type| file_type.media_types.contains(&declared))?;
    file_type.extensions.first().map(|extension| Extension::known(extension))
}

/// What a piece of a file is judged as: of a type that is not known, since it may be of any file.
pub(super) const PIECE: Extension = Extension::known(UNNAMED);

/// Whether this is a piece of a file, as browsers send what `Blob.slice` cuts off: without a name and a type.
pub(super) fn is_piece(filename: &str, declared: Option<&str>) -> bool {
    filename == UNNAMED && declared == Some(BYTES)
}

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

/// The media type to send on: what was declared if it is right for the extension, else what is.
pub(super) fn media_type(extension: &Extension, declared: Option<&str>) -> &'static str {
    let known = find(extension).map_or(&[][..], |file_type| file_type.media_types);
    let agreed = known.iter().find(|known| Some(**known) == declared);
    agreed.or(known.first()).copied().unwrap_or(BYTES)
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
            ("video_named_txt", "txt", b"\0\0\0\x18ftypisom", Mismatch),
            ("space_before_pdf", "pdf", b" %PDF-1.7", Mismatch),
            ("cut_signature", "png", b"\x89PNG", Mismatch),
            ("html_in_unknown", "xyz", b"\n\n  <HTML>", Active),
            ("svg_in_unknown", "xyz", b"<svg onload=alert(1)>", Active),
            ("bom_before_html", "xyz", b"\xef\xbb\xbf<!DOCTYPE html>", Active),
            ("utf_16_html", "xyz", b"\xff\xfe<\0h\0t\0m\0l\0>\0", Active),
        ] {
            assert_eq!(verdict(extension, window), Some(reason), "{name}");
        }
    }

    #[test]
    fn the_media_type_follows_the_extension_not_the_claim() {
        for (extension, declared, expected) in [
            ("png", Some("image/png"), "image/png"),
            ("png", Some("image/svg+xml"), "image/png"),
            ("png", None, "image/png"),
            ("csv", Some("text/plain"), "text/plain"),
            ("xyz", Some("text/html"), "application/octet-stream"),
        ] {
            assert_eq!(
                media_type(&Extension::parse(extension).unwrap(), declared),
                expected,
                "{extension} {declared:?}"
            );
        }
    }

    #[test]
    fn the_table_names_no_extension_twice() {
        let mut seen = std::collections::HashSet::new();
        for extension in FILE_TYPES.iter().flat_map(|file_type| file_type.extensions) {
            assert!(seen.insert(extension), "{extension}");
        }
    }
}
