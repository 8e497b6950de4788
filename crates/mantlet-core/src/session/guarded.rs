//! Which cookies of a request are guarded: those that a session, or the protection of one, hangs on.

use super::SessionGuard;
use super::names::{CookieKind, are_pieces_of_one};
use super::state::State;
use crate::cookie::name::{Prefix, are_alike_decoded, imitates_prefix, is_name_byte};
use crate::cookie::request::{Pair, may_run_on};
use crate::cookie::trim_blanks;
use crate::reason::{Reason, Refusal};

/// More than an application has, and few enough to compare each with each.
const MAX_GUARDED: usize = 32;

/// What a pair is by itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reading<'a> {
    /// Whatever else comes, it is this.
    Settled(State),
    /// What it is depends on the others.
    Guarded(Guarded<'a>),
}

/// A cookie whose name is guarded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guarded<'a> {
    /// The name the application knows: without our prefix.
    pub(super) known_as: &'a [u8],
    pub(super) kind: CookieKind,
    /// It came with our prefix, spelt as we spell it.
    pub(super) has_our_prefix: bool,
}

impl SessionGuard {
    /// Reads one pair. `ours` is the prefix that this site's cookies may have got from us.
    ///
    /// # Errors
    /// When applications would find a guarded cookie in it, each in its own way.
    pub(super) fn read<'a>(&self, pair: &Pair<'a>, ours: Option<Prefix>) -> Result<Reading<'a>, Refusal> {
        let cookies = &self.policy.cookies;
        let name = pair.name;
        // `=sess=evil`: a cookie without a name to some, one with the name `sess` to others.
        if trim_blanks(name).is_empty() || imitates_prefix(name) {
            return Ok(Reading::Settled(State::Imitation));
        }
        if name.iter().all(|byte| is_name_byte(*byte) && *byte != b'%') {
            let kind = cookies.kind(name);
            return match pair.value {
                _ if !kind.is_guarded() => Ok(foreign(pair)),
                None => Err(malformed("a guarded name without a value")),
                Some(value) if has_blanks_around(value) => Err(malformed("blanks around a guarded value")),
                Some(_) => Ok(Reading::Guarded(self.guarded(name, kind, ours))),
            };
        }
        if !cookies.resembles_guarded(name) {
            return Ok(foreign(pair));
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

    fn guarded<'a>(&self, name: &'a [u8], kind: CookieKind, ours: Option<Prefix>) -> Guarded<'a> {
        match Prefix::split(name) {
            Some((prefix, base)) if ours == Some(prefix) && self.may_be_renamed(name, base) => {
                Guarded { known_as: base, kind, has_our_prefix: name.starts_with(prefix.as_str().as_bytes()) }
            }
            _ => Guarded { known_as: name, kind, has_our_prefix: false },
        }
    }
}

fn foreign<'a>(pair: &Pair<'_>) -> Reading<'a> {
    Reading::Settled(if may_run_on(pair.raw) { State::RunOn } else { State::Foreign })
}

fn malformed(what: &'static str) -> Refusal {
    Refusal::new(Reason::SessionMalformedCookie, what)
}

/// Whether the name stands at the end, in upper or lower case.
fn ends_with(part: &[u8], name: &[u8]) -> bool {
    let tail = part.len().checked_sub(name.len()).and_then(|start| part.get(start..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name))
}

fn has_blanks_around(value: &[u8]) -> bool {
    matches!(value, [b' ' | b'\t', ..] | [.., b' ' | b'\t'])
}

/// The guarded cookies of one request, each with the place of its pair in the header.
#[derive(Debug, Default)]
pub(super) struct GuardedCookies<'a>([Option<(usize, Guarded<'a>)>; MAX_GUARDED]);

impl<'a> GuardedCookies<'a> {
    pub(super) fn push(&mut self, at: usize, cookie: Guarded<'a>) -> Result<(), Refusal> {
        let slot = self.0.iter_mut().find(|slot| slot.is_none());
        let slot = slot.ok_or(Refusal::new(Reason::SessionTooManyCookies, "more than 32 session cookies"))?;
        *slot = Some((at, cookie));
        Ok(())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(usize, Guarded<'a>)> + Clone {
        self.0.iter().map_while(Option::as_ref)
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self.0, [None, ..])
    }

    /// The place of the last cookie whose `NAME=` occurs in this pair, itself at `at`, in upper or lower case. A pair with more
    /// equals signs than anybody needs is taken for one in which they all occur.
    pub(super) fn last_named_in(&self, pair: &Pair<'_>, at: usize) -> Option<usize> {
        const SIGNS: usize = 16;
        let others = self.iter().filter(|(other, _)| *other != at);
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
    pub(super) fn alike(&self, cookie: &Guarded<'_>) -> impl Iterator<Item = &Guarded<'a>> {
        let known_as = cookie.known_as;
        self.iter().map(|(_, other)| other).filter(move |other| are_alike_decoded(other.known_as, known_as))
    }

    /// Whether one with our prefix is there that some application would put together with this one.
    pub(super) fn has_renamed_piece_of(&self, cookie: &Guarded<'_>) -> bool {
        self.iter().any(|(_, other)| other.has_our_prefix && are_pieces_of_one(other.known_as, cookie.known_as))
    }
}
