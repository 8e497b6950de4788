//! Guard 3: security headers.
//!
//! 1. Every response carries the set, whatever its status and whoever made it: the application's pages, its errors, and
//!    the host's own refusals.
//! 2. Each header goes out once. When the application sends it too, [`OnConflict`] says whose value stands; by default
//!    the stricter one. A value that browsers would ignore counts as not sent, and so do two lines of a header that is no list.
//! 3. `Strict-Transport-Security` is sent over HTTPS to names only: on plain HTTP, for IP addresses and for localhost one
//!    of the application's is taken away, since browsers must ignore it there or would lock developers out.
//!    `max-age=0` of an application stands only with [`OnConflict::App`], its `preload` only beside a year and subdomains
//!    of its own.
//! 4. The floor of the content security policy is enforced from the first minute: `object-src`, `base-uri` and
//!    `frame-ancestors` are what almost no site needs otherwise. The rest is report-only until a person says `enforce`.
//! 5. An application's own content security policy is never changed and never loosened. The directives that it is silent
//!    about are added as a second policy; browsers enforce both. With `on_conflict = "mantlet"` and `mode = "enforce"`
//!    ours takes its place; while learning it stays, since a floor is no substitute.
//! 6. `frame-ancestors` makes browsers ignore `X-Frame-Options`. Where the application relies on the latter, ours follows
//!    it: a page that says DENY is not opened to its own origin by us.
//! 7. No content security policy of ours on a 304 that has none: the browser keeps the one that it has stored, whose
//!    nonces fit the body. One of the application's takes the place of all that is stored, so ours goes beside it again.
//! 8. Fields that only tell strangers what runs here are removed.
//!
//! # What it does not stop
//!
//! Cross-site scripting as such: a policy that only reports stops nothing, and one that allows inline code stops little.
//! Nonces are not made here: whoever stamps a nonce on every script of a finished page also stamps the injected one.
//! What an application lets other origins read (`Access-Control-Allow-Origin`) goes out as it says.
//! Nothing here repairs an application that needs a header it does not get (`Cross-Origin-Embedder-Policy` and
//! `Integrity-Policy` break pages that are not prepared for them, and are left to the application).
//!
//! # Example
//!
//! ```
//! use http::StatusCode;
//! use mantlet_core::fields::{Fields, Known};
//! use mantlet_core::headers::{HeadersGuard, HeadersMemo, HeadersPolicy};
//! use mantlet_core::{Mode, Notes, Origin, ResponseHead, Site};
//!
//! let guard = HeadersGuard::new(&HeadersPolicy::default(), Mode::Enforce);
//! let site = Site::new(Origin::parse("https://app.example")?);
//!
//! let mut fields = Fields::from_pairs([("server", "Werkzeug/3.1"), ("x-frame-options", "DENY")])?;
//! let mut head = ResponseHead { status: StatusCode::OK, fields: &mut fields };
//! guard.dress(HeadersMemo::default(), &mut head, &site, &mut Notes::default());
//!
//! let sent = |name| fields.get_str(name).unwrap_or("nothing");
//! assert_eq!(sent(Known::XContentTypeOptions), "nosniff");
//! assert_eq!(sent(Known::StrictTransportSecurity), "max-age=31536000; includeSubDomains");
//! // The application's is stricter, and what browsers read instead of it says the same.
//! assert_eq!(sent(Known::XFrameOptions), "DENY");
//! assert_eq!(sent(Known::ContentSecurityPolicy), "object-src 'none'; base-uri 'self'; frame-ancestors 'none'");
//! assert_eq!(sent(Known::Server), "nothing");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod csp;

mod conflict;
mod cross_origin;
mod disclosure;
mod framing;
mod guard;
mod header_value;
mod hsts;
mod notes;
mod permissions_policy;
mod policy;
mod referrer_policy;
mod single_value;
mod structured;

pub use conflict::OnConflict;
pub use cross_origin::{OpenerPolicy, OriginAgentCluster, ResourcePolicy};
pub use framing::FrameOptions;
pub use guard::HeadersGuard;
pub use header_value::{InvalidHeader, SecurityHeader, Several};
pub use hsts::StrictTransportSecurity;
pub use notes::HeadersMemo;
pub use permissions_policy::PermissionsPolicy;
pub use policy::HeadersPolicy;
pub use referrer_policy::ReferrerPolicy;
pub use single_value::{ContentTypeOptions, XssProtection};
