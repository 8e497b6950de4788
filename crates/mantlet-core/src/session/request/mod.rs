//! The request's side: what two applications would read differently is refused, and cookies get back the names that the
//! response's side took from them.

mod classify;
mod guarded;
mod planted;
pub(super) mod rewrite;

use super::SessionGuard;
use super::notes::shown;
use super::recognition::CookieKind;
use crate::cookie::folder::own_name;
use crate::cookie::name::{Prefix, are_alike, are_alike_decoded, behind_separators};
use crate::cookie::request::{Pair, has_open_quote, names_inside, pairs};
use crate::cookie::trim_blanks;
use crate::reason::{Reason, Refusal};

use classify::{Look, Reading, State};
use guarded::{Guarded, GuardedCookies};
use rewrite::{Outcome, Rewrite};

/// Browsers keep about 180 cookies for a site; more are a bomb, or the flood that makes a jar drop its session.
const MAX_COOKIES: usize = 180;

/// Servers have limits of their own for this field, from 4 KiB on. So much is somebody locking the user out.
const MAX_BYTES: usize = 16 * 1024;

/// What was asked for, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) path: &'a str,
    /// Whether the browser asked for this very path.
    pub(super) is_browsers_path: bool,
    /// The prefix that this site's cookies may have got from us; on plain http, none.
    pub(super) prefix: Option<Prefix>,
}

/// Why a Cookie header is refused, and for which of its cookies.
#[derive(Debug)]
pub(super) struct Objection<'a> {
    pub(super) refusal: Refusal,
    /// None: there are too many, or too large ones.
    name: Option<&'a [u8]>,
}

impl Objection<'_> {
    /// Whether it is this cookie that has to go, or one that some application takes for it.
    pub(super) fn is_about(&self, name: &[u8]) -> bool {
        self.name.is_none_or(|own| [name, own_name(name)].into_iter().any(|name| are_alike_decoded(own, name)))
    }
}

/// To the header as a whole.
impl From<Refusal> for Objection<'_> {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, name: None }
    }
}

impl SessionGuard {
    /// Judges one Cookie header.
    pub(super) fn judge<'a>(&self, header: &'a [u8], asked: Asked<'_>) -> Result<Rewrite<'a>, Objection<'a>> {
        if header.len() > MAX_BYTES {
            return Err(Refusal::new(Reason::SessionTooManyCookies, "more than 16 KiB of cookies").into());
        }
        let mut rewrite = Rewrite::untouched(header, asked.prefix);
        let mut guarded = GuardedCookies::default();
        let mut has_unknown = false;
        let mut may_hide = false;
        let mut swallows = None;
        for (at, pair) in pairs(header).enumerate() {
            if at >= MAX_COOKIES {
                return Err(Refusal::new(Reason::SessionTooManyCookies, "more than 180 cookies").into());
            }
            let to_this = |refusal| Objection { refusal, name: Some(trim_blanks(pair.name)) };
            let look = Look::at(&pair);
            may_hide |= look.may_hide_another();
            match self.classify_alone(&pair, look, asked).map_err(to_this)? {
                Reading::Settled(state @ State::Elsewhere) => {
                    // Nobody gets to read it here, whatever is in it.
                    rewrite.set(at, state.outcome(self.policy.duplicates));
                    continue;
                }
                Reading::Settled(state) => rewrite.set(at, state.outcome(self.policy.duplicates)),
                Reading::Guarded(cookie) => {
                    let may_say_nothing = cookie.kind == CookieKind::Prefixed || cookie.folder.is_some();
                    has_unknown |= cookie.has_our_prefix() && may_say_nothing;
                    if cookie.kind == CookieKind::Prefixed && guarded.is_half_full() {
                        let state = if cookie.has_our_prefix() { State::PerhapsRenamed } else { State::Unguarded };
                        rewrite.set(at, state.outcome(self.policy.duplicates));
                    } else {
                        guarded.push(at, cookie)?;
                    }
                }
            }
            let swallows_next = self.swallows(&pair, look).map_err(to_this)?;
            swallows = swallows.or(swallows_next.map(|what| to_this(malformed(what))));
        }
        if let Some(objection) = swallows.filter(|_| !guarded.is_empty()) {
            return Err(objection);
        }
        self.judge_among(&guarded, &mut rewrite, asked)?;
        if has_unknown {
            self.shadow_unknown(&guarded, &mut rewrite);
        }
        if may_hide {
            self.drop_what_hides_a_session(&guarded, &mut rewrite);
        }
        rewrite.look_for_session(&guarded);
        rewrite.put_in_order(&guarded);
        Ok(rewrite)
    }

    /// Says what becomes of the guarded cookies.
    fn judge_among<'a>(
        &self,
        guarded: &GuardedCookies<'a>,
        rewrite: &mut Rewrite<'a>,
        asked: Asked<'_>,
    ) -> Result<(), Objection<'a>> {
        for (at, cookie) in guarded.iter() {
            let state = self.classify_among(cookie, guarded, asked);
            match state.outcome(self.policy.duplicates) {
                Outcome::Refuse => return Err(stands_twice(cookie)),
                outcome => rewrite.set(*at, outcome),
            }
            if matches!(state, State::Planted | State::Shadowed) {
                rewrite.note_planted(cookie.known_as);
            }
        }
        Ok(())
    }

    /// Drops what stands beside a cookie with our prefix whose name says nothing, and bears that name without it: nobody knew
    /// yet that it is guarded.
    fn shadow_unknown(&self, guarded: &GuardedCookies<'_>, rewrite: &mut Rewrite<'_>) {
        let is_renamed = |outcome| matches!(outcome, Outcome::RenameAndKeep | Outcome::RenameFirst);
        let renamed = rewrite.outcomes().filter(|(_, outcome)| is_renamed(*outcome));
        let renamed: Vec<&[u8]> = renamed.map(|(pair, _)| own_name(pair.name)).collect();
        let of_one_name = |name| renamed.iter().any(|known| are_alike_decoded(known, name));
        for (at, pair) in pairs(rewrite.header()).enumerate() {
            if rewrite.passes(at) && of_one_name(trim_blanks(pair.name)) && !guarded.iter().any(|(own, _)| *own == at) {
                rewrite.set(at, State::Shadowed.outcome(self.policy.duplicates));
                rewrite.note_planted(pair.name);
            }
        }
    }

    /// Drops what is another cookie to most, and a session of this application to those that search the header for it. What came
    /// with our prefix stays; of a session, what its own name says (`koa:sess`) does not count.
    fn drop_what_hides_a_session(&self, guarded: &GuardedCookies<'_>, rewrite: &mut Rewrite<'_>) {
        // Ring decodes no name, and a header may hold thousands of them.
        let is_renamed = |name| guarded.iter().any(|(_, own)| own.has_our_prefix() && are_alike(own.known_as, name));
        let is_session = |name| Prefix::split(name).is_some() || self.is_known_session(name) || is_renamed(name);
        for (at, pair) in pairs(rewrite.header()).enumerate() {
            let own = usize::from(self.is_known_session(pair.name));
            let mut others = pair.names_by_search().skip(own).filter(|name| *name != pair.name);
            if !rewrite.is_renamed(at) && others.any(is_session) {
                rewrite.set(at, State::Imitation.outcome(self.policy.duplicates));
            }
        }
    }

    /// Why some applications would take the cookies that follow for a part of this one, if they would.
    ///
    /// # Errors
    /// When they would find a guarded one in it.
    fn swallows(&self, pair: &Pair<'_>, look: Look) -> Result<Option<&'static str>, Refusal> {
        let value = if look.is_plain { &[] } else { pair.value.unwrap_or_default() };
        if names_inside(value).any(|name| self.is_guarded_to_somebody(name)) {
            return Err(malformed("a guarded cookie inside the value of another"));
        }
        if is_legacy(pair.name) {
            return Ok(Some("a $Version or another attribute of RFC 2109"));
        }
        Ok(has_open_quote(value).then_some("a quote that is not closed in its own cookie"))
    }

    fn is_guarded_to_somebody(&self, name: &[u8]) -> bool {
        if name.contains(&b'%') { self.resembles_guarded(name) } else { self.kind(name).is_guarded() }
    }
}

fn stands_twice<'a>(cookie: &Guarded<'a>) -> Objection<'a> {
    let refusal = Refusal::new(Reason::SessionDuplicateCookie, format!("{} stands twice", shown(cookie.known_as)));
    Objection { refusal, name: Some(cookie.known_as) }
}

fn malformed(what: &'static str) -> Refusal {
    Refusal::new(Reason::SessionMalformedCookie, what)
}

/// `$Version` puts some servers into a mode in which quotes and commas mean something; the others come with it.
fn is_legacy(name: &[u8]) -> bool {
    let name = behind_separators(name).unwrap_or_else(|| trim_blanks(name));
    name.starts_with(b"$")
        && ["$version", "$path", "$domain", "$port"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}
