//! Where the name of a cookie comes from: whether the application calls it so or this guard renamed it, as far as the policy
//! and [what was seen](super::seen) tell.

use super::policy::PrefixRule;
use super::recognition::{CookieKind, SessionCookies};
use super::request::Guarded;
use super::{SessionGuard, SessionMemo};
use crate::cookie::name::{Prefix, are_alike, is_name_byte};

impl SessionGuard {
    /// Whether `name`, which is `base` behind our prefix, can have got the prefix from us.
    pub(super) fn may_be_renamed(&self, name: &[u8], base: &[u8]) -> bool {
        !base.is_empty()
            && Prefix::split(base).is_none()
            && self.may_be_session(base)
            && !self.is_the_applications(name)
    }

    /// Whether a cookie of this name, which has no prefix, is a session cookie or would be if it were set as one.
    pub(super) fn may_be_session(&self, base: &[u8]) -> bool {
        match self.kind(base) {
            CookieKind::Session => true,
            CookieKind::Foreign => self.policy.cookies == SessionCookies::Auto,
            CookieKind::Csrf | CookieKind::Prefixed => false,
        }
    }

    /// Whether the application itself calls its cookie so, prefix included: by the policy, or since it was seen to.
    fn is_the_applications(&self, name: &[u8]) -> bool {
        let is_named = |names: &[String]| names.iter().any(|known| are_alike(known.as_bytes(), name));
        self.seen.own_prefix.contains(name)
            || matches!(&self.policy.cookies, SessionCookies::Named(names) if is_named(names))
    }

    /// The same for a name that is put together, or could not be taken apart again: `__Host-` before `Http-x` makes another prefix.
    pub(super) fn is_the_applications_with(&self, prefix: Prefix, base: &[u8]) -> bool {
        let name = [prefix.as_str().as_bytes(), base].concat();
        Prefix::split(&name) != Some((prefix, base)) || self.is_the_applications(&name)
    }

    /// Whether the application is known to use this name, and not itself the one with our prefix.
    pub(super) fn is_known_without_prefix(&self, name: &[u8], kind: CookieKind) -> bool {
        let is_by_policy = matches!(self.policy.prefix, PrefixRule::Host | PrefixRule::Secure)
            || matches!(self.policy.cookies, SessionCookies::Named(_));
        (is_by_policy && kind == CookieKind::Session) || self.seen.renamed.contains(name)
    }

    /// Whether the application got a cookie of this name, which is `base` behind a prefix, as it was sent.
    pub(super) fn was_passed_on(&self, name: &[u8], base: &[u8], memo: &SessionMemo) -> bool {
        memo.has_alike(name) && !self.is_known_without_prefix(base, self.kind(name))
    }

    /// Whether this site's cookie of this name would have come with our prefix, which is never so on plain http.
    pub(super) fn expects_prefix(&self, cookie: &Guarded<'_>, ours: Option<Prefix>) -> bool {
        let Some(prefix) = self.prefix.filter(|own| ours == Some(*own)) else { return false };
        if cookie.kind != CookieKind::Session || Prefix::split(cookie.known_as).is_some() {
            return false;
        }
        match self.policy.prefix {
            PrefixRule::Auto => self.seen.renamed.contains_piece_of(cookie.known_as) && !self.leaves_plain(cookie),
            _ => !self.is_the_applications_with(prefix, cookie.known_as),
        }
    }

    /// Whether it was us, under this policy or an earlier one, who gave this prefix to what the client sent.
    pub(super) fn has_given(&self, prefix: Prefix, name: &[u8], memo: &SessionMemo) -> bool {
        memo.has(Some(prefix), name)
            && (memo.renamed == Some(prefix) || self.seen.renamed.contains(name))
            && !self.is_the_applications_with(prefix, name)
    }

    /// Whether the application also sets it in a form that gets no prefix.
    pub(super) fn leaves_plain(&self, cookie: &Guarded<'_>) -> bool {
        self.seen.plain.contains_piece_of(cookie.known_as)
    }

    /// Whether a name that percent-decodes to a guarded one is, to the byte, what the application calls its cookie.
    pub(super) fn is_escaped_and_own(&self, name: &[u8], ours: Option<Prefix>) -> bool {
        let base = Prefix::split(name).filter(|(own, _)| Some(*own) == ours).map_or(name, |(_, base)| base);
        let is_escaped = base.contains(&b'%') && base.iter().all(|byte| is_name_byte(*byte));
        is_escaped
            && match &self.policy.cookies {
                SessionCookies::Named(names) => names.iter().any(|known| known.as_bytes() == base),
                SessionCookies::Auto => {
                    self.seen.renamed.holds(base) || self.seen.plain.holds(base) || self.seen.own_prefix.holds(name)
                }
            }
    }
}
