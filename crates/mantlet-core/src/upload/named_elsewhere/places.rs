//! The places where uploaders put the name of a file, other than beside it.
//!
//! To add an uploader, add a row to [`PLACES`], or to what fields of the head are called.

use super::spelling::spellings;

/// What a parameter of a form, of the query or of what is known of a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Nothing but the name of a file, which need not have come yet.
    TheName,
    /// The name of a file, if one comes with it.
    FileName,
    /// That, or the name of anything else: a shop may be called `Allegro.pl`.
    SomeName,
    /// JSON in which some string is [a name](Self::SomeName).
    Json,
    /// What the name ends in, without its dot.
    Extension,
}

/// How parameters are called, in the words of [`spellings`].
enum Called {
    Exactly(&'static str),
    With(&'static str),
}
use Called::{Exactly, With};

/// The first one counts.
static PLACES: &[(Called, Holds)] = &[
    // Fine Uploader
    (Exactly("qqfile"), Holds::TheName),
    (Exactly("qqfilename"), Holds::TheName),
    // flow.js
    (Exactly("flowfilename"), Holds::TheName),
    (Exactly("flowrelativepath"), Holds::TheName),
    // resumable.js
    (Exactly("resumablefilename"), Holds::TheName),
    (Exactly("resumablerelativepath"), Holds::TheName),
    // Real Ajax Uploader
    (Exactly("axfilename"), Holds::TheName),
    // simple-uploader, SWFUpload, Redmine, Directus (`filename_disk`), and whoever calls it what it is
    (With("filename"), Holds::FileName),
    // Uppy, for a folder
    (With("relativepath"), Holds::FileName),
    // Tiny File Manager, where Dropzone puts it
    (With("fullpath"), Holds::FileName),
    (With("filepath"), Holds::FileName),
    // elFinder: `a.php.0_3.part`
    (Exactly("chunk"), Holds::FileName),
    // MediaWiki
    (Exactly("wpdestfile"), Holds::FileName),
    // PmWiki
    (Exactly("upname"), Holds::FileName),
    // plupload, and many an upload handler after it
    (Exactly("name"), Holds::SomeName),
    // S3 and what speaks its language, for a form
    (Exactly("key"), Holds::SomeName),
    // Shopware, beside a `fileName` without one
    (Exactly("extension"), Holds::Extension),
    (Exactly("fileextension"), Holds::Extension),
    (Exactly("ext"), Holds::Extension),
    (Exactly("fileext"), Holds::Extension),
    // Kendo UI
    (Exactly("metadata"), Holds::Json),
    // DevExtreme
    (Exactly("chunkmetadata"), Holds::Json),
    // Strapi
    (Exactly("fileinfo"), Holds::Json),
];

/// `ext` and `key`. A query of 30 KiB has many shorter ones, if somebody wants it to cost much.
const SHORTEST: usize = 3;

/// What a parameter of this name holds, if it may be the name of a file.
pub(super) fn held(parameter: &str) -> Option<Holds> {
    if parameter.len() < SHORTEST {
        return None;
    }
    let spellings = spellings(parameter);
    let place = PLACES.iter().find(|(called, _)| spellings.iter().any(|word| called.is(word)));
    place.map(|(_, holds)| *holds)
}

impl Called {
    fn is(&self, word: &str) -> bool {
        match self {
            Exactly(name) => word == *name,
            // The name of a profile only looks so.
            With(part) => {
                let is_profile = |before: &str| before.ends_with("pro");
                // Hardly any word holds it, and `match_indices` prepares itself for long ones.
                memchr::memmem::find(word.as_bytes(), part.as_bytes()).is_some()
                    && word.match_indices(part).any(|(at, _)| !word.get(..at).is_some_and(is_profile))
            }
        }
    }
}

/// Fields of the head that hold the name of the body: where WordPress, DRF and jQuery File Upload put it, and FilePond for a piece.
const FIELDS: [&[u8]; 2] = [b"content-disposition", b"upload-name"];

/// Whether a field of the head, by its name in lower case, holds the name of the body: one of [`FIELDS`], or called like a
/// parameter that does (`X-File-Name`, which formidable and the uploaders of its time send, `X-File-Path`).
pub(super) fn is_held_in_field(name: &[u8]) -> bool {
    // Most are called by neither word.
    let may_be = || name.windows(4).any(|word| word == b"name" || word == b"path");
    FIELDS.contains(&name)
        || (may_be() && matches!(held(&String::from_utf8_lossy(name)), Some(Holds::TheName | Holds::FileName)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_hold_what_uploaders_put_there() {
        for (parameter, expected) in [
            ("qqfile", Some(Holds::TheName)),
            ("qqf%69le", Some(Holds::TheName)),
            ("ax-file-name", Some(Holds::TheName)),
            ("flowFilename[]", Some(Holds::TheName)),
            ("[flowFilename]", Some(Holds::TheName)),
            ("fileName", Some(Holds::FileName)),
            ("originalFilename", Some(Holds::FileName)),
            ("new_file_name", Some(Holds::FileName)),
            ("filename_disk", Some(Holds::FileName)),
            ("filenames[]", Some(Holds::FileName)),
            ("chunk", Some(Holds::FileName)),
            ("last_chunk", None),
            ("extension", Some(Holds::Extension)),
            ("relativePath", Some(Holds::FileName)),
            ("fullPath", Some(Holds::FileName)),
            ("name", Some(Holds::SomeName)),
            ("name[0]", Some(Holds::SomeName)),
            ("upload[name]", Some(Holds::SomeName)),
            ("document.Name", Some(Holds::SomeName)),
            ("chunkMetadata", Some(Holds::Json)),
            ("title", None),
            ("names", None),
            ("profile_name", None),
            ("user.names", None),
            ("first name", None),
            ("[0]", None),
            ("path", None),
            ("ext", Some(Holds::Extension)),
            ("key", Some(Holds::SomeName)),
        ] {
            assert_eq!(held(parameter), expected, "{parameter}");
        }
    }

    #[test]
    fn fields_hold_the_name_of_the_body() {
        for (name, expected) in [
            ("x-file-name", true),
            ("filename", true),
            ("content-disposition", true),
            ("upload-name", true),
            ("x-filename-original", true),
            ("x-file-path", true),
            ("x-path", false),
            ("x-profile-name", false),
            ("slug", false),
        ] {
            assert_eq!(is_held_in_field(name.as_bytes()), expected, "{name}");
        }
    }
}
