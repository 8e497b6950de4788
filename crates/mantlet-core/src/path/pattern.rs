//! [`PathPattern`]: which paths a rule is for.

use std::borrow::Cow;
use std::fmt;

use super::route::{RoutePath, decode};
use crate::reason::Refusal;

/// Which paths a rule is for: whole segments, `*` for one segment, a final `/*` for everything below.
///
/// `/webhooks/*` matches `/webhooks`, `/webhooks/` and `/webhooks/github/push`, but not `/webhooks-old`. Escapes are what
/// they are in a request: `/größe`, `/gr%C3%B6%C3%9Fe` and `/gr%c3%b6%c3%9fe` are one.
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
    /// When it does not start with a slash, has a query or an empty segment, or a `*` is only part of a segment.
    pub fn parse(text: &str) -> Result<Self, InvalidPathPattern> {
        if let Some((path, _)) = text.split_once(['?', '#']) {
            let why = format!(
                "a path ends where its query begins\nfix: \"{path}\", for any query (a question mark is `%3F`)"
            );
            return Err(InvalidPathPattern(why.into()));
        }
        if text.contains("//") {
            return Err(InvalidPathPattern("a path with `//` is on no route: it could be read in two ways".into()));
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
                "**" => Err(InvalidPathPattern(
                    "`*` stands for one segment; at the end `/*` is for everything below".into(),
                )),
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
    pub(crate) fn with_case(self, case: PathCase) -> Self {
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
                (Segment::Any, Some(Segment::Literal(literal))) if is_for_star(literal) => {}
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
                (Segment::Any, Some(part)) if is_for_star(part) => {}
                _ => return false,
            }
        }
        self.below || parts.next().is_none()
    }
}

/// Whether a `*` is for this segment. Not where a server ends the path within it: h3 does at an escaped question mark, Fastify
/// before 5 at a semicolon. To them `/delete%3F/webhook` is no path of `/*/webhook`.
fn is_for_star(segment: &str) -> bool {
    !segment.is_empty() && !segment.contains(['?', ';'])
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
    let invalid = |refusal: Refusal| {
        let why = refusal.detail;
        InvalidPathPattern(format!("no path that is served has `{part}`: {why} (a percent sign is `%25`)").into())
    };
    decode(part).map(String::into_boxed_str).map_err(invalid)
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
    fn escapes_cannot_dodge_a_pattern() {
        let pattern = PathPattern::parse("/upload").unwrap();
        assert!(pattern.matches(&RoutePath::parse("/%75pload").unwrap()));
    }

    #[test]
    fn a_star_is_for_no_segment_that_ends_the_path() {
        for (pattern, path, expected) in [
            ("/*/webhook", "/acme/webhook", true),
            ("/*/webhook", "/delete%3F/webhook", false),
            ("/*/webhook", "/delete;/webhook", false),
            ("/*/webhook", "/delete%3bx/webhook", false),
            ("/webhooks/*", "/webhooks/a;b=c", true),
            ("/webhooks/*", "/webhooks/what%3F", true),
        ] {
            let is_matched = PathPattern::parse(pattern).unwrap().matches(&RoutePath::parse(path).unwrap());
            assert_eq!(is_matched, expected, "{path} on {pattern}");
        }
    }

    #[test]
    fn patterns_that_no_path_could_match_are_none() {
        for pattern in [
            "a", "/a*", "/a/**", "/..", "/a%2fb", "/50%", "/a%5Cb", "/%252e", "/a?x=1", "/a#b", "/a//b", "//a", "/a//*",
        ] {
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
            ("/*/*", "/", false),
            ("/*/b", "/*/b", true),
            ("/a/*/*", "/a/b/c", true),
        ] {
            let pattern = |text| PathPattern::parse(text).unwrap();
            assert_eq!(pattern(one).covers(&pattern(other), PathCase::Exact), expected, "{one} covers {other}");
            let is_left = |path: &str| {
                let path = RoutePath::parse(path).unwrap();
                pattern(other).matches(&path) && !pattern(one).matches(&path)
            };
            let paths = ["/", "/a", "/a/", "/A", "/ab", "/a/b", "/a/b/", "/a/b/c", "/x/b", "/x/b/c", "/x/y/z"];
            assert_eq!(paths.into_iter().any(is_left), !expected, "{one} covers {other}");
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
            ("/gr\u{f6}\u{df}e", "/gr\u{f6}%C3%9Fe", true),
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
