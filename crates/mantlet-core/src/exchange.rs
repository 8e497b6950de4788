//! [`Exchange`]: one request and its response on their way through the guards.

use std::sync::Arc;

use http::{Method, StatusCode, Uri};
use mantlet_fields::Fields;

use crate::mantlet::Guards;
use crate::note::{Note, Notes};
use crate::policy::Mode;
use crate::reason::Refusal;
use crate::session::SessionMemo;
use crate::site::Site;
use crate::upload::FormPlan;

/// The head of a request, as a guard may see and edit it.
#[derive(Debug)]
pub struct RequestHead<'a> {
    /// The method, exactly as sent.
    pub method: &'a Method,
    /// The target. Guards match on a normalised reading of its path.
    pub uri: &'a Uri,
    /// The header fields. Guards rename cookies back and drop what must not reach the application.
    pub fields: &'a mut Fields,
    /// Where the browser believes it is.
    pub site: &'a Site,
}

/// The head of a response, as a guard may see and edit it.
#[derive(Debug)]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub fields: &'a mut Fields,
}

/// What is to be done with the body of an admitted request.
#[derive(Debug)]
#[must_use]
pub enum BodyPlan {
    /// No guard judges it, but it must not be longer than this many bytes (`None`: any length).
    Pass {
        /// `[uploads] max_request_size`.
        at_most: Option<u64>,
    },
    /// It is a form: feed it to the judge; the application gets what the judge wrote, and only after the verdict.
    Form(Box<FormPlan>),
}

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
