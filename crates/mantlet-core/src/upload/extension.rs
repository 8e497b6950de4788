//! [`Extension`]: what stands behind the last dot of a file name.

use std::borrow::Cow;
use std::fmt;

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
    /// What servers and desktops are known to run: [`default_blocked`](super::default_blocked).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_plain_words() {
        assert_eq!(Extension::parse("PNG").unwrap().to_string(), "png");
        assert!(Extension::parse(&"a".repeat(32)).is_ok());
        let error = Extension::parse(".png").unwrap_err().to_string();
        assert_eq!(error, "not a file extension: `.png` (write it without its dot: `png`)");
        let error = Extension::parse(".tar.gz").unwrap_err().to_string();
        assert_eq!(error, "not a file extension: `.tar.gz` (at most 32 letters and digits, without a dot)");
        for text in ["", "a.b", "a b", "\u{e9}", &"a".repeat(33)] {
            assert!(Extension::parse(text).is_err(), "{text}");
        }
    }
}
