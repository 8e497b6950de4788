//! [`Edits`] of a Set-Cookie line: nothing else of it is touched.

use super::attributes::{Kind, Kinds, LastOfKind, attributes};
use super::folder::before_name;
use super::name::Prefix;
use super::set_cookie::{SameSite, SetCookie};
use super::trim_blanks;

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

impl SetCookie<'_> {
    /// The line with these changes, and of each kind of attribute with no more than the one that counts. What is unknown, the
    /// order and the bytes stay.
    pub fn render(&self, edits: &Edits<'_>) -> Vec<u8> {
        const LONGEST_ADDITION: usize = 120;
        let mut out =
            Vec::with_capacity(self.pair.len().saturating_add(self.tail.len()).saturating_add(LONGEST_ADDITION));
        out.extend_from_slice(&before_name(edits.prefix, edits.folder));
        match (edits.no_value, edits.prefix) {
            (true, _) => {
                out.extend_from_slice(self.name());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(line: &str) -> SetCookie<'_> {
        SetCookie::parse(line.as_bytes()).unwrap()
    }

    fn render(line: &str, edits: &Edits<'_>) -> String {
        String::from_utf8(parse(line).render(edits)).unwrap()
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
            (
                "and behind",
                "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=x",
                Edits::default(),
                "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            ),
            (
                "taken off, however often it stands there",
                "a=1; Domain=x.example; Domain=y.example",
                Edits { no_domain: true, ..Edits::default() },
                "a=1",
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
