//! [`SetCookie`]: one Set-Cookie line, read as leniently as browsers read it (RFC 6265bis, section 5.6) and edited
//! without touching what is not edited.

use std::fmt;

use mantlet_fields::is_value;

use super::attributes::{Attributes, Kind, Kinds, LastOfKind, attributes};
use super::folder::before_name;
use super::name::Prefix;
use super::{split_at_equals, trim_blanks};

/// Taken for the time where a response has no Date (2025-01-01): what expired before this was written is a deletion.
const LONG_AGO: i64 = 1_735_689_600;

/// One Set-Cookie line. It borrows the line; nothing is copied or decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// The line up to the first semicolon.
    pair: &'a [u8],
    /// The rest, from that semicolon on.
    tail: &'a [u8],
    name: &'a [u8],
    value: &'a [u8],
    attributes: Attributes<'a>,
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

/// What to change about a line. The default changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Edits<'a> {
    /// Put this before the name.
    pub prefix: Option<Prefix>,
    /// Put this folder behind the prefix, since no Path can say it.
    pub folder: Option<&'a [u8]>,
    /// Leave the value out.
    pub no_value: bool,
    /// Add Secure.
    pub secure: bool,
    /// Add HttpOnly.
    pub http_only: bool,
    /// Set SameSite to this.
    pub same_site: Option<SameSite>,
    /// Add Partitioned.
    pub partitioned: bool,
    /// Set Path to `/`.
    pub root_path: bool,
    /// Remove Domain.
    pub no_domain: bool,
    /// Set Max-Age to so many seconds.
    pub max_age: Option<u64>,
}

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

    /// The line with these changes, and of each kind of attribute with no more than the one that counts. What is unknown, the
    /// order and the bytes stay.
    pub fn render(&self, edits: &Edits<'_>) -> Vec<u8> {
        const LONGEST_ADDITION: usize = 120;
        let mut out =
            Vec::with_capacity(self.pair.len().saturating_add(self.tail.len()).saturating_add(LONGEST_ADDITION));
        out.extend_from_slice(&before_name(edits.prefix, edits.folder));
        match (edits.no_value, edits.prefix) {
            (true, _) => {
                out.extend_from_slice(self.name);
                out.push(b'=');
            }
            (false, Some(_)) => out.extend_from_slice(trim_blanks(self.pair)),
            (false, None) => out.extend_from_slice(self.pair),
        }
        if self.attributes.repeated || edits.replaced().overlap(self.attributes.present) {
            self.render_tail(edits.replaced(), &mut out);
        } else {
            out.extend_from_slice(self.tail);
        }
        let mut add = |text: &str| out.extend_from_slice(text.as_bytes());
        if edits.root_path {
            add("; Path=/");
        }
        if let Some(seconds) = edits.max_age {
            add(&format!("; Max-Age={seconds}"));
        }
        if edits.secure {
            add("; Secure");
        }
        if edits.http_only {
            add("; HttpOnly");
        }
        if let Some(same_site) = edits.same_site {
            add("; SameSite=");
            add(same_site.as_str());
        }
        if edits.partitioned {
            add("; Partitioned");
        }
        out
    }

    fn render_tail(&self, replaced: Kinds, out: &mut Vec<u8>) {
        let last = LastOfKind::of(self.tail);
        for (at, attribute) in attributes(self.tail).enumerate() {
            if !replaced.contains(attribute.kind) && !last.outdoes(attribute.kind, at) {
                out.push(b';');
                out.extend_from_slice(attribute.raw);
            }
        }
    }
}

impl Edits<'_> {
    /// These, and what browsers demand of a cookie with this prefix.
    #[must_use]
    pub(crate) fn fit_for(self, prefix: Prefix, cookie: &SetCookie<'_>) -> Self {
        let mut edits = Self { secure: !cookie.is_secure(), ..self };
        edits.http_only |= prefix.is_http_only() && !cookie.is_http_only();
        if prefix.is_host_only() {
            edits.no_domain = cookie.domain().is_some();
            edits.root_path = cookie.path() != Some(b"/");
        }
        edits
    }

    /// What they take the place of.
    fn replaced(&self) -> Kinds {
        [
            (self.secure, Kind::Secure),
            (self.http_only, Kind::HttpOnly),
            (self.partitioned, Kind::Partitioned),
            (self.same_site.is_some(), Kind::SameSite),
            (self.root_path, Kind::Path),
            (self.no_domain, Kind::Domain),
            (self.max_age.is_some(), Kind::MaxAge),
        ]
        .into_iter()
        .fold(Kinds::default(), |kinds, (is_set, kind)| if is_set { kinds.with(kind) } else { kinds })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cookie::MAX_ATTRIBUTE_VALUE;

    fn parse(line: &str) -> SetCookie<'_> {
        SetCookie::parse(line.as_bytes()).unwrap()
    }

    fn render(line: &str, edits: &Edits<'_>) -> String {
        String::from_utf8(parse(line).render(edits)).unwrap()
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

    #[test]
    fn edits_touch_nothing_else() {
        let all = Edits {
            prefix: Some(Prefix::Host),
            folder: Some(b"/x"),
            no_value: false,
            secure: true,
            http_only: true,
            same_site: Some(SameSite::Lax),
            partitioned: true,
            root_path: true,
            no_domain: true,
            max_age: Some(60),
        };
        for (name, line, edits, expected) in [
            ("nothing", "a=1 ;X=\"y;  Priority=High;;", Edits::default(), "a=1 ;X=\"y;  Priority=High;;"),
            ("no value", " a = 1;x", Edits { no_value: true, ..Edits::default() }, "a=;x"),
            ("added", "a=1", Edits { secure: true, ..Edits::default() }, "a=1; Secure"),
            ("repeated flags", "a=1; secure; Secure; SECURE", Edits::default(), "a=1; SECURE"),
            ("repeated, unknown", "a=1; x; x", Edits::default(), "a=1; x; x"),
            ("a lifetime that does not count", "a=1; Max-Age=x", Edits::default(), "a=1; Max-Age=x"),
            ("one behind one that does", "a=1; Max-Age=5; Max-Age=x; y", Edits::default(), "a=1; Max-Age=5; y"),
            (
                "and before",
                "a=1; Expires=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                Edits::default(),
                "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            ),
            ("two that do not", "a=1; Max-Age=x; Max-Age=y", Edits::default(), "a=1; Max-Age=y"),
            (
                "everything",
                " a=1; Domain=x.example; Path=/x; Expires=Thu, 01 Jan 2099 00:00:00 GMT; SameSite=foo; Max-Age=99; z",
                all,
                "__Host-~x!a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT; z; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax; Partitioned",
            ),
        ] {
            assert_eq!(render(line, &edits), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn render_without_edits_is_identity(line in "[ -~]{1,80}") {
            if let Ok(cookie) = SetCookie::parse(line.as_bytes())
                && !cookie.has_repeated_attributes()
            {
                prop_assert_eq!(cookie.render(&Edits::default()), line.as_bytes());
            }
        }

        /// What browsers make of a line stays the same when repetitions are removed.
        #[test]
        fn tidying_changes_no_meaning(parts in prop::collection::vec(
            prop::sample::select(vec!["Secure", "secure=1", "Path=/", "Path=/a", "path=x", "Domain=a", "SameSite=Lax",
                "samesite=None", "SameSite=?", "Max-Age=1", "Max-Age=0", "Max-Age=x", "Expires=x", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "HttpOnly", "x=y", "", " Partitioned "]), 0..8))
        {
            let line = format!("a=1;{}", parts.join(";"));
            let cookie = parse(&line);
            let tidied = cookie.render(&Edits::default());
            let again = SetCookie::parse(&tidied).unwrap();
            prop_assert!(!again.has_repeated_attributes());
            prop_assert_eq!(
                (again.is_secure(), again.is_http_only(), again.is_partitioned(), again.same_site(), again.path(), again.domain(), again.max_age(), again.expires()),
                (cookie.is_secure(), cookie.is_http_only(), cookie.is_partitioned(), cookie.same_site(), cookie.path(), cookie.domain(), cookie.max_age(), cookie.expires())
            );
        }
    }
}
