//! [`NameSet`]: several known names, asked for together.

use crate::known::Known;

/// A set of known names. Asking whether a head has any of them costs the same whatever their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NameSet([u64; 4]);

impl NameSet {
    /// No name.
    pub const EMPTY: Self = Self([0; 4]);

    /// These names.
    #[must_use]
    pub const fn of(mut names: &[Known]) -> Self {
        let mut set = Self::EMPTY;
        while let [name, rest @ ..] = names {
            set = set.with(*name);
            names = rest;
        }
        set
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, name: Known) -> Self {
        let (word, bit) = place(name);
        let [a, b, c, d] = self.0;
        Self(match word {
            0 => [a | bit, b, c, d],
            1 => [a, b | bit, c, d],
            2 => [a, b, c | bit, d],
            _ => [a, b, c, d | bit],
        })
    }

    /// All of these that are not in `others`.
    #[must_use]
    pub const fn difference(self, others: &Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, others.0);
        Self([a & !e, b & !f, c & !g, d & !h])
    }

    /// The names of both sets.
    #[must_use]
    pub(crate) const fn union(self, others: &Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, others.0);
        Self([a | e, b | f, c | g, d | h])
    }

    /// Whether this name is in it.
    #[inline]
    pub fn contains(&self, name: Known) -> bool {
        let (word, bit) = place(name);
        self.0.get(usize::from(word)).is_some_and(|bits| bits & bit != 0)
    }

    /// Adds a name. Returns whether it is new.
    #[inline]
    pub fn insert(&mut self, name: Known) -> bool {
        let (word, bit) = place(name);
        let Some(bits) = self.0.get_mut(usize::from(word)) else { return false };
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }

    /// Whether a name is in both.
    #[inline]
    pub(crate) const fn intersects(&self, others: &Self) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, others.0);
        (a & e) | (b & f) | (c & g) | (d & h) != 0
    }

    /// The names that are in both.
    #[must_use]
    pub const fn intersection(self, others: &Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, others.0);
        Self([a & e, b & f, c & g, d & h])
    }

    /// The first name in both.
    pub(crate) fn first_in(&self, others: &Self) -> Option<Known> {
        self.intersection(others).iter().next()
    }

    /// Every name.
    pub fn iter(self) -> impl Iterator<Item = Known> {
        let numbers = self.0.into_iter().zip([0, 64, 128, 192]).flat_map(|(mut bits, first)| {
            std::iter::from_fn(move || {
                let lowest = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (lowest < u64::BITS).then_some(lowest.saturating_add(first))
            })
        });
        numbers.filter_map(|number| Known::ALL.get(number as usize).copied())
    }
}

const fn place(name: Known) -> (u8, u64) {
    let number = name as u8;
    (number >> 6, 1 << (number & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_a_bit_of_its_own() {
        for &name in Known::ALL {
            let set = NameSet::of(&[name]);
            for &other in Known::ALL {
                assert_eq!(set.contains(other), name == other, "{name} {other}");
            }
            let mut inserted = NameSet::EMPTY;
            assert!(inserted.insert(name) && !inserted.insert(name));
            assert_eq!((inserted, set.difference(&set)), (set, NameSet::EMPTY));
            assert!(NameSet::of(Known::ALL).intersects(&set));
            assert_eq!(NameSet::of(Known::ALL).first_in(&set), Some(name));
            assert_eq!(NameSet::of(Known::ALL).intersection(&set).iter().collect::<Vec<_>>(), [name]);
        }
        assert_eq!(NameSet::of(Known::ALL).iter().collect::<Vec<_>>(), Known::ALL);
        assert_eq!(NameSet::EMPTY.iter().count(), 0);
    }
}
