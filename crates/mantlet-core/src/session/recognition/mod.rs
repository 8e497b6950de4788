//! Which cookies are session cookies: by their names, and by how the application sets them.
//!
//! Many applications give their session cookie a name of their own. What nearly all have in common is how they set it:
//! for the whole of this host, and where no script can read it. Little else is set so, and what is loses nothing by being
//! guarded as well: no page's script can miss it. What a framework has signed counts as out of their reach, too.

mod by_name;
#[cfg(feature = "toml")]
mod file;
mod patterns;
mod signed;

use std::borrow::Cow;

use super::{SessionGuard, SessionMemo};
use crate::cookie::SetCookie;
use crate::cookie::folder::own_name;
use crate::cookie::name::{Prefix, are_alike, is_name_byte, is_plain, readings};
use crate::percent;
use by_name::kind_by_name;
use signed::is_signed;

/// Which cookies are session cookies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionCookies {
    /// Those whose names say so, and those that are set as one: HttpOnly or signed by Tornado or Bottle, for `/` and
    /// without a Domain. What was set so is one in requests, too.
    ///
    /// A name says so if it fits a pattern of this table. `*` is any text, `?*` any but none, `#` a number, and `%` an
    /// MD5 (32 hexadecimal digits). Case does not count, nor whether a dot stands there or an underscore. A [`Prefix`]
    /// is taken off first, and so is a final `.0`, `.1`, … or `__0`, `__1`, … (a session cut into several cookies) or
    /// `.sig` (its signature: Koa, cookie-session). Any other name with a prefix is guarded as well: somebody wants it
    /// protected.
    ///
    #[doc = by_name::documented!()]
    Auto,
    /// These, by the names that the application uses, and no others.
    Named(Vec<String>),
}

/// What a cookie is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CookieKind {
    /// Whoever has it is logged in as somebody.
    Session,
    /// The second half of a CSRF token: scripts read it, and nobody else may set it.
    Csrf,
    /// Any other with a prefix: somebody wants it protected.
    Prefixed,
    /// None of our business.
    Other,
}

impl CookieKind {
    /// Whether requests are refused rather than let two readings of this cookie through.
    pub(super) fn is_guarded(self) -> bool {
        self != Self::Other
    }
}

impl SessionCookies {
    /// What a cookie of this name is for. `name` is a [plain one](crate::cookie::name::is_name_byte).
    pub(crate) fn kind(&self, name: &[u8]) -> CookieKind {
        let (is_prefixed, base) = (Prefix::split(name).is_some(), own_name(name));
        let by_name = kind_by_name(base);
        let by_policy = match self {
            Self::Auto => by_name,
            Self::Named(names) => {
                let is_named = |known: &String| {
                    are_pieces_of_one(known.as_bytes(), name)
                        || (is_prefixed && are_pieces_of_one(known.as_bytes(), base))
                };
                if names.iter().any(is_named) {
                    CookieKind::Session
                } else if by_name == CookieKind::Csrf {
                    CookieKind::Csrf
                } else {
                    CookieKind::Other
                }
            }
        };
        if is_prefixed && by_policy == CookieKind::Other { CookieKind::Prefixed } else { by_policy }
    }
}

impl SessionGuard {
    /// What a cookie of this name is for, by the policy and by what the application was seen to set.
    pub(super) fn kind(&self, name: &[u8]) -> CookieKind {
        let kind = self.policy.cookies.kind(name);
        if !matches!(kind, CookieKind::Other | CookieKind::Prefixed) || self.policy.cookies != SessionCookies::Auto {
            return kind;
        }
        if self.seen.has_session(own_name(name)) { CookieKind::Session } else { kind }
    }

    /// Whether the policy says that the application has a session cookie of this name, or it was seen to set one.
    pub(super) fn is_known_session(&self, name: &[u8]) -> bool {
        match &self.policy.cookies {
            SessionCookies::Named(_) => self.policy.cookies.kind(name) == CookieKind::Session,
            SessionCookies::Auto => self.seen.has_session(name),
        }
    }

    /// Whether some application could take this name, which is no plain one, for one that is guarded.
    pub(super) fn resembles_guarded(&self, name: &[u8]) -> bool {
        readings(name).any(|reading| is_plain(&reading) && self.kind(&reading).is_guarded())
    }

    /// Whether a name that percent-decodes to a guarded one is, to the byte, what the application calls its cookie. `ours` is the
    /// prefix that it may have from us.
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

    /// Whether a Set-Cookie line is about a session. One that ends it may leave out how it was set: there, what was seen counts.
    pub(super) fn is_session(&self, cookie: &SetCookie<'_>, memo: &SessionMemo, is_deletion: bool) -> bool {
        let name = cookie.name();
        match self.policy.cookies.kind(name) {
            CookieKind::Session => true,
            CookieKind::Other if self.policy.cookies == SessionCookies::Auto => {
                let was_set = self.seen.has_session(name);
                if is_deletion {
                    was_set
                        || self.seen.recent.contains(name)
                        || self.given_folder(cookie, memo).is_some()
                        || [Prefix::Host, Prefix::Secure].iter().any(|prefix| self.has_given(*prefix, name, memo))
                } else {
                    is_set_as_session(cookie, memo.path_of(cookie)) || (was_set && cookie.is_http_only())
                }
            }
            CookieKind::Prefixed => {
                self.policy.cookies == SessionCookies::Auto
                    && !is_deletion
                    && is_set_as_session(cookie, memo.path_of(cookie))
            }
            _ => false,
        }
    }
}

/// Whether it is set as sessions are: for all of this host and nobody else, and out of reach of scripts. A name that some
/// applications read otherwise than it is written would not survive a prefix. `path` is the one that browsers give it.
pub(crate) fn is_set_as_session(cookie: &SetCookie<'_>, path: Option<&[u8]>) -> bool {
    let name = cookie.name();
    // Airflow's own scripts set theirs as well, and would not be believed.
    let is_set_by_scripts = name == b"_token";
    (cookie.is_http_only() || is_signed(cookie))
        && !is_set_by_scripts
        && path == Some(b"/")
        && cookie.domain().is_none_or(<[u8]>::is_empty)
        && is_plain(name)
        && !name.contains(&b'%')
}

/// Sessions of which all cookies are pieces whose names begin so: Auth.js puts together whatever does. oauth2-proxy reads
/// `NAME_0` where there is no `NAME`, and mod_auth_openidc where `NAME_chunks` says so.
const IN_PIECES: [&[u8]; 4] =
    [b"authjs.session-token", b"next-auth.session-token", b"_oauth2_proxy", b"mod_auth_openidc_session"];

/// Whether some application puts the two together: `NAME`, `NAME.0`, `NAME__0`, … are one session.
pub(super) fn are_pieces_of_one(one: &[u8], other: &[u8]) -> bool {
    are_alike(&stem(one), &stem(other))
}

/// What is [alike](are_alike) in all pieces of one cookie.
pub(super) fn stem(name: &[u8]) -> Cow<'_, [u8]> {
    if let Some(whole) = IN_PIECES.into_iter().find(|whole| name.starts_with(whole)) {
        return Cow::Borrowed(whole);
    }
    let whole = without_number(name);
    if whole.contains(&b'%') { Cow::Owned(percent::decode_with_u(whole)) } else { Cow::Borrowed(whole) }
}

fn without_number(name: &[u8]) -> &[u8] {
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    match name.split_at_checked(name.len().saturating_sub(digits)) {
        // The underscores are those of Auth0 for Next.js.
        Some(([head @ .., b'.'] | [head @ .., b'_', b'_'], number)) if !number.is_empty() => head,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_all_there_is() {
        let named = SessionCookies::Named(vec!["login".into(), "__Host-own".into()]);
        for (name, expected) in [
            ("login", CookieKind::Session),
            ("LOGIN", CookieKind::Session),
            ("__Host-login", CookieKind::Session),
            ("__Host-own", CookieKind::Session),
            ("own", CookieKind::Other),
            ("session", CookieKind::Other),
            ("csrftoken", CookieKind::Csrf),
        ] {
            assert_eq!(named.kind(name.as_bytes()), expected, "{name}");
        }
    }
}
