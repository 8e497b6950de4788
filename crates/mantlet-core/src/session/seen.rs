//! [`Seen`]: which session cookies the application has been seen to set, and how they left.
//!
//! It settles the two questions that a Cookie header cannot answer by itself:
//!
//! - A session cookie arrives without a prefix. If this application's leave with one, somebody else set it.
//! - `__Host-session` arrives. If the application itself calls its cookie so, it is not ours to rename.
//!
//! It holds for all routes, and outlives a reload of the policy, unless that is the first one to rename: what left plain
//! before it says nothing. After a restart the application has to set a cookie again before a plain one is refused. Names
//! are only ever added, so reading takes no lock.

use std::sync::OnceLock;

use super::names::are_pieces_of_one;
use crate::cookie::name::are_alike;

/// More session cookies than an application has. When it is full, further names count as never seen.
const MAX_NAMES: usize = 32;

/// Names of session cookies, by how they left.
#[derive(Debug, Default)]
pub struct Seen {
    /// Left with our prefix; kept here without it.
    pub(super) renamed: Names,
    /// Left under their plain name, since their attributes did not allow the prefix.
    pub(super) plain: Names,
    /// Were given their prefix by the application; kept here with it.
    pub(super) own_prefix: Names,
}

impl Seen {
    /// The same, but for what left under its plain name: nobody asked then whether it could have left with a prefix.
    pub(crate) fn without_plain(&self) -> Self {
        Self { renamed: self.renamed.clone(), plain: Names::default(), own_prefix: self.own_prefix.clone() }
    }
}

/// A small set that only grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Names([OnceLock<Box<[u8]>>; MAX_NAMES]);

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.0.first().is_none_or(|first| first.get().is_none())
    }

    /// Whether a name is there, or one that an application could take for it.
    pub(super) fn contains(&self, name: &[u8]) -> bool {
        self.0.iter().map_while(OnceLock::get).any(|known| are_alike(known, name))
    }

    /// Whether this very name is there.
    pub(super) fn holds(&self, name: &[u8]) -> bool {
        self.0.iter().map_while(OnceLock::get).any(|known| **known == *name)
    }

    /// Whether a name is there of which this one could be a piece.
    pub(super) fn contains_piece_of(&self, name: &[u8]) -> bool {
        self.0.iter().map_while(OnceLock::get).any(|known| are_pieces_of_one(known, name))
    }

    pub(super) fn insert(&self, name: &[u8]) {
        for slot in &self.0 {
            match slot.get() {
                Some(known) if **known == *name => return,
                Some(_) => {}
                // Somebody else may have taken the slot meanwhile; then the next one.
                None if slot.set(name.into()).is_ok() => return,
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_up_to_a_bound() {
        let names = Names::default();
        for number in 0..100 {
            names.insert(format!("session{number}").as_bytes());
            names.insert(b"session0");
        }
        assert!(names.contains(b"session0") && names.contains(b"SESSION31"));
        assert!(!names.contains(b"session32"));
    }

    #[test]
    fn many_may_write_at_once() {
        let names = Names::default();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let names = &names;
                scope.spawn(move || (0..8).for_each(|n| names.insert(format!("{thread}-{n}").as_bytes())));
            }
        });
        assert!((0..4).all(|thread| (0..8).all(|n| names.contains(format!("{thread}-{n}").as_bytes()))));
    }
}
