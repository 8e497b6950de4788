//! The types of files that are known, by extension and by media type.
//!
//! To add a type, add a row to [`FILE_TYPES`].

use super::BYTES;
use super::extension::Extension;

/// A kind of file.
pub(super) struct FileType {
    extensions: &'static [&'static str],
    /// What may be declared for it; the first is what it is called if something else was declared.
    media_types: &'static [&'static str],
    pub(super) content: Content,
}

/// What the bytes of a file must be.
pub(super) enum Content {
    /// No binary bytes, and not the beginning of something else.
    Text,
    /// One of these signatures.
    Signed(&'static [Signature]),
}

/// All these bytes, each where it says.
pub(super) type Signature = &'static [(usize, &'static [u8])];

const ZIP: Content = Content::Signed(&[&[(0, b"PK\x03\x04")], &[(0, b"PK\x05\x06")]]);
const OLE: Content = Content::Signed(&[&[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]]);

const fn file_type(
    extensions: &'static [&'static str],
    media_types: &'static [&'static str],
    content: Content,
) -> FileType {
    FileType { extensions, media_types, content }
}

pub(super) static FILE_TYPES: &[FileType] = &[
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

/// The type of files with this extension.
pub(super) fn find(extension: &Extension) -> Option<&'static FileType> {
    FILE_TYPES.iter().find(|file_type| file_type.extensions.contains(&extension.as_str()))
}

/// The media type to send on: what was declared if it is right for the extension, else what is.
pub(super) fn media_type(extension: &Extension, declared: Option<&str>) -> &'static str {
    let known = find(extension).map_or(&[][..], |file_type| file_type.media_types);
    let agreed = known.iter().find(|known| Some(**known) == declared);
    agreed.or(known.first()).copied().unwrap_or(BYTES)
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

#[cfg(test)]
mod tests {
    use super::*;

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
