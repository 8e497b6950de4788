//! [`PackedName`]: a field name in a few machine words, so that it is read, hashed and compared eight bytes at a time.

use crate::word::{HIGH, each, first_word};

/// As many words as the longest known name fills.
pub(super) const WORDS: usize = 5;

/// What tells a lower-case letter from its upper case. Dashes and digits have this bit, too.
pub(super) const CASE: u8 = 0x20;

/// A name, eight bytes a word, filled up with NULs.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackedName {
    pub(super) words: [u64; WORDS],
    /// Tells a name from the same name with NULs behind it.
    pub(super) length: usize,
}

impl PackedName {
    /// `None`: it is longer than any known one.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        let mut words = [0; WORDS];
        let mut rest = name;
        for word in &mut words {
            *word = first_word(rest);
            rest = rest.get(8..).unwrap_or_default();
        }
        rest.is_empty().then_some(Self { words, length: name.len() })
    }

    /// The name before the first colon of a line. `None`: it is longer than any known one, or there is no colon.
    #[inline]
    pub(super) fn before_colon(line: &[u8]) -> Option<Self> {
        let mut words = [0; WORDS];
        let mut rest = line;
        for (at, word) in words.iter_mut().enumerate() {
            let read = first_word(rest);
            let colon = first_colon(read);
            *word = read & below(colon);
            if colon != 0 {
                let before = colon.trailing_zeros() / 8;
                return Some(Self { words, length: at.saturating_mul(8).saturating_add(before as usize) });
            }
            rest = rest.get(8..)?;
        }
        None
    }

    /// The same number for a name in any case. Its upper bits depend on all of the name.
    #[inline]
    pub(super) const fn hash(&self, multiplier: u64) -> u64 {
        let mut words = self.words.as_slice();
        let mut mixed = self.length as u64;
        while let [word, rest @ ..] = words
            && *word != 0
        {
            mixed = (mixed ^ (*word | each(CASE))).wrapping_mul(multiplier);
            words = rest;
        }
        mixed
    }
}

/// The high bit of the first colon; 0 if there is none.
#[inline]
fn first_colon(word: u64) -> u64 {
    // A colon becomes zero; subtracting one from each byte then borrows first where the first zero is.
    let zeroed = word ^ each(b':');
    let found = zeroed.wrapping_sub(each(1)) & !zeroed & HIGH;
    found & found.wrapping_neg()
}

/// Ones in all bytes below that of this high bit; everywhere if it is 0.
#[inline]
fn below(high: u64) -> u64 {
    (high >> 7).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_colon_is_found_beside_any_byte() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut bytes = *b"Az;9{Z:a";
                bytes[place] = byte;
                let before = bytes.iter().position(|byte| *byte == b':').unwrap_or(8);
                let colon = first_colon(u64::from_le_bytes(bytes));
                assert_eq!(colon.trailing_zeros() as usize / 8, before);
                let kept = u64::from_le_bytes(bytes) & below(colon);
                assert_eq!(kept.to_le_bytes()[..before], bytes[..before]);
                assert!(kept.to_le_bytes()[before..].iter().all(|byte| *byte == 0));
            }
        }
    }
}
