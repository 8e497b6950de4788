//! Which file names may pass by their extensions: an allow-list, a list that wins over it, and names seen as others see them.
//!
//! A name is judged in three views: as the application gets it, in compatibility form (NFKC: fullwidth letters and dots
//! are plain ones), and as `secure_filename` would leave it (`x.p\u{43d}hp` becomes `x.php`). An extension that only one
//! of them shows is an extension.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::filename::secure_filename;
use super::policy::{ActiveContent, DoubleExtensions, UploadPolicy};
use crate::reason::{Reason, Refusal};

/// A file extension: lower case, letters and digits of ASCII, `-` and `_`, without its dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(try_from = "String"))]
pub struct Extension(Cow<'static, str>);

/// Text that is not an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidExtension(String);

impl fmt::Display for InvalidExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a file extension: `{}`", self.0)?;
        match self.0.strip_prefix('.') {
            Some(rest) if Extension::parse(rest).is_ok() => write!(f, " (write it without its dot: `{rest}`)"),
            _ => f.write_str(" (at most 32 letters and digits, without a dot)"),
        }
    }
}

impl std::error::Error for InvalidExtension {}

impl Extension {
    /// One that this crate itself names.
    pub(super) const fn known(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// Reads an extension; case does not matter.
    ///
    /// # Errors
    /// When it is empty, longer than 32 bytes, or holds a dot, a space or anything else that is not a letter or digit.
    pub fn parse(text: &str) -> Result<Self, InvalidExtension> {
        let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if text.is_empty() || text.len() > 32 || !text.bytes().all(valid) {
            return Err(InvalidExtension(text.to_owned()));
        }
        Ok(Self(Cow::Owned(text.to_ascii_lowercase())))
    }

    /// The extension of a file name: what stands after the last dot, if anything stands before it.
    pub fn of(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Self::parse(extension).ok()
    }

    /// Lower case, without its dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Extension {
    type Error = InvalidExtension;

    fn try_from(text: String) -> Result<Self, InvalidExtension> {
        Self::parse(&text)
    }
}

/// The extensions that no file may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BlockedExtensions {
    /// What servers and desktops are known to run: [`DEFAULT_BLOCKED`].
    #[default]
    Default,
    /// These, and no others.
    List(Vec<Extension>),
}

#[cfg(feature = "toml")]
impl<'de> serde::Deserialize<'de> for BlockedExtensions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = BlockedExtensions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"default\" or a list of extensions")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BlockedExtensions, E> {
                match text {
                    "default" => Ok(BlockedExtensions::Default),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<BlockedExtensions, A::Error> {
                let mut list = Vec::new();
                while let Some(extension) = seq.next_element()? {
                    list.push(extension);
                }
                Ok(BlockedExtensions::List(list))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What servers, script hosts and desktops run, and what configures them.
pub const DEFAULT_BLOCKED: &[&str] = &[
    // PHP and its aliases in server configurations
    "php",
    "php2",
    "php3",
    "php4",
    "php5",
    "php6",
    "php7",
    "php8",
    "phps",
    "pht",
    "phtm",
    "phtml",
    "phpt",
    "phar",
    "pgif",
    "inc",
    "hphp",
    "ctp",
    "module",
    // Java
    "jsp",
    "jspx",
    "jspf",
    "jsw",
    "jsv",
    "jtml",
    "jar",
    "war",
    "ear",
    "class",
    "do",
    "action",
    // ASP and IIS
    "asp",
    "aspx",
    "ascx",
    "asax",
    "asa",
    "ashx",
    "asmx",
    "asmq",
    "axd",
    "cer",
    "cdx",
    "cshtm",
    "cshtml",
    "vbhtm",
    "vbhtml",
    "rem",
    "soap",
    "svc",
    "stm",
    "idc",
    "config",
    "cs",
    "vb",
    "dll",
    // CGI, server-side includes and interpreters
    "cgi",
    "fcgi",
    "fpl",
    "pl",
    "pm",
    "py",
    "pyc",
    "pyo",
    "pyw",
    "pyz",
    "pth",
    "rb",
    "erb",
    "rhtml",
    "ru",
    "lua",
    "tcl",
    "shtml",
    "shtm",
    "sht",
    "cfm",
    "cfml",
    "cfc",
    "dbm",
    "swf",
    "xap",
    "yaws",
    "hcgi",
    "wsgi",
    "mjs",
    "cjs",
    "js",
    "jse",
    "ts",
    "ejs",
    "njk",
    "jinja",
    "jinja2",
    "j2",
    "twig",
    "tpl",
    "smarty",
    "mustache",
    "hbs",
    "ftl",
    "vm",
    "haml",
    "slim",
    "groovy",
    // shells
    "sh",
    "bash",
    "zsh",
    "ksh",
    "csh",
    "fish",
    "bat",
    "cmd",
    "com",
    "ps1",
    "ps1xml",
    "ps2",
    "psc1",
    "psd1",
    "psm1",
    "command",
    // Windows
    "exe",
    "msi",
    "msp",
    "mst",
    "msu",
    "scr",
    "pif",
    "cpl",
    "ocx",
    "sys",
    "drv",
    "vbs",
    "vbe",
    "wsf",
    "wsh",
    "wsc",
    "sct",
    "hta",
    "chm",
    "hlp",
    "reg",
    "inf",
    "lnk",
    "url",
    "scf",
    "scfx",
    "msc",
    "mde",
    "ade",
    "adp",
    "application",
    "appref-ms",
    "appx",
    "msix",
    "gadget",
    "settingcontent-ms",
    "library-ms",
    "search-ms",
    "website",
    "xll",
    "xlam",
    "iqy",
    "slk",
    "rdp",
    "theme",
    "diagcab",
    "ms-msdt",
    // other desktops, disk images that are opened like a folder
    "app",
    "dmg",
    "pkg",
    "deb",
    "rpm",
    "apk",
    "aab",
    "ipa",
    "run",
    "bin",
    "elf",
    "so",
    "dylib",
    "desktop",
    "appimage",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "scpt",
    "applescript",
    "workflow",
    "terminal",
    // what configures a server or a tool
    "htaccess",
    "htpasswd",
    "htgroup",
    "ini",
    "env",
    "conf",
    "cnf",
    "cfg",
    "service",
    "socket",
    "timer",
    "rules",
    // macros
    "docm",
    "dotm",
    "xlsm",
    "xltm",
    "xlm",
    "pptm",
    "potm",
    "ppsm",
    "ppam",
    "sldm",
];

/// What a browser runs when it is served as what it is.
const ACTIVE: &[&str] = &[
    "html",
    "htm",
    "xhtml",
    "xht",
    "xhtm",
    "shtml",
    "htmls",
    "mht",
    "mhtml",
    "svg",
    "svgz",
    "xml",
    "xsl",
    "xslt",
    "xsd",
    "xbl",
    "rdf",
    "rss",
    "atom",
    "mathml",
    "mml",
    "xul",
    "htc",
    "hta",
    "webarchive",
    "wml",
    "vml",
    "dtd",
    "ent",
    "wasm",
    "appcache",
    "manifest",
    "webmanifest",
    "vtt",
    "eml",
];

/// Blocked at the end of a name, but too often inside an honest one: `example.com.png`, `Node.js.pdf`, `Vue.ts.pdf`,
/// `paper.v2.do.pdf`. No server takes an inner one of these for a program.
const HARMLESS_INSIDE: &[&str] =
    &["com", "js", "ts", "do", "app", "run", "so", "url", "bin", "env", "inc", "module", "action"];

/// Names that a tool acts on by name alone, whatever their extension; lower case.
const RESERVED_NAMES: &[&str] = &[
    "package.json",
    "package-lock.json",
    "composer.json",
    "composer.lock",
    "authorized_keys",
    "crontab",
    "dockerfile",
    "makefile",
    "web.config",
    "crossdomain.xml",
    "clientaccesspolicy.xml",
    "htaccess",
    "desktop.ini",
    "autorun.inf",
];

/// The rules made ready.
#[derive(Debug)]
pub(super) struct ExtensionRules {
    allowed: HashSet<Extension>,
    blocked: HashSet<Extension>,
    double: DoubleExtensions,
    active: ActiveContent,
}

impl ExtensionRules {
    pub(super) fn new(policy: &UploadPolicy) -> Self {
        let blocked = match &policy.blocked_extensions {
            BlockedExtensions::Default => DEFAULT_BLOCKED.iter().copied().map(Extension::known).collect(),
            BlockedExtensions::List(list) => list.iter().cloned().collect(),
        };
        Self {
            allowed: policy.allowed_extensions.iter().cloned().collect(),
            blocked,
            double: policy.double_extensions,
            active: policy.active_content,
        }
    }

    /// Judges the name of an uploaded file, as the application will get it.
    pub(super) fn judge(&self, name: &str) -> Result<Extension, Refusal> {
        self.refuse_blocked(name)?;
        let extension = Extension::of(name)
            .filter(|extension| self.allowed.contains(extension))
            .ok_or_else(|| Refusal::new(Reason::UploadExtensionNotAllowed, format!("file name: {name:?}")))?;
        if RESERVED_NAMES.contains(&&*name.to_ascii_lowercase()) {
            return Err(Refusal::new(Reason::UploadExtensionNotAllowed, format!("a name tools act on: {name:?}")));
        }
        Ok(extension)
    }

    /// Judges the name in a request target (`PUT /files/a.php`). Only what is blocked counts: most targets are not names
    /// of files, and `PUT /zones/example.com` is an honest one.
    pub(super) fn judge_target(&self, name: &str) -> Result<(), Refusal> {
        match Extension::of(name) {
            Some(extension) if HARMLESS_INSIDE.contains(&extension.as_str()) => Ok(()),
            _ => self.refuse_blocked(name),
        }
    }

    /// Refuses what is refused whatever the allow-list says, in every view of the name.
    fn refuse_blocked(&self, name: &str) -> Result<(), Refusal> {
        self.refuse_blocked_as_read(name, name)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if name.bytes().all(plain) {
            return Ok(());
        }
        // U+3002 and U+FF61 are full stops to those who read domain names.
        let compatible: String = name.nfkc().map(|c| if c == '\u{3002}' { '.' } else { c }).collect();
        self.refuse_blocked_as_read(&compatible, name)?;
        self.refuse_blocked_as_read(&secure_filename(name), name)
    }

    fn refuse_blocked_as_read(&self, read: &str, name: &str) -> Result<(), Refusal> {
        let refuse = |reason| Err(Refusal::new(reason, format!("file name: {name:?}")));
        let mut components = read.split('.').skip(1).peekable();
        while let Some(component) = components.next() {
            let is_last = components.peek().is_none();
            // `a.asp;.jpg` and `a.php_.png`: what runs is the word at the start of the component.
            let word = component.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
            for text in [component, word] {
                let Ok(extension) = Extension::parse(text) else { continue };
                let blocked = self.blocked.contains(&extension);
                if is_last && blocked {
                    return refuse(Reason::UploadExtensionBlocked);
                }
                if is_last && self.active == ActiveContent::Refuse && ACTIVE.contains(&extension.as_str()) {
                    return refuse(Reason::UploadActiveContent);
                }
                let inside = blocked && !HARMLESS_INSIDE.contains(&extension.as_str());
                if inside && self.double == DoubleExtensions::Refuse {
                    return refuse(Reason::UploadDoubleExtension);
                }
            }
        }
        Ok(())
    }
}
