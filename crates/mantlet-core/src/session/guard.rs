//! [`SessionGuard`]: what becomes of a request's cookies, and of those of its response.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use mantlet_fields::{Fields, Known};

use super::clearing;
use super::memo::SessionMemo;
use super::notes::shown;
use super::policy::{Partitioned, SessionPolicy};
use super::request::Asked;
use super::seen::Seen;
use crate::cookie::SetCookie;
use crate::cookie::name::Prefix;
use crate::cookie::path::{ROOT, default_path};
use crate::head::{RequestHead, ResponseHead};
use crate::mode::Mode;
use crate::note::Notes;
use crate::reason::{Reason, Refusal};
use crate::site::Site;

/// The policy made ready.
#[derive(Debug)]
pub struct SessionGuard {
    pub(super) mode: Mode,
    pub(super) policy: SessionPolicy,
    /// What this guard renames cookies with.
    pub(super) prefix: Option<Prefix>,
    /// What the guards of other routes rename them with: cookies have no routes, so they have one name on all.
    pub(super) elsewhere: Option<Prefix>,
    /// Whether this policy or an earlier one adds Partitioned.
    pub(super) partitioned: bool,
    pub(super) seen: Arc<Seen>,
}

/// What some routes of a policy do to session cookies, and all have to know: browsers take a cookie with another prefix, or in
/// another partition, for another cookie.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Renaming {
    pub(crate) prefix: Option<Prefix>,
    /// Whether they, or an earlier policy, add Partitioned.
    pub(crate) partitioned: bool,
}

impl SessionGuard {
    /// Makes a policy ready. `mode` holds unless the policy names one for this guard.
    pub fn new(policy: &SessionPolicy, mode: Mode) -> Self {
        Self::sharing(policy, mode, &Arc::default(), Renaming::default())
    }

    /// The same for one route of several, which share what they have seen. Where this one does not rename cookies itself, those
    /// that others renamed still get their names back, and leave with the prefix again.
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

    pub(super) fn enforces(&self) -> bool {
        self.mode == Mode::Enforce
    }

    /// Judges the cookies of a request and gives renamed ones their names back.
    ///
    /// # Errors
    /// A refusal with one of the `session.*` reasons.
    pub fn admit(&self, memo: &mut SessionMemo, head: &mut RequestHead<'_>, notes: &mut Notes) -> Result<(), Refusal> {
        self.note_request(head, notes);
        let prefix = self.prefix.or(self.elsewhere).filter(|_| head.site.is_https());
        if head.site.has_browsers_paths {
            memo.default_path = Some(match default_path(head.uri.path()) {
                ROOT => Cow::Borrowed(ROOT),
                folder => Cow::Owned(folder.to_owned()),
            });
        }
        let Some(header) = cookie_header(head.fields) else { return Ok(()) };
        if head.site.is_https() {
            memo.sent = Some(Bytes::copy_from_slice(&header));
        }
        if self.mode == Mode::Off && prefix.is_none() {
            return Ok(());
        }
        let asked = Asked { path: head.uri.path(), is_browsers_path: head.site.has_browsers_paths, prefix };
        let judged = match self.judge(&header, asked) {
            Ok(judged) => judged,
            Err(_) if self.mode == Mode::Off => return Ok(()),
            Err(objection) => {
                if self.enforces() && clearing::is_from_here(head.fields) {
                    memo.clears = Some(clearing::lines(&header, |name| objection.is_about(name), head.uri, head.site));
                }
                return Err(objection.refusal);
            }
        };
        memo.holds_session = judged.holds_session();
        let is_rewritten = match self.mode {
            // What other routes have renamed comes to this one, too.
            Mode::Off | Mode::Observe => judged.has_renames(),
            Mode::Enforce => judged.has_edits() || matches!(header, Cow::Owned(_)),
        };
        if !is_rewritten {
            return Ok(());
        }
        memo.planted = judged.planted().map(shown);
        let edited = judged.render();
        memo.renamed = prefix.filter(|_| judged.has_renames());
        head.fields.remove(Known::Cookie);
        if !edited.is_empty() {
            let added = head.fields.append_value(Known::Cookie, &edited);
            added.map_err(|_| Refusal::from(Reason::InternalError))?;
        }
        Ok(())
    }

    /// Hardens the cookies that a response of the application sets.
    pub fn dress(&self, memo: &SessionMemo, head: &mut ResponseHead<'_>, site: &Site, notes: &mut Notes) {
        self.note_response(memo, head, notes);
        self.dress_cookies(memo, head, site, &mut |cookie| self.note_cookie(cookie, site, notes));
    }

    /// Lets a refusal delete the cookies that it was for.
    pub(crate) fn dress_refusal(&self, memo: &SessionMemo, head: &mut ResponseHead<'_>, site: &Site) {
        self.dress_cookies(memo, head, site, &mut |_| {});
    }

    /// Edits the Set-Cookie lines of a response. `look` is shown each cookie as the application set it.
    fn dress_cookies(
        &self,
        memo: &SessionMemo,
        head: &mut ResponseHead<'_>,
        site: &Site,
        look: &mut dyn FnMut(&SetCookie<'_>),
    ) {
        let is_https = site.is_https();
        let are_renamed = self.elsewhere.is_some() || self.seen.has_renamed();
        if self.enforces() || (is_https && are_renamed) {
            self.harden(memo, head.fields, is_https, look);
        } else {
            head.fields.all(Known::SetCookie).flat_map(SetCookie::parse).for_each(|cookie| look(&cookie));
        }
        if let Some(lines) = &memo.clears {
            clearing::add(lines, head.fields);
        }
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
