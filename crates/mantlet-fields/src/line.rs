//! [`Line`]: where one field stands, and what may stand there.

use std::ops::Range;

use crate::known::Known;
use crate::word::{HIGH, each};

/// Where the text of a line is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// In the head as it was read.
    Read,
    /// Among what was added to it.
    Added,
}

/// One field line: `name: value CRLF`, as offsets into its source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) source: Source,
    pub(crate) known: Option<Known>,
    /// It is written the way we write lines: one space after the colon, none before the CRLF.
    pub(crate) is_canonical: bool,
    pub(crate) start: u32,
    pub(crate) name_end: u32,
    pub(crate) value_start: u32,
    pub(crate) value_end: u32,
    /// After the CRLF.
    pub(crate) end: u32,
}

impl Line {
    pub(crate) fn name(&self) -> Range<usize> {
        self.start as usize..self.name_end as usize
    }

    pub(crate) fn value(&self) -> Range<usize> {
        self.value_start as usize..self.value_end as usize
    }

    pub(crate) fn whole(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Whether this is a token (RFC 9110, section 5.6.2): a name of a field, and much else.
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_byte(*byte))
}

/// Whether a token may have this byte.
#[inline]
pub fn is_token_byte(byte: u8) -> bool {
    TOKEN.get(usize::from(byte)).copied().unwrap_or(false)
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would refuse it")]
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// Whether this may be a value (RFC 9110, section 5.5): no control character but HTAB.
#[inline]
pub fn is_value(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    words.iter().all(|bytes| is_printable(u64::from_le_bytes(*bytes)) || bytes.iter().all(|byte| is_value_byte(*byte)))
        && rest.iter().all(|byte| is_value_byte(*byte))
}

/// Whether eight bytes have no control character at all. The seven low bits of a byte plus a number reach its high bit if
/// they are large enough.
#[inline]
fn is_printable(word: u64) -> bool {
    let low = word & !HIGH;
    let below_space = !low.wrapping_add(each(0x80 - b' '));
    let is_delete = low.wrapping_add(each(1));
    (below_space | is_delete) & !word & HIGH == 0
}

#[inline]
fn is_value_byte(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7f) || byte == b'\t'
}

/// A value as text. Almost all fields are defined in ASCII; what is not is no value of theirs.
pub fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|text| text.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_no_control_character_but_tab() {
        for byte in 0..=u8::MAX {
            for length in 1..20 {
                for place in 0..length {
                    let mut text = vec![b'a'; length];
                    text[place] = byte;
                    assert_eq!(is_value(&text), byte == b'\t' || (byte >= b' ' && byte != 0x7f), "{byte} in {length}");
                    // Bytes beside it change nothing, whatever they carry over.
                    text.iter_mut().enumerate().filter(|(at, _)| *at != place).for_each(|(_, other)| *other = 0xff);
                    assert_eq!(is_value(&text), byte == b'\t' || (byte >= b' ' && byte != 0x7f), "{byte} in {length}");
                }
            }
        }
    }

    #[test]
    fn tokens_have_no_separator() {
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte);
            assert_eq!(is_token_byte(byte), expected, "{byte:#x}");
        }
    }
}
