//! The response's side: each Set-Cookie gets what it lacks, by its own name, and leaves in its place.

use std::time::Duration;

use mantlet_fields::{Edit, Fields, Known};

use super::deletions::Deletions;
use super::learning::Echoes;
use super::policy::{Domain, MaxAge, Partitioned, SameSiteNone};
use super::{SessionGuard, SessionMemo, no_store};
use crate::cookie::name::Prefix;
use crate::cookie::{Edits, SameSite, SetCookie, date};

/// The Set-Cookie lines of one response, on their way out.
struct Hardening<'a> {
    guard: &'a SessionGuard,
    memo: &'a SessionMemo,
    is_https: bool,
    deletions: Deletions<'a>,
    echoes: Echoes,
    sets_session: bool,
}

impl SessionGuard {
    /// Edits every Set-Cookie, and keeps the response out of caches if it sets a session. A guard that does not enforce only
    /// sees to it that cookies have the names that they have on other routes. `look` is shown each cookie as the application set
    /// it.
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
}

impl Hardening<'_> {
    fn cookie(&mut self, cookie: &SetCookie<'_>, fields: &Fields) -> Edit {
        let enforces = self.guard.enforces();
        let own_prefix = Prefix::split(cookie.name()).map(|(prefix, _)| prefix);
        let is_deletion = cookie.is_deletion(|| date::of_response(fields));
        let is_session = self.guard.is_session(cookie, self.memo, is_deletion);
        let was_session = is_session || self.guard.seen.was_renamed(cookie.name());
        let (renamed_to, folder) = match own_prefix {
            // The application sets its session behind a prefix in this very response. What it deletes is an older one without.
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
            (None, Some(expires)) => date::of_response(fields).map_or(i64::MAX, |now| expires.saturating_sub(now)),
            // It ends with the browser, which is no number.
            (None, None) => return None,
        };
        (Duration::from_secs(u64::try_from(life).unwrap_or(0)).as_secs() > bound).then_some(bound)
    }
}
