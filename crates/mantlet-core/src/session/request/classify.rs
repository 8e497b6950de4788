//! What each cookie of a request is: first by itself, then beside the others. The states are those of the table in
//! [the guard's module](super::super#requests).

use super::guarded::{Guarded, GuardedCookies};
use super::malformed;
use crate::cookie::name::{Prefix, imitates_prefix, is_name_byte};
use crate::cookie::request::{Pair, may_run_on};
use crate::cookie::trim_blanks;
use crate::reason::Refusal;
use crate::session::SessionGuard;
use crate::session::provenance::IsOurs;
use crate::session::recognition::CookieKind;

/// What a cookie is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not guarded, and nobody takes it for something that is.
    Foreign,
    /// The same, but one application or another could take what follows it for a part of it.
    RunOn,
    /// Not guarded, but one application or another takes it for something that is.
    Imitation,
    /// Guarded, and the only one of its name, or the only one of its folder beside that of the root.
    Plain,
    /// Guarded, and without our prefix, which this site's would have.
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

/// What a pair is by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reading<'a> {
    /// Whatever else comes, it is this.
    Settled(State),
    /// What it is depends on the others.
    Guarded(Guarded<'a>),
}

impl SessionGuard {
    /// What one pair is by itself. `is_plain` as [`Pair::is_plain`], `ours` as in [`Self::judge`].
    ///
    /// # Errors
    /// When applications would find a guarded cookie in it, each in its own way.
    pub(super) fn classify_alone<'a>(
        &self,
        pair: &Pair<'a>,
        is_plain: bool,
        ours: Option<Prefix>,
    ) -> Result<Reading<'a>, Refusal> {
        let name = pair.name;
        let runs_on = || !is_plain && may_run_on(pair.raw);
        let foreign = || Reading::Settled(if runs_on() { State::RunOn } else { State::Foreign });
        // `=sess=evil`: a cookie without a name to some, one with the name `sess` to others.
        if trim_blanks(name).is_empty() || imitates_prefix(name) || self.is_guarded_behind_plus(name) {
            return Ok(Reading::Settled(State::Imitation));
        }
        if name.iter().all(|byte| is_name_byte(*byte) && *byte != b'%') {
            let kind = self.kind(name);
            return match pair.value {
                _ if !kind.is_guarded() => Ok(foreign()),
                None => Err(malformed("a guarded name without a value")),
                Some(value) if has_blanks_around(value) => Err(malformed("blanks around a guarded value")),
                Some(_) => Ok(Reading::Guarded(self.guarded(name, kind, ours))),
            };
        }
        if !self.resembles_guarded(name) {
            return Ok(foreign());
        }
        if !name.iter().all(|byte| is_name_byte(*byte)) {
            return Err(malformed("a name that some applications trim or fold to a guarded one"));
        }
        // `%73ess`: another name to browsers and most servers, so it can go without harm.
        if self.is_escaped_and_own(name, ours) && pair.value.is_some_and(|value| !has_blanks_around(value)) {
            return Ok(Reading::Guarded(self.guarded(name, CookieKind::Session, ours)));
        }
        Ok(Reading::Settled(State::Imitation))
    }

    /// `+sess`: to PHP before 7.4.11 a plus is a blank, and it skips blanks before a name, escaped ones as well.
    fn is_guarded_behind_plus(&self, name: &[u8]) -> bool {
        const BLANKS: [&[u8]; 4] = [b"+", b" ", b"\t", b"%20"];
        let mut behind = name;
        let mut has_plus = false;
        while let Some((blank, rest)) = BLANKS.iter().find_map(|blank| Some((blank, behind.strip_prefix(*blank)?))) {
            has_plus |= *blank == b"+";
            behind = rest;
        }
        has_plus && (self.resembles_guarded(behind) || imitates_prefix(behind))
    }

    /// The state of a guarded cookie among all that are. `ours` and `path` as in [`Self::judge`].
    pub(super) fn classify_among(
        &self,
        cookie: &Guarded<'_>,
        all: &GuardedCookies<'_>,
        ours: Option<Prefix>,
        path: &str,
    ) -> State {
        let alike = all.alike(cookie).count();
        let with_prefix = all.alike(cookie).filter(|other| other.has_our_prefix()).count();
        match (with_prefix, cookie.prefix) {
            (1, IsOurs::Surely) => State::Renamed,
            (1, IsOurs::Perhaps) => State::PerhapsRenamed,
            (1, IsOurs::No) if !self.is_of_folder(cookie, path) => State::Shadowed,
            (1, IsOurs::No) if alike == 2 => State::Plain,
            (0, _) if self.is_planted(cookie, ours, path, || all.has_renamed_piece_of(cookie)) => State::Planted,
            (0, _) if alike == 1 => State::Plain,
            _ => State::Duplicate,
        }
    }

    fn guarded<'a>(&self, name: &'a [u8], kind: CookieKind, ours: Option<Prefix>) -> Guarded<'a> {
        let as_it_came = Guarded { known_as: name, kind, prefix: IsOurs::No };
        let Some((prefix, base)) = Prefix::split(name).filter(|(own, _)| ours == Some(*own)) else { return as_it_came };
        match self.is_ours(name, base, kind) {
            IsOurs::No => as_it_came,
            is_ours if name.starts_with(prefix.as_str().as_bytes()) => {
                Guarded { known_as: base, kind, prefix: is_ours }
            }
            // Some browsers heed no other spelling, and let anybody set it.
            _ => Guarded { known_as: base, kind, prefix: IsOurs::No },
        }
    }
}

fn has_blanks_around(value: &[u8]) -> bool {
    matches!(value, [b' ' | b'\t', ..] | [.., b' ' | b'\t'])
}
