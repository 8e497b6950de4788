//! [`Policy`]: directives and their values.

use std::borrow::Cow;
use std::fmt;
use std::str::SplitAsciiWhitespace;

use super::directive::{self, Kind};
use super::source::{Keyword, Source};

/// One policy: directives in the order in which they stand, each name once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    directives: Vec<Directive>,
    /// Names that stood again: browsers heed only the first.
    repeated: Vec<Box<str>>,
}

/// A name and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Lower case.
    pub name: Box<str>,
    /// Sources; of directives that take something else, words as [`Source::Invalid`].
    pub values: Vec<Source>,
}

/// Reads the value of a header field: policies separated by commas, of which a browser enforces all.
///
/// Policies without a directive are left out. There are no errors: what browsers ignore is kept where
/// [`evaluate`](super::evaluate()) can point at it.
pub fn parse(field: &str) -> Vec<Policy> {
    field.split(',').map(Policy::parse).filter(|policy| !policy.directives.is_empty()).collect()
}

/// The words of each directive of one policy, the name first. There is at least that.
pub(super) fn words_of_directives(policy: &str) -> impl Iterator<Item = SplitAsciiWhitespace<'_>> {
    policy
        .split(';')
        // A directive that is not ASCII is dropped as a whole. (No field value has control characters.)
        .filter(|part| part.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')))
        .map(str::split_ascii_whitespace)
        .filter(|words| words.clone().next().is_some())
}

impl Policy {
    /// Reads one serialised policy (CSP level 3, section 2.2.1).
    fn parse(text: &str) -> Self {
        let mut policy = Self::default();
        for mut words in words_of_directives(text) {
            let name: Box<str> = words.next().unwrap_or("").to_ascii_lowercase().into();
            // A search per directive would make a header full of them quadratic; a policy has a few dozen at most.
            if policy.directives.len() >= MAX_DIRECTIVES {
                break;
            }
            if policy.get(&name).is_some() {
                policy.repeated.push(name);
                continue;
            }
            let read =
                if directive::takes_sources(&name) { Source::parse } else { |word: &str| Source::Invalid(word.into()) };
            policy.directives.push(Directive { values: words.map(read).collect(), name });
        }
        policy
    }

    /// The directives, in their order.
    pub fn directives(&self) -> &[Directive] {
        &self.directives
    }

    /// Names that stood more than once.
    pub fn repeated(&self) -> &[Box<str>] {
        &self.repeated
    }

    /// The values of a directive, by its lower-case name.
    pub fn get(&self, name: &str) -> Option<&[Source]> {
        self.directives.iter().find(|directive| *directive.name == *name).map(|directive| directive.values.as_slice())
    }

    /// The values that decide for a directive: its own, or those it falls back to.
    pub(crate) fn effective(&self, name: &str) -> Option<&[Source]> {
        self.get(name).or_else(|| directive::fallbacks(name).iter().find_map(|fallback| self.get(fallback)))
    }

    /// Says a directive, in place of what was said by that name.
    ///
    /// # Errors
    /// Unlike a browser's, this reading ignores nothing: unknown and void names, values that are none, keywords without
    /// their quotes, and a nonce, which would be the same in every response.
    pub fn set<S: AsRef<str>>(&mut self, name: &str, values: &[S]) -> Result<(), InvalidDirective> {
        check_name(name)?;
        let values = values.iter().map(|value| checked_value(name, value.as_ref())).collect::<Result<Vec<_>, _>>()?;
        if values.len() > 1 && values.iter().any(|value| value.is(Keyword::None)) {
            return Err(InvalidDirective::new(format!("'none' is void beside other sources of {name}")));
        }
        if values.is_empty() && directive::takes_sources(name) {
            return Err(InvalidDirective::new(format!(
                "an empty list means nothing may: say so\nfix: {name} = [\"'none'\"]"
            )));
        }
        self.put(name, values);
        Ok(())
    }

    /// Says a directive whose values are known to be right.
    pub(super) fn put(&mut self, name: &str, values: Vec<Source>) {
        match self.directives.iter_mut().find(|directive| *directive.name == *name) {
            Some(directive) => directive.values = values,
            None => self.directives.push(Directive { name: name.into(), values }),
        }
    }

    /// Says nothing by that name.
    pub fn remove(&mut self, name: &str) {
        self.directives.retain(|directive| *directive.name != *name);
    }

    /// What both say. They have no name in common, or the first one's counts.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        for directive in &other.directives {
            if both.get(&directive.name).is_none() {
                both.directives.push(directive.clone());
            }
        }
        both
    }

    /// Without what makes no sense in a policy that only reports.
    pub(super) fn reporting(&self) -> Self {
        let mut policy = self.clone();
        policy.directives.retain(|directive| !matches!(&*directive.name, "sandbox" | "upgrade-insecure-requests"));
        policy
    }
}

/// More than there are names of directives, unknown ones included.
const MAX_DIRECTIVES: usize = 256;

fn check_name(name: &str) -> Result<(), InvalidDirective> {
    match directive::kind(name) {
        Some(Kind::Deprecated) => {
            Err(InvalidDirective::new(format!("no browser obeys {name} any more\nfix: leave it out")))
        }
        Some(_) if name == "report-to" => {
            Err(InvalidDirective::new("report-to is not in this version\nfix: report-uri"))
        }
        Some(_) => Ok(()),
        None => Err(unknown(name)),
    }
}

#[cfg(feature = "toml")]
fn unknown(name: &str) -> InvalidDirective {
    let names = directive::DIRECTIVES.iter().filter(|(_, kind)| *kind != Kind::Deprecated).map(|(name, _)| *name);
    let help = crate::closest::closest(name, names).map_or(String::new(), |known| format!("\ndid you mean `{known}`?"));
    InvalidDirective::new(format!("no directive is called `{name}`{help}"))
}

#[cfg(not(feature = "toml"))]
fn unknown(name: &str) -> InvalidDirective {
    InvalidDirective::new(format!("no directive is called `{name}`"))
}

fn checked_value(name: &str, text: &str) -> Result<Source, InvalidDirective> {
    if !directive::takes_sources(name) {
        let is_word = !text.is_empty() && text.bytes().all(|b| matches!(b, 0x21..=0x7e) && b != b';' && b != b',');
        return match is_word {
            true => Ok(Source::Invalid(text.into())),
            false => Err(InvalidDirective::new(format!("not a value of {name}: {text:?}"))),
        };
    }
    let unquoted = |word: &str| Keyword::ALL.iter().any(|keyword| keyword.as_str().eq_ignore_ascii_case(word));
    let source = Source::parse(text);
    match &source {
        Source::Host(host) if unquoted(host) => {
            Err(InvalidDirective::new(format!("without its quotes {host} is a host\nfix: \"'{host}'\"")))
        }
        Source::Host(host) if host.contains(['?', '#']) => {
            Err(InvalidDirective::new(format!("browsers match without the query: {text:?}\nfix: leave it out")))
        }
        Source::Nonce(_) => Err(InvalidDirective::new(
            "a nonce in a file is the same in every response: who has seen one page knows it\nfix: a hash, 'sha256-…'",
        )),
        Source::Hash { algorithm, digest } if digest.len() != algorithm.base64_len() => {
            Err(InvalidDirective::new(format!("not a whole {} digest in base64: {text}", algorithm.as_str())))
        }
        Source::Invalid(_) => Err(InvalidDirective::new(format!("not a source: {text:?}"))),
        _ => Ok(source),
    }
}

/// A directive that does not do what it looks like. What follows a line break in its text is the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDirective(Cow<'static, str>);

impl InvalidDirective {
    pub(super) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for InvalidDirective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidDirective {}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, directive) in self.directives.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "; " })?;
            directive.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for value in &self.values {
            write!(f, " {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> Vec<String> {
        parse(text).iter().map(Policy::to_string).collect()
    }

    #[test]
    fn policies_are_read_as_browsers_do() {
        for (name, text, expected) in [
            ("plain", "default-src 'self'; object-src 'none'", vec!["default-src 'self'; object-src 'none'"]),
            ("names in any case", "DEFAULT-SRC 'SELF'", vec!["default-src 'self'"]),
            ("white space and empty parts", " ;; default-src \t 'self' ; ", vec!["default-src 'self'"]),
            ("first of equal names", "script-src 'self'; script-src *", vec!["script-src 'self'"]),
            (
                "a comma ends the policy",
                "script-src 'self', object-src 'none'",
                vec!["script-src 'self'", "object-src 'none'"],
            ),
            ("a directive beyond ASCII is dropped", "script-src \u{e9}; img-src *", vec!["img-src *"]),
            ("no value", "upgrade-insecure-requests", vec!["upgrade-insecure-requests"]),
            (
                "words are kept",
                "sandbox allow-forms; trusted-types a b",
                vec!["sandbox allow-forms; trusted-types a b"],
            ),
            ("unknown names are kept", "no-such-src x", vec!["no-such-src x"]),
            ("empty", "", vec![]),
            ("nothing but separators", ";,;", vec![]),
        ] {
            assert_eq!(round(text), expected, "{name}");
        }
    }

    #[test]
    fn a_policy_of_our_own_ignores_nothing() {
        for (name, directive, value, expected) in [
            ("misspelt name", "scrpt-src", "'self'", "no directive is called `scrpt-src`\ndid you mean `script-src`?"),
            ("void name", "plugin-types", "a/b", "no browser obeys plugin-types any more\nfix: leave it out"),
            ("planned name", "report-to", "x", "report-to is not in this version\nfix: report-uri"),
            ("no quotes", "script-src", "self", "without its quotes self is a host\nfix: \"'self'\""),
            ("two sources in one", "script-src", "'self' *", "not a source: \"'self' *\""),
            ("smuggled_directive", "script-src", "a.example;sandbox", "not a source: \"a.example;sandbox\""),
            ("smuggled_behind_a_path", "script-src", "a.example/;sandbox", "not a source: \"a.example/;sandbox\""),
            ("empty_word", "sandbox", "", "not a value of sandbox: \"\""),
            ("smuggled_policy", "sandbox", "allow-forms,x", "not a value of sandbox: \"allow-forms,x\""),
            ("smuggled_line", "sandbox", "a\r\nSet-Cookie:x", "not a value of sandbox: \"a\\r\\nSet-Cookie:x\""),
            (
                "a query",
                "script-src",
                "a.example/?x",
                "browsers match without the query: \"a.example/?x\"\nfix: leave it out",
            ),
            ("half a digest", "script-src", "'sha256-abc='", "not a whole sha256 digest in base64: 'sha256-abc='"),
        ] {
            let error = Policy::default().set(directive, &[value]).expect_err(name);
            assert_eq!(error.to_string(), expected, "{name}");
        }
        assert!(Policy::default().set("script-src", &["'nonce-abcdefgh'"]).is_err());
        assert!(Policy::default().set("script-src", &["'none'", "'self'"]).is_err());
        assert!(Policy::default().set("script-src", &[] as &[&str]).is_err());
        assert!(Policy::default().set("sandbox", &[] as &[&str]).is_ok());
        assert!(Policy::default().set("sandbox", &["allow-forms"]).is_ok());
    }

    #[test]
    fn effective_values_follow_the_fallbacks() {
        let policies = parse("default-src 'none'; script-src 'self'; child-src a.example; style-src b.example");
        let effective = |name| policies[0].effective(name).map(|values| values[0].to_string());
        assert_eq!(effective("script-src-elem").as_deref(), Some("'self'"));
        assert_eq!(effective("worker-src").as_deref(), Some("a.example"));
        assert_eq!(effective("style-src-attr").as_deref(), Some("b.example"));
        assert_eq!(effective("frame-src").as_deref(), Some("a.example"));
        assert_eq!(effective("fenced-frame-src").as_deref(), Some("a.example"));
        assert_eq!(effective("object-src").as_deref(), Some("'none'"));
        assert_eq!(effective("base-uri"), None);
    }

    proptest::proptest! {
        #[test]
        fn what_was_rendered_reads_the_same(text in "([a-z'*:;,/. -]|script-src|'self'|https://|'nonce-a'){0,40}") {
            let policies = parse(&text);
            let rendered = policies.iter().map(Policy::to_string).collect::<Vec<_>>();
            let mut again = parse(&rendered.join(", "));
            for (policy, first) in again.iter_mut().zip(&policies) {
                policy.repeated.clone_from(&first.repeated);
            }
            assert_eq!(again, policies);
        }

        #[test]
        fn no_text_panics(text in ".{0,64}") {
            let _ = super::super::evaluate(&parse(&text));
        }
    }
}
