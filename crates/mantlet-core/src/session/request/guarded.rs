//! The guarded cookies of one request: those that a session, or the protection of one, hangs on.

use crate::cookie::folder::before_name;
use crate::cookie::name::{are_alike, are_alike_decoded};
use crate::cookie::path::ROOT;
use crate::cookie::request::Pair;
use crate::reason::{Reason, Refusal};
use crate::session::provenance::IsOurs;
use crate::session::recognition::{CookieKind, are_pieces_of_one};

/// More than an application has, and few enough to compare each with each.
const MAX_GUARDED: usize = 64;

/// A cookie whose name is guarded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guarded<'a> {
    /// The name the application knows: without our prefix.
    pub(super) known_as: &'a [u8],
    pub(super) kind: CookieKind,
    /// Whether it came with our prefix, spelt as we spell it.
    pub(super) is_ours: IsOurs,
    /// The folder that its name says, as it is written there.
    pub(super) folder: Option<&'a [u8]>,
}

impl Guarded<'_> {
    pub(super) fn has_our_prefix(&self) -> bool {
        self.is_ours != IsOurs::No
    }

    /// Whether it has this Path to the application, if it has our prefix.
    pub(super) fn has_path(&self, path: &str) -> bool {
        let folder = Some(path).filter(|path| *path != ROOT).map(str::as_bytes);
        self.folder.unwrap_or_default() == &*before_name(None, folder)
    }

    /// Whether some application takes a cookie of this name for this one.
    pub(super) fn is_alike(&self, name: &[u8]) -> bool {
        are_alike_decoded(self.known_as, name)
    }
}

/// All of them, each with the place of its pair in the header.
#[derive(Debug, Default)]
pub(super) struct GuardedCookies<'a>(Vec<(usize, Guarded<'a>)>);

impl<'a> GuardedCookies<'a> {
    pub(super) fn push(&mut self, at: usize, cookie: Guarded<'a>) -> Result<(), Refusal> {
        if self.0.len() >= MAX_GUARDED {
            return Err(Refusal::new(Reason::SessionTooManyCookies, "more than 64 session cookies"));
        }
        self.0.push((at, cookie));
        Ok(())
    }

    /// Whether the rest of the room is for cookies whose names say more than that they have a prefix. An application may set
    /// one for each page; they are then no longer compared with others, which could not have got their prefix.
    pub(super) fn is_half_full(&self) -> bool {
        self.0.len() >= MAX_GUARDED / 2
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(usize, Guarded<'a>)> + Clone {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of the last cookie of another name whose `NAME=` occurs in this pair, itself at `at`, in upper or lower case. A
    /// pair with more equals signs than anybody needs is taken for one in which they all occur.
    pub(super) fn last_named_in(&self, pair: &Pair<'_>, at: usize) -> Option<usize> {
        const SIGNS: usize = 16;
        let others = self.iter().filter(|(other, cookie)| *other != at && !are_alike(cookie.known_as, pair.name));
        others.clone().next()?;
        let mut named = None;
        for (sign, part) in pair.before_signs().enumerate() {
            if sign == SIGNS {
                return others.map(|(other, _)| *other).last();
            }
            let here = others.clone().filter(|(_, cookie)| ends_with(part, cookie.known_as)).last();
            named = named.max(here.map(|(other, _)| *other));
        }
        named
    }

    /// Those that are one to the application, this one included.
    pub(super) fn alike(&self, cookie: &Guarded<'_>) -> impl Iterator<Item = &Guarded<'a>> + Clone {
        let known_as = cookie.known_as;
        self.iter().map(|(_, other)| other).filter(move |other| other.is_alike(known_as))
    }

    /// Whether one with our prefix is there that some application would put together with this one.
    pub(super) fn has_renamed_piece_of(&self, cookie: &Guarded<'_>) -> bool {
        self.iter().any(|(_, other)| other.has_our_prefix() && are_pieces_of_one(other.known_as, cookie.known_as))
    }
}

/// Whether the name stands at the end, in upper or lower case.
fn ends_with(part: &[u8], name: &[u8]) -> bool {
    let tail = part.len().checked_sub(name.len()).and_then(|start| part.get(start..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name))
}
