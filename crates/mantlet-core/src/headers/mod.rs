//! Guard 3: security headers.
//!
//! 1. Every response carries the set, whatever its status and whoever made it: the application's pages, its errors, and
//!    the host's own refusals.
//! 2. Each header goes out once. When the application sends it too, [`OnConflict`] says whose value stands; by default
//!    the stricter one. A value that browsers would ignore counts as not sent, as two lines do of what is no list.
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

use http::StatusCode;
use mantlet_fields::{Fields, Known, NameSet};

use crate::head::ResponseHead;
use crate::mode::Mode;
use crate::note::Notes;
use crate::site::Site;

pub mod csp;

mod conflict;
mod cross_origin;
mod disclosure;
mod framing;
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
pub use header_value::{InvalidHeader, SecurityHeader, Several};
pub use hsts::StrictTransportSecurity;
pub use notes::HeadersMemo;
pub use permissions_policy::PermissionsPolicy;
pub use policy::HeadersPolicy;
pub use referrer_policy::ReferrerPolicy;
pub use single_value::{ContentTypeOptions, XssProtection};

use conflict::Row;
use csp::ServedCsp;
use disclosure::Disclosing;
use notes::Came;

/// The policy made ready.
#[derive(Debug)]
pub struct HeadersGuard {
    mode: Mode,
    on_conflict: OnConflict,
    disclosing: Disclosing,
    hsts: Option<Row>,
    framing: Option<Row>,
    /// The headers that know nothing of each other.
    rows: Box<[Row]>,
    csp: Option<ServedCsp>,
    silent: Silent,
}

/// What a response gets that says nothing of its own about any of it: almost every one.
#[derive(Debug, Default)]
struct Silent {
    /// All names that something is said by, or that decide what is said.
    names: NameSet,
    with_hsts: Fields,
    without_hsts: Fields,
}

impl HeadersGuard {
    /// Makes a policy ready. `mode` holds unless the policy names one for this guard.
    pub fn new(policy: &HeadersPolicy, mode: Mode) -> Self {
        // In full, so that a header which is added cannot be one that is never sent.
        let HeadersPolicy {
            enabled,
            mode: own_mode,
            on_conflict,
            remove,
            strict_transport_security,
            content_type_options,
            frame_options,
            referrer_policy,
            permissions_policy,
            opener_policy,
            resource_policy,
            origin_agent_cluster,
            xss_protection,
            csp,
        } = policy;
        let mode = mode.of_guard(*enabled, *own_mode);
        let rows = [
            Row::new(content_type_options.as_ref()),
            Row::new(referrer_policy.as_ref()),
            Row::new(permissions_policy.as_ref()),
            Row::new(opener_policy.as_ref()),
            Row::new(resource_policy.as_ref()),
            Row::new(origin_agent_cluster.as_ref()),
            Row::new(xss_protection.as_ref()),
        ];
        let guard = Self {
            mode,
            on_conflict: *on_conflict,
            disclosing: Disclosing::new(remove),
            hsts: Row::new(strict_transport_security.as_ref()),
            framing: Row::new(frame_options.as_ref()),
            rows: rows.into_iter().flatten().collect(),
            csp: ServedCsp::new(csp, *on_conflict, mode),
            silent: Silent::default(),
        };
        Self { silent: guard.silent(), ..guard }
    }

    /// Says everything once, to nobody, so that it need not be put together for each response.
    fn silent(&self) -> Silent {
        let [with_hsts, without_hsts] = [true, false].map(|may_send_hsts| {
            let mut fields = Fields::new();
            self.harden(&mut fields, may_send_hsts, self.csp.as_ref());
            fields
        });
        let names = with_hsts.iter().filter_map(|entry| entry.known);
        let names = names.fold(HEEDED, NameSet::with);
        Silent { names, with_hsts, without_hsts }
    }

    /// Hardens the head of a response of the application.
    pub fn dress(&self, memo: HeadersMemo, head: &mut ResponseHead<'_>, site: &Site, notes: &mut Notes) {
        let came = Came::of(head, memo);
        self.dress_refusal(head, site);
        self.note_response(came, head, notes);
    }

    /// Hardens the head of a response of the host's own.
    pub(crate) fn dress_refusal(&self, head: &mut ResponseHead<'_>, site: &Site) {
        if self.mode == Mode::Off {
            return;
        }
        let may_send_hsts = site.may_send_hsts();
        let has_policy = head.status != StatusCode::NOT_MODIFIED || head.fields.contains(Known::ContentSecurityPolicy);
        if has_policy && !head.fields.contains_any(&self.silent.names) {
            if self.mode == Mode::Enforce {
                self.disclosing.strip(head.fields);
            }
            let Silent { with_hsts, without_hsts, .. } = &self.silent;
            head.fields.append_all(if may_send_hsts { with_hsts } else { without_hsts });
        } else {
            self.harden(head.fields, may_send_hsts, self.csp.as_ref().filter(|_| has_policy));
        }
    }

    fn harden(&self, fields: &mut Fields, may_send_hsts: bool, csp: Option<&ServedCsp>) {
        let framing = conflict::read(fields);
        if self.mode == Mode::Enforce {
            self.set(fields, may_send_hsts);
        }
        if let Some(csp) = csp {
            csp.apply(fields, framing);
        }
    }

    fn set(&self, fields: &mut Fields, may_send_hsts: bool) {
        self.disclosing.strip(fields);
        if let Some(hsts) = &self.hsts {
            if may_send_hsts {
                hsts.apply(fields, self.on_conflict);
            } else {
                fields.remove(Known::StrictTransportSecurity);
            }
        }
        if let Some(framing) = &self.framing {
            framing.apply(fields, self.on_conflict);
        }
        for row in &self.rows {
            row.apply(fields, self.on_conflict);
        }
    }
}

/// Fields that decide what is said, also where nothing is said by them.
const HEEDED: NameSet =
    NameSet::of(&[Known::ContentSecurityPolicy, Known::StrictTransportSecurity, Known::XFrameOptions]);
