//! Which cookies matter, by their names.
//!
//! Case does not count, a [`Prefix`] is taken off first, and a final `.0`, `.1`, … (a session cut into several cookies).
//!
//! | kind | names |
//! |---|---|
//! | CSRF | contain `csrf`, `xsrf`, `antiforgery` or `requestverificationtoken` |
//! | session | end in `session`, `sessionid`, or `session` and `id`, `token`, `key` with a `-`, `_` or `.` between (Flask, Django, Rails, Laravel, Express, Spring, Auth.js, ASP.NET) |
//! | session | contain `sessid` (PHP), or begin with `aspsessionid` |
//! | session | are `sid` or `sess`, or end in one of these after a `.`, `-`, `_` or `:` (Express, Koa) |
//! | session | begin with `sess` or `ssess` and go on with 32 hexadecimal digits (Drupal) |
//! | session | begin with `remember_`, `remember-me` or `rememberme`, or end in `remember_me` (Laravel, Devise, Spring, Symfony, Grails) |
//! | session | begin with `.aspxauth`, `.aspnetcore.cookies`, `.aspnetcore.identity.`, `wordpress_logged_in_`, `wordpress_sec_` |
//! | session | are `auth`, `auth_token`, `authtoken`, `access_token`, `refresh_token`, `id_token`, `jwt`, `cfid`, `cftoken`, `fe_typo_user`, `be_typo_user` |
//! | prefixed | any other name with a prefix: somebody wants it protected |

use super::policy::SessionCookies;
use crate::cookie::name::{Prefix, are_alike, readings};

/// What a cookie is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worth {
    /// Whoever has it is somebody.
    Session,
    /// The second half of a CSRF token: read by scripts, but not to be planted.
    Csrf,
    /// Its name has a prefix.
    Prefixed,
    /// None of our business.
    Foreign,
}

impl Worth {
    /// Whether requests are refused rather than let two readings of this cookie through.
    pub(super) fn is_guarded(self) -> bool {
        self != Self::Foreign
    }
}

impl SessionCookies {
    /// What a cookie of this name is worth. `name` is a plain token.
    pub(crate) fn worth(&self, name: &[u8]) -> Worth {
        let (is_prefixed, base) = match Prefix::split(name) {
            Some((_, base)) => (true, base),
            None => (false, name),
        };
        let is_session = match self {
            Self::Named(names) => {
                names.iter().any(|known| are_alike(known.as_bytes(), name) || are_alike(known.as_bytes(), base))
            }
            Self::Auto if is_csrf(base) => false,
            Self::Auto => is_session(base),
        };
        match () {
            () if is_session => Worth::Session,
            () if is_csrf(base) => Worth::Csrf,
            () if is_prefixed => Worth::Prefixed,
            () => Worth::Foreign,
        }
    }

    /// Whether some application could take this name, which is no plain token, for one that is guarded.
    pub(super) fn resembles_guarded(&self, name: &[u8]) -> bool {
        readings(name).any(|reading| !reading.is_empty() && self.worth(&reading).is_guarded())
    }
}

fn is_csrf(name: &[u8]) -> bool {
    contains(name, b"csrf")
        || contains(name, b"xsrf")
        || contains(name, b"antiforgery")
        || contains(name, b"requestverificationtoken")
}

fn is_session(name: &[u8]) -> bool {
    const WHOLE: [&str; 13] = [
        "sid",
        "sess",
        "auth",
        "auth_token",
        "authtoken",
        "access_token",
        "refresh_token",
        "id_token",
        "jwt",
        "cfid",
        "cftoken",
        "fe_typo_user",
        "be_typo_user",
    ];
    const STARTS: [&str; 9] = [
        "aspsessionid",
        "remember_",
        "remember-me",
        "rememberme",
        ".aspxauth",
        ".aspnetcore.cookies",
        ".aspnetcore.identity.",
        "wordpress_logged_in_",
        "wordpress_sec_",
    ];
    const ENDS: [&str; 13] = [
        "session",
        "sessionid",
        "sessiontoken",
        "sessionkey",
        ".sid",
        "-sid",
        "_sid",
        ":sid",
        ".sess",
        "-sess",
        "_sess",
        ":sess",
        "remember_me",
    ];
    let name = without_number(name);
    WHOLE.iter().any(|whole| name.eq_ignore_ascii_case(whole.as_bytes()))
        || ENDS.iter().any(|end| ends_with(name, end))
        || STARTS.iter().any(|start| starts_with(name, start))
        || contains(name, b"sessid")
        || is_session_word(name)
        || is_drupal(name)
}

/// `session`, a separator, and `id`, `token` or `key`.
fn is_session_word(name: &[u8]) -> bool {
    ["id", "token", "key"].iter().any(|word| {
        ends_with(name, word)
            && matches!(
                name.get(..name.len().saturating_sub(word.len())),
                Some([head @ .., b'-' | b'_' | b'.']) if ends_with(head, "session")
            )
    })
}

fn is_drupal(name: &[u8]) -> bool {
    let name = if starts_with(name, "ssess") { name.get(1..).unwrap_or(name) } else { name };
    starts_with(name, "sess")
        && name.get(4..).is_some_and(|rest| rest.len() == 32 && rest.iter().all(u8::is_ascii_hexdigit))
}

fn without_number(name: &[u8]) -> &[u8] {
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    match name.split_at_checked(name.len().saturating_sub(digits)) {
        Some(([head @ .., b'.'], number)) if !number.is_empty() => head,
        _ => name,
    }
}

fn starts_with(name: &[u8], start: &str) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

fn ends_with(name: &[u8], end: &str) -> bool {
    name.len()
        .checked_sub(end.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
}

fn contains(name: &[u8], part: &[u8]) -> bool {
    name.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_frameworks_use() {
        use Worth::*;
        for (name, expected) in [
            ("session", Session),
            ("sessionid", Session),
            ("SESSION", Session),
            ("session_id", Session),
            ("session-token", Session),
            ("sid", Session),
            ("sess", Session),
            ("connect.sid", Session),
            ("koa.sess", Session),
            ("koa:sess", Session),
            ("PHPSESSID", Session),
            ("JSESSIONID", Session),
            ("ASP.NET_SessionId", Session),
            ("ASPSESSIONIDQQABCDEF", Session),
            (".AspNetCore.Session", Session),
            (".AspNetCore.Cookies", Session),
            (".AspNetCore.CookiesC1", Session),
            (".AspNetCore.Identity.Application", Session),
            (".ASPXAUTH", Session),
            ("laravel_session", Session),
            ("_myapp_session", Session),
            ("remember_token", Session),
            ("remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d", Session),
            ("remember-me", Session),
            ("REMEMBERME", Session),
            ("grails_remember_me", Session),
            ("next-auth.session-token", Session),
            ("__Secure-next-auth.session-token.0", Session),
            ("authjs.session-token.12", Session),
            ("wordpress_logged_in_0123", Session),
            ("SSESS0123456789abcdef0123456789abcdef", Session),
            ("auth", Session),
            ("access_token", Session),
            ("__Host-session", Session),
            ("csrftoken", Csrf),
            ("XSRF-TOKEN", Csrf),
            ("_csrf", Csrf),
            ("csrf_session", Csrf),
            ("__Host-csrftoken", Csrf),
            (".AspNetCore.Antiforgery.abc", Csrf),
            ("__Host-theme", Prefixed),
            ("__HOST-s", Prefixed),
            ("theme", Foreign),
            ("assessment", Foreign),
            ("session_timeout", Foreign),
            ("_ga", Foreign),
            ("lang", Foreign),
            ("author", Foreign),
            ("messages", Foreign),
            ("sids", Foreign),
        ] {
            assert_eq!(SessionCookies::Auto.worth(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn a_list_is_all_there_is() {
        let named = SessionCookies::Named(vec!["login".into(), "__Host-own".into()]);
        for (name, expected) in [
            ("login", Worth::Session),
            ("LOGIN", Worth::Session),
            ("__Host-login", Worth::Session),
            ("__Host-own", Worth::Session),
            ("own", Worth::Foreign),
            ("session", Worth::Foreign),
            ("csrftoken", Worth::Csrf),
        ] {
            assert_eq!(named.worth(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn odd_names_that_could_be_guarded_ones() {
        for name in
            ["%73ess", " sess", "sess\t", "\u{2000}__Host-s", "\u{a0}__Host-s", "s ess", "PHPSESSID[x]", "\"sid\""]
        {
            assert!(SessionCookies::Auto.resembles_guarded(name.as_bytes()), "{name}");
        }
        for name in ["user[theme]", "a b", "%20x", "\u{e4}", "a/b", "", "\u{2000}"] {
            assert!(!SessionCookies::Auto.resembles_guarded(name.as_bytes()), "{name}");
        }
    }
}
