//! [`SessionPolicy`]: `[session]` of the policy file.

use std::time::Duration;

use super::recognition::SessionCookies;
use crate::cookie;
use crate::cookie::name::Prefix;
use crate::mode::Mode;

/// What may be set. The names of attributes are spelt as in Set-Cookie.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct SessionPolicy {
    /// `false` is short for `mode = "off"`, and stronger than any mode. Default: `true`.
    pub enabled: bool,
    /// Overrides the mode of all guards for this one. Default: none.
    pub mode: Option<Mode>,
    /// Which cookies are session cookies. Default: those whose names say so ([the table](SessionCookies::Auto)).
    pub cookies: SessionCookies,
    /// Secure on every cookie, where the site is https. Default: yes. Cookies that browsers would drop without it
    /// (`SameSite=None`, `Partitioned`, prefixed names) get it anyway.
    #[cfg_attr(feature = "toml", serde(rename = "Secure"))]
    pub secure: bool,
    /// HttpOnly on session cookies. Default: yes. CSRF cookies are there for scripts and stay readable.
    #[cfg_attr(feature = "toml", serde(rename = "HttpOnly"))]
    pub http_only: bool,
    /// SameSite for cookies that have none, or no valid one. Default: Lax, which leaves links from elsewhere working.
    #[cfg_attr(feature = "toml", serde(rename = "SameSite"))]
    pub same_site: SameSite,
    /// What to do with an explicit `SameSite=None`. Default: keep; embedded pages and payment flows need it.
    #[cfg_attr(feature = "toml", serde(rename = "SameSite_None"))]
    pub same_site_none: SameSiteNone,
    /// Partitioned on cookies with `SameSite=None`, the only ones that other sites' pages carry. Default: keep.
    #[cfg_attr(feature = "toml", serde(rename = "Partitioned"))]
    pub partitioned: Partitioned,
    /// The Domain of session cookies, which hands them to every sibling host. Default: keep.
    #[cfg_attr(feature = "toml", serde(rename = "Domain"))]
    pub domain: Domain,
    /// The prefix under which session cookies are kept by browsers. Default: `__Host-` where nothing speaks against it.
    pub prefix: PrefixRule,
    /// How long a session cookie may live. Default: as the application says.
    pub max_age: MaxAge,
    /// `Cache-Control: no-store` on responses that set a session cookie, unless they are already kept out of shared
    /// caches. Default: yes.
    pub no_store: bool,
    /// Two cookies of one guarded name in a request. Default: refuse.
    pub duplicates: Duplicates,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            mode: None,
            cookies: SessionCookies::Auto,
            secure: true,
            http_only: true,
            same_site: SameSite::Lax,
            same_site_none: SameSiteNone::Keep,
            partitioned: Partitioned::Keep,
            domain: Domain::Keep,
            prefix: PrefixRule::Auto,
            max_age: MaxAge::Keep,
            no_store: true,
            duplicates: Duplicates::Refuse,
        }
    }
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

/// SameSite for cookies without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize))]
pub enum SameSite {
    /// Not even links from elsewhere arrive logged in.
    Strict,
    /// Only links and other top-level navigations from elsewhere do.
    Lax,
    /// Every request does. Without effect on plain http, where browsers drop such cookies.
    None,
}

impl From<SameSite> for cookie::SameSite {
    fn from(same_site: SameSite) -> Self {
        match same_site {
            SameSite::Strict => Self::Strict,
            SameSite::Lax => Self::Lax,
            SameSite::None => Self::None,
        }
    }
}

/// What to do with an explicit `SameSite=None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize))]
pub enum SameSiteNone {
    /// The application knows why.
    #[cfg_attr(feature = "toml", serde(rename = "keep"))]
    Keep,
    /// Make it Lax.
    Lax,
}

/// What to do with Partitioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitioned {
    /// As the application says.
    Keep,
    /// Add it.
    Add,
}

/// What to do with Domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Domain {
    /// As the application says.
    Keep,
    /// Remove it.
    Strip,
}

/// Under which prefix browsers keep session cookies. The application sees its own names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize))]
pub enum PrefixRule {
    /// `__Host-` for cookies that already are host-only. Their name also says their folder, if `Path` is not `/`.
    #[cfg_attr(feature = "toml", serde(rename = "auto"))]
    Auto,
    /// `__Host-` always: Domain is removed and Path set to `/`. A session cookie without the prefix is never believed,
    /// except on plain http, where it can have none.
    #[cfg_attr(feature = "toml", serde(rename = "__Host-"))]
    Host,
    /// `__Secure-` always, for sessions that sibling hosts share. They can then still set it; only plain http cannot.
    #[cfg_attr(feature = "toml", serde(rename = "__Secure-"))]
    Secure,
    /// No prefix.
    #[cfg_attr(feature = "toml", serde(rename = "off"))]
    Off,
}

/// How long a session cookie may live in the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxAge {
    /// As the application says.
    Keep,
    /// At most so long. A cookie that ends with the browser stays one.
    AtMost(Duration),
}

/// Two cookies of one guarded name in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Duplicates {
    /// Refuse the request: the user is told, and the planted cookie found.
    Refuse,
    /// Let it pass without either: the user is logged out.
    DropBoth,
}

#[cfg(feature = "toml")]
mod file {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, Visitor};

    use super::*;
    use crate::duration;

    impl<'de> Deserialize<'de> for Partitioned {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct KeepOrTrue;

            impl Visitor<'_> for KeepOrTrue {
                type Value = Partitioned;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("\"keep\" or true")
                }

                fn visit_str<E: Error>(self, text: &str) -> Result<Partitioned, E> {
                    if text == "keep" {
                        return Ok(Partitioned::Keep);
                    }
                    Err(E::custom("Partitioned is \"keep\" or true"))
                }

                fn visit_bool<E: Error>(self, add: bool) -> Result<Partitioned, E> {
                    if add {
                        return Ok(Partitioned::Add);
                    }
                    Err(E::custom("Partitioned is never removed\nfix: Partitioned = \"keep\""))
                }
            }
            deserializer.deserialize_any(KeepOrTrue)
        }
    }

    impl<'de> Deserialize<'de> for MaxAge {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match &*String::deserialize(deserializer)? {
                "keep" => Ok(Self::Keep),
                text => match duration::parse(text).map_err(D::Error::custom)? {
                    // Max-Age counts seconds, and none of them would delete the cookie.
                    short if short.as_secs() == 0 => {
                        Err(D::Error::custom("a session cookie cannot live for less than 1s"))
                    }
                    duration => Ok(Self::AtMost(duration)),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_form() {
        let policy: SessionPolicy = toml::from_str(
            r#"
            cookies = ["session", "sid"]
            Secure = true
            HttpOnly = true
            SameSite = "Strict"
            SameSite_None = "Lax"
            Partitioned = true
            Domain = "strip"
            prefix = "__Host-"
            max_age = "12h"
            no_store = false
            duplicates = "drop-both"
            "#,
        )
        .unwrap();
        assert_eq!(policy.cookies, SessionCookies::Named(vec!["session".into(), "sid".into()]));
        assert_eq!(policy.max_age, MaxAge::AtMost(Duration::from_secs(43_200)));
        assert_eq!(policy.prefix, PrefixRule::Host);
        assert_eq!(toml::from_str::<SessionPolicy>("").unwrap(), SessionPolicy::default());
        assert_eq!(
            toml::from_str::<SessionPolicy>("cookies = \"auto\"\nPartitioned = \"keep\"\nmax_age = \"keep\"").unwrap(),
            SessionPolicy::default()
        );
        for text in [
            "samesite = \"Lax\"",
            "SameSite = \"lax\"",
            "prefix = \"__host-\"",
            "cookies = \"session\"",
            "cookies = [\"a b\"]",
            "Partitioned = false",
            "max_age = \"0s\"",
            "max_age = \"100ms\"",
            "[seal]\nenabled = true",
        ] {
            assert!(toml::from_str::<SessionPolicy>(text).is_err(), "{text}");
        }
    }
}
