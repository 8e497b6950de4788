//! [`SecurityHeader`]: what all the headers of this guard have in common.

use std::borrow::Cow;
use std::fmt;

use mantlet_fields::Known;

use super::structured::{self, Bare};

/// A value of one security header. One that exists is valid; `Display` renders it.
pub trait SecurityHeader: fmt::Debug + fmt::Display + Clone + PartialEq + Sized {
    /// The field's name.
    const NAME: Known;

    /// What a comma or another line means.
    const SEVERAL: Several = Several::One;

    /// Reads a field value as browsers do.
    ///
    /// # Errors
    /// When browsers would ignore the field, with the spelling that they would not.
    fn parse(text: &str) -> Result<Self, InvalidHeader>;

    /// Reads what a policy file says: what browsers would pass over is a mistake there.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and for each part that means nothing.
    fn parse_strictly(text: &str) -> Result<Self, InvalidHeader> {
        Self::parse(text)
    }

    /// What protects at least as much as each of both.
    #[must_use]
    fn stricter(&self, other: &Self) -> Self;
}

/// What a comma in a header's value, or another line of it, means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Several {
    /// The first line counts. Browsers differ in how they read an odd one, so what it says is written anew.
    First,
    /// All of them together are one value, or one mistake. What they say goes out as one.
    One,
    /// They are one list, which goes out as it was written.
    List,
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
    (@or $default:path) => { $default };
    (@or $default:path, $given:path) => { $given };
    (
        $(#[$meta:meta])*
        $name:ident, field = $header:ident, default = $default:ident, read = $read:path
        $(, several = $several:ident)? $(, stricter = $stricter:path)? {
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
            $(const SEVERAL: $crate::headers::Several = $crate::headers::Several::$several;)?

            fn parse(text: &str) -> Result<Self, $crate::headers::InvalidHeader> {
                $read(text, &[$(($text, Self::$variant),)+])
            }

            fn stricter(&self, other: &Self) -> Self {
                ranked!(@or Ord::max $(, $stricter)?)(*self, *other)
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
    words.iter().find(|(word, _)| *word == text.trim_ascii()).map(|(_, value)| *value).ok_or_else(|| one_of(words))
}

/// One word of a list, in any case.
pub(super) fn in_any_case<T: Copy>(text: &str, words: &Words<T>) -> Option<T> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim_ascii())).map(|(_, value)| *value)
}

/// A structured item: its case matters, its parameters change nothing.
pub(super) fn item<T: Copy>(text: &str, words: &Words<T>) -> Result<T, InvalidHeader> {
    let item = match structured::item(text) {
        Some(Bare::Token(item) | Bare::Other(item)) => Some(item),
        Some(Bare::String(_)) | None => None,
    };
    words.iter().find(|(word, _)| Some(*word) == item).map(|(_, value)| *value).ok_or_else(|| one_of(words))
}
