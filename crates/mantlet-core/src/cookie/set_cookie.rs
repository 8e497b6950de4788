//! [`SetCookie`]: one Set-Cookie line, read as leniently as browsers read it (RFC 6265bis, section 5.6).

use std::fmt;

use mantlet_fields::is_value;

use super::attributes::Attributes;
use super::name::Prefix;
use super::{split_at_equals, trim_blanks};

/// Taken for the time where a response has no Date (2025-01-01): what expired before this was written is a deletion.
const LONG_AGO: i64 = 1_735_689_600;

/// One Set-Cookie line. It borrows the line; nothing is copied or decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// The line up to the first semicolon.
    pub(super) pair: &'a [u8],
    /// The rest, from that semicolon on.
    pub(super) tail: &'a [u8],
    name: &'a [u8],
    value: &'a [u8],
    pub(super) attributes: Attributes<'a>,
}

/// `SameSite`, from the strictest to the loosest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Only with requests from the same site.
    Strict,
    /// Also when the user navigates here from elsewhere.
    Lax,
    /// With every request; browsers demand Secure.
    None,
}

impl SameSite {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }

    fn parse(value: &[u8]) -> Option<Self> {
        [Self::Strict, Self::Lax, Self::None]
            .into_iter()
            .find(|known| value.eq_ignore_ascii_case(known.as_str().as_bytes()))
    }
}

/// A line that browsers drop whole: it holds a control character, or neither name nor value, or it has no name and a
/// value that looks like a cookie with a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSetCookie;

impl fmt::Display for InvalidSetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a cookie that any browser keeps")
    }
}

impl std::error::Error for InvalidSetCookie {}

/// Without its value.
impl fmt::Debug for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie").field("name", &self.name.escape_ascii().to_string()).finish_non_exhaustive()
    }
}

impl<'a> SetCookie<'a> {
    /// Reads a line.
    ///
    /// # Errors
    /// [`InvalidSetCookie`] when browsers would drop it.
    pub fn parse(line: &'a [u8]) -> Result<Self, InvalidSetCookie> {
        if !is_value(line) {
            return Err(InvalidSetCookie);
        }
        let end = memchr::memchr(b';', line).unwrap_or(line.len());
        let (pair, tail) = line.split_at_checked(end).ok_or(InvalidSetCookie)?;
        let (name, value) = split_at_equals(pair).unwrap_or((b"", pair));
        let (name, value) = (trim_blanks(name), trim_blanks(value));
        if name.is_empty() && (value.is_empty() || Prefix::split(value).is_some()) {
            return Err(InvalidSetCookie);
        }
        Ok(Self { pair, tail, name, value, attributes: Attributes::read(tail) })
    }

    /// The name; empty for a line without `=`.
    pub fn name(&self) -> &'a [u8] {
        self.name
    }

    /// The value, with its quotes if it has any.
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Whether it is Secure.
    pub fn is_secure(&self) -> bool {
        self.attributes.secure
    }

    /// Whether it is HttpOnly.
    pub fn is_http_only(&self) -> bool {
        self.attributes.http_only
    }

    /// Whether it is Partitioned.
    pub fn is_partitioned(&self) -> bool {
        self.attributes.partitioned
    }

    /// SameSite, if it has a value that browsers know.
    pub fn same_site(&self) -> Option<SameSite> {
        self.attributes.same_site.and_then(SameSite::parse)
    }

    /// Path, if it is an absolute path. Without one, browsers take the folder of the request's path.
    pub fn path(&self) -> Option<&'a [u8]> {
        self.attributes.path.filter(|path| path.starts_with(b"/"))
    }

    /// Domain as it is written, also when it is empty.
    pub fn domain(&self) -> Option<&'a [u8]> {
        self.attributes.domain
    }

    /// Max-Age in seconds. It beats [`Self::expires`].
    pub fn max_age(&self) -> Option<i64> {
        self.attributes.max_age
    }

    /// Expires, in seconds since 1970.
    pub fn expires(&self) -> Option<i64> {
        self.attributes.expires
    }

    /// Whether the line only makes browsers forget the cookie. The response's Date, in seconds since 1970, is asked for if
    /// it decides.
    pub fn is_deletion(&self, date: impl FnOnce() -> Option<i64>) -> bool {
        match (self.max_age(), self.expires()) {
            (Some(seconds), _) => seconds <= 0,
            (None, Some(expires)) => expires <= date().unwrap_or(LONG_AGO),
            (None, None) => false,
        }
    }

    /// Name and value together, which browsers limit to [`super::MAX_PAIR`].
    pub(crate) fn pair_len(&self) -> usize {
        self.name.len().saturating_add(self.value.len())
    }

    /// Whether some attribute stands more than once.
    pub fn has_repeated_attributes(&self) -> bool {
        self.attributes.repeated
    }

    /// Whether browsers ignore one of its attributes for its size ([`super::MAX_ATTRIBUTE_VALUE`]).
    pub(crate) fn has_oversized_attribute(&self) -> bool {
        self.attributes.oversized
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookie::MAX_ATTRIBUTE_VALUE;

    fn parse(line: &str) -> SetCookie<'_> {
        SetCookie::parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn lines_are_read_as_browsers_do() {
        let cookie = parse(" sess =\"a=b\" ;SECURE;  HttpOnly=x; Path=/a; path=/b; samesite=LAX; Max-Age=-5; x=y");
        assert_eq!(cookie.name(), b"sess");
        assert_eq!(cookie.value(), b"\"a=b\"");
        assert!(cookie.is_secure() && cookie.is_http_only() && !cookie.is_partitioned());
        assert_eq!(cookie.path(), Some(&b"/b"[..]));
        assert_eq!(cookie.same_site(), Some(SameSite::Lax));
        assert_eq!(cookie.max_age(), Some(-5));
        assert!(cookie.has_repeated_attributes());
    }

    #[test]
    fn the_last_of_a_kind_counts_unless_browsers_ignore_it() {
        let long = format!("a=1; Path=/; Path=/{}", "x".repeat(MAX_ATTRIBUTE_VALUE));
        assert_eq!(parse(&long).path(), Some(&b"/"[..]));
        assert_eq!(parse("a=1; SameSite=Strict; SameSite=foo").same_site(), None);
        assert_eq!(parse("a=1; Max-Age=5; Max-Age=x").max_age(), Some(5));
        assert_eq!(parse("a=1; Path=x").path(), None);
        assert_eq!(parse("a=1; Max-Age=99999999999999999999").max_age(), Some(i64::MAX));
    }

    #[test]
    fn lines_that_browsers_drop() {
        for line in ["a=b\x01c", "a=b\0", "a=b; Path=/\x7f", "", "=", " = ; Secure", "=__Host-sess=evil", "__Secure-x"]
        {
            assert!(SetCookie::parse(line.as_bytes()).is_err(), "{line:?}");
        }
        for line in ["a", "=a", "a=", "a=\"x;y\"", "a=\u{e4}\tb"] {
            assert!(SetCookie::parse(line.as_bytes()).is_ok(), "{line:?}");
        }
    }
}
