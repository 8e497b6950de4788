//! Guard 1: session cookies.
//!
//! Whoever holds a session cookie is the user. This guard sees to it that browsers keep it from scripts, from plain http
//! and from other sites, and that nobody else can put one in its place. The application notices nothing.
//!
//! # Responses
//!
//! Whatever their status:
//!
//! 1. Each Set-Cookie gets the attributes it lacks: Secure on all (https only), HttpOnly on session cookies, SameSite on
//!    all that have none. What the application says is kept, an explicit `SameSite=None` included; order, number and bytes
//!    of the lines stay. Of a repeated attribute the last stays, the one that browsers go by.
//!    A session cookie is one whose name says so, or that the application itself sets HttpOnly, host-only and with `Path=/`
//!    ([the rules](SessionCookies::Auto)).
//! 2. A session cookie that is host-only and has an explicit `Path=/` leaves as `__Host-NAME`, so that no sibling host and
//!    no plain-http page can set it. Its deletion deletes both names.
//! 3. A cookie with a prefix whose attributes browsers would not accept is repaired. One they would drop whatever its
//!    attributes (control characters, no name and a value that imitates a prefix) is dropped.
//! 4. A response that sets a session cookie is kept out of shared caches.
//!
//! # Requests
//!
//! 5. Several Cookie lines are one. Beyond 180 cookies, 64 of sessions or CSRF or 16 KiB: refused. With this and every other
//!    refusal of this guard the browser is told to forget its cookies (`Clear-Site-Data`): it would send them again, and its
//!    user stay locked out. Not where another site made the browser ask, or may have: no page of another site logs anybody out.
//! 6. *Guarded* are session and CSRF cookies and all names with a prefix. Names that are
//!    one to some application (another case, dots for underscores) are one here. What becomes of a cookie depends on its state:
//!
//!    | state | the cookie | becomes |
//!    |---|---|---|
//!    | foreign | is not guarded, whatever it looks like | kept, byte for byte |
//!    | run-on | is foreign, and has a quote or a backslash that takes the next cookie in to POCO and libmicrohttpd | kept, behind the guarded ones |
//!    | namesake | holds `NAME=` of a guarded one, `xNAME=` or `a=NAME=`: to Mongoose, and to whoever looks for that text by hand, it is that one | kept, behind it |
//!    | imitation | is none, to browsers and most servers: no name; `..Host-NAME`, which has a prefix to PHP only; `%73ession`, unless the application has that very name; or a parameter to PHP: `_method`, which makes a DELETE of every GET | dropped |
//!    | plain | is guarded and the only one of its name | kept |
//!    | planted | is guarded and lacks the prefix that this site's cookie would have | dropped |
//!    | renamed | is the only one of its name with our prefix | `NAME` |
//!    | perhaps renamed | is the same, but the application may itself call it `__Host-NAME` | both |
//!    | shadowed | stands beside a renamed one: whoever set it did not need this site's word | dropped |
//!    | duplicate | is one of several that nothing tells apart: none has our prefix, or more than one | refused ([or dropped](Duplicates)) |
//!
//!    `NAME.0`, `NAME.1`, … are pieces of one cookie: beside a renamed piece, or once one was seen to be set with the prefix,
//!    a plain one is planted.
//! 7. Refused where a guarded cookie is concerned: `$Version`, a quote that is not closed in its own cookie, blanks around
//!    name or value, names that some application trims or folds to a guarded one, guarded names inside a value.
//!
//! The mode of a route decides what is done about it. Where the guard observes or is off, too, the application gets
//! what another route renamed under the name that it knows, and nothing that was planted beside it. What it sets there
//! leaves with the prefix as well, with Secure and without any other change: under its plain name, neither a new session nor the
//! end of one would be believed.
//!
//! | mode | refused | dropped | renamed | attributes |
//! |---|---|---|---|---|
//! | enforce | yes | yes | yes | added |
//! | observe | only told | where one is renamed | unless it would be refused | what the prefix needs |
//! | off | no | where one is renamed | unless it would be refused | what the prefix needs |
//!
//! A route with `prefix = "off"` does not rename what is set there; it is then believed on all others under its plain name.
//!
//! On plain http nothing is renamed, no prefix expected and no Secure added: browsers would drop the cookie and lock
//! everybody out.
//!
//! # The roll-out of the prefix, and its limits
//!
//! With `prefix = "auto"` a plain session cookie is accepted until the process has seen the application set that cookie in
//! a form that gets renamed. Whoever logged in before Mantlet stood in front of the application is logged out then, once.
//! Until then a planted plain cookie is accepted where no renamed one is beside it. What was seen outlives a restart where the
//! host keeps it ([`Mantlet::seen_cookies`](crate::Mantlet::seen_cookies); `mantlet run` does). A name that says nothing counts
//! as seen once it was set twice, or anew where it was sent, and only the first 16 such do, of those that begin alike the first eight:
//! some are made up for one visitor, or for one page. An application that sets the same name also with a Domain or another Path, or for scripts to read, has its plain
//! one accepted for good. With `prefix = "__Host-"` no plain one is ever accepted whose name says that it is a session.
//!
//! Taking Mantlet away, or setting `prefix = "off"`, logs everybody out once as well: the application no longer knows the
//! name. It is the same when the mode of all routes changes, or when the session is no longer among
//! [`cookies`](SessionPolicy::cookies). Whoever logs in or out after a change, while the process goes on, loses what their
//! browser sent of before as well, in any mode: the cookie with the prefix or without, and Partitioned or not where a policy
//! says or said so. Else the old session would come back when the policy does, to whoever uses that browser by then. Out of
//! reach are the partitions of other sites, cookies of a folder below that of the login, answers that were on their way, and,
//! after a restart, what the process before it renamed or partitioned by other rules.
//!
//! Where nobody knows yet whether the application calls its cookie `session` or itself `__Host-session`, it gets both. So it is
//! with every name, since every cookie may be set as a session is. That it sets both anew or deletes both, as many do with all
//! cookies that come, does not make the prefix its own.
//! Naming it in [`cookies`](SessionPolicy::cookies) settles that too. An application that uses both keeps both, unrenamed.
//!
//! # What it does not stop
//!
//! - A cookie that the prefix would make too long for browsers (4096 bytes of name and value) leaves without it, and is not
//!   believed where one with the prefix would be.
//! - Plain http: whoever can write there can set and read every cookie that is not Secure.
//! - A server at another port of this host. Cookies know no ports: it gets them all, and can set them with any prefix.
//! - Script injection on this very host: such a script cannot read the cookie, but can use it, and can plant one.
//! - Tossing by sibling hosts where the prefix is off, or `__Secure-`, or the cookie has a Domain.
//! - Theft from the browser's disk or memory.
//! - Session cookies whose names say nothing and that scripts may read, or that are set with a Domain or another Path, unless
//!   they are named in the policy. Airflow's `_token`, which its scripts set.
//! - A planted `a=NAME=…`, where the application looks for `NAME=` anywhere in the field and the guarded cookie is not there.
//! - Sessions without a cookie. Servlet containers also believe `;jsessionid=…` in an address, and write it into their
//!   first links: `<tracking-mode>COOKIE</tracking-mode>` ends that (Spring Boot:
//!   `server.servlet.session.tracking-modes=cookie`), as `session.use_only_cookies` does by default in PHP.
//!
//! # Example
//!
//! ```
//! use http::StatusCode;
//! use mantlet_core::fields::{Fields, Known};
//! use mantlet_core::session::{SessionGuard, SessionMemo, SessionPolicy};
//! use mantlet_core::{Mode, Origin, ResponseHead, Site};
//!
//! let guard = SessionGuard::new(&SessionPolicy::default(), Mode::Enforce);
//! let site = Site::new(Origin::parse("https://app.example").unwrap());
//! let mut fields = Fields::from_pairs([("set-cookie", "session=1; Path=/")]).unwrap();
//!
//! let mut head = ResponseHead { status: StatusCode::OK, fields: &mut fields };
//! guard.on_response(&SessionMemo::default(), &mut head, &site);
//! assert_eq!(fields.get_str(Known::SetCookie), Some("__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax"));
//! assert_eq!(fields.get_str(Known::CacheControl), Some("no-store"));
//! ```

mod memo;
pub(crate) mod no_store;
mod notes;
mod policy;
mod provenance;
pub(crate) mod recognition;
mod request;
mod response;
mod seen;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use mantlet_fields::{Fields, Known};

use crate::cookie::SetCookie;
use crate::cookie::name::Prefix;
use crate::head::{RequestHead, ResponseHead};
use crate::mode::Mode;
use crate::note::{Notes, Told};
use crate::reason::{Reason, Refusal};
use crate::site::Site;
use notes::shown;

pub use memo::SessionMemo;
pub use policy::{Domain, Duplicates, MaxAge, Partitioned, PrefixRule, SameSite, SameSiteNone, SessionPolicy};
pub use recognition::SessionCookies;
pub use seen::Seen;

/// The policy made ready.
#[derive(Debug)]
pub struct SessionGuard {
    mode: Mode,
    policy: SessionPolicy,
    /// What this guard renames cookies with.
    prefix: Option<Prefix>,
    /// What the guards of other routes rename them with: cookies have no routes, so they have one name on all.
    elsewhere: Option<Prefix>,
    /// Whether this policy or an earlier one adds Partitioned.
    partitioned: bool,
    seen: Arc<Seen>,
}

/// What the routes of a policy have in common: what some of them do to session cookies by which browsers tell one from another.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Renaming {
    pub(crate) prefix: Option<Prefix>,
    /// Whether they, or an earlier policy, add Partitioned.
    pub(crate) partitioned: bool,
}

impl SessionPolicy {
    /// The prefix that a guard with this policy gives to session cookies, if it does anything.
    pub(crate) fn renames_with(&self, mode: Mode) -> Option<Prefix> {
        match self.prefix {
            _ if mode.of_guard(self.enabled, self.mode) != Mode::Enforce => None,
            PrefixRule::Off => None,
            PrefixRule::Auto | PrefixRule::Host => Some(Prefix::Host),
            PrefixRule::Secure => Some(Prefix::Secure),
        }
    }
}

impl SessionGuard {
    /// Makes a policy ready. `mode` holds unless the policy names one for this guard.
    pub fn new(policy: &SessionPolicy, mode: Mode) -> Self {
        Self::sharing(policy, mode, &Arc::default(), Renaming::default())
    }

    /// The same for one route of several: what one has seen all know, and where this one does not rename cookies, those
    /// that others renamed get their names back nevertheless, and leave with the prefix again.
    pub(crate) fn sharing(policy: &SessionPolicy, mode: Mode, seen: &Arc<Seen>, renaming: Renaming) -> Self {
        Self {
            mode: mode.of_guard(policy.enabled, policy.mode),
            prefix: policy.renames_with(mode),
            policy: policy.clone(),
            elsewhere: renaming.prefix,
            partitioned: renaming.partitioned || policy.partitioned == Partitioned::Add,
            seen: Arc::clone(seen),
        }
    }

    /// What this guard does with its verdicts.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Judges the cookies of a request and gives renamed ones their names back.
    ///
    /// # Errors
    /// A refusal with one of the `session.*` reasons.
    pub fn on_request(&self, memo: &mut SessionMemo, head: &mut RequestHead<'_>) -> Result<(), Refusal> {
        let ours = self.prefix.or(self.elsewhere).filter(|_| head.site.is_https());
        let Some(header) = cookie_header(head.fields) else { return Ok(()) };
        if head.site.is_https() {
            memo.sent = Some(Bytes::copy_from_slice(&header));
        }
        if self.mode == Mode::Off && ours.is_none() {
            return Ok(());
        }
        let judged = match self.judge(&header, ours) {
            Ok(judged) => judged,
            Err(_) if self.mode == Mode::Off => return Ok(()),
            Err(refusal) => {
                memo.clears_cookies = self.mode == Mode::Enforce && is_from_here(head.fields);
                return Err(refusal);
            }
        };
        memo.holds_session = judged.holds_session();
        let is_rewritten = match self.mode {
            // To these routes, too, comes what others have renamed.
            Mode::Off | Mode::Observe => judged.has_renames(),
            Mode::Enforce => judged.has_edits() || matches!(header, Cow::Owned(_)),
        };
        if !is_rewritten {
            return Ok(());
        }
        memo.planted = judged.planted().map(shown);
        let edited = judged.render();
        memo.renamed = ours.filter(|_| judged.has_renames());
        head.fields.remove(Known::Cookie);
        if !edited.is_empty() {
            let added = head.fields.append_value(Known::Cookie, &edited);
            added.map_err(|_| Refusal::from(Reason::InternalError))?;
        }
        Ok(())
    }

    /// Hardens the cookies that a response sets.
    pub fn on_response(&self, memo: &SessionMemo, head: &mut ResponseHead<'_>, site: &Site) {
        self.dress(memo, head, site, &mut |_| {});
    }

    /// The same for a response of the application, of which more is worth telling.
    pub(crate) fn on_response_of_app(
        &self,
        memo: &SessionMemo,
        head: &mut ResponseHead<'_>,
        site: &Site,
        told: &Told,
        notes: &mut Notes,
    ) {
        self.note_response(memo, head, notes);
        self.dress(memo, head, site, &mut |cookie| self.note_cookie(cookie, site, told, notes));
    }

    /// `look` sees each cookie as the application set it.
    fn dress(
        &self,
        memo: &SessionMemo,
        head: &mut ResponseHead<'_>,
        site: &Site,
        look: &mut dyn FnMut(&SetCookie<'_>),
    ) {
        if memo.clears_cookies {
            // Every request of this browser would be refused, and its user cannot know why. Whoever planted one of them on a
            // sibling host, or an application that changed its Path or Domain, would lock them out for as long as it lives.
            // It holds nothing that a field could not.
            let _ = head.fields.set_value(Known::ClearSiteData, b"\"cookies\"");
        }
        let is_https = site.is_https();
        let are_renamed = self.elsewhere.is_some() || !self.seen.renamed.is_empty();
        if self.mode == Mode::Enforce || (is_https && are_renamed) {
            self.harden(memo, head.fields, is_https, look);
        } else {
            head.fields.all(Known::SetCookie).flat_map(SetCookie::parse).for_each(|cookie| look(&cookie));
        }
    }
}

/// Whether the browser says that its user asked, or a page of this site. Over https all do that know `Clear-Site-Data`.
/// A page of another site may ask for the one path to which an old cookie still goes, or without the `SameSite=Lax` cookie
/// beside which the others would have been harmless. A background fetch is nobody's to Chromium (`none`), and may be such a
/// page's; users navigate.
fn is_from_here(fields: &Fields) -> bool {
    match fields.only(Known::SecFetchSite) {
        Some(b"same-origin") => true,
        Some(b"none") => fields.only(Known::SecFetchMode) == Some(b"navigate"),
        _ => false,
    }
}

/// The Cookie header. Several lines are one list (RFC 6265bis, section 5.8.3; RFC 9113, section 8.2.3).
fn cookie_header(fields: &Fields) -> Option<Cow<'_, [u8]>> {
    if fields.repeats(Known::Cookie) {
        let lines: Vec<&[u8]> = fields.all(Known::Cookie).collect();
        return Some(Cow::Owned(lines.join(&b"; "[..])));
    }
    fields.get(Known::Cookie).map(Cow::Borrowed)
}

#[cfg(test)]
mod tests;
