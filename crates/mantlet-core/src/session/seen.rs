//! [`Seen`]: which session cookies the application has been seen to set, and how they left.
//!
//! It settles the two questions that a Cookie header cannot answer by itself:
//!
//! - A session cookie arrives without a prefix. If this application's leave with one, or at least all that go to this path,
//!   somebody else set it.
//! - `__Host-session` arrives. If the application itself calls its cookie so, it is not ours to rename.
//!
//! It holds for all routes, and outlives a reload of the policy, unless that is the first one to rename: what left plain
//! before it says nothing. It outlives the process if the host keeps it ([`Mantlet::seen_cookies`](crate::Mantlet::seen_cookies));
//! else the application has to set a cookie again after a restart before a plain one is refused. Names are only ever added,
//! so reading takes no lock.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::recognition::stem;
use crate::cookie::MAX_PAIR;
use crate::cookie::folder::MAX_FOLDER;
use crate::cookie::name::{Prefix, are_alike, is_name_byte};
use crate::cookie::path::{is_below, may_be_below};

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

/// The Path of what goes everywhere.
pub(super) const ROOT: &str = "/";

const RENAMED: &str = "renamed";
const IN_FOLDER: &str = "in-folder";
const PLAIN: &str = "plain";
const OWN_PREFIX: &str = "own-prefix";

/// Names and Paths of session cookies, by how they left.
#[derive(Debug, Default)]
pub struct Seen {
    /// Left with our prefix, which makes any Path the root's; kept here without it, and with the Path that the application said.
    pub(super) renamed: Names,
    /// Left with our prefix and their folder in their name; kept here without both.
    pub(super) in_folder: Names,
    /// Left under their plain name, since their attributes did not allow the prefix.
    pub(super) plain: Names,
    /// Were given their prefix by the application; kept here with it.
    pub(super) own_prefix: Names,
    once: Once,
}

impl Seen {
    /// All of it as text, a name a line, and its Path if that is not the root. `with_plain`: also what left under its plain name.
    pub(crate) fn write(&self, with_plain: bool) -> String {
        let plain = self.plain.iter().filter(|_| with_plain).map(|name| (PLAIN, name));
        let renamed = self.renamed.iter().map(|name| (RENAMED, name));
        let in_folder = self.in_folder.iter().map(|name| (IN_FOLDER, name));
        let own = self.own_prefix.iter().map(|name| (OWN_PREFIX, name));
        let line = |(how, Name { whole, path, .. }): (&str, &Name)| {
            let path = if **path == *ROOT { String::new() } else { format!(" {path}") };
            format!("{how} {}{path}\n", String::from_utf8_lossy(whole))
        };
        renamed.chain(in_folder).chain(plain).chain(own).map(line).collect()
    }

    /// Adds what was written. A line that says nothing is passed over.
    pub(crate) fn read(&self, text: &str) {
        for (how, what) in text.lines().filter_map(|line| line.split_once(' ')) {
            let (name, path) = what.split_once(' ').unwrap_or((what, ROOT));
            let names = match how {
                RENAMED => &self.renamed,
                IN_FOLDER => &self.in_folder,
                PLAIN => &self.plain,
                OWN_PREFIX => &self.own_prefix,
                _ => continue,
            };
            let is_name = !name.is_empty() && name.len() <= MAX_PAIR && name.bytes().all(is_name_byte);
            if is_name && path.starts_with('/') {
                names.insert(name.as_bytes(), path);
            }
        }
    }

    /// Whether the application was seen to set a session cookie of this name, or one of its pieces, without a prefix of its own.
    pub(super) fn has_session(&self, name: &[u8]) -> bool {
        self.was_renamed(name) || self.plain.contains(name)
    }

    /// The same of one that left with our prefix.
    pub(super) fn was_renamed(&self, name: &[u8]) -> bool {
        self.renamed.contains(name) || self.in_folder.contains(name)
    }

    /// Whether any left with our prefix.
    pub(super) fn has_renamed(&self) -> bool {
        !self.renamed.is_empty() || !self.in_folder.is_empty()
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
        let (renamed, in_folder) = (self.renamed.clone(), self.in_folder.clone());
        Self { renamed, in_folder, own_prefix: self.own_prefix.clone(), ..Self::default() }
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
    path: Box<str>,
}

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.0.first().is_none_or(|first| first.get().is_none())
    }

    /// Whether a name is there that some application could take for this one, or put together with it.
    pub(super) fn contains(&self, name: &[u8]) -> bool {
        self.like(name).next().is_some()
    }

    /// The same of those that browsers send to this path.
    pub(super) fn contains_for(&self, name: &[u8], path: &str) -> bool {
        self.like(name).any(|known| known.goes_to(path))
    }

    /// The same of those whose folder servers may take this path for one of.
    pub(super) fn may_contain_for(&self, name: &[u8], path: &str) -> bool {
        self.like(name).any(|known| may_be_below(path, &known.path))
    }

    /// Their Paths.
    pub(super) fn paths_for(&self, name: &[u8], path: &str) -> impl Iterator<Item = &str> {
        self.like(name).filter(move |known| known.goes_to(path)).map(|known| &*known.path)
    }

    /// Whether this very name is there.
    pub(super) fn holds(&self, name: &[u8]) -> bool {
        self.iter().any(|known| *known.whole == *name)
    }

    /// The same, and set for folders only.
    pub(super) fn holds_for_folders_only(&self, name: &[u8]) -> bool {
        let mut of_this_name = self.iter().filter(|known| *known.whole == *name).peekable();
        of_this_name.peek().is_some() && of_this_name.all(|known| *known.path != *ROOT)
    }

    fn like(&self, name: &[u8]) -> impl Iterator<Item = &Name> {
        // Most are empty, and every cookie is looked for.
        let stem = if self.is_empty() { Cow::Borrowed(name) } else { stem(name) };
        self.iter().filter(move |known| are_alike(&known.stem, &stem))
    }

    fn iter(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().map_while(OnceLock::get)
    }

    pub(super) fn insert(&self, name: &[u8], path: &str) {
        self.insert_below(MAX_NAMES, name, path);
    }

    /// Leaves half of the room to others, and most of that half to names that begin otherwise: some applications have one for
    /// each page that was looked at (`viewed_17`).
    pub(super) fn insert_if_room(&self, name: &[u8], path: &str) {
        let alike = self.iter().filter(|known| begin_alike(&known.whole, name)).count();
        if alike < MAX_ALIKE {
            self.insert_below(MAX_NAMES / 2, name, path);
        }
    }

    /// Whether this folder can be kept as the one of a cookie that names no Path, or is.
    pub(super) fn has_room_for_folder(&self, name: &[u8], folder: &str) -> bool {
        self.has_room(name, folder.as_bytes(), MAX_FOLDERS)
    }

    /// The same of a cookie that names it as its Path.
    pub(super) fn has_room_for_path(&self, name: &[u8], path: &[u8]) -> bool {
        self.has_room(name, path, MAX_PATHS)
    }

    /// Whether this very name is there with this Path.
    pub(super) fn holds_with(&self, name: &[u8], path: &[u8]) -> bool {
        self.has_room(name, path, 0)
    }

    fn has_room(&self, name: &[u8], path: &[u8], most: usize) -> bool {
        let of_this_name = || self.iter().filter(|known| *known.whole == *name);
        let is_known = || of_this_name().any(|known| known.path.as_bytes() == path);
        let has_slot = || self.iter().count() < MAX_NAMES;
        is_path(path) && (is_known() || (of_this_name().count() < most && has_slot()))
    }

    fn insert_below(&self, most: usize, name: &[u8], path: &str) {
        let of_this_name = self.iter().filter(|known| *known.whole == *name).count();
        let is_made_up = path != ROOT && of_this_name >= MAX_PATHS;
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
    fn what_was_seen_is_read_as_it_was_written() {
        let seen = Seen::default();
        seen.renamed.insert(b"session", ROOT);
        seen.renamed.insert(b"connect.sid", ROOT);
        seen.plain.insert(b"sid", ROOT);
        seen.plain.insert(b"JSESSIONID", "/app");
        seen.own_prefix.insert(b"__Host-a", ROOT);
        let text = seen.write(true);
        assert_eq!(
            text,
            "renamed session\nrenamed connect.sid\nplain sid\nplain JSESSIONID /app\nown-prefix __Host-a\n"
        );
        let again = Seen::default();
        again.read(&format!("{text}\nrenamed\nrenamed \nrenamed a b\nseen x\nrenamed {}\n", "x".repeat(5000)));
        assert_eq!(again.write(true), text);
        assert_eq!(again.write(false), text.replace("plain sid\nplain JSESSIONID /app\n", ""));
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
                seen.renamed.insert_if_room(name.as_bytes(), ROOT);
            }
            assert!(seen.is_set_again(b"portal"), "{what}");
            seen.renamed.insert_if_room(b"portal", ROOT);
            assert!(seen.renamed.contains(b"portal"), "{what}");
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
