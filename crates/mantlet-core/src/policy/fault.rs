//! [`Fault`]: a mistake on its way from the value that has it to the file that knows its line.

use std::fmt;
use std::ops::Range;

use serde::de::{self, Expected, Unexpected};

use super::error::PolicyError;
use crate::closest::closest;

/// Where in the text, in bytes.
pub(super) type Span = Range<usize>;

/// What is planned and not there yet: said so, rather than called unknown.
const NOT_YET: [&str; 21] = [
    "session.seal",
    "csrf.token",
    "headers.csp.report",
    "uploads.archives",
    "uploads.max_archive_entries",
    "uploads.max_compression_ratio",
    "uploads.max_image_pixels",
    "uploads.max_unpacked_size",
    "uploads.on_refuse",
    "uploads.quarantine_keep",
    "uploads.quarantine_max",
    "uploads.scanner",
    "uploads.scanner_failure",
    "uploads.scanner_timeout",
    "uploads.serving",
    "reports",
    "dashboard",
    "store",
    "keys",
    "metrics",
    "suppress",
];

/// A mistake, without its line.
#[derive(Debug)]
pub(super) struct Fault {
    what: What,
    /// Set by the innermost value that knows.
    span: Option<Span>,
    /// The keys that lead there, innermost first.
    path: Vec<String>,
}

#[derive(Debug)]
enum What {
    UnknownKey { key: String, known: Vec<&'static str> },
    UnknownValue { value: String, known: &'static [&'static str] },
    WrongType { seen: String, expected: String },
    Other { message: String, help: Option<String> },
}

impl Fault {
    /// A mistake at a place.
    pub(super) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { what: What::Other { message: message.into(), help: None }, span: Some(span), path: Vec::new() }
    }

    /// A key nobody knows.
    pub(super) fn unknown_key(span: Span, key: &str, known: Vec<&'static str>) -> Self {
        Self { what: What::UnknownKey { key: key.to_owned(), known }, span: Some(span), path: Vec::new() }
    }

    /// A mistake in a value that read well by itself. What follows a line break in `message` is the help.
    pub(super) fn of_value(span: Span, key: &str, message: &str) -> Self {
        Self { what: other(message), span: Some(span), path: vec![key.to_owned()] }
    }

    /// Adds what to do.
    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        if let What::Other { help, .. } = &mut self.what {
            *help = Some(text.into());
        }
        self
    }

    /// Says where, unless something further inside said so already.
    pub(super) fn within(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    /// Says under which key.
    pub(super) fn under(mut self, key: &str) -> Self {
        self.path.push(key.to_owned());
        self
    }

    /// The key below the value that was read, if one of its keys is at fault.
    pub(super) fn outermost_key(&self) -> Option<&str> {
        match (self.path.last(), &self.what) {
            (Some(key), _) => Some(key),
            (None, What::UnknownKey { key, .. }) => Some(key),
            (None, _) => None,
        }
    }

    /// Finds the line and the words. `prefix` is `route.` inside a route, else empty.
    pub(super) fn locate(mut self, text: &str, prefix: &str) -> PolicyError {
        self.path.reverse();
        let path = self.path.join(".");
        let (message, help) = match self.what {
            What::UnknownKey { key, known } => unknown_key(&key, &known, &path, prefix),
            What::UnknownValue { value, known } => {
                let listed = known.iter().map(|known| format!("\"{known}\"")).collect::<Vec<_>>().join(", ");
                let help = match closest(&value, known.iter().copied()) {
                    Some(known) => format!("did you mean \"{known}\"?"),
                    None => format!("it is one of {listed}"),
                };
                (format!("{} is not \"{value}\"", quoted(&path)), Some(help))
            }
            What::WrongType { seen, expected } => {
                let key = path.rsplit('.').next().unwrap_or(&path);
                let help = match (seen.as_str(), expected.as_str()) {
                    ("a list", "a section") => Some(format!("fix: [{prefix}{path}]")),
                    _ => meant(&seen, &expected).map(|value| format!("write: {key} = {value}")),
                };
                (format!("{} takes {expected}, not {seen}", quoted(&path)), help)
            }
            What::Other { message, help } if path.is_empty() => (message, help),
            What::Other { message, help } => (format!("{}: {message}", quoted(&path)), help),
        };
        let (line, column) = line_and_column(text, self.span.map_or(0, |span| span.start));
        PolicyError { line, column, message, help }
    }
}

/// The last key of a path as messages name it.
fn quoted(path: &str) -> String {
    format!("`{}`", path.rsplit('.').next().unwrap_or(path))
}

fn unknown_key(key: &str, known: &[&'static str], path: &str, prefix: &str) -> (String, Option<String>) {
    let full = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    if NOT_YET.contains(&full.as_str()) {
        return (format!("`{full}` is not in this version"), Some("fix: leave it out".to_owned()));
    }
    let place = match (prefix, path) {
        ("", "") => "at the top of the file".to_owned(),
        (_, "") => "in [[route]]".to_owned(),
        _ => format!("in [{prefix}{path}]"),
    };
    let help = match closest(key, known.iter().copied()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => {
            let listed = known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
            format!("known here: {listed}")
        }
    };
    (format!("unknown key `{key}` {place}"), Some(help))
}

fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or("").chars().count().saturating_add(1);
    (line, column)
}

/// A message of a value's own parser; what follows a line break is the help.
fn other(message: &str) -> What {
    match message.split_once('\n') {
        Some((message, help)) => What::Other { message: message.to_owned(), help: Some(help.trim().to_owned()) },
        None => What::Other { message: message.to_owned(), help: None },
    }
}

impl From<What> for Fault {
    fn from(what: What) -> Self {
        Self { what, span: None, path: Vec::new() }
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        other(&message.to_string()).into()
    }

    fn invalid_type(seen: Unexpected<'_>, expected: &dyn Expected) -> Self {
        What::WrongType { seen: as_written(seen), expected: in_words(&expected.to_string()) }.into()
    }

    fn invalid_value(seen: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = in_range(&expected).unwrap_or_else(|| in_words(&expected));
        What::WrongType { seen: as_written(seen), expected }.into()
    }

    fn unknown_variant(value: &str, known: &'static [&'static str]) -> Self {
        What::UnknownValue { value: value.to_owned(), known }.into()
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        What::UnknownKey { key: key.to_owned(), known: known.to_vec() }.into()
    }

    fn missing_field(key: &'static str) -> Self {
        other(&format!("`{key}` is missing")).into()
    }
}

fn as_written(seen: Unexpected<'_>) -> String {
    match seen {
        Unexpected::Bool(yes) => yes.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Str(text) => format!("\"{text}\""),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a section".to_owned(),
        other => other.to_string(),
    }
}

/// What was probably meant by a value with quotes or brackets too many or too few.
fn meant(seen: &str, expected: &str) -> Option<String> {
    let bare = seen.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match expected {
        "a whole number" => bare?.parse::<u64>().ok().map(|number| number.to_string()),
        "true or false" => bare?.parse::<bool>().ok().map(|yes| yes.to_string()),
        "a list" => bare.map(|_| format!("[{seen}]")),
        _ => None,
    }
}

/// The names Rust has for types, as a person who writes a file calls them.
fn in_words(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => "a whole number".to_owned(),
        other if other.starts_with("a nonzero ") => "a whole number above 0".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "text in quotes".to_owned(),
        "a sequence" => "a list".to_owned(),
        other if other.starts_with("struct ") => "a section".to_owned(),
        other => other.to_owned(),
    }
}

/// What the type allows, for a whole number that is none of it.
fn in_range(expected: &str) -> Option<String> {
    let most = match expected {
        "u8" => u64::from(u8::MAX),
        "u16" => u64::from(u16::MAX),
        "u32" => u64::from(u32::MAX),
        // More than a policy file can say.
        "u64" | "usize" => return Some("a whole number from 0".to_owned()),
        _ => return None,
    };
    Some(format!("a whole number from 0 to {most}"))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Fault {}
