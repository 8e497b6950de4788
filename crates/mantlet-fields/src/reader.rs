//! [`read_line`]: the text of a line becomes a field.

use memchr::memchr;

use crate::known::Known;
use crate::line::{is_token_byte, value_length};

/// A field line as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadLine<'a> {
    /// Its name, if it is a known one.
    pub known: Option<Known>,
    /// The name, in whatever case it came.
    pub name: &'a [u8],
    /// The value, without white space around it.
    pub value: &'a [u8],
    /// Whether it is written as we write it, but for the case of its name.
    pub(crate) is_plain: bool,
}

/// Why a line is no field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidLine {
    /// It ends in LF without CR.
    End,
    /// There is no colon, or what stands before it is no token.
    Name,
    /// There is a control character in the value.
    Value,
}

/// Reads the line at the start of `text`; with it comes what follows it. `None` if it does not end there.
///
/// # Errors
/// When it is no field line. White space before the colon and folded lines are none (RFC 9112, sections 5.1 and 5.2).
#[inline]
pub(crate) fn read_line(text: &[u8]) -> Result<Option<(ReadLine<'_>, &[u8])>, InvalidLine> {
    match field_line(text) {
        Some(read) => Ok(Some(read)),
        None => match what_is_wrong(text) {
            Some(invalid) => Err(invalid),
            None => Ok(None),
        },
    }
}

/// One walk over the text finds where the line ends, and that nothing in it may not be there.
#[inline]
fn field_line(text: &[u8]) -> Option<(ReadLine<'_>, &[u8])> {
    let (known, length) = match Known::before_colon(text) {
        Some((known, length)) => (Some(known), length),
        // A known name is a token; any other has to be looked at.
        None => (None, token_before_colon(text)?),
    };
    let (name, rest) = text.split_at_checked(length)?;
    let (mut value, mut is_plain) = match rest {
        [_colon, b' ', padded @ ..] if !padded.first().copied().is_some_and(is_blank) => (padded, true),
        [_colon, padded @ ..] => (without_blanks_before(padded), false),
        [] => return None,
    };
    let (printable, end) = value.split_at_checked(value_length(value))?;
    let after = end.strip_prefix(b"\r\n")?;
    value = printable;
    while let [before @ .., b' ' | b'\t'] = value {
        (value, is_plain) = (before, false);
    }
    Some((ReadLine { known, name, value, is_plain }, after))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn without_blanks_before(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', after @ ..] = value {
        value = after;
    }
    value
}

/// The length of a name that is not known.
fn token_before_colon(line: &[u8]) -> Option<usize> {
    let length = line.iter().position(|byte| !is_token_byte(*byte))?;
    (length > 0 && line.get(length) == Some(&b':')).then_some(length)
}

#[cold]
fn what_is_wrong(text: &[u8]) -> Option<InvalidLine> {
    let line = memchr(b'\n', text).and_then(|end| text.get(..end))?;
    Some(match token_before_colon(line) {
        _ if !line.ends_with(b"\r") => InvalidLine::End,
        None => InvalidLine::Name,
        Some(_) => InvalidLine::Value,
    })
}
