//! [`Line`]: where one field stands, and what may stand there.

use std::ops::Range;

use crate::known::Known;
use crate::word::{HIGH, each};

/// One field line, always written as `name: value CRLF`: where in the text of its head that is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) known: Option<Known>,
    start: u32,
    /// Behind the CRLF.
    end: u32,
    /// Length of the name.
    name: u32,
}

impl Line {
    /// The line of a name of this length that stands there. What cannot be an offset finds nothing.
    #[inline]
    pub(crate) fn at(whole: Range<usize>, known: Option<Known>, name: usize) -> Self {
        Self { known, start: offset(whole.start), end: offset(whole.end), name: offset(name) }
    }

    /// The same line in a text that has so much before it.
    #[inline]
    pub(crate) fn behind(self, length: usize) -> Self {
        let moved = |at: u32| at.saturating_add(offset(length));
        Self { start: moved(self.start), end: moved(self.end), ..self }
    }

    #[inline]
    pub(crate) fn name(&self) -> Range<usize> {
        let start = self.start as usize;
        start..start.saturating_add(self.name as usize)
    }

    #[inline]
    pub(crate) fn value(&self) -> Range<usize> {
        self.name().end.saturating_add(2)..(self.end as usize).saturating_sub(2)
    }

    #[inline]
    pub(crate) fn whole(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
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
    value_length(text) == text.len()
}

/// How much of the text may be a value: up to the first control character but HTAB.
#[inline]
pub(crate) fn value_length(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        if may_have_control(word) {
            let printable = controls(word).trailing_zeros() / 8;
            if printable < 8 {
                return text.len().saturating_sub(rest.len()).saturating_add(printable as usize);
            }
        }
        rest = after;
    }
    let printable = rest.iter().take_while(|byte| is_value_byte(**byte)).count();
    text.len().saturating_sub(rest.len()).saturating_add(printable)
}

/// Whether there is a control character among eight bytes; sometimes also where there is none. Below space, subtracting
/// a space borrows into the high bit; DEL plus one carries into it. What a neighbour lends or carries takes none away.
#[inline]
fn may_have_control(word: u64) -> bool {
    (word.wrapping_sub(each(b' ')) | word.wrapping_add(each(1))) & !word & HIGH != 0
}

/// The high bit of each byte that no value may have. The seven low bits of a byte plus a number reach its high bit if
/// they are large enough.
#[inline]
fn controls(word: u64) -> u64 {
    let low = word & !HIGH;
    let at_least_space = low.wrapping_add(each(0x80 - b' '));
    let is_delete = low.wrapping_add(each(1));
    let is_no_tab = (low ^ each(b'\t')).wrapping_add(each(0x7f));
    (!at_least_space | is_delete) & is_no_tab & !word & HIGH
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
