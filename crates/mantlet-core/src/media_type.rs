//! [`MediaType`]: the value of a Content-Type field (RFC 9110, section 8.3.1).
//!
//! Strict, and hides nothing: parameters are kept in their order with their duplicates, and what breaks the grammar is
//! an error. Who asks for a parameter that stands twice is told so, because parsers take either the first or the last.

use std::borrow::Cow;
use std::fmt;

use mantlet_fields::{is_token, is_token_byte};

/// The longest value that is read. Browsers send less than 100 bytes.
const MAX_LENGTH: usize = 1024;
/// The most parameters that are read.
const MAX_PARAMETERS: usize = 16;

/// A media type with its parameters, in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType<'a> {
    /// `type/subtype`, lower case.
    essence: Cow<'a, str>,
    parameters: Vec<Parameter<'a>>,
}

/// One parameter. Equality is that of names without case, and of values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter<'a> {
    /// Lower case.
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

/// A value that is not a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidMediaType(&'static str);

impl fmt::Display for InvalidMediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidMediaType {}

/// The parameter asked for stands more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated;

impl<'a> MediaType<'a> {
    /// Reads the value of a Content-Type field.
    ///
    /// # Errors
    /// On whatever RFC 9110 does not allow: a comma, spaces around `=`, junk after a quoted value, control characters,
    /// bytes outside ASCII; and on more than 1 KiB or 16 parameters.
    pub fn parse(value: &'a [u8]) -> Result<Self, InvalidMediaType> {
        if value.len() > MAX_LENGTH {
            return Err(InvalidMediaType("longer than 1 KiB"));
        }
        let text = std::str::from_utf8(value).map_err(|_| InvalidMediaType("not ASCII"))?;
        let text = text.trim_matches(is_blank);
        let end = text.find(';').unwrap_or(text.len());
        let (essence, mut rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let essence = essence.trim_end_matches(is_blank);
        let (kind, subtype) = essence.split_once('/').ok_or(InvalidMediaType("no type/subtype"))?;
        if !is_token(kind.as_bytes()) || !is_token(subtype.as_bytes()) {
            return Err(InvalidMediaType("type or subtype is not a token"));
        }
        let mut parameters = Vec::new();
        while let Some(after) = rest.strip_prefix(';') {
            let after = after.trim_start_matches(is_blank);
            // RFC 9110, section 5.6.6: between two semicolons there may be nothing.
            if after.is_empty() || after.starts_with(';') {
                rest = after;
                continue;
            }
            if parameters.len() == MAX_PARAMETERS {
                return Err(InvalidMediaType("more than 16 parameters"));
            }
            let (parameter, after) = Parameter::parse(after)?;
            parameters.push(parameter);
            rest = after.trim_start_matches(is_blank);
        }
        if !rest.is_empty() {
            return Err(InvalidMediaType("junk after a parameter"));
        }
        Ok(Self { essence: lower_case(essence), parameters })
    }

    /// `type/subtype`, lower case.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// Every parameter, duplicates included: lower-case name and value.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|parameter| (&*parameter.name, &*parameter.value))
    }

    /// The value of a parameter, if it stands there once. `name` is lower case.
    ///
    /// # Errors
    /// When it stands more than once, even with equal values.
    pub(crate) fn parameter(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.parameters().filter(|(each, _)| *each == name);
        let first = values.next();
        match values.next() {
            Some(_) => Err(Repeated),
            None => Ok(first.map(|(_, value)| value)),
        }
    }
}

impl<'a> Parameter<'a> {
    /// Reads one parameter, and says what follows it.
    fn parse(text: &'a str) -> Result<(Self, &'a str), InvalidMediaType> {
        let (name, rest) = text.split_once('=').ok_or(InvalidMediaType("parameter without a value"))?;
        if !is_token(name.as_bytes()) {
            return Err(InvalidMediaType("parameter name is not a token"));
        }
        let name = lower_case(name);
        if let Some(quoted) = rest.strip_prefix('"') {
            let (value, rest) = unquote(quoted)?;
            return Ok((Self { name, value }, rest));
        }
        let end = rest.bytes().position(|byte| !is_token_byte(byte)).unwrap_or(rest.len());
        let (value, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if value.is_empty() {
            return Err(InvalidMediaType("parameter without a value"));
        }
        Ok((Self { name, value: Cow::Borrowed(value) }, rest))
    }
}

/// Reads a quoted-string (RFC 9110, section 5.6.4) from behind its opening quote, and says what follows it.
fn unquote(text: &str) -> Result<(Cow<'_, str>, &str), InvalidMediaType> {
    let mut value = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if !(c == ' ' || c.is_ascii_graphic()) => {
                return Err(InvalidMediaType("control character or a byte outside ASCII in a quoted value"));
            }
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => {
                let rest = text.get(at.saturating_add(1)..).unwrap_or("");
                return Ok((Cow::Owned(value), rest));
            }
            _ => value.push(c),
        }
    }
    Err(InvalidMediaType("quote that is not closed"))
}

fn lower_case(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<(String, Vec<(String, String)>)> {
        let media_type = MediaType::parse(text.as_bytes()).ok()?;
        let parameters = media_type.parameters().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        Some((media_type.essence().to_owned(), parameters))
    }

    #[test]
    fn honest_values_are_read() {
        for (name, text, essence, parameters) in [
            ("plain", "text/html", "text/html", &[][..]),
            ("case", "Text/HTML;Charset=\"UTF-8\"", "text/html", &[("charset", "UTF-8")]),
            ("blanks", " text/html ;\t charset=utf-8 ", "text/html", &[("charset", "utf-8")]),
            ("empty_parameters", "a/b;; ;c=d;", "a/b", &[("c", "d")]),
            ("escapes", r#"a/b; c="d\"\\e""#, "a/b", &[("c", "d\"\\e")]),
            ("duplicates_stay", "a/b; c=d; C=e", "a/b", &[("c", "d"), ("c", "e")]),
            ("semicolon_in_quotes", "a/b; c=\";d=e\"", "a/b", &[("c", ";d=e")]),
        ] {
            let parameters = parameters.iter().map(|(n, v)| (String::from(*n), String::from(*v))).collect();
            assert_eq!(read(text), Some((essence.to_owned(), parameters)), "{name}");
        }
    }

    #[test]
    fn what_breaks_the_grammar_is_no_media_type() {
        for (name, text) in [
            ("empty", ""),
            ("no_subtype", "text"),
            ("empty_subtype", "text/"),
            ("two_slashes", "a/b/c"),
            ("comma", "multipart/form-data, boundary=x"),
            ("list", "text/html,text/plain"),
            ("space_before_equals", "a/b; c =d"),
            ("space_after_equals", "a/b; c= d"),
            ("no_value", "a/b; c"),
            ("empty_value", "a/b; c="),
            ("equals_alone", "; ; ; =;=;"),
            ("unclosed", "a/b; c=\"d"),
            ("escape_at_the_end", "a/b; c=\"d\\"),
            ("junk_after_quote", "a/b; c=\"d\"e"),
            ("control", "a/b; c=\"\x01\""),
            ("nul", "a/b\0"),
            ("umlaut", "a/b; c=\"\u{e9}\""),
        ] {
            assert_eq!(read(text), None, "{name}");
        }
        assert!(MediaType::parse(&[b'a'; 100_000]).is_err());
        assert!(MediaType::parse(format!("a/b{}", ";c=d".repeat(17)).as_bytes()).is_err());
    }

    #[test]
    fn a_parameter_that_stands_twice_is_not_read() {
        let media_type = MediaType::parse(b"a/b; c=1; d=2; C=1").unwrap();
        assert_eq!(media_type.parameter("c"), Err(Repeated));
        assert_eq!(media_type.parameter("d"), Ok(Some("2")));
        assert_eq!(media_type.parameter("e"), Ok(None));
    }

    proptest! {
        #[test]
        fn no_value_panics(value: Vec<u8>) {
            let _ = MediaType::parse(&value);
        }

        #[test]
        fn quoted_values_are_read_whole(value in "[ -~]{0,40}") {
            let quoted = format!("a/b; c=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
            let media_type = MediaType::parse(quoted.as_bytes()).unwrap();
            prop_assert_eq!(media_type.parameter("c"), Ok(Some(&*value)));
        }
    }
}
