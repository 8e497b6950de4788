//! [`Seen`]: which session cookies the application has been seen to set, and how they left.
//!
//! It settles the two questions that a Cookie header cannot answer by itself: who set a session cookie that arrives without a
//! prefix, and whether it is the application itself that calls its cookie `__Host-session`.
//!
//! It holds for all routes, and outlives a reload of the policy, unless that is the first one to rename, or the first to strip
//! every Domain: what left plain before it says nothing. It outlives the process if the host keeps it ([`Mantlet::seen_cookies`](crate::Mantlet::seen_cookies));
//! else the application has to set a cookie again after a restart before a plain one is refused. Names are only ever added,
//! so reading takes no lock.
//!
//! What the guard knows of a session cookie `N` decides what is renamed and what is planted:
//!
//! | what is known | `__Host-N` becomes | `N` alone is |
//! |---|---|---|
//! | nothing yet | both | kept |
//! | [`cookies`](super::SessionPolicy::cookies) names it | `N` | kept |
//! | the application was seen to set it so that it is renamed | `N` | dropped |
//! | the same, and also with a Domain, for scripts to read, or for a folder that nobody knows | `N` | kept |
//! | the same, and also for a folder that its name does not say | `N` | kept in that folder, also beside `__Host-N`; dropped elsewhere |
//! | only that it is set for a folder that its name says | as in the other rows | dropped where servers may take the path, if it is the browser's, for one in that folder (`/%61pp` for `/app`); kept elsewhere |
//! | `prefix = "__Host-"`, and its name says that it is a session's | `N` | dropped |
//! | `cookies` names `__Host-N`, or the application was seen to set that itself | kept | as in the other rows; with `prefix = "__Host-"` kept |
//!
//! A cookie whose name does not say that it is a session's counts as seen when it was set twice, or set by the answer to a
//! request that carried it. Only the first 16 such names count, and only the first eight of those that begin alike: some
//! applications make up a name for each visitor or each page. Of one name, 16 Paths count. A cookie without a Path that is set in more
//! than seven folders is set anywhere, and counts as set for a folder that nobody knows.
//!
//! The application gets both names for as long as it may itself call its cookie `__Host-session`. This holds for every name, since
//! any cookie may be set as a session is. An application that sets both anew, or deletes both, as many do with all cookies that
//! come, is not taken for one that uses the prefix itself. One that uses both names keeps both, and neither is renamed.

mod names;
mod recent;

use crate::cookie::MAX_PAIR;
use crate::cookie::name::is_name_byte;
use crate::cookie::path::ROOT;
use names::Name;
use recent::RecentNames;

pub(super) use names::Names;

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
    /// Were set as a session is, under names that do not say so: perhaps made up for one visitor.
    pub(super) recent: RecentNames,
}

impl Seen {
    /// All of it as text, a name a line, and its Path if that is not the root.
    pub(crate) fn write(&self) -> String {
        let plain = self.plain.iter().map(|name| (PLAIN, name));
        let renamed = self.renamed.iter().map(|name| (RENAMED, name));
        let in_folder = self.in_folder.iter().map(|name| (IN_FOLDER, name));
        let own = self.own_prefix.iter().map(|name| (OWN_PREFIX, name));
        let line = |(how, Name { whole, path, .. }): (&str, &Name)| {
            let path = if **path == *ROOT { String::new() } else { format!(" {path}") };
            format!("{how} {}{path}\n", String::from_utf8_lossy(whole))
        };
        renamed.chain(in_folder).chain(plain).chain(own).map(line).collect()
    }

    /// Adds what was written. A line that says nothing is passed over; and so is one without its end, of which a name may be cut.
    pub(crate) fn read(&self, text: &str) {
        self.read_with(text, Names::insert);
    }

    /// The same, added by somebody who knows for which names there has to be room.
    pub(super) fn read_with(&self, text: &str, add: impl Fn(&Names, &[u8], &str)) {
        let (whole, _cut) = text.rsplit_once('\n').unwrap_or_default();
        for (how, what) in whole.lines().filter_map(|line| line.split_once(' ')) {
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
                add(names, name.as_bytes(), path);
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

    /// All of it, but for what left under its plain name: nobody asked then whether it could have left with a prefix.
    pub(crate) fn without_plain(&self) -> Self {
        let (renamed, in_folder) = (self.renamed.clone(), self.in_folder.clone());
        Self { renamed, in_folder, own_prefix: self.own_prefix.clone(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_read_as_it_was_written() {
        let seen = Seen::default();
        seen.renamed.insert(b"session", ROOT);
        seen.renamed.insert(b"connect.sid", ROOT);
        seen.plain.insert(b"sid", ROOT);
        seen.plain.insert(b"JSESSIONID", "/app");
        seen.own_prefix.insert(b"__Host-a", ROOT);
        let text = seen.write();
        assert_eq!(
            text,
            "renamed session\nrenamed connect.sid\nplain sid\nplain JSESSIONID /app\nown-prefix __Host-a\n"
        );
        let again = Seen::default();
        again
            .read(&format!("{text}\nrenamed\nrenamed \nrenamed a b\nseen x\nrenamed {}\nplain sess", "x".repeat(5000)));
        again.read("plain sess");
        assert_eq!(again.write(), text);
        assert_eq!(again.without_plain().write(), text.replace("plain sid\nplain JSESSIONID /app\n", ""));
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
            assert!(seen.recent.insert(b"portal"));
            for number in 0..1000 {
                let name = name(number);
                assert!(seen.recent.insert(name.as_bytes()) && !seen.recent.insert(name.as_bytes()));
                seen.renamed.insert_if_room(name.as_bytes(), ROOT);
            }
            assert!(!seen.recent.insert(b"portal"), "{what}");
            seen.renamed.insert_if_room(b"portal", ROOT);
            assert!(seen.renamed.contains(b"portal"), "{what}");
        }
    }
}
