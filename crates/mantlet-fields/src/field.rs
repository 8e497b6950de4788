//! [`Field`]: a line made ready to be added.

use std::fmt;

use crate::known::Known;
use crate::line::is_value;
use crate::name::Name;

/// A field line, rendered once and added to many heads.
#[derive(Clone, PartialEq, Eq)]
pub struct Field {
    pub(crate) known: Option<Known>,
    pub(crate) name_length: usize,
    /// `name: value CRLF`.
    pub(crate) text: Box<[u8]>,
}

/// What was to be a field cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidField {
    /// The name is no token.
    Name,
    /// The value has a control character.
    Value,
}

impl Field {
    /// Renders a line. White space around the value is left out.
    ///
    /// # Errors
    /// [`InvalidField::Value`].
    pub fn new(name: impl Into<Name>, value: &[u8]) -> Result<Self, InvalidField> {
        let name = name.into();
        let value = value.trim_ascii();
        if !is_value(value) {
            return Err(InvalidField::Value);
        }
        Ok(Self {
            known: match name {
                Name::Known(known) => Some(known),
                Name::Other(_) => None,
            },
            name_length: name.as_str().len(),
            text: [name.as_str().as_bytes(), b": ", value, b"\r\n"].concat().into(),
        })
    }

    /// Its name, if it is a known one.
    pub fn known(&self) -> Option<Known> {
        self.known
    }

    /// Its value.
    pub fn value(&self) -> &[u8] {
        let end = self.text.len().saturating_sub(2);
        self.text.get(self.name_length.saturating_add(2)..end).unwrap_or_default()
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text.trim_ascii_end().escape_ascii().to_string())
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "not a field name",
            Self::Value => "a control character in a field value",
        })
    }
}

impl std::error::Error for InvalidField {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_makes_no_field() {
        for bad in ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\x7fb"] {
            assert_eq!(Field::new(Known::Location, bad.as_bytes()).unwrap_err(), InvalidField::Value, "{bad:?}");
        }
        let field = Field::new(Known::Location, " /a\tb \r\n".as_bytes()).unwrap();
        assert_eq!((field.known(), field.value()), (Some(Known::Location), &b"/a\tb"[..]));
    }
}
