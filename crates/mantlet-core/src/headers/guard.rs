//! [`HeadersGuard`]: every header of the policy, rendered once and put where it belongs.

use http::StatusCode;
use mantlet_fields::{Fields, Known, NameSet};

use super::conflict::{self, OnConflict, Row};
use super::csp::ServedCsp;
use super::disclosure::Disclosing;
use super::notes::{Came, HeadersMemo};
use super::policy::HeadersPolicy;
use crate::head::ResponseHead;
use crate::mode::Mode;
use crate::note::Notes;
use crate::site::Site;

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
    rendered: Rendered,
}

/// The headers for a response that has none of its own: almost every one.
#[derive(Debug, Default)]
struct Rendered {
    /// A response that has a field of any of these names is edited header by header instead.
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
            rendered: Rendered::default(),
        };
        Self { rendered: guard.render(), ..guard }
    }

    /// Renders all headers for a response that has none of its own, so that it need not be done for each of them.
    fn render(&self) -> Rendered {
        let [with_hsts, without_hsts] = [true, false].map(|may_send_hsts| {
            let mut fields = Fields::new();
            self.harden(&mut fields, may_send_hsts, self.csp.as_ref());
            fields
        });
        let names = with_hsts.iter().filter_map(|entry| entry.known);
        let names = names.fold(HEEDED, NameSet::with);
        Rendered { names, with_hsts, without_hsts }
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
        if has_policy && !head.fields.contains_any(&self.rendered.names) {
            if self.mode == Mode::Enforce {
                self.disclosing.strip(head.fields);
            }
            let Rendered { with_hsts, without_hsts, .. } = &self.rendered;
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
