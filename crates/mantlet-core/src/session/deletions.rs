//! [`Deletions`]: what a response deletes beside the cookies that it sets.
//!
//! To the application a session `N` is one cookie. To browsers it is several, if a policy renames it or did so: they would send
//! all of them, or one that was ended would come back with the policy of before, to whoever uses that browser by then. So whenever `N`
//! is set or ended, its other forms go, in any mode:
//!
//! | form | is deleted if |
//! |---|---|
//! | `N` behind another prefix, or another prefix and folder, than it leaves with now | the client sent it and the prefix was from us. Not if the response sets that form as well, or if `N` is for a folder and that form is another cookie, of the root |
//! | `N` itself, where it leaves with a prefix | the client sent it, or it is ended |
//! | `N` of the Domain that is removed, where it leaves without a prefix | always |
//! | the same in the other partition, Partitioned or not | a policy adds Partitioned or did so; of what leaves, if the client sent it |
//!
//! This does not reach the partitions of other sites, cookies whose Path is below that of the login, answers that were on their way,
//! and, after a restart, what the process before had renamed or partitioned under other rules.

use std::borrow::Cow;

use super::learning::Echoes;
use super::{SessionGuard, SessionMemo};
use crate::cookie::folder::before_name;
use crate::cookie::name::Prefix;
use crate::cookie::path::ROOT;
use crate::cookie::{Edits, SameSite, SetCookie};

/// Collected while the lines of a response are edited. Only on https does a cookie have more than one form.
pub(super) struct Deletions<'a> {
    guard: &'a SessionGuard,
    memo: &'a SessionMemo,
    /// Lines that delete forms with a prefix. They are left out if the response also sets that form.
    renamed: Vec<(Renamed, Line)>,
    /// Lines that delete forms without one.
    others: Vec<Line>,
    /// What the response sets with our prefix.
    set: Vec<Renamed>,
}

/// The value of a Set-Cookie field.
type Line = Vec<u8>;

/// A cookie as browsers know it: by its name behind our prefix, and behind its folder.
#[derive(PartialEq, Eq)]
struct Renamed {
    before: Cow<'static, [u8]>,
    name: Vec<u8>,
}

impl Renamed {
    fn new(edits: &Edits<'_>, cookie: &SetCookie<'_>) -> Self {
        Self { before: before_name(edits.prefix, edits.folder), name: cookie.name().to_vec() }
    }
}

impl<'a> Deletions<'a> {
    pub(super) fn new(guard: &'a SessionGuard, memo: &'a SessionMemo) -> Self {
        Self { guard, memo, renamed: Vec::new(), others: Vec::new(), set: Vec::new() }
    }

    /// Deletes the other forms of a session that leaves with these edits.
    pub(super) fn add(&mut self, cookie: &SetCookie<'_>, edits: &Edits<'_>, is_deletion: bool) {
        let (name, memo) = (cookie.name(), self.memo);
        if !is_deletion && edits.prefix.is_some() {
            self.set.push(Renamed::new(edits, cookie));
        }
        let over = if is_deletion { *edits } else { Edits { max_age: Some(0), no_value: true, ..*edits } };
        let in_folder = self.guard.given_folder(cookie, memo).map(|folder| (Prefix::Host, Some(folder)));
        for (prefix, folder) in [(Prefix::Host, None), (Prefix::Secure, None)].into_iter().chain(in_folder) {
            let has_given = || {
                folder.is_some() || (self.guard.has_given(prefix, name, memo) && !self.is_roots(prefix, cookie, edits))
            };
            if (edits.prefix, edits.folder) != (Some(prefix), folder) && has_given() {
                // Another site's page may have caused the request, and browsers then ignore a line with any other SameSite.
                let same_site = Some(SameSite::None);
                let http_only = !cookie.is_http_only();
                let renamed =
                    Edits { prefix: Some(prefix), folder, http_only, same_site, ..over }.fit_for(prefix, cookie);
                let lines = self.in_all_partitions(cookie, &renamed);
                self.renamed.extend(lines.map(|line| (Renamed::new(&renamed, cookie), line)));
            }
        }
        if edits.prefix.is_some() && (is_deletion || memo.has(None, None, name)) {
            let plain = Edits { prefix: None, folder: None, no_domain: false, root_path: false, ..over };
            self.others.extend(self.in_all_partitions(cookie, &plain));
        } else if edits.no_domain && edits.prefix.is_none() && Prefix::split(name).is_none() {
            self.others.extend(self.in_all_partitions(cookie, &Edits { no_domain: false, ..over }));
        }
        if memo.has(edits.prefix, edits.folder, name) {
            self.others.extend(self.in_other_partition(cookie, &over));
        }
    }

    /// The lines, for the end of the response.
    pub(super) fn lines(self, echoes: &Echoes) -> impl Iterator<Item = Line> {
        let Self { renamed, others, set, .. } = self;
        // An application that deletes a cookie of its Domain, or of a folder, may set that of the host in the same answer.
        let is_set = move |cookie: &Renamed| set.contains(cookie) || echoes.set(&cookie.name);
        renamed.into_iter().filter(move |(cookie, _)| !is_set(cookie)).map(|(_, line)| line).chain(others)
    }

    /// Whether this cookie is for a folder, and the one with the prefix is another one, of the root. If not, that is this same cookie
    /// from a time when the policy demanded the prefix.
    fn is_roots(&self, prefix: Prefix, cookie: &SetCookie<'_>, edits: &Edits<'_>) -> bool {
        prefix.is_host_only()
            && (edits.prefix.is_none() || edits.folder.is_some())
            && self.memo.path_of(cookie).is_some_and(|path| path != ROOT.as_bytes())
            && !self.guard.seen.renamed.holds_for_folders_only(cookie.name())
    }

    fn in_all_partitions(&self, cookie: &SetCookie<'_>, edits: &Edits<'_>) -> impl Iterator<Item = Line> + use<> {
        std::iter::once(cookie.render(edits)).chain(self.in_other_partition(cookie, edits))
    }

    /// What deletes the cookie that is Partitioned where this one is not, or the other way round, if a policy made such.
    fn in_other_partition(&self, cookie: &SetCookie<'_>, edits: &Edits<'_>) -> Option<Line> {
        if !self.guard.partitioned || cookie.is_partitioned() {
            return None;
        }
        let partitioned = !edits.partitioned;
        let (secure, same_site) = (!cookie.is_secure(), Some(SameSite::None));
        Some(cookie.render(&Edits { partitioned, secure, same_site, ..*edits }))
    }
}
