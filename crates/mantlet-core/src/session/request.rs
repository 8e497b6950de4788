//! The request's side: what two applications would read differently is refused, and cookies get back the names that the
//! response's side took from them.

use super::SessionGuard;
use super::guarded::{Guarded, GuardedCookies, Reading};
use super::notes::shown;
use super::state::{Outcome, State};
use crate::cookie::name::Prefix;
use crate::cookie::request::{Pair, has_open_quote, names_inside, pairs};
use crate::cookie::trim_blanks;
use crate::reason::{Reason, Refusal};

/// Browsers keep about 180 cookies for a site; more are a bomb, or the flood that makes a jar drop its session.
const MAX_COOKIES: usize = 180;

/// Servers have limits of their own for this field, from 4 KiB on. So much is somebody locking the user out.
const MAX_BYTES: usize = 16 * 1024;

/// A Cookie header that passed, and what becomes of its pairs.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    header: &'a [u8],
    outcomes: [Outcome; MAX_COOKIES],
    /// The prefix that renamed cookies lose.
    prefix: Option<Prefix>,
    has_edits: bool,
    has_renames: bool,
    /// Some were put behind others.
    has_moves: bool,
}

impl SessionGuard {
    /// Judges one Cookie header. `ours` is the prefix that this site's cookies may have got from us; on plain http, none.
    pub(super) fn judge<'a>(&self, header: &'a [u8], ours: Option<Prefix>) -> Result<Judged<'a>, Refusal> {
        if header.len() > MAX_BYTES {
            return Err(Refusal::new(Reason::SessionTooManyCookies, "more than 16 KiB of cookies"));
        }
        let mut judged = Judged::untouched(header, ours);
        let mut guarded = GuardedCookies::default();
        let mut swallows = None;
        let (mut runs_on, mut hides) = (false, false);
        for (at, pair) in pairs(header).enumerate() {
            if at >= MAX_COOKIES {
                return Err(Refusal::new(Reason::SessionTooManyCookies, "more than 180 cookies"));
            }
            match self.read(&pair, ours)? {
                Reading::Settled(state) => {
                    runs_on |= state == State::RunOn;
                    judged.set(at, state.outcome(self.policy.duplicates));
                }
                Reading::Guarded(cookie) => {
                    hides |= runs_on;
                    guarded.push(at, cookie)?;
                }
            }
            swallows = swallows.or(self.swallows(&pair)?);
        }
        if let Some(what) = swallows.filter(|_| !guarded.is_empty()) {
            return Err(Refusal::new(Reason::SessionMalformedCookie, what));
        }
        for (at, cookie) in guarded.iter() {
            match self.state(cookie, &guarded, ours).outcome(self.policy.duplicates) {
                Outcome::Refuse => return Err(stands_twice(cookie)),
                outcome => judged.set(*at, outcome),
            }
        }
        if judged.put_namesakes_behind(&guarded) || hides {
            judged.has_edits = true;
        } else if judged.has_moves {
            judged.keep_order();
        }
        Ok(judged)
    }

    /// Why some applications would take the cookies that follow for a part of this one, if they would.
    ///
    /// # Errors
    /// When they would find a guarded one in it.
    fn swallows(&self, pair: &Pair<'_>) -> Result<Option<&'static str>, Refusal> {
        let value = if pair.has_plain_value() { &[] } else { pair.value.unwrap_or_default() };
        if names_inside(value).any(|name| self.is_guarded_to_somebody(name)) {
            return Err(Refusal::new(Reason::SessionMalformedCookie, "a guarded cookie inside the value of another"));
        }
        if is_legacy(pair.name) {
            return Ok(Some("a $Version or another attribute of RFC 2109"));
        }
        Ok(has_open_quote(value).then_some("a quote that is not closed in its own cookie"))
    }

    fn is_guarded_to_somebody(&self, name: &[u8]) -> bool {
        let cookies = &self.policy.cookies;
        if name.contains(&b'%') { cookies.resembles_guarded(name) } else { cookies.kind(name).is_guarded() }
    }
}

impl<'a> Judged<'a> {
    fn untouched(header: &'a [u8], prefix: Option<Prefix>) -> Self {
        Self {
            header,
            outcomes: [Outcome::Keep; MAX_COOKIES],
            prefix,
            has_edits: false,
            has_renames: false,
            has_moves: false,
        }
    }

    pub(super) fn has_edits(&self) -> bool {
        self.has_edits
    }

    pub(super) fn has_renames(&self) -> bool {
        self.has_renames
    }

    fn set(&mut self, at: usize, to: Outcome) {
        if let Some(outcome) = self.outcomes.get_mut(at) {
            *outcome = to;
            self.has_edits |= !matches!(to, Outcome::Keep | Outcome::KeepLater | Outcome::KeepLast);
            self.has_renames |= matches!(to, Outcome::Rename | Outcome::RenameAndKeep);
            self.has_moves |= matches!(to, Outcome::KeepLater | Outcome::KeepLast);
        }
    }

    /// Nothing stands behind another that must not.
    fn keep_order(&mut self) {
        let moved = self.outcomes.iter_mut().filter(|each| matches!(each, Outcome::KeepLater | Outcome::KeepLast));
        moved.for_each(|each| *each = Outcome::Keep);
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
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (Pair<'a>, Outcome)> {
        pairs(self.header).zip(self.outcomes.iter().copied())
    }

    /// The header for the application.
    pub(super) fn render(&self) -> Vec<u8> {
        let prefix_len = self.prefix.map_or(0, |prefix| prefix.as_str().len());
        let mut out = Vec::with_capacity(self.header.len());
        let mut add = |pair: &[u8]| {
            if !out.is_empty() {
                out.extend_from_slice(b"; ");
            }
            out.extend_from_slice(pair);
        };
        for (pair, outcome) in self.outcomes() {
            let renamed = pair.raw.get(prefix_len..).unwrap_or_default();
            match outcome {
                Outcome::Keep => add(pair.raw),
                Outcome::KeepLater | Outcome::KeepLast | Outcome::Drop | Outcome::Refuse => {}
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
}

fn stands_twice(cookie: &Guarded<'_>) -> Refusal {
    Refusal::new(Reason::SessionDuplicateCookie, format!("{} stands twice", shown(cookie.known_as)))
}

/// `$Version` puts some servers into a mode in which quotes and commas mean something; the others come with it.
fn is_legacy(name: &[u8]) -> bool {
    let name = trim_blanks(name);
    name.starts_with(b"$")
        && ["$version", "$path", "$domain", "$port"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether the client sent a cookie of this name.
pub(super) fn has_cookie(header: &[u8], prefix: Prefix, base: &[u8]) -> bool {
    pairs(header).any(|pair| pair.name.strip_prefix(prefix.as_str().as_bytes()) == Some(base))
}
