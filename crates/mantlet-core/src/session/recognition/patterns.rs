//! [`Patterns`]: a list of patterns for names, of which a name is compared only with the few that it could fit.

use crate::cookie::name::{are_alike, fold};

/// A list of patterns in lower case, made ready. Names [alike](are_alike) are one. In a pattern, `*` is any text (twice at most),
/// `?*` any but none, and at its end `#` is a number and `%` an MD5, which is 32 hexadecimal digits. All else stands for
/// itself.
pub(super) struct Patterns<T>(Box<[Group<T>]>);

/// As many patterns as a set has bits.
struct Group<T> {
    all: Box<[(Pattern, T)]>,
    /// For each byte, the set of those that a name can fit which begins with it.
    by_first: [u64; 256],
    /// And which ends with it.
    by_last: [u64; 256],
}

impl<T: Copy> Patterns<T> {
    pub(super) fn new(patterns: &[(&'static str, T)]) -> Self {
        Self(patterns.chunks(64).map(Group::new).collect())
    }

    /// What the first pattern means that a name fits.
    pub(super) fn meaning_of(&self, name: &[u8]) -> Option<T> {
        let (first, last, letters) = (*name.first()?, *name.last()?, letters(name));
        self.0.iter().find_map(|group| {
            let mut candidates = group.by_first.get(usize::from(first))? & group.by_last.get(usize::from(last))?;
            while candidates != 0 {
                let (pattern, meaning) = group.all.get(candidates.trailing_zeros() as usize)?;
                if letters & pattern.letters == pattern.letters && pattern.fits(name) {
                    return Some(*meaning);
                }
                candidates &= candidates.wrapping_sub(1);
            }
            None
        })
    }
}

impl<T: Copy> Group<T> {
    fn new(patterns: &[(&'static str, T)]) -> Self {
        let all: Box<[_]> = patterns.iter().map(|(text, meaning)| (Pattern::new(text), *meaning)).collect();
        let set = |may_fit: &dyn Fn(&Pattern) -> bool| {
            all.iter().rev().fold(0, |set, (pattern, _)| (set << 1) | u64::from(may_fit(pattern)))
        };
        let bytes: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        let by_first = bytes.map(|byte| set(&|pattern| pattern.may_begin_with(byte)));
        let by_last = bytes.map(|byte| set(&|pattern| pattern.may_end_with(byte)));
        Self { all, by_first, by_last }
    }
}

/// Which letters occur in a text, a bit each. Other bytes share their bits, so that too many patterns may be compared, and never
/// too few: those of a pattern are left out.
fn letters(text: &[u8]) -> u32 {
    text.iter().fold(0, |set, byte| set | 1 << (byte & 31))
}

/// One of them, taken apart: `start?*inner*end`.
struct Pattern {
    start: &'static [u8],
    /// What stands between start and end; `None`: nothing may.
    between: Option<Between>,
    end: &'static [u8],
    digits: Digits,
    /// Those that a name cannot fit without.
    letters: u32,
}

/// The text that a `*` stands for.
struct Between {
    is_some: bool,
    holds: &'static [u8],
}

/// What stands behind the end.
#[derive(Clone, Copy)]
enum Digits {
    None,
    Number,
    Md5,
}

impl Pattern {
    fn new(text: &'static str) -> Self {
        let (text, digits) = match (text.strip_suffix('#'), text.strip_suffix('%')) {
            (Some(text), _) => (text, Digits::Number),
            (_, Some(text)) => (text, Digits::Md5),
            _ => (text, Digits::None),
        };
        let (start, between, end) = match text.split_once('*') {
            None => (text, None, ""),
            Some((start, rest)) => {
                let (holds, end) = rest.split_once('*').unwrap_or(("", rest));
                let (start, is_some) = start.strip_suffix('?').map_or((start, false), |start| (start, true));
                (start, Some(Between { is_some, holds: holds.as_bytes() }), end)
            }
        };
        let holds = between.as_ref().map_or(&b""[..], |between| between.holds);
        let all = [start.as_bytes(), holds, end.as_bytes()].concat();
        let letters = letters(&all.into_iter().filter(u8::is_ascii_alphabetic).collect::<Vec<_>>());
        Self { start: start.as_bytes(), between, end: end.as_bytes(), digits, letters }
    }

    fn fits(&self, name: &[u8]) -> bool {
        match (self.between_start_and_end(name), &self.between) {
            (None, _) => false,
            (Some(rest), None) => rest.is_empty(),
            (Some([]), Some(Between { is_some: true, .. })) => false,
            (Some(rest), Some(Between { holds, .. })) => {
                holds.is_empty() || rest.windows(holds.len()).any(|window| are_alike(window, holds))
            }
        }
    }

    fn between_start_and_end<'a>(&self, name: &'a [u8]) -> Option<&'a [u8]> {
        let name = self.digits.before(name)?;
        let (rest, end) = name.split_at_checked(name.len().checked_sub(self.end.len())?)?;
        let (start, rest) = rest.split_at_checked(self.start.len())?;
        (are_alike(end, self.end) && are_alike(start, self.start)).then_some(rest)
    }

    fn may_begin_with(&self, byte: u8) -> bool {
        match (self.start, &self.between) {
            ([first, ..], _) => fold(*first) == fold(byte),
            ([], Some(_)) => true,
            ([], None) => self.digits.may_be(byte),
        }
    }

    fn may_end_with(&self, byte: u8) -> bool {
        match (self.digits, self.end, &self.between) {
            (Digits::Number | Digits::Md5, ..) => self.digits.may_be(byte),
            (Digits::None, [.., last], _) => fold(*last) == fold(byte),
            (Digits::None, [], Some(_)) => true,
            (Digits::None, [], None) => self.start.last().is_some_and(|last| fold(*last) == fold(byte)),
        }
    }
}

impl Digits {
    fn may_be(self, byte: u8) -> bool {
        match self {
            Self::None => false,
            Self::Number => byte.is_ascii_digit(),
            Self::Md5 => byte.is_ascii_hexdigit(),
        }
    }

    /// What stands before them.
    fn before(self, name: &[u8]) -> Option<&[u8]> {
        let length = match self {
            Self::None => return Some(name),
            Self::Number => name.iter().rev().take_while(|byte| self.may_be(**byte)).count().max(1),
            Self::Md5 => 32,
        };
        let (before, digits) = name.split_at_checked(name.len().checked_sub(length)?)?;
        digits.iter().all(|byte| self.may_be(*byte)).then_some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits() {
        for (pattern, fitting, others) in [
            ("sid", &["sid"][..], &["asid", "sids", "dis", "si", ""][..]),
            ("a*", &["a", "ab"], &["ba", ""]),
            ("*a", &["a", "ba"], &["ab", ""]),
            ("?*a", &["ba", "aa"], &["a", "ab"]),
            ("a?*a", &["aba", "aaa"], &["aa", "ab", "a"]),
            ("*ab*a", &["aba", "xabxa"], &["aa", "ab", "abx"]),
            ("*ab*", &["ab", "xabx"], &["ba", "a"]),
            ("ab", &["ab", "Ab", "AB"], &["abc", "aB "]),
            ("_a_b*", &["_a_b", ".a.bx", "+A[b"], &["-a_b", "_a-b"]),
            ("*.ab_", &[".ab_", "x_AB."], &["ab_", ".ab-"]),
            ("a#", &["a1", "a123"], &["a", "1", "a1b", "b1"]),
            ("a-*-#", &["a-b-1", "a-1-2", "a--1"], &["a-1", "a-b-", "a-b"]),
            ("a%", &["a0123456789abcdef0123456789abcdef"], &["a0123456789abcdef0123456789abcde", "a"]),
            ("%", &["0123456789abcdef0123456789abcdef"], &["g0123456789abcdef0123456789abcdef"]),
        ] {
            let patterns = Patterns::new(&[("other", 1), (pattern, 2), ("*", 3)]);
            for (names, meaning) in [(fitting, 2), (others, 3)] {
                let meanings = names.iter().filter_map(|name| patterns.meaning_of(name.as_bytes()));
                assert!(
                    meanings.eq(names.iter().filter(|name| !name.is_empty()).map(|_| meaning)),
                    "{pattern} {names:?}"
                );
            }
        }
    }
}
