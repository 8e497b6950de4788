//! The Cookie header that the application gets: what becomes of each pair, and in which order they stand.

use std::cmp::Reverse;

use super::MAX_COOKIES;
use super::classify::State;
use super::guarded::GuardedCookies;
use crate::cookie::folder::own_name;
use crate::cookie::name::Prefix;
use crate::cookie::request::{Pair, pairs};
use crate::session::policy::Duplicates;
use crate::session::recognition::CookieKind;

/// What becomes of a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Outcome {
    Keep,
    /// Behind the other guarded ones.
    KeepLater,
    /// Behind all others.
    KeepLast,
    Drop,
    /// The same, of a cookie that is ours and whose folder is not asked for.
    Withhold,
    /// The application gets it without its prefix.
    Rename,
    /// The same, before all others: to browsers that do not see the folder in its name, it is no more than others.
    RenameFirst,
    /// The application gets it under both names.
    RenameAndKeep,
    /// Nobody gets anything: the request is refused.
    Refuse,
}

impl State {
    pub(super) fn outcome(self, duplicates: Duplicates) -> Outcome {
        match self {
            Self::Unguarded | Self::Plain => Outcome::Keep,
            Self::RunOn => Outcome::KeepLast,
            Self::Imitation | Self::Planted | Self::Shadowed => Outcome::Drop,
            Self::Elsewhere => Outcome::Withhold,
            Self::Renamed => Outcome::Rename,
            Self::RenamedInFolder => Outcome::RenameFirst,
            Self::PerhapsRenamed => Outcome::RenameAndKeep,
            Self::Duplicate => match duplicates {
                Duplicates::Refuse => Outcome::Refuse,
                Duplicates::DropBoth => Outcome::Drop,
            },
        }
    }
}

/// A Cookie header that passed, and what becomes of its pairs.
#[derive(Debug)]
pub(in crate::session) struct Rewrite<'a> {
    header: &'a [u8],
    outcomes: [Outcome; MAX_COOKIES],
    /// The prefix that renamed cookies lose.
    prefix: Option<Prefix>,
    has_edits: bool,
    has_renames: bool,
    /// Some were put behind others.
    has_moves: bool,
    /// One of them is a session cookie.
    holds_session: bool,
    /// The name of one that somebody else set.
    planted: Option<&'a [u8]>,
}

impl<'a> Rewrite<'a> {
    pub(super) fn untouched(header: &'a [u8], prefix: Option<Prefix>) -> Self {
        Self {
            header,
            outcomes: [Outcome::Keep; MAX_COOKIES],
            prefix,
            has_edits: false,
            has_renames: false,
            has_moves: false,
            holds_session: false,
            planted: None,
        }
    }

    pub(in crate::session) fn holds_session(&self) -> bool {
        self.holds_session
    }

    /// The name of a cookie that is dropped because somebody else set it.
    pub(in crate::session) fn planted(&self) -> Option<&'a [u8]> {
        self.planted
    }

    /// Remembers the first of these names, for the log.
    pub(super) fn note_planted(&mut self, planted: &'a [u8]) {
        self.planted = self.planted.or(Some(planted));
    }

    pub(in crate::session) fn has_edits(&self) -> bool {
        self.has_edits
    }

    pub(in crate::session) fn has_renames(&self) -> bool {
        self.has_renames
    }

    pub(super) fn header(&self) -> &'a [u8] {
        self.header
    }

    /// Whether the application gets this one as it is.
    pub(super) fn passes(&self, at: usize) -> bool {
        matches!(self.outcomes.get(at), Some(Outcome::Keep | Outcome::KeepLast))
    }

    /// Whether this one bears our prefix.
    pub(super) fn is_renamed(&self, at: usize) -> bool {
        matches!(
            self.outcomes.get(at),
            Some(Outcome::Rename | Outcome::RenameFirst | Outcome::RenameAndKeep | Outcome::Withhold)
        )
    }

    pub(super) fn set(&mut self, at: usize, to: Outcome) {
        if let Some(outcome) = self.outcomes.get_mut(at) {
            *outcome = to;
            self.has_edits |= !matches!(to, Outcome::Keep | Outcome::KeepLater | Outcome::KeepLast);
            self.has_renames |=
                matches!(to, Outcome::Rename | Outcome::RenameFirst | Outcome::RenameAndKeep | Outcome::Withhold);
            self.has_moves |= matches!(to, Outcome::KeepLater | Outcome::KeepLast);
        }
    }

    /// Remembers whether a session cookie is among the guarded ones.
    pub(super) fn look_for_session(&mut self, guarded: &GuardedCookies<'_>) {
        self.holds_session = guarded.iter().any(|(_, cookie)| cookie.kind == CookieKind::Session);
    }

    /// Puts behind the guarded cookies what could hide one of them or pass for it. Where all of it stands there already,
    /// nothing moves.
    pub(super) fn put_in_order(&mut self, guarded: &GuardedCookies<'_>) {
        let hides_one = self.has_moves && {
            let run_on = self.outcomes.iter().position(|outcome| *outcome == Outcome::KeepLast);
            run_on.is_some_and(|run_on| guarded.iter().any(|(at, _)| *at > run_on))
        };
        let is_misplaced = self.put_namesakes_behind(guarded);
        if is_misplaced || hides_one {
            self.has_edits = true;
        } else if self.has_moves {
            let moved = self.outcomes.iter_mut().filter(|each| matches!(each, Outcome::KeepLater | Outcome::KeepLast));
            moved.for_each(|each| *each = Outcome::Keep);
        }
    }

    /// Puts a cookie in which the `NAME=` of a guarded one occurs behind that one: applications that search the whole field for
    /// this text (Mongoose, and whoever does it by hand) then find the right one first. A `__Host-` cookie may stay where it
    /// is, since no other host can have set it. True if one has to move.
    fn put_namesakes_behind(&mut self, guarded: &GuardedCookies<'_>) -> bool {
        if guarded.is_empty() {
            return false;
        }
        let mut is_misplaced = false;
        for ((at, pair), outcome) in pairs(self.header).enumerate().zip(&mut self.outcomes) {
            if *outcome != Outcome::Keep {
                continue;
            }
            let Some(last) = guarded.last_named_in(&pair, at) else { continue };
            if Prefix::split(pair.name).is_some_and(|(prefix, _)| prefix.is_host_only()) {
                continue;
            }
            is_misplaced |= at < last;
            self.has_moves = true;
            let is_guarded = guarded.iter().any(|(other, _)| *other == at);
            *outcome = if is_guarded { Outcome::KeepLater } else { Outcome::KeepLast };
        }
        is_misplaced
    }

    /// Every pair, and what becomes of it.
    pub(in crate::session) fn outcomes(&self) -> impl Iterator<Item = (Pair<'a>, Outcome)> {
        pairs(self.header).zip(self.outcomes.iter().copied())
    }

    /// The header for the application.
    pub(in crate::session) fn render(&self) -> Vec<u8> {
        let prefix_len = self.prefix.map_or(0, |prefix| prefix.as_str().len());
        let mut out = Vec::with_capacity(self.header.len());
        let mut add = |pair: &[u8]| {
            if !out.is_empty() {
                out.extend_from_slice(b"; ");
            }
            out.extend_from_slice(pair);
        };
        self.in_folders().iter().for_each(|pair| add(pair));
        for (pair, outcome) in self.outcomes() {
            let renamed = pair.raw.get(prefix_len..).unwrap_or_default();
            match outcome {
                Outcome::Keep => add(pair.raw),
                Outcome::RenameFirst
                | Outcome::KeepLater
                | Outcome::KeepLast
                | Outcome::Drop
                | Outcome::Withhold
                | Outcome::Refuse => {}
                Outcome::Rename => add(renamed),
                Outcome::RenameAndKeep => {
                    add(renamed);
                    add(pair.raw);
                }
            }
        }
        for moved in [Outcome::KeepLater, Outcome::KeepLast] {
            self.outcomes().filter(|(_, outcome)| *outcome == moved).for_each(|(pair, _)| add(pair.raw));
        }
        out
    }

    /// The cookies of folders under the names that the application knows. All their folders are above one path, and the deepest comes
    /// first, as it would from a browser that knew.
    fn in_folders(&self) -> Vec<&'a [u8]> {
        let in_folder = self.outcomes().filter(|(_, outcome)| *outcome == Outcome::RenameFirst);
        let mut pairs: Vec<_> = in_folder
            .filter_map(|(pair, _)| pair.raw.split_at_checked(pair.name.len().checked_sub(own_name(pair.name).len())?))
            .collect();
        pairs.sort_by_key(|(before, _)| Reverse(before.len()));
        pairs.into_iter().map(|(_, own)| own).collect()
    }
}
