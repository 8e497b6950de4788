//! Under which name a session cookie leaves: with our prefix or without, and with its folder or without.

use super::policy::{Domain, PrefixRule};
use super::{SessionGuard, SessionMemo};
use crate::cookie::folder::{before_name, can_be_in_name};
use crate::cookie::name::{Prefix, is_plain};
use crate::cookie::path::ROOT;
use crate::cookie::{MAX_PAIR, SetCookie};

impl SessionGuard {
    /// The prefix that this cookie leaves with, if any, and the folder that its name then has to say.
    pub(super) fn prefix_for<'a>(
        &self,
        cookie: &SetCookie<'a>,
        memo: &'a SessionMemo,
    ) -> (Option<Prefix>, Option<&'a [u8]>) {
        let Some(prefix) = self.leaves_with().filter(|_| is_plain(cookie.name())) else { return (None, None) };
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

    /// The folder that the name of this cookie says if it leaves with a prefix. None where the host may see other paths than browsers
    /// ask for: none of them might be in that folder, and the application would never get its cookie.
    pub(super) fn folder_for<'a>(&self, cookie: &SetCookie<'a>, memo: &'a SessionMemo) -> Option<&'a [u8]> {
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
    pub(super) fn leaves_with(&self) -> Option<Prefix> {
        if self.enforces() || self.policy.prefix == PrefixRule::Off { self.prefix } else { self.elsewhere }
    }

    /// Whether the prefix would make it too long for browsers.
    pub(super) fn is_too_long(&self, cookie: &SetCookie<'_>, folder: Option<&[u8]>) -> bool {
        let added = before_name(self.leaves_with(), folder).len();
        cookie.pair_len().saturating_add(added) > MAX_PAIR
    }
}
