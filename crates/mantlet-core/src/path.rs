//! [`RoutePath`]: the path the application will see, and [`PathPattern`]: what route rules match on.
//!
//! Rules match whole segments of one unambiguous reading of the path. A path that frameworks read in more than
//! one way is refused rather than guessed at: `/upload%2f..%2fadmin`, `/upload/..;/x`, `/a/%2e%2e/b`, `//upload`,
//! `/upload%00`, a backslash, a control character, an overlong `%c0%ae`, a segment of dots, or of dots
//! and spaces (Windows trims them). Everything else is forwarded as it came.
//!
//! Segments are compared to the byte, case included. To an application that tells no case apart (Express, ASP.NET) that
//! is the safe side only for a rule that loosens: `/WEBHOOKS/x` gets the policy of everywhere. A rule that is stricter than
//! everywhere is escaped by `/ADMIN`. Folding case for every application would only turn this round, since to others
//! `/Webhooks` is a path that nobody meant to loosen: so [`PathCase`] says what the application does. An application knows
//! more spellings than those of case (`/admin.json`, `/admin;x`), so routes are best to loosen and everywhere is to be
//! strict; `mantlet check` names those that do not.

use std::borrow::Cow;
use std::fmt;

use crate::percent;
use crate::reason::{Reason, Refusal};

/// An unambiguous absolute path, percent-decoded for matching only. Bytes above ASCII stay percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePath<'a>(Cow<'a, str>);

impl<'a> RoutePath<'a> {
    /// Reads the path of a request target, without its query.
    ///
    /// # Errors
    /// [`Reason::RequestPath`] when the path could be read in more than one way.
    pub fn parse(path: &'a str) -> Result<Self, Refusal> {
        let refuse = |what: &'static str| Refusal::new(Reason::RequestPath, what);
        if !path.starts_with('/') {
            return Err(refuse("not an absolute path"));
        }
        // Paths without escapes are by far the most frequent: they are matched where they lie.
        let decoded = if path.contains('%') { Cow::Owned(decode(path)?) } else { Cow::Borrowed(path) };
        if decoded.bytes().any(|b| b < 0x20 || b == 0x7f || b == b'\\') {
            return Err(refuse("control character or backslash"));
        }
        let mut is_last = false;
        for segment in decoded.as_bytes().split(|b| *b == b'/').skip(1) {
            if is_last {
                return Err(refuse("empty segment"));
            }
            // Path parameters (`;jsessionid=1`) are cut off by some servers and kept by others.
            let mut name = segment.iter().take_while(|b| **b != b';');
            if segment.starts_with(b".") && name.all(|b| matches!(b, b'.' | b' ')) {
                return Err(refuse("dot segment"));
            }
            // An empty one is what follows a slash at the end.
            is_last = segment.is_empty();
        }
        Ok(Self(decoded))
    }

    /// The path for matching.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Decodes escapes of ASCII, once.
fn decode(path: &str) -> Result<String, Refusal> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((plain, escaped)) = rest.split_once('%') {
        out.push_str(plain);
        let digits = escaped.get(..2).ok_or(Refusal::new(Reason::RequestPath, "broken escape"))?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Refusal::new(Reason::RequestPath, "broken escape"));
        }
        let byte = u8::from_str_radix(digits, 16).map_err(|_| Refusal::from(Reason::RequestPath))?;
        match byte {
            // Nobody who decodes twice makes an escape of what follows.
            b'%' if !begins_like_escape(escaped.get(2..).unwrap_or("")) => out.push('%'),
            b'/' | b'\\' | b'%' | 0..=0x1f | 0x7f => {
                return Err(Refusal::new(Reason::RequestPath, format!("encoded %{digits}")));
            }
            // To readers that are not strict, two escapes of one ASCII character.
            0xc0 | 0xc1 if matches!(escaped.get(2..4), Some("%8" | "%9" | "%a" | "%b" | "%A" | "%B")) => {
                return Err(Refusal::new(Reason::RequestPath, "overlong escape"));
            }
            0x80.. => {
                out.push('%');
                out.push_str(&digits.to_ascii_uppercase());
            }
            ascii => out.push(char::from(ascii)),
        }
        rest = escaped.get(2..).unwrap_or("");
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether this could go on an escape whose `%` stood before it, `%u` of old IIS included. It may begin with an escape
/// itself.
fn begins_like_escape(rest: &str) -> bool {
    let first = percent::decode(rest.get(..3).unwrap_or(rest)).first().copied();
    first.is_some_and(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'u' | b'U'))
}

/// What servers make of a path that is read in more than one way: each round of decoding, from the path as it came.
///
/// # Errors
/// [`Reason::RequestPath`] when one of them climbs out of a folder, holds what no path should, or the rounds do not end.
pub(crate) fn every_reading(path: &str) -> Result<Vec<Vec<u8>>, Refusal> {
    /// Who decodes more often than that has other worries.
    const MOST: usize = 4;
    let refuse = |what: &'static str| Err(Refusal::new(Reason::RequestPath, what));
    if !path.starts_with('/') {
        return refuse("not an absolute path");
    }
    let mut readings = vec![path.as_bytes().to_vec()];
    while let Some(reading) = readings.last() {
        if reading.iter().any(|b| *b < 0x20 || *b == 0x7f || *b == b'\\') {
            return refuse("control character or backslash");
        }
        if reading.windows(2).any(|pair| matches!(pair, [0xc0 | 0xc1, 0x80..=0xbf])) {
            return refuse("overlong encoding");
        }
        if reading.windows(2).any(|pair| matches!(pair, [b'%', b'u' | b'U'])) {
            return refuse("an escape of four digits");
        }
        let climbs = |segment: &[u8]| {
            let name = segment.split(|b| *b == b';').next().unwrap_or(segment);
            name.starts_with(b".") && name.iter().all(|b| matches!(b, b'.' | b' '))
        };
        if reading.split(|b| *b == b'/').any(climbs) {
            return refuse("dot segment");
        }
        let next = percent::decode(reading);
        if next == *reading {
            break;
        }
        if readings.len() == MOST {
            return refuse("escaped again and again");
        }
        readings.push(next);
    }
    Ok(readings)
}

/// Which paths a rule is for: whole segments, `*` for one segment, a final `/*` for everything below.
///
/// `/webhooks/*` matches `/webhooks`, `/webhooks/` and `/webhooks/github/push`, but not `/webhooks-old`. Escapes are what
/// they are in a request: `/größe`, `/gr%C3%B6%C3%9Fe` and `/%67r%c3%b6%c3%9fe` are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    segments: Box<[Segment]>,
    below: bool,
    case: PathCase,
}

/// Whether the case of ASCII letters tells paths apart. The application decides; this says what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum PathCase {
    /// It does: `/Admin` is another path than `/admin`.
    #[default]
    Exact,
    /// It does not.
    Ignore,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Any,
}

/// Text that is not a path pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPathPattern(Cow<'static, str>);

impl fmt::Display for InvalidPathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPathPattern {}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it does not start with a slash, has a query, or a `*` is only part of a segment.
    pub fn parse(text: &str) -> Result<Self, InvalidPathPattern> {
        if let Some((path, _)) = text.split_once(['?', '#']) {
            let why = format!(
                "a path ends where its query begins\nfix: \"{path}\", for any query (a question mark is `%3F`)"
            );
            return Err(InvalidPathPattern(why.into()));
        }
        let path = text.strip_prefix('/').ok_or(InvalidPathPattern("a path pattern starts with `/`".into()))?;
        let (path, below) = match path.strip_suffix("/*") {
            Some(path) => (path, true),
            None if path == "*" => ("", true),
            None => (path, false),
        };
        if path.is_empty() && below {
            return Ok(Self { segments: Box::default(), below, case: PathCase::Exact });
        }
        let segments = path
            .split('/')
            .map(|segment| match segment {
                "*" => Ok(Segment::Any),
                "." | ".." => Err(InvalidPathPattern("no path has a dot segment: it is refused before".into())),
                part if part.contains('*') => {
                    Err(InvalidPathPattern(format!("`*` stands for a whole segment, not part of one: `{part}`").into()))
                }
                part => literal(part).map(Segment::Literal),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { segments, below, case: PathCase::Exact })
    }

    /// The same pattern, for an application to which case matters so.
    #[must_use]
    pub fn with_case(self, case: PathCase) -> Self {
        Self { case, ..self }
    }

    /// Whether the pattern is for every path that the other is for, where case matters so.
    #[cfg(feature = "toml")]
    pub(crate) fn covers(&self, other: &Self, case: PathCase) -> bool {
        let mut theirs = other.segments.iter();
        for segment in &self.segments {
            match (segment, theirs.next()) {
                (Segment::Literal(ours), Some(Segment::Literal(theirs))) if case.is_same(ours, theirs) => {}
                (Segment::Any, Some(Segment::Any)) => {}
                (Segment::Any, Some(Segment::Literal(literal))) if !literal.is_empty() => {}
                _ => return false,
            }
        }
        self.below || (theirs.next().is_none() && !other.below)
    }

    /// Whether the pattern is for this path.
    pub fn matches(&self, path: &RoutePath<'_>) -> bool {
        let mut parts = path.as_str().split('/').skip(1);
        for segment in &self.segments {
            match (segment, parts.next()) {
                (Segment::Literal(literal), Some(part)) if self.case.is_same(literal, part) => {}
                (Segment::Any, Some(part)) if !part.is_empty() => {}
                _ => return false,
            }
        }
        self.below || parts.next().is_none()
    }
}

impl PathCase {
    fn is_same(self, one: &str, other: &str) -> bool {
        match self {
            Self::Exact => one == other,
            Self::Ignore => one.eq_ignore_ascii_case(other),
        }
    }
}

/// A segment as [`RoutePath`] has it: escapes of ASCII decoded, and what is above it escaped.
fn literal(part: &str) -> Result<Box<str>, InvalidPathPattern> {
    let mut escaped = String::with_capacity(part.len());
    for c in part.chars() {
        match c {
            ascii if ascii.is_ascii() => escaped.push(ascii),
            other => {
                for byte in other.encode_utf8(&mut [0; 4]).bytes() {
                    escaped.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    let invalid = |refusal: Refusal| {
        let why = refusal.detail;
        InvalidPathPattern(format!("no path that is served has `{part}`: {why} (a percent sign is `%25`)").into())
    };
    decode(&escaped).map(String::into_boxed_str).map_err(invalid)
}

/// As requests are matched with it: `/größe` is `/gr%C3%B6%C3%9Fe`.
impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => write!(f, "/{literal}")?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        if self.below { f.write_str("/*") } else { Ok(()) }
    }
}

#[cfg(feature = "toml")]
impl<'de> serde::Deserialize<'de> for PathPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_as_they_were_read() {
        for text in ["/", "/*", "/webhooks", "/webhooks/*", "/users/*/avatar", "/a/*/*"] {
            assert_eq!(PathPattern::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn ambiguous_paths_are_refused() {
        for (name, path) in [
            ("encoded_slash", "/upload%2f..%2fadmin"),
            ("path_parameter_dots", "/upload/..;/x"),
            ("double_slash", "//upload"),
            ("nul", "/upload%00"),
            ("dot_dot", "/a/../b"),
            ("encoded_dot_dot", "/a/%2e%2E/b"),
            ("encoded_backslash", "/a%5cb"),
            ("backslash", "/a\\b"),
            ("double_encoding", "/a%252fb"),
            ("broken_escape", "/a%2"),
            ("not_hex", "/a%+1"),
            ("control_character", "/a\x01"),
            ("delete", "/a\x7fb"),
            ("relative", "a"),
            ("dots_and_a_space", "/a/..%20/b"),
            ("three_dots", "/a/.../b"),
            ("overlong_dots", "/a/%c0%ae%c0%ae/b"),
            ("overlong_slash", "/a/..%C0%AFb"),
        ] {
            assert_eq!(RoutePath::parse(path).unwrap_err().reason, Reason::RequestPath, "{name}");
        }
    }

    #[test]
    fn odd_but_clear_paths_are_read() {
        for path in ["/.well-known/x", "/a..b", "/v1...v2", "/%20", "/caf%e9", "/%C0%20gauche", "/%C3%80"] {
            assert!(RoutePath::parse(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn escapes_cannot_dodge_a_pattern() {
        let pattern = PathPattern::parse("/upload").unwrap();
        assert!(pattern.matches(&RoutePath::parse("/%75pload").unwrap()));
    }

    #[test]
    fn patterns_that_no_path_could_match_are_none() {
        for pattern in ["a", "/a*", "/..", "/a%2fb", "/50%", "/a%5Cb", "/%252e", "/a?x=1", "/a#b"] {
            assert!(PathPattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[cfg(feature = "toml")]
    #[test]
    fn a_pattern_covers_what_it_matches_all_of() {
        for (one, other, expected) in [
            ("/*", "/", true),
            ("/*", "/a/*", true),
            ("/a/*", "/a", true),
            ("/a/*", "/a/", true),
            ("/a/*", "/a/b/*", true),
            ("/a/*", "/ab", false),
            ("/a/*", "/*", false),
            ("/a", "/a", true),
            ("/a", "/%61", true),
            ("/a", "/a/*", false),
            ("/a", "/a/", false),
            ("/a", "/A", false),
            ("/*/b", "/a/b", true),
            ("/*/b", "/a/b/*", false),
            ("/a/b", "/*/b", false),
            ("/*/*", "/a/*", true),
            ("/*/*", "/*", false),
            ("/a/*/*", "/a/b/c", true),
            ("/a/*/c", "/a//c", false),
        ] {
            let pattern = |text| PathPattern::parse(text).unwrap();
            assert_eq!(pattern(one).covers(&pattern(other), PathCase::Exact), expected, "{one} covers {other}");
            let is_left = |path: &str| {
                let path = RoutePath::parse(path).unwrap();
                pattern(other).matches(&path) && !pattern(one).matches(&path)
            };
            let paths = ["/", "/a", "/a/", "/A", "/ab", "/a/b", "/a/b/", "/a/b/c", "/x/b", "/x/b/c", "/x/y/z"];
            assert_eq!(paths.into_iter().any(is_left), !expected && other != "/a//c", "{one} covers {other}");
        }
        let (lower, upper) = (PathPattern::parse("/a").unwrap(), PathPattern::parse("/A").unwrap());
        assert!(lower.covers(&upper, PathCase::Ignore));
    }

    #[test]
    fn patterns_match_whole_segments() {
        for (pattern, path, expected) in [
            ("/webhooks/*", "/webhooks", true),
            ("/webhooks/*", "/webhooks/", true),
            ("/webhooks/*", "/webhooks/a/b", true),
            ("/webhooks/*", "/webhooks-old", false),
            ("/webhooks/*", "/webhooksx/a", false),
            ("/*", "/", true),
            ("/*", "/a/b", true),
            ("/", "/", true),
            ("/", "/a", false),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a//c", false),
            ("/a/*/c", "/a/b/b/c", false),
            ("/Upload", "/upload", false),
            ("/a b/*", "/a%20b/c", true),
            ("/a%20b/*", "/a%20b/c", true),
            ("/%61", "/a", true),
            ("/gr\u{f6}\u{df}e", "/gr%C3%B6%c3%9fe", true),
            ("/gr%c3%b6%C3%9Fe", "/gr%C3%B6%c3%9fe", true),
            ("/50%25", "/50%25", true),
        ] {
            let pattern_parsed = PathPattern::parse(pattern).unwrap();
            let matched = RoutePath::parse(path).is_ok_and(|path| pattern_parsed.matches(&path));
            assert_eq!(matched, expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn case_counts_as_the_application_counts_it() {
        let pattern = PathPattern::parse("/Admin/*").unwrap();
        for (path, exact, ignore) in [
            ("/Admin/x", true, true),
            ("/ADMIN", false, true),
            ("/%61dmin/x", false, true),
            ("/administration", false, false),
        ] {
            let path = RoutePath::parse(path).unwrap();
            assert_eq!(pattern.clone().matches(&path), exact, "{path:?}");
            assert_eq!(pattern.clone().with_case(PathCase::Ignore).matches(&path), ignore, "{path:?}, in any case");
        }
    }
}
