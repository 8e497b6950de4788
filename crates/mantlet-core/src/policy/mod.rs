//! [`Policy`]: what may be set, per guard and per route. Its defaults are the built-in policy.
//!
//! With the feature `toml`, `Policy::from_toml` and `PolicyFile` read it from a `mantlet.toml`.

#[cfg(feature = "toml")]
mod contradiction;
#[cfg(feature = "toml")]
mod error;
#[cfg(feature = "toml")]
mod fault;
#[cfg(feature = "toml")]
mod file;
#[cfg(feature = "toml")]
mod node;
#[cfg(feature = "toml")]
mod read;

#[cfg(feature = "toml")]
pub use error::{PolicyError, PolicyErrors};
#[cfg(feature = "toml")]
pub use file::{MAX_FILE_SIZE, MAX_ROUTES, PolicyFile};

use crate::csrf::CsrfPolicy;
use crate::headers::HeadersPolicy;
pub use crate::mode::Mode;
pub use crate::path::PathCase;
use crate::path::PathPattern;
use crate::session::SessionPolicy;
use crate::upload::UploadPolicy;

/// The built-in policy as a file, with a comment to each key. `Policy::from_toml` of it is [`Policy::default`].
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// The four guards' policies for one set of paths.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GuardPolicies {
    /// What all guards do, unless one says otherwise for itself. Default: enforce.
    pub mode: Mode,
    /// Session cookies; `[session]` in the file.
    pub session: SessionPolicy,
    /// Requests of other sites; `[csrf]`.
    pub csrf: CsrfPolicy,
    /// Security headers; `[headers]`.
    pub headers: HeadersPolicy,
    /// Forms and files; `[uploads]`.
    pub upload: UploadPolicy,
}

impl GuardPolicies {
    /// What each guard does, by the name of its section in the file.
    pub fn modes(&self) -> [(&'static str, Mode); 4] {
        let Self { mode, session, csrf, headers, upload } = self;
        [
            ("session", mode.of_guard(session.enabled, session.mode)),
            ("csrf", mode.of_guard(csrf.enabled, csrf.mode)),
            ("headers", mode.of_guard(headers.enabled, headers.mode)),
            ("uploads", mode.of_guard(upload.enabled, upload.mode)),
        ]
    }
}

/// The whole policy: what holds everywhere, and what holds on some paths instead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    /// Where no route matches.
    pub everywhere: GuardPolicies,
    /// Tried in order; the first that matches is the request's policy. Each is complete: what the file's
    /// `[[route]]` did not repeat was filled in from [`everywhere`](Self::everywhere). Which cookies are the session's, and by which
    /// prefix they go, should not differ: a cookie has one name on all paths. Of the error page and the spool's quota,
    /// hosts read that of everywhere.
    pub routes: Vec<Route>,
    /// What becomes of a path that two servers could take for two. Default: refuse, since a rule for a path could be
    /// walked around.
    pub ambiguous_paths: AmbiguousPaths,
    /// Whether the case of letters tells paths apart, for routes and for [`exempt`](CsrfPolicy::exempt) paths. Default: it
    /// does, as to most applications.
    pub path_case: PathCase,
}

/// What becomes of paths such as `/a%2Fb`, `/a//b` and `/a%252Fb`. Not of `/%61pi` and `/(S(x))/api` where there is a route for
/// `/api`: they are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum AmbiguousPaths {
    /// They are refused.
    #[default]
    Refuse,
    /// They get the policy of everywhere, whatever routes there are. What climbs out of a folder in any reading is refused
    /// all the same.
    Allow,
}

/// A policy for some paths.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Which paths.
    pub path: PathPattern,
    /// What holds there.
    pub guards: GuardPolicies,
}
