//! [`RecentNames`]: the names of cookies that were set lately. An application that sets one again has not made it up for this one
//! visitor.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// As many as there is room for, the latest first.
#[derive(Debug, Default)]
pub(in crate::session) struct RecentNames(Mutex<VecDeque<Box<[u8]>>>);

impl RecentNames {
    /// When it is full, a new name takes the place of the one that begins most like it, and of several such of the oldest. Names
    /// that are made up begin alike, so they crowd out one another.
    const MOST: usize = 64;

    /// Whether a cookie of this name was set lately, be it only once.
    pub(in crate::session) fn contains(&self, name: &[u8]) -> bool {
        self.names().iter().any(|known| **known == *name)
    }

    fn names(&self) -> MutexGuard<'_, VecDeque<Box<[u8]>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a name. Returns whether it is new: if not, the cookie is set again.
    pub(in crate::session) fn insert(&self, name: &[u8]) -> bool {
        let mut names = self.names();
        let is_new = !names.iter().any(|known| **known == *name);
        if is_new {
            if names.len() >= Self::MOST {
                let most_alike = names.iter().enumerate().max_by_key(|(_, known)| common_start(known, name));
                most_alike.map(|(at, _)| at).and_then(|at| names.remove(at));
            }
            names.push_front(name.into());
        }
        is_new
    }
}

/// How many bytes two names have in common at their start.
pub(super) fn common_start(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_made_up_each_time_is_never_set_again() {
        let recent = RecentNames::default();
        assert!(recent.insert(b"portal") && !recent.insert(b"portal") && !recent.insert(b"portal"));
        assert!((0..1000).all(|number| recent.insert(format!("state-{number}").as_bytes())));
        assert_eq!(recent.names().len(), RecentNames::MOST);
    }
}
