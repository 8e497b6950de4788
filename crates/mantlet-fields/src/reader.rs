//! [`Reader`]: a head's lines become [`Fields`].

use bytes::BytesMut;

use crate::fields::Fields;
use crate::known::Known;
use crate::line::{Line, Source, is_token_byte, is_value};

/// Reads the field lines of a head, whose ends are known, one by one.
#[derive(Debug)]
pub struct Reader {
    head: BytesMut,
    fields: Fields,
}

/// Why a line is no field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidLine {
    /// There is no colon, or what stands before it is no token.
    Name,
    /// There is a control character in the value.
    Value,
}

impl Reader {
    /// Begins to read `head`, which has about so many `lines`. Longer heads than 4 GiB are cut off.
    pub fn new(head: BytesMut, lines: usize) -> Self {
        Self { head, fields: Fields::with_room_for(lines) }
    }

    /// Reads the line from `start` to `end`, the offset after its CRLF, and puts its name in lower case. Returns which
    /// name and what value it has; [`keep`](Self::keep) it, or leave it out.
    ///
    /// # Errors
    /// When it is no field line. White space before the colon and folded lines are none (RFC 9112, sections 5.1 and 5.2).
    #[inline]
    pub fn line(&mut self, start: usize, end: usize) -> Result<(Found, &[u8]), InvalidLine> {
        let line = self.head.get_mut(start..end.saturating_sub(2)).ok_or(InvalidLine::Name)?;
        let (known, length) = match Known::before_colon(line) {
            Some((known, length)) => (Some(known), length),
            // A known name is a token; any other has to be looked at.
            None => (None, other_name(line).ok_or(InvalidLine::Name)?),
        };
        let (name, rest) = line.split_at_mut_checked(length).ok_or(InvalidLine::Name)?;
        match known {
            // One copy, as long as the name that was recognised; folding byte by byte is what costs most of a short line.
            Some(known) => name.copy_from_slice(known.as_str().as_bytes()),
            None => name.make_ascii_lowercase(),
        }
        let name_end = start.saturating_add(length);
        let after_colon = rest.get(1..).unwrap_or_default();
        let mut value = after_colon;
        while let [b' ' | b'\t', after @ ..] = value {
            value = after;
        }
        let value_start = end.saturating_sub(2).saturating_sub(value.len());
        while let [before @ .., b' ' | b'\t'] = value {
            value = before;
        }
        if !is_value(value) {
            return Err(InvalidLine::Value);
        }
        let found = Found(Line {
            source: Source::Read,
            known,
            is_canonical: after_colon.strip_prefix(b" ").is_some_and(|rest| rest.len() == value.len()),
            start: offset(start),
            name_end: offset(name_end),
            value_start: offset(value_start),
            value_end: offset(value_start.saturating_add(value.len())),
            end: offset(end),
        });
        Ok((found, value))
    }

    /// The text of a line, for saying what is wrong with it.
    pub fn text(&self, start: usize, end: usize) -> &[u8] {
        self.head.get(start..end).unwrap_or_default()
    }

    /// Takes a line in.
    #[inline]
    pub fn keep(&mut self, found: Found) {
        self.fields.push(found.0);
    }

    /// All lines that were kept.
    pub fn finish(mut self) -> Fields {
        self.fields.read = self.head.freeze();
        self.fields
    }
}

/// A line that was read.
#[derive(Debug, Clone, Copy)]
pub struct Found(Line);

impl Found {
    /// Its name, if it is a known one.
    pub fn known(&self) -> Option<Known> {
        self.0.known
    }
}

/// The length of a name that is not known: a token before a colon.
fn other_name(line: &[u8]) -> Option<usize> {
    let length = line.iter().position(|byte| !is_token_byte(*byte))?;
    (length > 0 && line.get(length) == Some(&b':')).then_some(length)
}

/// What cannot be an offset finds nothing.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
