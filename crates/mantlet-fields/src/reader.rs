//! [`read_line`]: the text of a line becomes a field.

use memchr::memchr;

use crate::known::Known;
use crate::line::{is_token_byte, value_length};

/// A field line as it came. Only [`read_line`] makes one, so that its parts belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadLine<'a> {
    /// Its name, if it is a known one.
    pub known: Option<Known>,
    /// The name, in whatever case it came.
    pub name: &'a [u8],
    /// The value, without white space around it.
    pub value: &'a [u8],
    /// All of it, with its CRLF.
    pub whole: &'a [u8],
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

/// Reads the line at the start of `text`. `None` if it does not end there.
///
/// # Errors
/// When it is no field line. White space before the colon and folded lines are none (RFC 9112, sections 5.1 and 5.2).
#[inline]
pub fn read_line(text: &[u8]) -> Result<Option<ReadLine<'_>>, InvalidLine> {
    match field_line(text) {
        Some(line) => Ok(Some(line)),
        None => what_is_wrong(text),
    }
}

/// One walk over the text finds where the line ends, and that nothing in it may not be there.
#[inline]
fn field_line(text: &[u8]) -> Option<ReadLine<'_>> {
    let (known, length) = match Known::before_colon(text) {
        Some((known, length)) => (Some(known), length),
        // A known name is a token; any other has to be looked at.
        None => (None, token_before_colon(text)?),
    };
    let (name, rest) = text.split_at_checked(length)?;
    let mut value = rest.get(1..)?;
    while let [b' ' | b'\t', after @ ..] = value {
        value = after;
    }
    let (mut value, end) = value.split_at_checked(value_length(value))?;
    let after = end.strip_prefix(b"\r\n")?;
    while let [before @ .., b' ' | b'\t'] = value {
        value = before;
    }
    let whole = text.get(..text.len().saturating_sub(after.len()))?;
    Some(ReadLine { known, name, value, whole })
}

/// The length of a name that is not known.
fn token_before_colon(line: &[u8]) -> Option<usize> {
    let length = line.iter().position(|byte| !is_token_byte(*byte))?;
    (length > 0 && line.get(length) == Some(&b':')).then_some(length)
}

#[cold]
fn what_is_wrong(text: &[u8]) -> Result<Option<ReadLine<'_>>, InvalidLine> {
    let Some(line) = memchr(b'\n', text).and_then(|end| text.get(..end)) else { return Ok(None) };
    Err(match token_before_colon(line) {
        _ if !line.ends_with(b"\r") => InvalidLine::End,
        None => InvalidLine::Name,
        Some(_) => InvalidLine::Value,
    })
}
