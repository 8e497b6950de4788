//! Whether this site can have set a cookie that came without our prefix. A Cookie header does not say so. What does is the table of
//! [what was seen](crate::session::seen).

use super::Asked;
use super::guarded::Guarded;
use crate::cookie::name::Prefix;
use crate::session::SessionGuard;
use crate::session::policy::PrefixRule;
use crate::session::recognition::CookieKind;

impl SessionGuard {
    /// Whether a guarded cookie without our prefix cannot be this site's: its own would have come with the prefix.
    pub(super) fn is_planted(
        &self,
        cookie: &Guarded<'_>,
        asked: Asked<'_>,
        is_beside_renamed_piece: impl FnOnce() -> bool,
    ) -> bool {
        let name = cookie.known_as;
        if cookie.kind != CookieKind::Session || Prefix::split(name).is_some() {
            return false;
        }
        let leaves_plain = || self.seen.plain.contains_for(name, asked.path);
        let was_renamed = || {
            self.seen.renamed.contains(name)
                || (asked.is_browsers_path && self.seen.in_folder.may_contain_for(name, asked.path))
        };
        let is_expected = match (self.prefix.filter(|own| asked.prefix == Some(*own)), self.policy.prefix) {
            (None, _) => false,
            (Some(_), PrefixRule::Auto) => was_renamed() && !leaves_plain(),
            (Some(prefix), _) => !self.is_taken(prefix, name),
        };
        is_expected || (is_beside_renamed_piece() && !leaves_plain())
    }

    /// Whether the application was seen to set a cookie of this name without the prefix, and with a Path that none of `renamed` has.
    /// That is one more cookie of the application, and browsers send it to this path together with those.
    pub(super) fn is_another<'a>(
        &self,
        cookie: &Guarded<'_>,
        renamed: impl Iterator<Item = &'a Guarded<'a>> + Clone,
        path: &str,
    ) -> bool {
        let leaves_plain = matches!(self.policy.prefix, PrefixRule::Auto | PrefixRule::Off);
        let mut paths = self.seen.plain.paths_for(cookie.known_as, path);
        leaves_plain && paths.any(|path| !renamed.clone().any(|other| other.has_path(path)))
    }
}
