//! [`UploadPolicy`]: `[uploads]` of the policy file.

use crate::byte_size::ByteSize;
use crate::mode::Mode;

use super::extension::{BlockedExtensions, Extension};

/// What may be set.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct UploadPolicy {
    /// `false` is short for `mode = "off"`, and stronger than any mode. Default: `true`.
    pub enabled: bool,
    /// Overrides the mode of all guards for this one. Default: none.
    pub mode: Option<Mode>,
    /// What becomes of a form's body. Default: [`BodyMode::Form`].
    pub body: BodyMode,
    /// The longest body of any kind. Received bytes are counted, whatever Content-Length says. Default: 16 MiB, what
    /// Flask's documentation suggests.
    pub max_request_size: ByteSize,
    /// The longest single file. Default: 16 MiB.
    pub max_file_size: ByteSize,
    /// The most files in one form; file controls left empty do not count. Default: 10, since each costs the application a
    /// temporary file.
    pub max_files: usize,
    /// The most fields and files in one form, multipart or urlencoded. Default: 1000, as in Django: an admin page with
    /// a long list of rows sends hundreds of fields, and what each may cost is bounded by the sizes.
    pub max_parts: usize,
    /// The longest value of a form field. Default: 64 KiB. Applications keep fields in memory, and so does the host until one is
    /// complete: larger ones cost as much more, of a thousand clients at once.
    pub max_field_size: ByteSize,
    /// The longest file name, in characters. Default: 120, which leaves room for what applications put around a name. 255 bytes is a
    /// limit of its own: no file system takes more.
    pub max_filename_length: usize,
    /// The extensions a file may have. Nothing else passes, and no file without an extension. Default: txt, pdf, png, jpg, jpeg, gif,
    /// the list of Flask's documentation.
    pub allowed_extensions: Vec<Extension>,
    /// The extensions that are refused whatever the list above says. Default: what servers and desktops run.
    pub blocked_extensions: BlockedExtensions,
    /// Whether a blocked extension may stand inside a name (`shell.php.png`). Default: refuse, because some servers
    /// run such a file.
    pub double_extensions: DoubleExtensions,
    /// Whether a file's bytes must be what its extension says. Default: match.
    pub content: ContentRule,
    /// Whether files may be what a browser runs: HTML, SVG, XML. Default: refuse.
    pub active_content: ActiveContent,
    /// What becomes of file names. Default: sanitize.
    pub filename: FilenameRule,
    /// How much room the bodies being judged may take on disk, over all requests; those of one client half of it. The host
    /// keeps to it. Default: 4 GiB.
    pub spool_quota: ByteSize,
}

impl Default for UploadPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            mode: None,
            body: BodyMode::Form,
            max_request_size: ByteSize::mib(16),
            max_file_size: ByteSize::mib(16),
            max_files: 10,
            max_parts: 1000,
            max_field_size: ByteSize::kib(64),
            max_filename_length: 120,
            allowed_extensions: ["txt", "pdf", "png", "jpg", "jpeg", "gif"].map(Extension::known).into(),
            blocked_extensions: BlockedExtensions::Default,
            double_extensions: DoubleExtensions::Refuse,
            content: ContentRule::Match,
            active_content: ActiveContent::Refuse,
            filename: FilenameRule::Sanitize,
            spool_quota: ByteSize::gib(4),
        }
    }
}

/// What becomes of a form's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum BodyMode {
    /// It is judged, and the application gets a fresh encoding of exactly what was judged.
    #[default]
    Form,
    /// It is judged by the same rules, and the application gets the client's bytes: for routes that check a signature
    /// over them. What would have to be rewritten to be safe is refused.
    Strict,
    /// It is not looked into; only its size counts.
    Opaque,
}

/// Whether a blocked extension may stand inside a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum DoubleExtensions {
    /// It may not.
    #[default]
    Refuse,
    /// Only the last extension counts.
    Allow,
}

/// Whether a file's bytes must be what its extension says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ContentRule {
    /// They must.
    #[default]
    Match,
    /// Nobody looks.
    Ignore,
}

/// Whether files may be what a browser runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ActiveContent {
    /// They may not, even with an allowed extension.
    #[default]
    Refuse,
    /// The allow-list decides.
    Allow,
}

/// What becomes of file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum FilenameRule {
    /// Scripts and spaces of any language stay; what a system or a parser could read in another way is replaced.
    #[default]
    Sanitize,
    /// The application gets an unpredictable name with the judged extension.
    Random,
    /// A name that [`FilenameRule::Sanitize`] would change is refused.
    Refuse,
    /// Names stay; only those that parsers read in two ways are refused.
    Keep,
    /// Exactly what Werkzeug's `secure_filename` makes of it: ASCII letters, digits, `_`, `.` and `-`.
    Werkzeug,
}
