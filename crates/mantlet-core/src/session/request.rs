//! The request's side: what two applications would read differently is refused, and cookies get back the names that the
//! response's side took from them.

use super::SessionGuard;
use super::policy::{Duplicates, PrefixRule, SessionCookies};
use super::recognise::{Worth, are_pieces_of_one};
use crate::cookie::name::{Prefix, are_alike_decoded, imitates_prefix, is_name_byte};
use crate::cookie::request::{Pair, has_open_quote, names_inside, pairs};
use crate::cookie::trim_blanks;
use crate::reason::{Reason, Refusal};

/// Browsers keep about 180 cookies for a site; more are a bomb, or the flood that makes a jar drop its session.
const MAX_COOKIES: usize = 180;

/// Servers have limits of their own for this field, from 4 KiB on. So much is somebody locking the user out.
const MAX_BYTES: usize = 16 * 1024;

/// More than an application has, and few enough to compare each with each.
const MAX_GUARDED: usize = 32;

/// What becomes of one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Keep,
    Drop,
    /// Forward it without its prefix.
    Rename,
    /// Forward it under both names: nobody knows yet which one the application uses.
    RenameAndKeep,
}

/// A Cookie header that passed, and what is to be changed about it.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    header: &'a [u8],
    actions: [Action; MAX_COOKIES],
    /// The prefix that renamed cookies lose.
    prefix: Option<Prefix>,
    has_edits: bool,
    has_renames: bool,
}

/// A pair whose name is guarded.
#[derive(Debug, Clone, Copy)]
struct Guarded<'a> {
    /// Which pair it is.
    at: usize,
    /// The name the application knows: without our prefix.
    known_as: &'a [u8],
    worth: Worth,
    /// Has our prefix, spelt as we spell it.
    is_renamed: bool,
}

/// Up to [`MAX_GUARDED`] of them.
#[derive(Debug, Default)]
struct GuardedPairs<'a>([Option<Guarded<'a>>; MAX_GUARDED]);

impl SessionGuard {
    /// Judges one Cookie header. `prefix` is what this site's cookies may have been renamed with.
    pub(super) fn judge<'a>(&self, header: &'a [u8], prefix: Option<Prefix>) -> Result<Judged<'a>, Refusal> {
        if header.len() > MAX_BYTES {
            return Err(Refusal::new(Reason::SessionTooManyCookies, "more than 16 KiB of cookies"));
        }
        let mut judged =
            Judged { header, actions: [Action::Keep; MAX_COOKIES], prefix, has_edits: false, has_renames: false };
        let mut guarded = GuardedPairs::default();
        let mut swallows = None;
        for (at, pair) in pairs(header).enumerate() {
            if at >= MAX_COOKIES {
                return Err(Refusal::new(Reason::SessionTooManyCookies, "more than 180 cookies"));
            }
            if pair.is_empty() {
                judged.set(at, Action::Drop);
                continue;
            }
            match worth_of(&pair, &self.policy.cookies)? {
                Some(worth) if worth.is_guarded() => guarded.push(self.guarded(at, pair.name, worth, prefix))?,
                Some(_) => {}
                None if has_bare_value(&pair) && self.is_escaped_and_own(pair.name, prefix) => {
                    guarded.push(self.guarded(at, pair.name, Worth::Session, prefix))?;
                }
                None => judged.set(at, Action::Drop),
            }
            if !pair.has_plain_value() {
                swallows = swallows.or(look_into(pair.value.unwrap_or_default(), &self.policy.cookies)?);
            }
            if is_legacy(pair.name) {
                swallows = Some("a $Version or another attribute of RFC 2109");
            }
        }
        match swallows {
            Some(what) if !guarded.is_empty() => Err(Refusal::new(Reason::SessionMalformedCookie, what)),
            _ => self.settle(&guarded, &mut judged).map(|()| judged),
        }
    }

    fn guarded<'a>(&self, at: usize, name: &'a [u8], worth: Worth, prefix: Option<Prefix>) -> Guarded<'a> {
        let base = prefix.and_then(|ours| {
            let (_, base) = Prefix::split(name).filter(|(prefix, _)| *prefix == ours)?;
            let is_ours = Prefix::split(base).is_none()
                && self.policy.cookies.worth(base) == Worth::Session
                && !self.seen.own_prefix.contains(name);
            is_ours.then_some((base, name.starts_with(ours.as_str().as_bytes())))
        });
        match base {
            Some((base, is_renamed)) => Guarded { at, known_as: base, worth, is_renamed },
            None => Guarded { at, known_as: name, worth, is_renamed: false },
        }
    }

    /// Decides between cookies that are one to the application.
    fn settle(&self, guarded: &GuardedPairs<'_>, judged: &mut Judged<'_>) -> Result<(), Refusal> {
        for first in guarded.iter() {
            let alike = || guarded.iter().filter(|other| are_alike_decoded(other.known_as, first.known_as));
            if alike().next().is_some_and(|earlier| earlier.at != first.at) {
                continue;
            }
            let mut renamed = alike().filter(|cookie| cookie.is_renamed);
            match (renamed.next(), renamed.next()) {
                // The prefix proves that this site set it, and whoever set the others did so without.
                (Some(believed), None) => {
                    judged.set_all(alike(), Action::Drop);
                    let is_known = self.knows_as(believed.known_as);
                    judged.set(believed.at, if is_known { Action::Rename } else { Action::RenameAndKeep });
                }
                (None, _) if alike().nth(1).is_none() => {
                    if self.must_have_prefix(first) || self.is_beside_a_renamed_piece(first, guarded) {
                        judged.set(first.at, Action::Drop);
                    }
                }
                _ if self.policy.duplicates == Duplicates::DropBoth => judged.set_all(alike(), Action::Drop),
                _ => {
                    let name = first.known_as.get(..64).unwrap_or(first.known_as).escape_ascii();
                    return Err(Refusal::new(Reason::SessionDuplicateCookie, format!("{name} stands twice")));
                }
            }
        }
        Ok(())
    }

    /// Whether a name that percent-decodes to a guarded one is, to the byte, what the application calls its cookie.
    fn is_escaped_and_own(&self, name: &[u8], prefix: Option<Prefix>) -> bool {
        let base = Prefix::split(name).filter(|(own, _)| Some(*own) == prefix).map_or(name, |(_, base)| base);
        let is_escaped = base.contains(&b'%') && base.iter().all(|byte| is_name_byte(*byte));
        is_escaped
            && match &self.policy.cookies {
                SessionCookies::Named(names) => names.iter().any(|known| known.as_bytes() == base),
                SessionCookies::Auto => {
                    self.seen.renamed.holds(base) || self.seen.plain.holds(base) || self.seen.own_prefix.holds(name)
                }
            }
    }

    /// Whether the application is known to use this name, and not the one with the prefix.
    fn knows_as(&self, name: &[u8]) -> bool {
        matches!(self.policy.prefix, PrefixRule::Host | PrefixRule::Secure)
            || matches!(self.policy.cookies, SessionCookies::Named(_))
            || self.seen.renamed.contains(name)
    }

    /// Whether a cookie that came without a prefix cannot be from this site.
    fn must_have_prefix(&self, cookie: &Guarded<'_>) -> bool {
        let Some(prefix) = self.prefix else { return false };
        if cookie.worth != Worth::Session || Prefix::split(cookie.known_as).is_some() {
            return false;
        }
        match self.policy.prefix {
            PrefixRule::Auto => {
                self.seen.renamed.contains_piece_of(cookie.known_as)
                    && !self.seen.plain.contains_piece_of(cookie.known_as)
            }
            _ => !self.seen.own_prefix.contains_prefixed(prefix, cookie.known_as),
        }
    }

    /// Whether it could be put together with one that is known to be from this site.
    fn is_beside_a_renamed_piece(&self, cookie: &Guarded<'_>, guarded: &GuardedPairs<'_>) -> bool {
        let is_renamed_piece = |other: &Guarded<'_>| {
            other.is_renamed && other.at != cookie.at && are_pieces_of_one(other.known_as, cookie.known_as)
        };
        !cookie.is_renamed
            && guarded.iter().any(is_renamed_piece)
            && !self.seen.plain.contains_piece_of(cookie.known_as)
    }
}

impl Judged<'_> {
    pub(super) fn has_edits(&self) -> bool {
        self.has_edits
    }

    pub(super) fn has_renames(&self) -> bool {
        self.has_renames
    }

    fn set(&mut self, at: usize, to: Action) {
        if let Some(action) = self.actions.get_mut(at) {
            *action = to;
            self.has_edits = true;
            self.has_renames |= matches!(to, Action::Rename | Action::RenameAndKeep);
        }
    }

    fn set_all<'g>(&mut self, cookies: impl Iterator<Item = &'g Guarded<'g>>, to: Action) {
        cookies.for_each(|cookie| self.set(cookie.at, to));
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
        for (pair, action) in pairs(self.header).zip(&self.actions) {
            let renamed = pair.raw.get(prefix_len..).unwrap_or_default();
            match action {
                Action::Keep => add(pair.raw),
                Action::Drop => {}
                Action::Rename => add(renamed),
                Action::RenameAndKeep => {
                    add(renamed);
                    add(pair.raw);
                }
            }
        }
        out
    }
}

impl<'a> GuardedPairs<'a> {
    fn push(&mut self, cookie: Guarded<'a>) -> Result<(), Refusal> {
        let slot = self.0.iter_mut().find(|slot| slot.is_none());
        let slot = slot.ok_or(Refusal::new(Reason::SessionTooManyCookies, "more than 32 session cookies"))?;
        *slot = Some(cookie);
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = &Guarded<'a>> {
        self.0.iter().map_while(Option::as_ref)
    }

    fn is_empty(&self) -> bool {
        matches!(self.0, [None, ..])
    }
}

/// What a pair is worth; `None` if it must not reach the application.
///
/// # Errors
/// When applications would find a guarded cookie in it, each in its own way.
fn worth_of(pair: &Pair<'_>, cookies: &SessionCookies) -> Result<Option<Worth>, Refusal> {
    let refuse = |what: &'static str| Err(Refusal::new(Reason::SessionMalformedCookie, what));
    if trim_blanks(pair.name).is_empty() {
        // `=sess=evil`: a cookie without a name to some, one with the name `sess` to others.
        return Ok(None);
    }
    if imitates_prefix(pair.name) {
        return Ok(None);
    }
    if pair.name.iter().all(|byte| is_name_byte(*byte) && *byte != b'%') {
        let worth = cookies.worth(pair.name);
        return match pair.value {
            None if worth.is_guarded() => refuse("a guarded name without a value"),
            Some([b' ' | b'\t', ..] | [.., b' ' | b'\t']) if worth.is_guarded() => {
                refuse("blanks around a guarded value")
            }
            _ => Ok(Some(worth)),
        };
    }
    if !cookies.resembles_guarded(pair.name) {
        return Ok(Some(Worth::Foreign));
    }
    if pair.name.iter().all(|byte| is_name_byte(*byte)) {
        // `%73ess`: another name to browsers and most servers, so it can go without harm.
        return Ok(None);
    }
    refuse("a name that some applications trim or fold to a guarded one")
}

/// There is a value, without blanks around it.
fn has_bare_value(pair: &Pair<'_>) -> bool {
    pair.value.is_some_and(|value| trim_blanks(value) == value)
}

/// Looks for other cookies in a value with quotes, blanks or commas. Returns why it could swallow those that follow.
///
/// # Errors
/// When there is a guarded one in it.
fn look_into(value: &[u8], cookies: &SessionCookies) -> Result<Option<&'static str>, Refusal> {
    let is_guarded = |name: &[u8]| {
        if name.contains(&b'%') { cookies.resembles_guarded(name) } else { cookies.worth(name).is_guarded() }
    };
    if names_inside(value).any(is_guarded) {
        return Err(Refusal::new(Reason::SessionMalformedCookie, "a guarded cookie inside the value of another"));
    }
    Ok(has_open_quote(value).then_some("a quote that is not closed in its own cookie"))
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
