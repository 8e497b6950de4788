//! The response's side: each Set-Cookie gets what it lacks, by its own name, and leaves in its place.

use std::time::Duration;

use mantlet_fields::{Edit, Fields, Known};

use super::deletions::Deletions;
use super::policy::{Domain, MaxAge, Partitioned, PrefixRule, SameSiteNone};
use super::recognition::CookieKind;
use super::seen::{Names, ROOT};
use super::{SessionGuard, SessionMemo, no_store};
use crate::cookie::folder::{before_name, can_be_in_name};
use crate::cookie::name::Prefix;
use crate::cookie::{Edits, MAX_PAIR, SameSite, SetCookie, date, trim_blanks};
use crate::mode::Mode;

/// The Set-Cookie lines of one response, on their way out.
struct Hardening<'a> {
    guard: &'a SessionGuard,
    memo: &'a SessionMemo,
    is_https: bool,
    deletions: Deletions<'a>,
    echoes: Echoes,
    sets_session: bool,
}

/// The cookies of a response that came with a prefix and are sent back with it.
#[derive(Default)]
pub(super) struct Echoes(Vec<Echo>);

struct Echo {
    /// Without the prefix.
    name: Vec<u8>,
    is_deletion: bool,
}

impl Echoes {
    /// Whether one of this name is sent back.
    fn contain(&self, name: &[u8]) -> bool {
        self.0.iter().any(|echo| echo.name == name)
    }

    /// The same, and not to end it: the application sets a cookie of this name behind a prefix, which may be its own.
    pub(super) fn set(&self, name: &[u8]) -> bool {
        self.0.iter().any(|echo| !echo.is_deletion && echo.name == name)
    }
}

impl SessionGuard {
    /// Edits every Set-Cookie, and keeps the response out of caches if it sets a session. A guard that does not enforce only
    /// sees to it that cookies have the names that they have on other routes.
    /// `look` sees each cookie first.
    pub(super) fn harden(
        &self,
        memo: &SessionMemo,
        fields: &mut Fields,
        is_https: bool,
        look: &mut dyn FnMut(&SetCookie<'_>),
    ) {
        if !fields.contains(Known::SetCookie) {
            return;
        }
        let echoes = if is_https { self.remember_own_prefixes(memo, fields) } else { Echoes::default() };
        let mut hardening = Hardening {
            guard: self,
            memo,
            is_https,
            deletions: Deletions::new(self, memo),
            echoes,
            sets_session: false,
        };
        fields.edit(Known::SetCookie, |fields, line| match SetCookie::parse(line) {
            Ok(cookie) => {
                look(&cookie);
                hardening.cookie(&cookie, fields)
            }
            // A browser would drop it too, or worse, an old one would not.
            Err(_) if self.enforces() => Edit::Remove,
            Err(_) => Edit::Keep,
        });
        let Hardening { deletions, echoes, sets_session, .. } = hardening;
        for line in deletions.lines(&echoes) {
            // Made of a line that was valid, and so valid.
            let _ = fields.append_value(Known::SetCookie, &line);
        }
        if sets_session && self.enforces() && self.policy.no_store {
            no_store::forbid_storing(fields);
        }
    }

    /// Before anything is renamed, remembers the names with a prefix that the application itself uses, so that no cookie is
    /// renamed to one of them. A cookie that is only sent back does not count, since many applications set anew whatever cookies
    /// come, or delete them at logout. Those are returned.
    fn remember_own_prefixes(&self, memo: &SessionMemo, fields: &Fields) -> Echoes {
        let mut echoes = Echoes::default();
        for line in fields.all(Known::SetCookie) {
            if !trim_blanks(line).starts_with(b"__") {
                continue;
            }
            let Ok(cookie) = SetCookie::parse(line) else { continue };
            let Some((_, base)) = Prefix::split(cookie.name()) else { continue };
            let is_deletion = cookie.is_deletion(|| now(fields));
            let was_passed_on = || is_deletion || !self.is_known_without_prefix(base, self.kind(cookie.name()));
            if memo.has_alike(cookie.name()) && was_passed_on() {
                echoes.0.push(Echo { name: base.to_vec(), is_deletion });
            } else if self.may_be_session(base) {
                self.keep(&self.seen.own_prefix, cookie.name(), ROOT);
            }
        }
        echoes
    }

    /// The prefix that this cookie leaves with, if any, and the folder that its name then has to say.
    fn prefix_for<'a>(&self, cookie: &SetCookie<'a>, memo: &'a SessionMemo) -> (Option<Prefix>, Option<&'a [u8]>) {
        let Some(prefix) = self.leaves_with() else { return (None, None) };
        let folder = self.folder_for(cookie, memo);
        // An empty one is none to browsers.
        let has_domain = cookie.domain().is_some_and(|domain| !domain.is_empty());
        let has_domain = has_domain && self.policy.domain == Domain::Keep;
        let allows = match self.policy.prefix {
            PrefixRule::Auto => !has_domain && (folder.is_some() || memo.path_of(cookie) == Some(ROOT.as_bytes())),
            _ => true,
        };
        let is_taken = || folder.is_none() && self.is_taken(prefix, cookie.name());
        if allows && !self.is_too_long(cookie, folder) && !is_taken() { (Some(prefix), folder) } else { (None, None) }
    }

    /// The folder that the name of this cookie says if it leaves with a prefix. None where the paths of its requests may be others than
    /// those of browsers: it would be kept from the application everywhere.
    fn folder_for<'a>(&self, cookie: &SetCookie<'a>, memo: &'a SessionMemo) -> Option<&'a [u8]> {
        let is_possible = self.policy.prefix == PrefixRule::Auto
            && self.leaves_with() == Some(Prefix::Host)
            && memo.default_path.is_some();
        let folder = memo.path_of(cookie).filter(|folder| is_possible && can_be_in_name(folder, cookie.name()))?;
        // Browsers send it everywhere, so there must not be many. Those without a Path are as many as pages that set them.
        let has_room = match cookie.path() {
            Some(_) => self.seen.in_folder.has_room_for_path(cookie.name(), folder),
            None => self.seen.in_folder.holds_with(cookie.name(), folder),
        };
        has_room.then_some(folder)
    }

    /// The prefix that session cookies get here, if any.
    fn leaves_with(&self) -> Option<Prefix> {
        if self.enforces() || self.policy.prefix == PrefixRule::Off { self.prefix } else { self.elsewhere }
    }

    /// Remembers how a session cookie left.
    fn remember(&self, cookie: &SetCookie<'_>, edits: &Edits<'_>, memo: &SessionMemo) {
        let name = cookie.name();
        // What leaves plain here has to be believed where others rename it.
        let is_exempt = self.leaves_with().is_none() && self.elsewhere.is_some();
        // Some names are made up for one visitor, as that of an OAuth state: they would crowd out the session's. What
        // is set anew where it was sent is none of those, however many come between.
        let is_set_again = || memo.has(edits.prefix, edits.folder, name) || self.seen.is_set_again(name);
        if self.kind(name) != CookieKind::Session && !is_exempt && !is_set_again() {
            return;
        }
        let names = match edits.prefix {
            Some(_) if edits.folder.is_some() => &self.seen.in_folder,
            Some(_) => &self.seen.renamed,
            // How long it is, its user may have a say in: it must not decide what is believed of others.
            None if self.is_too_long(cookie, self.folder_for(cookie, memo)) => return,
            None => &self.seen.plain,
        };
        let path = memo.path_of(cookie).map_or(Ok(ROOT), std::str::from_utf8).unwrap_or_default();
        let is_kept = cookie.path().is_some() || names.has_room_for_folder(name, path);
        self.keep(names, name, if is_kept { path } else { ROOT });
    }

    /// Adds a name. What says nothing crowds out nothing that says that it is a session.
    fn keep(&self, names: &Names, name: &[u8], path: &str) {
        match self.policy.cookies.kind(name) {
            CookieKind::Session => names.insert(name, path),
            _ => names.insert_if_room(name, path),
        }
    }

    fn enforces(&self) -> bool {
        self.mode == Mode::Enforce
    }

    /// Whether the prefix would make it too long for browsers.
    fn is_too_long(&self, cookie: &SetCookie<'_>, folder: Option<&[u8]>) -> bool {
        let added = before_name(self.leaves_with(), folder).len();
        cookie.pair_len().saturating_add(added) > MAX_PAIR
    }
}

impl Hardening<'_> {
    fn cookie(&mut self, cookie: &SetCookie<'_>, fields: &Fields) -> Edit {
        let enforces = self.guard.enforces();
        let own_prefix = Prefix::split(cookie.name()).map(|(prefix, _)| prefix);
        let is_deletion = cookie.is_deletion(|| now(fields));
        let is_session = self.guard.is_session(cookie, self.memo, is_deletion);
        let was_session = is_session || self.guard.seen.was_renamed(cookie.name());
        let (renamed_to, folder) = match own_prefix {
            // It removes what it called so once, and is no reason to remove what it calls its session now.
            None if is_deletion && self.echoes.set(cookie.name()) => (None, None),
            None if self.is_https && is_session => self.guard.prefix_for(cookie, self.memo),
            _ => (None, None),
        };
        let attributes = if enforces { self.attributes(cookie, is_session) } else { Edits::default() };
        let edits = Edits { prefix: renamed_to, folder, ..attributes };
        // Without this browsers would drop it. Nothing helps on plain http.
        let promised = renamed_to.or(own_prefix.filter(|_| enforces)).filter(|_| self.is_https);
        let mut edits = promised.map_or(edits, |prefix| edits.fit_for(prefix, cookie));
        if is_session {
            self.sets_session = true;
            if enforces && !is_deletion {
                edits.max_age = self.shorter_life(cookie, fields);
            }
        }
        if self.is_https && own_prefix.is_none() && was_session && !is_deletion {
            // Set under both names by an application that got both: nobody knows which of them is its own.
            if !self.echoes.contain(cookie.name()) {
                self.guard.remember(cookie, &edits, self.memo);
            }
        }
        if self.is_https && was_session {
            self.deletions.add(cookie, &edits, is_deletion);
        }
        if edits == Edits::default() && !(enforces && cookie.has_repeated_attributes()) {
            return Edit::Keep;
        }
        Edit::Replace(cookie.render(&edits))
    }

    /// What the policy adds to this cookie.
    fn attributes(&self, cookie: &SetCookie<'_>, is_session: bool) -> Edits<'static> {
        let policy = &self.guard.policy;
        let same_site = match cookie.same_site() {
            None => policy.same_site.into(),
            Some(SameSite::None) if policy.same_site_none == SameSiteNone::Lax => SameSite::Lax,
            Some(own) => own,
        };
        let crosses_sites = same_site == SameSite::None;
        let partitioned = crosses_sites && policy.partitioned == Partitioned::Add;
        let needs_secure = policy.secure || crosses_sites || partitioned || cookie.is_partitioned();
        Edits {
            secure: self.is_https && needs_secure && !cookie.is_secure(),
            http_only: is_session && policy.http_only && !cookie.is_http_only(),
            // Browsers drop SameSite=None on plain http, where Secure cannot be.
            same_site: Some(same_site)
                .filter(|new| cookie.same_site() != Some(*new) && (self.is_https || !crosses_sites)),
            partitioned: self.is_https && partitioned && !cookie.is_partitioned(),
            no_domain: is_session && policy.domain == Domain::Strip && cookie.domain().is_some(),
            ..Edits::default()
        }
    }

    /// The Max-Age that keeps the cookie within the policy's bound.
    fn shorter_life(&self, cookie: &SetCookie<'_>, fields: &Fields) -> Option<u64> {
        let MaxAge::AtMost(bound) = self.guard.policy.max_age else { return None };
        let bound = bound.as_secs();
        let life = match (cookie.max_age(), cookie.expires()) {
            (Some(seconds), _) => seconds,
            (None, Some(expires)) => now(fields).map_or(i64::MAX, |now| expires.saturating_sub(now)),
            // It ends with the browser, which is no number.
            (None, None) => return None,
        };
        (Duration::from_secs(u64::try_from(life).unwrap_or(0)).as_secs() > bound).then_some(bound)
    }
}

/// The response's Date, which is the clock here. Read only when a lifetime has to be judged.
fn now(fields: &Fields) -> Option<i64> {
    fields.get(Known::Date).and_then(date::parse)
}
