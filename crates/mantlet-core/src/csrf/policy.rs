//! [`CsrfPolicy`]: `[csrf]` of the policy file.

use std::fmt;

use http::{Method, StatusCode};

use super::trusted::TrustedOrigin;
use crate::mode::Mode;
use crate::path::PathPattern;

/// What may be set.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct CsrfPolicy {
    /// `false` is short for `mode = "off"`, and stronger than any mode. Default: `true`.
    pub enabled: bool,
    /// Overrides the mode of all guards for this one. Default: none.
    pub mode: Option<Mode>,
    /// What proves that a request was meant. Default: where it comes from, which needs no change in the application.
    pub protection: Protection,
    /// Methods that change nothing (RFC 9110, section 9.2.1). Exact, upper case. Default: GET, HEAD, OPTIONS, TRACE.
    ///
    /// QUERY and the reading methods of WebDAV are safe by definition, but few applications treat them so.
    pub safe_methods: SafeMethods,
    /// Other origins whose pages may send unsafe requests: a login service that posts its answer, a payment page, the shell of
    /// an app, an extension. Default: none. Whole origins: the scheme and the port count.
    pub trusted_origins: Vec<TrustedOrigin>,
    /// Requests from sibling hosts (`Sec-Fetch-Site: same-site`). Default: refuse, since one forgotten subdomain would
    /// be enough to attack all others.
    pub same_site: Verdict,
    /// `Origin: null` from a browser without Fetch Metadata: sandboxed frames, `data:` pages, redirects across sites.
    /// Default: refuse. Where Fetch Metadata is there, it decides.
    pub null_origin: Verdict,
    /// Requests that say nothing of where they come from. Default: refuse if they carry a cookie, or another
    /// credential that browsers attach by themselves; command-line clients, git and webhooks pass.
    pub no_origin: NoOrigin,
    /// Requests that ask the application to take them for another method. Default: a safe one is judged as unsafe, and
    /// override headers do not reach the application.
    pub method_override: MethodOverride,
    /// WebSocket handshakes, which browsers send across origins with all cookies. Default: check the origin.
    pub websocket: WebSocket,
    /// Paths that authenticate every request by other means: webhooks with signatures. Whole segments. Default: none.
    pub exempt: Vec<PathPattern>,
    /// The status of refusals. Default: 403.
    pub status: RefusalStatus,
    /// An HTML file that browsers get with a refusal. Default: empty, which is the built-in page. The host reads it, not the guard.
    /// None of its scripts runs: one that reloads the page would repeat the request in this site's name.
    pub error_page: String,
}

impl Default for CsrfPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            mode: None,
            protection: Protection::Origin,
            safe_methods: SafeMethods::default(),
            trusted_origins: Vec::new(),
            same_site: Verdict::Refuse,
            null_origin: Verdict::Refuse,
            no_origin: NoOrigin::RefuseWithCookie,
            method_override: MethodOverride::Unsafe,
            websocket: WebSocket::CheckOrigin,
            exempt: Vec::new(),
            status: RefusalStatus::default(),
            error_page: String::new(),
        }
    }
}

/// What proves that a request was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// Fetch Metadata, Origin and Referer.
    Origin,
}

/// Whether something passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum Verdict {
    /// It does not.
    Refuse,
    /// It does.
    Allow,
}

/// What to do with a request that says nothing of where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum NoOrigin {
    /// Let it pass.
    Allow,
    /// Refuse it if it carries a cookie; or an Authorization that browsers send by themselves (Basic, Digest, NTLM,
    /// Negotiate), unless its `User-Agent` is no browser's, or it has a method or a type that no page of another site could
    /// send without a preflight. TLS client certificates are such a credential too, and cannot be seen here: refuse then.
    RefuseWithCookie,
    /// Refuse it.
    Refuse,
}

/// What to do with `_method` in the query and `X-HTTP-Method-Override` and its relatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum MethodOverride {
    /// A safe request with one is judged as unsafe. The headers are removed.
    Unsafe,
    /// Judged the same, but the headers reach an application that needs them.
    Allow,
}

/// What to do with WebSocket handshakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum WebSocket {
    /// Judge them as unsafe requests, and ask for an Origin.
    CheckOrigin,
    /// Judge them as the GET they are: the application checks the origin, or authenticates inside the socket.
    Allow,
}

/// Methods that change nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeMethods(Box<[Method]>);

impl Default for SafeMethods {
    fn default() -> Self {
        Self([Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].into())
    }
}

impl SafeMethods {
    /// A set of safe methods.
    ///
    /// # Errors
    /// When one is POST, PUT, PATCH or DELETE, or not in upper case.
    pub fn new(methods: impl IntoIterator<Item = Method>) -> Result<Self, InvalidSafeMethod> {
        let methods: Box<[Method]> = methods.into_iter().collect();
        let wrong = |method: &&Method| {
            matches!(**method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::CONNECT)
                || method.as_str().bytes().any(|b| b.is_ascii_lowercase())
        };
        match methods.iter().find(wrong) {
            Some(method) => Err(InvalidSafeMethod(method.clone())),
            None => Ok(Self(methods)),
        }
    }

    /// The methods, in no order that counts.
    pub fn as_slice(&self) -> &[Method] {
        &self.0
    }

    /// Whether a method is one of them, exactly as it was sent.
    pub fn contains(&self, method: &Method) -> bool {
        self.0.contains(method)
    }
}

/// A method that nobody may call safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSafeMethod(Method);

impl fmt::Display for InvalidSafeMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a safe method (RFC 9110, section 9.2.1)", self.0)
    }
}

impl std::error::Error for InvalidSafeMethod {}

/// The status of a refusal: a client's fault, so 400 to 499.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalStatus(StatusCode);

impl Default for RefusalStatus {
    fn default() -> Self {
        Self(StatusCode::FORBIDDEN)
    }
}

impl RefusalStatus {
    /// A status from 400 to 499.
    pub fn new(status: StatusCode) -> Option<Self> {
        status.is_client_error().then_some(Self(status))
    }

    /// The status.
    pub fn get(self) -> StatusCode {
        self.0
    }
}

#[cfg(feature = "toml")]
mod file {
    use std::borrow::Cow;

    use serde::de::{Deserialize, Deserializer, Error};

    use super::*;

    impl<'de> Deserialize<'de> for Protection {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match &*<Cow<'de, str>>::deserialize(deserializer)? {
                "origin" => Ok(Self::Origin),
                "token" | "origin+token" => {
                    Err(D::Error::custom("this version has no tokens: `protection` is \"origin\""))
                }
                other => Err(D::Error::custom(format!("unknown protection {other:?}: write \"origin\""))),
            }
        }
    }

    impl<'de> Deserialize<'de> for SafeMethods {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let methods = <Vec<Cow<'de, str>>>::deserialize(deserializer)?
                .iter()
                .map(|name| {
                    Method::from_bytes(name.as_bytes()).map_err(|_| D::Error::custom(format!("not a method: {name:?}")))
                })
                .collect::<Result<Vec<_>, _>>()?;
            Self::new(methods).map_err(D::Error::custom)
        }
    }

    impl<'de> Deserialize<'de> for RefusalStatus {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let number = u16::deserialize(deserializer)?;
            StatusCode::from_u16(number)
                .ok()
                .and_then(Self::new)
                .ok_or_else(|| D::Error::custom(format!("{number} is no status for a refusal: 400 to 499")))
        }
    }
}
