//! [`Name`]: a field name that is kept.

use std::fmt;

use crate::known::Known;
use crate::line::is_token;

/// A field name, as a policy or a Connection line names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// One of those that mean something.
    Known(Known),
    /// Any other: a token in lower case.
    Other(Box<str>),
}

/// What was to be a field name is no token (RFC 9110, section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidName;

impl Name {
    /// Reads a name, in whatever case it is written.
    ///
    /// # Errors
    /// When it is not a token.
    pub fn parse(name: &[u8]) -> Result<Self, InvalidName> {
        if let Some(known) = Known::recognise(name) {
            return Ok(Self::Known(known));
        }
        match std::str::from_utf8(name) {
            Ok(text) if is_token(name) => Ok(Self::Other(text.to_ascii_lowercase().into())),
            _ => Err(InvalidName),
        }
    }

    /// As it is written: in lower case.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(known) => known.as_str(),
            Self::Other(text) => text,
        }
    }
}

impl From<Known> for Name {
    fn from(known: Known) -> Self {
        Self::Known(known)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a field name")
    }
}

impl std::error::Error for InvalidName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens_in_lower_case() {
        assert_eq!(Name::parse(b"Cookie"), Ok(Name::Known(Known::Cookie)));
        assert_eq!(Name::parse(b"X-My_Own"), Ok(Name::Other("x-my_own".into())));
        for bad in [&b""[..], b"a b", b"a:", b"a\0", b"cookie ", "n\u{e4}me".as_bytes()] {
            assert_eq!(Name::parse(bad), Err(InvalidName), "{bad:?}");
        }
    }
}
