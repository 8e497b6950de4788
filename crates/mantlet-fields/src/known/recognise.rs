//! Recognises a name by a perfect hash: each known name has a slot of its own, so one comparison decides.

use super::packed::{CASE, PackedName, WORDS};
use super::{ALL, Known, TEXTS};

/// So many slots that a multiplier for which no two names share one is soon found.
const SLOTS: usize = 8192;

/// Leaves as many bits of a hash as a slot's number has.
const SHIFT: u32 = u64::BITS - SLOTS.trailing_zeros();

/// Marks a slot that no name has.
const EMPTY: u8 = u8::MAX;

/// The multiplier, found by the compiler, and which name has which slot.
const PERFECT: (u64, [u8; SLOTS]) = {
    let mut multiplier = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        if let Some(slots) = fill(multiplier) {
            break (multiplier, slots);
        }
        multiplier = multiplier.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(2);
    }
};

static NAME_OF_SLOT: [u8; SLOTS] = PERFECT.1;

/// In the order of [`Known`].
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would refuse it")]
static PATTERNS: [Pattern; TEXTS.len()] = {
    let mut all = [pattern(""); TEXTS.len()];
    let mut name = 0;
    while name < TEXTS.len() {
        all[name] = pattern(TEXTS[name]);
        name += 1;
    }
    all
};

impl Known {
    /// Recognises a name, in whatever case it is written.
    pub fn recognise(name: &[u8]) -> Option<Self> {
        known(&PackedName::of(name)?)
    }

    /// Recognises the name before the first colon of a line, and says how long it is.
    #[inline]
    pub(crate) fn before_colon(line: &[u8]) -> Option<(Self, usize)> {
        let name = PackedName::before_colon(line)?;
        Some((known(&name)?, name.length))
    }

    /// Folds the case of this name at the start of a text.
    #[inline]
    pub(crate) fn fold(self, text: &mut [u8]) {
        let Some(Pattern { letters, .. }) = PATTERNS.get(self as usize) else { return };
        let (words, rest) = text.as_chunks_mut();
        let in_rest = letters.get(words.len()).copied().unwrap_or_default();
        for (word, letters) in words.iter_mut().zip(letters.iter().take_while(|letters| **letters != 0)) {
            *word = (u64::from_le_bytes(*word) | letters).to_le_bytes();
        }
        if in_rest != 0 {
            rest.iter_mut().zip(in_rest.to_le_bytes()).for_each(|(byte, letter)| *byte |= letter);
        }
    }
}

#[inline]
fn known(name: &PackedName) -> Option<Known> {
    let known = usize::from(*NAME_OF_SLOT.get(slot(name, PERFECT.0))?);
    if PATTERNS.get(known)?.is(name) { ALL.get(known).copied() } else { None }
}

#[inline]
const fn slot(name: &PackedName, multiplier: u64) -> usize {
    (name.hash(multiplier) >> SHIFT) as usize
}

/// `None`: with this multiplier, two names have the same slot.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn fill(multiplier: u64) -> Option<[u8; SLOTS]> {
    let mut slots = [EMPTY; SLOTS];
    let mut name = 0;
    while name < PATTERNS.len() {
        let slot = slot(&PATTERNS[name].name, multiplier);
        if slots[slot] != EMPTY {
            return None;
        }
        slots[slot] = name as u8;
        name += 1;
    }
    Some(slots)
}

/// A known name, and where in it case does not count.
#[derive(Debug, Clone, Copy)]
struct Pattern {
    name: PackedName,
    /// [`CASE`] in the place of each letter.
    letters: [u64; WORDS],
}

impl Pattern {
    /// Without a call, which comparing slices would be.
    #[inline]
    fn is(&self, name: &PackedName) -> bool {
        let pairs = self.name.words.iter().zip(&name.words).zip(&self.letters);
        let differing = pairs.fold(0, |so_far, ((known, word), letters)| so_far | ((known ^ word) & !letters));
        differing == 0 && self.name.length == name.length
    }
}

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn pattern(text: &str) -> Pattern {
    let (mut words, mut letters) = ([0; WORDS], [0; WORDS]);
    let mut at = 0;
    while at < text.len() {
        let byte = text.as_bytes()[at];
        words[at / 8] |= (byte as u64) << (at % 8 * 8);
        if byte.is_ascii_lowercase() {
            letters[at / 8] |= (CASE as u64) << (at % 8 * 8);
        }
        at += 1;
    }
    Pattern { name: PackedName { words, length: text.len() }, letters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_recognised_in_any_case() {
        assert!(ALL.len() < usize::from(EMPTY));
        for (&known, text) in ALL.iter().zip(TEXTS) {
            assert_eq!(known.as_str(), *text);
            assert!(
                text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{text}"
            );
            assert_eq!(Known::recognise(text.as_bytes()), Some(known));
            for written in [(*text).to_owned(), text.to_ascii_uppercase()] {
                assert_eq!(Known::recognise(written.as_bytes()), Some(known));
                for behind in [": A", ":", "::::::::::", ": AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
                    let line = format!("{written}{behind}");
                    assert_eq!(Known::before_colon(line.as_bytes()), Some((known, text.len())));
                    let mut folded = line.into_bytes();
                    known.fold(&mut folded);
                    assert_eq!(folded, format!("{text}{behind}").as_bytes());
                }
                assert_eq!(Known::before_colon(written.as_bytes()), None, "no colon");
            }
        }
    }

    #[test]
    fn only_the_case_of_letters_does_not_count() {
        for text in TEXTS {
            for (at, byte) in (0..text.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
                let mut other = text.as_bytes().to_vec();
                other[at] = byte;
                let is_same = other.eq_ignore_ascii_case(text.as_bytes());
                assert_eq!(Known::recognise(&other).is_some_and(|known| known.as_str() == *text), is_same, "{other:?}");
            }
        }
    }

    #[test]
    fn no_known_name_has_a_twin() {
        for text in TEXTS {
            let underscored = text.replace('-', "_");
            let mut twins = vec![
                format!("{text}\0"),
                format!("\0{text}"),
                format!("{text} "),
                format!("{text}\r"),
                format!("{text}s"),
            ];
            twins.extend(Some(underscored).filter(|twin| twin != text));
            for twin in twins {
                let found = Known::recognise(twin.as_bytes());
                assert!(found.is_none_or(|known| known.as_str() == twin), "{twin:?}");
                assert_eq!(Known::before_colon(format!("{twin}: a").as_bytes()).map(|(known, _)| known), found);
            }
        }
        assert_eq!(Known::recognise(b""), None);
        assert_eq!(Known::recognise(&[b'a'; WORDS * 8 + 1]), None);
    }
}
