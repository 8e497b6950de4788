//! What each cookie of a request is: first by itself, then beside the others.

use super::guarded::{Guarded, GuardedCookies};
use super::{Asked, malformed};
use crate::cookie::folder;
use crate::cookie::name::{Prefix, imitates_prefix, is_name_byte, name_to_few};
use crate::cookie::path::is_below;
use crate::cookie::request::{Pair, may_run_on};
use crate::cookie::trim_blanks;
use crate::reason::Refusal;
use crate::session::SessionGuard;
use crate::session::provenance::IsOurs;
use crate::session::recognition::CookieKind;

/// What a cookie is. What becomes of it follows: [`State::outcome`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Not guarded, and nobody takes it for something that is.
    Unguarded,
    /// The same, but it has a quote or a backslash that makes POCO and libmicrohttpd read the next cookie as a part of it.
    RunOn,
    /// Guarded to some servers only:
    ///
    /// - It has no name.
    /// - `..Host-NAME` has a prefix to PHP.
    /// - `+session` has a blank before it to old PHP.
    /// - `@session`, `$session` or `session*`, where the application is known to have a session of the name beside the sign: old
    ///   Tomcats, PicoLisp and libsoup take it off.
    /// - `x=1 (NAME=` and `x:NAME=`: Clojure's Ring searches the field for pairs. And `x=1?NAME="`: so does ASP.NET Core where
    ///   it could not read one. The application is known to have that session, or it is here with our prefix.
    /// - `%73ession` and `session%3Dx`, where the application has no cookie of that very name.
    Imitation,
    /// Guarded, and the only one of its name, or the only one of its folder beside that of the root.
    Plain,
    /// Guarded, and without our prefix, which this site's would have. That of a piece would, if a renamed piece is beside it or the
    /// application was seen to set one that was renamed.
    Planted,
    /// The only one of its name with our prefix: this site set it.
    Renamed,
    /// The same, for the folder that its name says, and that the path is in.
    RenamedInFolder,
    /// For a folder that the path is not in, or of a name that is no session's by now: browsers send it with all the others.
    Elsewhere,
    /// The only one of its name with our prefix, where the application may itself call it so.
    PerhapsRenamed,
    /// Beside the only one of its name with our prefix, and without it: any sibling host can have set it.
    Shadowed,
    /// One of several of its name that nothing tells apart: none has our prefix, or more than one has that and the same folder.
    Duplicate,
}

/// What one look at a pair tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// As [`Pair::is_plain`].
    pub(super) is_plain: bool,
    /// As [`Pair::has_token_name`].
    pub(super) has_token_name: bool,
}

impl Look {
    pub(super) fn at(pair: &Pair<'_>) -> Self {
        Self { is_plain: pair.is_plain(), has_token_name: pair.has_token_name() }
    }

    /// Whether whoever searches could find another pair in it.
    pub(super) fn may_hide_another(self) -> bool {
        !(self.is_plain && self.has_token_name)
    }
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
    /// What one pair is by itself.
    ///
    /// # Errors
    /// When applications would find a guarded cookie in it, each in its own way.
    pub(super) fn classify_alone<'a>(
        &self,
        pair: &Pair<'a>,
        look: Look,
        asked: Asked<'_>,
    ) -> Result<Reading<'a>, Refusal> {
        let name = pair.name;
        if asked.prefix == Some(Prefix::Host)
            && let Some(base) = name.strip_prefix(Prefix::Host.as_str().as_bytes())
            && let Some((folder, own)) = folder::split(base)
        {
            return self.classify_in_folder(pair, base, own, is_below(asked.path.as_bytes(), &folder));
        }
        let runs_on = || !look.is_plain && may_run_on(pair.raw);
        let unguarded = || Reading::Settled(if runs_on() { State::RunOn } else { State::Unguarded });
        // `=sess=evil`: a cookie without a name to some, one with the name `sess` to others.
        if trim_blanks(name).is_empty()
            || imitates_prefix(name)
            || self.is_guarded_behind_plus(name)
            || self.is_session_to_few(name)
        {
            return Ok(Reading::Settled(State::Imitation));
        }
        if look.has_token_name || name.iter().all(|byte| is_name_byte(*byte) && *byte != b'%') {
            let kind = self.kind(name);
            return match pair.value {
                _ if !kind.is_guarded() => Ok(unguarded()),
                None => Err(malformed("a guarded name without a value")),
                Some(value) if has_blanks_around(value) => Err(malformed("blanks around a guarded value")),
                Some(_) => Ok(Reading::Guarded(self.guarded(name, kind, asked.prefix))),
            };
        }
        if !self.resembles_guarded(name) {
            return Ok(unguarded());
        }
        if !name.iter().all(|byte| is_name_byte(*byte)) {
            return Err(malformed("a name that some applications trim or fold to a guarded one"));
        }
        // `%73ess`: another name to browsers and most servers, so it can go without harm.
        if self.is_escaped_and_own(name, asked.prefix) && pair.value.is_some_and(|value| !has_blanks_around(value)) {
            return Ok(Reading::Guarded(self.guarded(name, CookieKind::Session, asked.prefix)));
        }
        Ok(Reading::Settled(State::Imitation))
    }

    /// The same of a cookie whose name, without its prefix, is `base` and says that it is the cookie `own` of a folder.
    fn classify_in_folder<'a>(
        &self,
        pair: &Pair<'a>,
        base: &'a [u8],
        own: &'a [u8],
        is_asked_for: bool,
    ) -> Result<Reading<'a>, Refusal> {
        if !is_asked_for || !self.may_be_session(own) {
            return Ok(Reading::Settled(State::Elsewhere));
        }
        if pair.value.is_none_or(has_blanks_around) {
            return Err(malformed("a guarded name without a value, or with blanks around it"));
        }
        let folder = base.strip_suffix(own);
        Ok(Reading::Guarded(Guarded { known_as: own, kind: CookieKind::Session, is_ours: IsOurs::Surely, folder }))
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

    /// `@sess`: Tomcat before 8.5 skips separators before a name. To nearly all others it is another one, and some applications have
    /// such (`@shop:session`). So it is not enough that what is left looks like the name of a session.
    fn is_session_to_few(&self, name: &[u8]) -> bool {
        name_to_few(name).is_some_and(|own| Prefix::split(own).is_some() || self.is_known_session(own))
    }

    /// The state of a guarded cookie among all that are.
    pub(super) fn classify_among(&self, cookie: &Guarded<'_>, all: &GuardedCookies<'_>, asked: Asked<'_>) -> State {
        let renamed = all.alike(cookie).filter(|other| other.has_our_prefix());
        let is_renamed = cookie.has_our_prefix();
        let of_its_form = |other: &&Guarded<'_>| other.has_our_prefix() == is_renamed && other.folder == cookie.folder;
        let is_alone = all.alike(cookie).filter(of_its_form).count() == 1;
        let is_beside_renamed = renamed.clone().next().is_some();
        let is_planted = || self.is_planted(cookie, asked, || all.has_renamed_piece_of(cookie));
        match cookie.is_ours {
            IsOurs::Surely if is_alone && cookie.folder.is_some() => State::RenamedInFolder,
            IsOurs::Surely if is_alone => State::Renamed,
            IsOurs::Perhaps if is_alone => State::PerhapsRenamed,
            IsOurs::No if is_beside_renamed && !self.is_another(cookie, renamed, asked.path) => State::Shadowed,
            IsOurs::No if !is_beside_renamed && is_planted() => State::Planted,
            IsOurs::No if is_alone => State::Plain,
            _ => State::Duplicate,
        }
    }

    fn guarded<'a>(&self, name: &'a [u8], kind: CookieKind, ours: Option<Prefix>) -> Guarded<'a> {
        let as_it_came = Guarded { known_as: name, kind, is_ours: IsOurs::No, folder: None };
        let Some((prefix, base)) = Prefix::split(name).filter(|(own, _)| ours == Some(*own)) else { return as_it_came };
        match self.is_ours(name, base, kind) {
            IsOurs::No => as_it_came,
            is_ours if name.starts_with(prefix.as_str().as_bytes()) => {
                Guarded { known_as: base, is_ours, ..as_it_came }
            }
            // Some browsers heed no other spelling, and let anybody set it.
            _ => Guarded { known_as: base, ..as_it_came },
        }
    }
}

fn has_blanks_around(value: &[u8]) -> bool {
    matches!(value, [b' ' | b'\t', ..] | [.., b' ' | b'\t'])
}
