//! [`Exchange`]: one request and its response on their way through the guards.

use std::sync::Arc;

use crate::guards::Guards;
use crate::head::{RequestHead, ResponseHead};
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
    /// The path could be read in two ways.
    unreadable: Option<Refusal>,
    observed: Vec<Refusal>,
    notes: Notes,
    session: SessionMemo,
}

impl Exchange {
    pub(crate) fn new(guards: Arc<Guards>, head: &RequestHead<'_>, unreadable: Option<Refusal>) -> Self {
        Self {
            guards,
            site: head.site.clone(),
            unreadable,
            observed: Vec::new(),
            notes: Notes::default(),
            session: SessionMemo::default(),
        }
    }

    /// Lets every guard judge the head of the request, and edit it.
    ///
    /// # Errors
    /// The first refusal ends the walk. A refused request must be answered with [`Self::dress`]ed headers and nothing of
    /// it may reach the application.
    pub fn admit(&mut self, head: &mut RequestHead<'_>) -> Result<BodyPlan, Refusal> {
        let guards = Arc::clone(&self.guards);
        if guards.mode != Mode::Off
            && let Some(refusal) = self.unreadable.take()
        {
            self.weigh(guards.mode, Err(refusal), ())?;
        }
        crate::request::admit(head)?;
        guards.session.note_request(head, &mut self.notes);
        let verdict = guards.session.on_request(&mut self.session, head);
        self.weigh(guards.session.mode(), verdict, ())?;
        guards.csrf.note_request(head, &mut self.notes);
        self.weigh(guards.csrf.mode(), guards.csrf.on_request(head), ())?;
        self.weigh(guards.upload.mode(), guards.upload.on_request(head), BodyPlan::Pass { at_most: None })
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

    /// Lets every guard edit the head of the response, in reverse order. Refusals walk out the same way.
    pub fn dress(&mut self, head: &mut ResponseHead<'_>) {
        self.guards.session.note_response(head.fields, &mut self.notes);
        self.guards.session.on_response(&self.session, head, &self.site);
        self.guards.headers.on_response(head, &self.site);
    }

    /// A guard that observes lets the request go on with `otherwise`, and its refusal is kept.
    fn weigh<T>(&mut self, mode: Mode, verdict: Result<T, Refusal>, otherwise: T) -> Result<T, Refusal> {
        match (mode, verdict) {
            (Mode::Observe, Err(refusal)) => {
                self.observed.push(refusal);
                Ok(otherwise)
            }
            (_, verdict) => verdict,
        }
    }
}
