//! [`Exchange`]: one request and its response on their way through the guards.

use std::sync::Arc;

use crate::guards::Guards;
use crate::head::{RequestHead, ResponseHead};
use crate::headers::HeadersMemo;
use crate::mode::Mode;
use crate::note::{Note, Notes};
use crate::reason::Refusal;
use crate::session::SessionMemo;
use crate::site::Site;
use crate::upload::BodyPlan;

/// One request and its response on their way through the guards of their route.
#[derive(Debug)]
pub struct Exchange {
    guards: Arc<Guards>,
    site: Site,
    /// Why its path is refused, since it could be read in more than one way; and the mode that decides about it.
    ambiguous_path: Option<(Mode, Refusal)>,
    observed: Vec<Refusal>,
    notes: Notes,
    session: SessionMemo,
    headers: HeadersMemo,
}

impl Exchange {
    pub(crate) fn new(guards: Arc<Guards>, head: &RequestHead<'_>, ambiguous_path: Option<(Mode, Refusal)>) -> Self {
        Self {
            site: head.site.clone(),
            ambiguous_path,
            observed: Vec::new(),
            notes: Notes::new(&guards.told),
            session: SessionMemo::default(),
            headers: HeadersMemo::default(),
            guards,
        }
    }

    /// Lets every guard judge the head of the request, and edit it.
    ///
    /// # Errors
    /// The first refusal ends the walk. A refused request must be answered with a head that [`Self::dress_refusal`] has
    /// edited, and nothing of it may reach the application.
    pub fn admit(&mut self, head: &mut RequestHead<'_>) -> Result<BodyPlan, Refusal> {
        let Self { guards, ambiguous_path, observed, notes, session, headers, .. } = self;
        if let Some((mode, refusal)) = ambiguous_path.take().filter(|(mode, _)| *mode != Mode::Off) {
            weigh::<()>(observed, mode, Err(refusal))?;
        }
        crate::request::admit(head)?;
        *headers = guards.headers.admit(head);
        weigh(observed, guards.session.mode(), guards.session.admit(session, head, notes))?;
        weigh(observed, guards.csrf.mode(), guards.csrf.admit(head, notes))?;
        let plan = weigh(observed, guards.upload.mode(), guards.upload.admit(head, notes))?;
        Ok(plan.unwrap_or(BodyPlan::Pass { at_most: None }))
    }

    /// What would have been refused if the guard that said so were enforcing. For the log.
    pub fn observed(&self) -> &[Refusal] {
        &self.observed
    }

    /// What is worth telling and refuses nothing, in any mode: of the request once it was judged, of the response once it
    /// was dressed. For the log. Few, whatever comes.
    pub fn notes(&self) -> &[Note] {
        self.notes.as_slice()
    }

    /// Lets every guard edit the head of the application's response, in reverse order.
    pub fn dress(&mut self, head: &mut ResponseHead<'_>) {
        self.guards.session.dress(&self.session, head, &self.site, &mut self.notes);
        self.guards.headers.dress(self.headers, head, &self.site, &mut self.notes);
    }

    /// The same for a refusal, which walks out the same way. Nothing in it is the application's.
    pub fn dress_refusal(&self, head: &mut ResponseHead<'_>) {
        self.guards.session.dress_refusal(&self.session, head, &self.site);
        self.guards.headers.dress_refusal(head, &self.site);
    }
}

/// A guard that observes lets the request go on: its refusal is kept, and it has nothing more to say.
fn weigh<T>(observed: &mut Vec<Refusal>, mode: Mode, verdict: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match (mode, verdict) {
        (Mode::Observe, Err(refusal)) => {
            observed.push(refusal);
            Ok(None)
        }
        (_, verdict) => verdict.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use http::{Method, Uri};
    use mantlet_fields::Fields;

    use super::*;
    use crate::{Mantlet, Origin, Policy, Reason};

    /// What a request comes to: why it is refused, and what observing guards would have refused it for.
    fn admit(policy: &str, target: &str, fields: &[(&str, &str)]) -> (Option<Reason>, Vec<Reason>) {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let mut fields = Fields::from_pairs(fields.iter().copied()).unwrap();
        let (method, uri) = (Method::POST, Uri::try_from(target).unwrap());
        let mut head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
        let mut exchange = Mantlet::new(&Policy::from_toml(policy).unwrap()).begin(&head);
        let refused = exchange.admit(&mut head).err().map(|refusal| refusal.reason);
        (refused, exchange.observed().iter().map(|refusal| refusal.reason).collect())
    }

    #[test]
    fn each_guard_refuses_only_where_it_enforces() {
        let own = ("sec-fetch-site", "same-origin");
        for (guard, target, fields, reason) in [
            ("", "/a//b", &[own][..], Reason::RequestPath),
            ("session.", "/", &[own, ("cookie", "sid=1; sid=2")], Reason::SessionDuplicateCookie),
            ("csrf.", "/", &[("sec-fetch-site", "cross-site")], Reason::CsrfCrossSite),
            ("uploads.", "/", &[own, ("content-length", "99999999999")], Reason::UploadRequestTooLarge),
        ] {
            let admit = |mode: &str| admit(&format!("{guard}mode = '{mode}'"), target, fields);
            assert_eq!(admit("enforce"), (Some(reason), vec![]), "{reason:?}");
            assert_eq!(admit("observe"), (None, vec![reason]), "{reason:?}");
            assert_eq!(admit("off"), (None, vec![]), "{reason:?}");
        }
    }

    /// A router that decodes has `/%61dmin` where `/admin` is; another has it elsewhere.
    #[test]
    fn a_needless_escape_leads_out_of_nothing_that_is_enforced() {
        let cross_site = [("sec-fetch-site", "cross-site")];
        for (everywhere, route, expected) in [
            ("mode = 'off'", "mode = 'enforce'", (Some(Reason::RequestPath), vec![])),
            ("mode = 'observe'", "mode = 'enforce'", (Some(Reason::RequestPath), vec![])),
            ("mode = 'observe'", "csrf.mode = 'enforce'", (Some(Reason::RequestPath), vec![])),
            ("csrf.enabled = false", "csrf.enabled = true", (Some(Reason::RequestPath), vec![])),
            ("mode = 'enforce'", "mode = 'off'", (Some(Reason::RequestPath), vec![])),
            ("mode = 'observe'", "csrf.enabled = false", (None, vec![Reason::RequestPath, Reason::CsrfCrossSite])),
            ("mode = 'off'", "mode = 'observe'", (None, vec![Reason::RequestPath])),
            ("mode = 'off'", "csrf.enabled = true", (None, vec![])),
        ] {
            for paths in ["refuse", "allow"] {
                let policy =
                    format!("ambiguous_paths = '{paths}'\n{everywhere}\n[[route]]\npath = '/admin/*'\n{route}");
                assert_eq!(admit(&policy, "/%61dmin/x", &cross_site), expected, "{policy}");
            }
        }
    }

    #[test]
    fn every_observing_guard_has_its_say() {
        let fields = [("cookie", "sid=1; sid=2"), ("sec-fetch-site", "cross-site"), ("content-length", "99999999999")];
        let (refused, observed) = admit("mode = 'observe'", "/a//b", &fields);
        assert_eq!(refused, None);
        assert_eq!(
            observed,
            [Reason::RequestPath, Reason::SessionDuplicateCookie, Reason::CsrfCrossSite, Reason::UploadRequestTooLarge]
        );
    }
}
