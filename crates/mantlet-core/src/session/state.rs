//! What a cookie of a request is in the company of the others, and what becomes of it: the table of
//! [the module](super#requests).

use super::SessionGuard;
use super::guarded::{Guarded, GuardedCookies};
use super::policy::Duplicates;
use crate::cookie::name::Prefix;

/// What a cookie is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not guarded, and nobody takes it for something that is.
    Foreign,
    /// The same, but one application or another could take what follows it for a part of it.
    RunOn,
    /// Not guarded, but one application or another takes it for something that is.
    Imitation,
    /// Guarded, and the only one of its name.
    Plain,
    /// The same without our prefix, which this site's would have.
    Planted,
    /// The only one of its name with our prefix: this site set it.
    Renamed,
    /// The same, where nobody knows yet whether it was us who renamed it.
    PerhapsRenamed,
    /// Beside the only one of its name with our prefix.
    Shadowed,
    /// One of several of its name, and nothing tells them apart.
    Duplicate,
}

/// What becomes of a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Keep,
    /// Behind the other guarded ones.
    KeepLater,
    /// Behind all others.
    KeepLast,
    Drop,
    /// The application gets it without its prefix.
    Rename,
    /// The application gets it under both names.
    RenameAndKeep,
    /// Nobody gets anything: the request is refused.
    Refuse,
}

impl State {
    pub(super) fn outcome(self, duplicates: Duplicates) -> Outcome {
        match self {
            Self::Foreign | Self::Plain => Outcome::Keep,
            Self::RunOn => Outcome::KeepLast,
            Self::Imitation | Self::Planted | Self::Shadowed => Outcome::Drop,
            Self::Renamed => Outcome::Rename,
            Self::PerhapsRenamed => Outcome::RenameAndKeep,
            Self::Duplicate => match duplicates {
                Duplicates::Refuse => Outcome::Refuse,
                Duplicates::DropBoth => Outcome::Drop,
            },
        }
    }
}

impl SessionGuard {
    /// The state of a guarded cookie among all that are. `ours` as in [`Self::judge`].
    pub(super) fn state(&self, cookie: &Guarded<'_>, all: &GuardedCookies<'_>, ours: Option<Prefix>) -> State {
        let with_prefix = all.alike(cookie).filter(|other| other.has_our_prefix).count();
        match (with_prefix, cookie.has_our_prefix) {
            (1, true) if self.is_known_without_prefix(cookie.known_as) => State::Renamed,
            (1, true) => State::PerhapsRenamed,
            (1, false) => State::Shadowed,
            (0, false) if all.alike(cookie).count() == 1 => {
                if self.expects_prefix(cookie, ours) || (all.has_renamed_piece_of(cookie) && !self.leaves_plain(cookie))
                {
                    State::Planted
                } else {
                    State::Plain
                }
            }
            _ => State::Duplicate,
        }
    }
}
