//! The query of a target, as frameworks read it.

use std::borrow::Cow;

use http::Uri;

use crate::percent::{decode, decode_form};

/// A query, and which marks it has: that is asked of each parameter, and looked for once.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    text: Cow<'a, str>,
    pub(crate) has_ampersand: bool,
    pub(crate) has_semicolon: bool,
}

impl<'a> Query<'a> {
    /// The query of a target, and behind it what a server makes a part of it. One that rewrites `/users/5` to
    /// `index.php?url=users/5` has decoded the path (Apache with `RewriteRule`), so whatever ends a parameter ends this one: an
    /// ampersand, to CGI.pm a semicolon as well. To h3 (Nuxt, Nitro) an escaped question mark in the path begins the query, and an
    /// escaped `#` ends it; the first also to Apache before 2.4.60. Fastify before 5 begins it at a semicolon, and decodes later.
    pub(crate) fn of(uri: &'a Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        let path = uri.path();
        // Few paths have one, and most that have are names of files with a blank.
        if memchr::memchr3(b'&', b'%', b';', path.as_bytes()).is_none() {
            return Self::new(query);
        }
        let decoded = decode(path);
        let decoded = String::from_utf8_lossy(&decoded);
        let parameters = decoded.split_once(['&', ';']).map(|(_, parameters)| parameters);
        let behind_mark = decoded.split_once('?').map(|(_, query)| query);
        let before_hash = behind_mark.and_then(|query| query.split_once('#')).map(|(query, _)| query);
        // Where the query has begun already, its question mark is part of a value.
        let mark = if uri.query().is_some() { "?" } else { "" };
        let to_end = |begun: &str| format!("{begun}{mark}{query}");
        let [of_h3, of_fastify] =
            [behind_mark, path.split_once(';').map(|(_, begun)| begun)].map(|begun| begun.map(to_end));
        let found = [parameters, behind_mark, before_hash, of_h3.as_deref(), of_fastify.as_deref()];
        if found.iter().all(Option::is_none) {
            return Self::new(query);
        }
        let text = found.into_iter().flatten().fold(query.to_owned(), |text, found| text + "&" + found);
        // No form of Wicket has its fields behind a semicolon, so one of a link to it is none.
        let has_ampersand = decoded.contains(['&', '?']) || query.contains('&');
        Self { has_ampersand, ..Self::new(text) }
    }

    pub(crate) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let has = |mark| memchr::memchr(mark, text.as_bytes()).is_some();
        Self { has_ampersand: has(b'&'), has_semicolon: has(b';'), text }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Names and values, as they are written. Some parsers split at `;` too.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = Some(self.as_str());
        std::iter::from_fn(move || {
            let all = rest?;
            let end = memchr::memchr2(b'&', b';', all.as_bytes());
            let (pair, behind) = end.and_then(|end| all.split_at_checked(end)).unwrap_or((all, ""));
            rest = behind.get(1..);
            Some(pair.split_once('=').unwrap_or((pair, "")))
        })
    }
}

/// Whether some framework takes this name for that of the parameter, which is in lower case.
pub(crate) fn is_read_as(name: &[u8], parameter: &[u8]) -> bool {
    // An escape only makes it longer.
    if name.len() < parameter.len() {
        return false;
    }
    let decoded = decode_form(name);
    // URLSearchParams takes off one of each.
    let name = decoded.strip_prefix(b"?").unwrap_or(&decoded);
    let name = name.strip_prefix("\u{feff}".as_bytes()).unwrap_or(name);
    // PHP skips leading blanks; qs and Rack before 3.0 brackets, which are underscores to PHP, as dots are, which qs can skip, too.
    let name = without_leading(name, b" ");
    is_name(name, parameter) || is_name(without_leading(name, b"[]."), parameter)
}

fn without_leading<'a>(name: &'a [u8], bytes: &[u8]) -> &'a [u8] {
    let start = name.iter().position(|byte| !bytes.contains(byte)).unwrap_or(name.len());
    name.get(start..).unwrap_or_default()
}

fn is_name(name: &[u8], parameter: &[u8]) -> bool {
    // PHP takes blank, dot and bracket for an underscore, and ends the name at NUL.
    name.split_at_checked(parameter.len()).is_some_and(|(name, behind)| {
        name.iter().zip(parameter).all(|(byte, expected)| fold(*byte) == *expected)
            && matches!(behind.first(), None | Some(0 | b'[' | b']'))
    })
}

fn fold(byte: u8) -> u8 {
    match byte {
        b' ' | b'.' | b'[' => b'_',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_spelt() {
        for (name, expected) in [
            ("_method", true),
            ("_METHOD", true),
            ("%5Fmethod", true),
            ("_m%65thod", true),
            ("_method[]", true),
            ("[_method]", true),
            ("%5B%5B_method%5D%5D", true),
            ("[method", true),
            (".method", true),
            ("+_method", true),
            ("_method%00x", true),
            ("._method", true),
            ("?_method", true),
            ("%EF%BB%BF_method", true),
            ("%u005fmethod", true),
            ("%_method", false),
            ("%5", false),
            ("method", false),
            ("_methods", false),
            ("", false),
        ] {
            assert_eq!(is_read_as(name.as_bytes(), b"_method"), expected, "{name}");
        }
    }

    #[test]
    fn servers_find_parameters_in_paths() {
        for (target, expected) in [
            ("/", ""),
            ("/?a=1", "a=1"),
            ("/a%20b?a=1", "a=1"),
            ("/users/5&_method=DELETE", "&_method=DELETE"),
            ("/users/5%26_method=DELETE?a=1", "a=1&_method=DELETE"),
            ("/users/5%26%255fmethod%3DDELETE", "&%5fmethod=DELETE"),
            ("/a%2526b", ""),
            ("/a%253Bb%253Fc", ""),
            ("/users/5%3B_method=DELETE?a=1", "a=1&_method=DELETE"),
            ("/users/5%3F_method=DELETE?a=1", "a=1&_method=DELETE&_method=DELETE?a=1"),
            ("/a%3Fb=1%26c=2", "&c=2&b=1&c=2&b=1&c=2"),
            ("/a%3Fb=1%23c", "&b=1#c&b=1&b=1#c"),
            ("/a&b=1%3Fc=2", "&b=1?c=2&c=2&c=2"),
            ("/a%3Fb=c?.d", ".d&b=c&b=c?.d"),
            ("/a;_method=DELETE", "&_method=DELETE&_method=DELETE"),
            ("/a;b=1/c;d?e=2", "e=2&b=1/c;d&b=1/c;d?e=2"),
            ("/a;b=1%3Bc?", "&b=1;c&b=1%3Bc?"),
        ] {
            assert_eq!(Query::of(&Uri::try_from(target).unwrap()).as_str(), expected, "{target}");
        }
    }

    #[test]
    fn queries_are_pairs() {
        for (query, expected) in [
            ("a=1&b=2", &[("a", "1"), ("b", "2")][..]),
            ("a=1;b", &[("a", "1"), ("b", "")]),
            ("a==&", &[("a", "="), ("", "")]),
        ] {
            assert_eq!(Query::new(query).pairs().collect::<Vec<_>>(), expected, "{query}");
        }
    }
}
