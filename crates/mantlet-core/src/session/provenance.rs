//! Who gave a name its prefix, the application or we. A Cookie header does not say so. What does are the policy and the table of
//! [what was seen](super::seen). What was seen of one piece of a cookie counts for all its pieces.

use super::policy::PrefixRule;
use super::recognition::{CookieKind, SessionCookies};
use super::{SessionGuard, SessionMemo};
use crate::cookie::name::{Prefix, are_alike};
use crate::cookie::{SetCookie, folder};

/// Whether a name got its prefix from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsOurs {
    /// The application calls its cookie so, or it is none that we rename.
    No,
    /// Nobody knows yet.
    Perhaps,
    Surely,
}

impl SessionGuard {
    /// Whether it was us who gave a prefix to `name`, which is `base` behind the one that we give.
    pub(super) fn is_ours(&self, name: &[u8], base: &[u8], kind: CookieKind) -> IsOurs {
        // The table of names says the same of a name with a prefix and without.
        let may_be_session = match self.policy.cookies {
            SessionCookies::Auto => kind != CookieKind::Csrf && !base.is_empty() && Prefix::split(base).is_none(),
            SessionCookies::Named(_) => self.may_be_session(base),
        };
        if !may_be_session || self.is_the_applications(name) {
            IsOurs::No
        } else if self.is_known_without_prefix(base, kind) {
            IsOurs::Surely
        } else {
            IsOurs::Perhaps
        }
    }

    /// Whether the application was seen to use this name, or is said to, and not itself the one with our prefix.
    pub(super) fn is_known_without_prefix(&self, base: &[u8], kind: CookieKind) -> bool {
        let is_by_policy = matches!(self.policy.prefix, PrefixRule::Host | PrefixRule::Secure)
            || matches!(self.policy.cookies, SessionCookies::Named(_));
        (is_by_policy && kind == CookieKind::Session) || self.seen.renamed.contains(base)
    }

    /// Whether nothing may be renamed to this prefix and base: the application itself calls a cookie so, or it could not be taken
    /// apart again, as `__Host-` before `Http-x`, which is another prefix, before nothing, and before what looks like a folder.
    pub(super) fn is_taken(&self, prefix: Prefix, base: &[u8]) -> bool {
        let name = [prefix.as_str().as_bytes(), base].concat();
        base.is_empty()
            || folder::split(base).is_some()
            || Prefix::split(&name) != Some((prefix, base))
            || self.is_the_applications(&name)
    }

    /// Whether the client sent a cookie of this name with a prefix that we gave it, under this policy or an earlier one.
    pub(super) fn has_given(&self, prefix: Prefix, base: &[u8], memo: &SessionMemo) -> bool {
        memo.has(Some(prefix), None, base)
            && (memo.renamed == Some(prefix) || self.seen.renamed.contains(base))
            && !self.is_taken(prefix, base)
    }

    /// The folder that a cookie of this name and Path has in the name under which the client sent it. Nobody else writes it so.
    pub(super) fn given_folder<'a>(&self, cookie: &SetCookie<'a>, memo: &'a SessionMemo) -> Option<&'a [u8]> {
        let name = cookie.name();
        let folder = memo.path_of(cookie).filter(|folder| folder::can_be_in_name(folder, name))?;
        memo.has(Some(Prefix::Host), Some(folder), name).then_some(folder)
    }

    /// Whether a cookie of this name, without its prefix, is a session cookie or would be if it were set as one.
    pub(super) fn may_be_session(&self, base: &[u8]) -> bool {
        !base.is_empty()
            && match self.kind(base) {
                CookieKind::Session => Prefix::split(base).is_none(),
                CookieKind::Other => self.policy.cookies == SessionCookies::Auto,
                CookieKind::Csrf | CookieKind::Prefixed => false,
            }
    }

    /// Whether the application itself calls its cookie so, prefix included: by the policy, or since it was seen to.
    fn is_the_applications(&self, name: &[u8]) -> bool {
        let is_named = |names: &[String]| names.iter().any(|known| are_alike(known.as_bytes(), name));
        self.seen.own_prefix.contains(name)
            || matches!(&self.policy.cookies, SessionCookies::Named(names) if is_named(names))
    }
}
