//! [`SecurityHeader`]: what all the headers of this guard have in common.

use std::borrow::Cow;
use std::fmt;

use mantlet_fields::{Known, is_token_byte};

/// A value of one security header. One that exists is valid; `Display` renders it.
pub trait SecurityHeader: fmt::Debug + fmt::Display + Clone + PartialEq + Sized {
    /// The field's name.
    const NAME: Known;

    /// Whether a comma belongs to one value, rather than joining two of which one is a mistake.
    const IS_LIST: bool = false;

    /// Reads a field value as browsers do.
    ///
    /// # Errors
    /// When browsers would ignore the field, with the spelling that they would not.
    fn parse(text: &str) -> Result<Self, InvalidHeader>;

    /// What protects at least as much as each of both.
    #[must_use]
    fn stricter(&self, other: &Self) -> Self;
}

/// A value that browsers would ignore. What follows a line break in its text is the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidHeader(Cow<'static, str>);

impl InvalidHeader {
    pub(super) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidHeader {}

/// A header whose values are a few words, from weakest to strictest: its name, its default, and how its words are read.
macro_rules! ranked {
    (
        $(#[$meta:meta])*
        $name:ident, $header:ident, $default:ident, $read:path $(, list = $list:literal)? {
            $($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[doc = $doc])+ $variant,)+ }

        impl $name {
            /// As it is sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl $crate::headers::SecurityHeader for $name {
            const NAME: $crate::fields::Known = $crate::fields::Known::$header;
            $(const IS_LIST: bool = $list;)?

            fn parse(text: &str) -> Result<Self, $crate::headers::InvalidHeader> {
                $read(text, &[$(($text, Self::$variant),)+])
            }

            fn stricter(&self, other: &Self) -> Self {
                *self.max(other)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::$default
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(super) use ranked;

/// The words of a ranked header, as they are sent, and what they mean.
pub(super) type Words<T> = [(&'static str, T)];

/// Not one of the words.
pub(super) fn one_of<T>(words: &Words<T>) -> InvalidHeader {
    let listed = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    InvalidHeader::new(format!("not a value browsers know\nit is one of {listed}"))
}

/// One word whose case matters, and nothing else: a list or a parameter makes browsers ignore the field.
pub(super) fn word<T: Copy>(text: &str, words: &Words<T>) -> Result<T, InvalidHeader> {
    words.iter().find(|(word, _)| *word == text.trim()).map(|(_, value)| *value).ok_or_else(|| one_of(words))
}

/// One word of a list, in any case.
pub(super) fn in_any_case<T: Copy>(text: &str, words: &Words<T>) -> Option<T> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())).map(|(_, value)| *value)
}

/// A structured item: its case matters, its parameters change nothing.
pub(super) fn item<T: Copy>(text: &str, words: &Words<T>) -> Result<T, InvalidHeader> {
    let item = without_parameters(text.trim());
    words.iter().find(|(word, _)| Some(*word) == item).map(|(_, value)| *value).ok_or_else(|| one_of(words))
}

/// The bare item of a structured field (RFC 9651) whose parameters change nothing. `None` when they would make browsers
/// ignore the field as a whole, as a blank before a semicolon does.
pub(super) fn without_parameters(text: &str) -> Option<&str> {
    let mut parts = text.split(';');
    let item = parts.next()?;
    let are_valid = parts.map(|parameter| parameter.trim_start_matches(' ')).all(is_parameter);
    (are_valid && !item.ends_with([' ', '\t'])).then_some(item)
}

/// Whether it is a key, perhaps with a value that is a token, a string, a whole number or a truth.
fn is_parameter(parameter: &str) -> bool {
    let (key, value) = parameter.split_once('=').map_or((parameter, None), |(key, value)| (key, Some(value)));
    key.starts_with(|c: char| c.is_ascii_lowercase() || c == '*')
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b'*'))
        && value.is_none_or(is_bare_item)
}

fn is_bare_item(text: &str) -> bool {
    let is_token = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '*')
            && text.bytes().all(|b| is_token_byte(b) || matches!(b, b':' | b'/'))
    };
    let is_number = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix('"') {
        // An escape would be one more thing to get wrong.
        Some(rest) => rest
            .strip_suffix('"')
            .is_some_and(|string| string.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\'))),
        None => is_token(text) || is_number(text) || matches!(text, "?0" | "?1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_parameter_voids_the_item() {
        for (name, text, expected) in [
            ("none", "a", Some("a")),
            ("a word", "a;b=c", Some("a")),
            ("a string", "a; b-1_=\"c\"", Some("a")),
            ("a flag", "a;b", Some("a")),
            ("upper case", "a;bC=d", None),
            ("begins with a digit", "a;1b=c", None),
            ("a space in a key", "a;b c=d", None),
            ("no value", "a;b=", None),
            ("an empty string", "a;b=\"\"", Some("a")),
            ("a value with a space", "a;b=c d", None),
            ("a string with a space", "a; b=\"c d\"", Some("a")),
            ("a number", "a;b=12", Some("a")),
            ("a truth", "a;b=?1", Some("a")),
            ("a number and more", "a;b=1c", None),
            ("a space before the semicolon", "a ;b=c", None),
            ("a space before the second", "a;b=c ;d", None),
            ("a tab behind it", "a;\tb=c", None),
            ("half a string", "a;b=\"c", None),
            ("one of several", "a;b=c;D", None),
        ] {
            assert_eq!(without_parameters(text), expected, "{name}");
        }
    }
}
