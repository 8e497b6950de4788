//! [`Names`]: names of cookies, with their Paths, as many as there is room for.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::recent::common_start;
use crate::cookie::folder::MAX_FOLDER;
use crate::cookie::name::{Prefix, are_alike};
use crate::cookie::path::{ROOT, is_below, may_be_below};
use crate::session::recognition::stem;

/// More session cookies than an application has. When it is full, further names count as never seen.
const MAX_NAMES: usize = 32;

/// Some applications have a session for each tenant or port, and their names differ at the end. Beyond so many they are made up.
const MAX_ALIKE: usize = MAX_NAMES / 4;

/// A servlet container has a Path for each of its applications. Beyond so many they are made up: some take the folder of whatever
/// address a stranger asks for.
const MAX_PATHS: usize = MAX_NAMES / 2;

/// The folders of cookies without a Path. An application that sets one in more of them sets it anywhere, and then it may go anywhere:
/// its users would else lose it in all others. So many leave room for that in any case.
const MAX_FOLDERS: usize = MAX_ALIKE - 1;

/// A small set that only grows.
#[derive(Debug, Clone, Default)]
pub(in crate::session) struct Names([OnceLock<Name>; MAX_NAMES]);

#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) whole: Box<[u8]>,
    /// Kept, since every cookie of every request is compared with it.
    stem: Box<[u8]>,
    pub(super) path: Box<str>,
}

impl Names {
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.0.first().is_none_or(|first| first.get().is_none())
    }

    /// Whether a name is there that some application could take for this one, or put together with it.
    pub(in crate::session) fn contains(&self, name: &[u8]) -> bool {
        self.like(name).next().is_some()
    }

    /// The same of those that browsers send to this path.
    pub(in crate::session) fn contains_for(&self, name: &[u8], path: &str) -> bool {
        self.like(name).any(|known| known.goes_to(path))
    }

    /// The same of those whose folder servers may take this path for one of.
    pub(in crate::session) fn may_contain_for(&self, name: &[u8], path: &str) -> bool {
        self.like(name).any(|known| may_be_below(path, &known.path))
    }

    /// Their Paths.
    pub(in crate::session) fn paths_for(&self, name: &[u8], path: &str) -> impl Iterator<Item = &str> {
        self.like(name).filter(move |known| known.goes_to(path)).map(|known| &*known.path)
    }

    /// Whether this very name is there.
    pub(in crate::session) fn holds(&self, name: &[u8]) -> bool {
        self.of_name(name).next().is_some()
    }

    /// The same, and set for folders only.
    pub(in crate::session) fn holds_for_folders_only(&self, name: &[u8]) -> bool {
        self.holds(name) && self.of_name(name).all(|known| *known.path != *ROOT)
    }

    fn like(&self, name: &[u8]) -> impl Iterator<Item = &Name> {
        // Most are empty, and every cookie is looked for.
        let stem = if self.is_empty() { Cow::Borrowed(name) } else { stem(name) };
        self.iter().filter(move |known| are_alike(&known.stem, &stem))
    }

    fn of_name(&self, name: &[u8]) -> impl Iterator<Item = &Name> {
        self.iter().filter(move |known| *known.whole == *name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().map_while(OnceLock::get)
    }

    pub(in crate::session) fn insert(&self, name: &[u8], path: &str) {
        self.insert_below(MAX_NAMES, name, path);
    }

    /// Leaves half of the room to others, and most of that half to names that begin otherwise: some applications have one for
    /// each page that was looked at (`viewed_17`).
    pub(in crate::session) fn insert_if_room(&self, name: &[u8], path: &str) {
        let alike = self.iter().filter(|known| begin_alike(&known.whole, name)).count();
        if alike < MAX_ALIKE {
            self.insert_below(MAX_NAMES / 2, name, path);
        }
    }

    /// Whether this folder can be kept as the one of a cookie that names no Path, or is.
    pub(in crate::session) fn has_room_for_folder(&self, name: &[u8], folder: &str) -> bool {
        self.has_room(name, folder.as_bytes(), MAX_FOLDERS)
    }

    /// The same of a cookie that names it as its Path.
    pub(in crate::session) fn has_room_for_path(&self, name: &[u8], path: &[u8]) -> bool {
        self.has_room(name, path, MAX_PATHS)
    }

    /// Whether this very name is there with this Path.
    pub(in crate::session) fn holds_with(&self, name: &[u8], path: &[u8]) -> bool {
        self.of_name(name).any(|known| known.path.as_bytes() == path)
    }

    fn has_room(&self, name: &[u8], path: &[u8], most: usize) -> bool {
        let has_slot = || self.iter().count() < MAX_NAMES;
        self.holds_with(name, path) || (is_path(path) && self.of_name(name).count() < most && has_slot())
    }

    fn insert_below(&self, most: usize, name: &[u8], path: &str) {
        let is_made_up = path != ROOT && self.of_name(name).count() >= MAX_PATHS;
        if is_made_up || !is_path(path.as_bytes()) {
            return;
        }
        for slot in self.0.iter().take(most) {
            match slot.get() {
                Some(known) if *known.whole == *name && *known.path == *path => return,
                Some(_) => {}
                // Somebody else may have taken the slot meanwhile; then the next one.
                None if slot.set(Name { whole: name.into(), stem: stem(name).into(), path: path.into() }).is_ok() => {
                    return;
                }
                None => {}
            }
        }
    }
}

impl Name {
    fn goes_to(&self, path: &str) -> bool {
        is_below(path.as_bytes(), self.path.as_bytes())
    }
}

/// Whether it is one that can be written down, and not a longer one than is worth it.
fn is_path(path: &[u8]) -> bool {
    path.len() <= MAX_FOLDER && path.starts_with(b"/") && path.iter().all(u8::is_ascii_graphic)
}

/// Whether two names have their first three bytes in common, or of short ones the first third. What is made up may be long, and
/// begins with a word that is not. Prefixes do not count: those of one set have the same.
fn begin_alike(one: &[u8], other: &[u8]) -> bool {
    let [one, other] = [one, other].map(|name| Prefix::split(name).map_or(name, |(_, base)| base));
    let third = one.len().max(other.len()) / 3;
    common_start(one, other) >= third.clamp(1, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_up_to_a_bound() {
        let names = Names::default();
        for number in 0..100 {
            names.insert(format!("session{number}").as_bytes(), ROOT);
            names.insert(b"session0", ROOT);
        }
        assert!(names.contains(b"session0") && names.contains(b"SESSION31"));
        assert!(!names.contains(b"session32"));
    }

    #[test]
    fn a_name_with_a_path_goes_no_further() {
        let names = Names::default();
        names.insert(b"sid", "/app");
        names.insert(b"sid", "/shop/");
        for (path, expected) in [("/app", true), ("/app/page", true), ("/shop/", true), ("/", false), ("/apple", false)]
        {
            assert_eq!(names.contains_for(b"sid", path), expected, "{path}");
        }
        names.insert(b"sid", "/");
        assert!(names.contains_for(b"sid", "/apple"));
        assert!(names.paths_for(b"sid", "/apple").eq(["/"]) && names.paths_for(b"sid", "/app/x").eq(["/app", "/"]));
    }

    #[test]
    fn paths_that_are_made_up_are_not_kept() {
        let names = Names::default();
        let of_number = |number: usize| format!("/index.php/{number}");
        (0..100).for_each(|number| names.insert(b"sid", &of_number(number)));
        names.insert(b"other", &format!("/{}", "x".repeat(MAX_FOLDER)));
        names.insert(b"other", "/a b");
        names.insert(b"other", "");
        assert!(names.contains_for(b"sid", &of_number(MAX_PATHS - 1)));
        assert!(!names.contains_for(b"sid", &of_number(MAX_PATHS)) && !names.contains_for(b"sid", "/"));
        assert!(!names.contains(b"other"));
        names.insert(b"sid", ROOT);
        assert!(names.contains_for(b"sid", "/"), "what goes everywhere is kept after all");
    }

    #[test]
    fn names_that_say_nothing_leave_room_for_those_that_do() {
        for prefix in ["", "__Host-"] {
            let names = Names::default();
            let of_letter = |letter: char| format!("{prefix}{}", letter.to_string().repeat(9));
            ('a'..='z').for_each(|letter| names.insert_if_room(of_letter(letter).as_bytes(), ROOT));
            (0..100).for_each(|number| names.insert(format!("session{number}").as_bytes(), ROOT));
            assert!(names.contains(of_letter('p').as_bytes()) && !names.contains(of_letter('q').as_bytes()));
            assert!(names.contains(b"session15") && !names.contains(b"session16"));
        }
    }

    #[test]
    fn many_may_write_at_once() {
        let names = Names::default();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let names = &names;
                scope.spawn(move || (0..8).for_each(|n| names.insert(format!("{thread}-{n}").as_bytes(), ROOT)));
            }
        });
        assert!((0..4).all(|thread| (0..8).all(|n| names.contains(format!("{thread}-{n}").as_bytes()))));
    }
}
