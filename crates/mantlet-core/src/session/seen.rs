//! [`Seen`]: which session cookies the application has been seen to set, and how they left.
//!
//! It settles the two questions that a Cookie header cannot answer by itself:
//!
//! - A session cookie arrives without a prefix. If this application's leave with one, somebody else set it.
//! - `__Host-session` arrives. If the application itself calls its cookie so, it is not ours to rename.
//!
//! It holds for all routes, and outlives a reload of the policy, unless that is the first one to rename: what left plain
//! before it says nothing. It outlives the process if the host keeps it ([`Mantlet::seen_cookies`](crate::Mantlet::seen_cookies));
//! else the application has to set a cookie again after a restart before a plain one is refused. Names are only ever added,
//! so reading takes no lock.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::recognition::stem;
use crate::cookie::MAX_PAIR;
use crate::cookie::name::{Prefix, are_alike, is_name_byte};

/// More session cookies than an application has. When it is full, further names count as never seen.
const MAX_NAMES: usize = 32;

/// Some applications have a session for each tenant or port, and their names differ at the end. Beyond so many they are made up.
const MAX_ALIKE: usize = MAX_NAMES / 4;

const RENAMED: &str = "renamed";
const PLAIN: &str = "plain";
const OWN_PREFIX: &str = "own-prefix";

/// Names of session cookies, by how they left.
#[derive(Debug, Default)]
pub struct Seen {
    /// Left with our prefix; kept here without it.
    pub(super) renamed: Names,
    /// Left under their plain name, since their attributes did not allow the prefix.
    pub(super) plain: Names,
    /// Were given their prefix by the application; kept here with it.
    pub(super) own_prefix: Names,
    once: Once,
}

impl Seen {
    /// All of it as text, a name a line. `with_plain`: also what left under its plain name.
    pub(crate) fn write(&self, with_plain: bool) -> String {
        let plain = self.plain.iter().filter(|_| with_plain).map(|name| (PLAIN, name));
        let renamed = self.renamed.iter().map(|name| (RENAMED, name));
        let own = self.own_prefix.iter().map(|name| (OWN_PREFIX, name));
        let line = |(how, name): (&str, &[u8])| format!("{how} {}\n", String::from_utf8_lossy(name));
        renamed.chain(plain).chain(own).map(line).collect()
    }

    /// Adds what was written. A line that says nothing is passed over.
    pub(crate) fn read(&self, text: &str) {
        for (how, name) in text.lines().filter_map(|line| line.split_once(' ')) {
            let names = match how {
                RENAMED => &self.renamed,
                PLAIN => &self.plain,
                OWN_PREFIX => &self.own_prefix,
                _ => continue,
            };
            if !name.is_empty() && name.len() <= MAX_PAIR && name.bytes().all(is_name_byte) {
                names.insert(name.as_bytes());
            }
        }
    }

    /// Whether the application was seen to set a session cookie of this name, or one of its pieces, without a prefix of its own.
    pub(super) fn has_session(&self, name: &[u8]) -> bool {
        let stem = stem(name);
        self.renamed.contains_stem(&stem) || self.plain.contains_stem(&stem)
    }

    /// Whether a cookie of this name was set before. Asking counts as setting it.
    pub(super) fn is_set_again(&self, name: &[u8]) -> bool {
        self.once.is_again(name)
    }

    /// Whether a cookie of this name was set lately, be it only once.
    pub(super) fn was_set(&self, name: &[u8]) -> bool {
        self.once.names().iter().any(|known| **known == *name)
    }

    /// All of it, but for what left under its plain name: nobody asked then whether it could have left with a prefix.
    pub(crate) fn without_plain(&self) -> Self {
        Self { renamed: self.renamed.clone(), own_prefix: self.own_prefix.clone(), ..Self::default() }
    }
}

/// A small set that only grows.
#[derive(Debug, Clone, Default)]
pub(super) struct Names([OnceLock<Name>; MAX_NAMES]);

#[derive(Debug, Clone)]
struct Name {
    whole: Box<[u8]>,
    /// Kept, since every cookie of every request is compared with it.
    stem: Box<[u8]>,
}

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.0.first().is_none_or(|first| first.get().is_none())
    }

    /// Whether a name is there, or one that an application could take for it.
    pub(super) fn contains(&self, name: &[u8]) -> bool {
        self.iter().any(|known| are_alike(known, name))
    }

    /// Whether this very name is there.
    pub(super) fn holds(&self, name: &[u8]) -> bool {
        self.iter().any(|known| known == name)
    }

    /// Whether a name is there of which this one could be a piece.
    pub(super) fn contains_piece_of(&self, name: &[u8]) -> bool {
        self.contains_stem(&stem(name))
    }

    fn contains_stem(&self, stem: &[u8]) -> bool {
        self.0.iter().map_while(OnceLock::get).any(|known| are_alike(&known.stem, stem))
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map_while(OnceLock::get).map(|name| &*name.whole)
    }

    pub(super) fn insert(&self, name: &[u8]) {
        self.insert_below(MAX_NAMES, name);
    }

    /// Leaves half of the room to others, and most of that half to names that begin otherwise: some applications have one for
    /// each page that was looked at (`viewed_17`).
    pub(super) fn insert_if_room(&self, name: &[u8]) {
        let alike = self.iter().filter(|known| begin_alike(known, name)).count();
        if alike < MAX_ALIKE {
            self.insert_below(MAX_NAMES / 2, name);
        }
    }

    fn insert_below(&self, most: usize, name: &[u8]) {
        for slot in self.0.iter().take(most) {
            match slot.get() {
                Some(known) if *known.whole == *name => return,
                Some(_) => {}
                // Somebody else may have taken the slot meanwhile; then the next one.
                None if slot.set(Name { whole: name.into(), stem: stem(name).into() }).is_ok() => return,
                None => {}
            }
        }
    }
}

/// How many bytes two names have in common at their start.
fn common_start(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Whether two names have their first three bytes in common, or of short ones the first third. What is made up may be long, and
/// begins with a word that is not. Prefixes do not count: those of one set have the same.
fn begin_alike(one: &[u8], other: &[u8]) -> bool {
    let [one, other] = [one, other].map(|name| Prefix::split(name).map_or(name, |(_, base)| base));
    let third = one.len().max(other.len()) / 3;
    common_start(one, other) >= third.clamp(1, 3)
}

/// The names that were set once, as many as there is room for.
#[derive(Debug, Default)]
struct Once(Mutex<VecDeque<Box<[u8]>>>);

impl Once {
    /// When it is full, a new name takes the place of the one that begins most like it, and of several such of the oldest. Names
    /// that are made up begin alike, so they crowd out one another.
    const MOST: usize = 64;

    fn names(&self) -> MutexGuard<'_, VecDeque<Box<[u8]>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_again(&self, name: &[u8]) -> bool {
        let mut names = self.names();
        let is_again = names.iter().any(|known| **known == *name);
        if !is_again {
            if names.len() >= Self::MOST {
                let most_alike = names.iter().enumerate().max_by_key(|(_, known)| common_start(known, name));
                most_alike.map(|(at, _)| at).and_then(|at| names.remove(at));
            }
            names.push_front(name.into());
        }
        is_again
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
    fn names_that_say_nothing_leave_room_for_those_that_do() {
        for prefix in ["", "__Host-"] {
            let names = Names::default();
            let of_letter = |letter: char| format!("{prefix}{}", letter.to_string().repeat(9));
            ('a'..='z').for_each(|letter| names.insert_if_room(of_letter(letter).as_bytes()));
            (0..100).for_each(|number| names.insert(format!("session{number}").as_bytes()));
            assert!(names.contains(of_letter('p').as_bytes()) && !names.contains(of_letter('q').as_bytes()));
            assert!(names.contains(b"session15") && !names.contains(b"session16"));
        }
    }

    #[test]
    fn what_was_seen_is_read_as_it_was_written() {
        let seen = Seen::default();
        seen.renamed.insert(b"session");
        seen.renamed.insert(b"connect.sid");
        seen.plain.insert(b"sid");
        seen.own_prefix.insert(b"__Host-a");
        let text = seen.write(true);
        assert_eq!(text, "renamed session\nrenamed connect.sid\nplain sid\nown-prefix __Host-a\n");
        let again = Seen::default();
        again.read(&format!("{text}\nrenamed\nrenamed \nrenamed a b\nseen x\nrenamed {}\n", "x".repeat(5000)));
        assert_eq!(again.write(true), text);
        assert_eq!(again.write(false), text.replace("plain sid\n", ""));
    }

    #[test]
    fn a_name_that_is_made_up_each_time_is_never_set_again() {
        let seen = Seen::default();
        assert!(!seen.is_set_again(b"portal") && seen.is_set_again(b"portal") && seen.is_set_again(b"portal"));
        assert!((0..1000).all(|number| !seen.is_set_again(format!("state-{number}").as_bytes())));
        assert_eq!(seen.once.names().len(), Once::MOST);
    }

    #[test]
    fn names_that_begin_alike_crowd_out_one_another() {
        let numbered = |number: usize| format!("viewed_{number}");
        let long = |number: usize| {
            format!("viewed_{}", char::from(b'a'.wrapping_add((number % 26) as u8)).to_string().repeat(9 + number))
        };
        let short = |number: usize| format!("v{number}");
        for (what, name) in [("numbered", &numbered as &dyn Fn(usize) -> String), ("long", &long), ("short", &short)] {
            let seen = Seen::default();
            assert!(!seen.is_set_again(b"portal"));
            for number in 0..1000 {
                let name = name(number);
                assert!(!seen.is_set_again(name.as_bytes()) && seen.is_set_again(name.as_bytes()));
                seen.renamed.insert_if_room(name.as_bytes());
            }
            assert!(seen.is_set_again(b"portal"), "{what}");
            seen.renamed.insert_if_room(b"portal");
            assert!(seen.renamed.contains(b"portal"), "{what}");
        }
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
