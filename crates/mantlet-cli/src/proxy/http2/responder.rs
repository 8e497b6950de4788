//! [`Responder`]: what a request is answered with, until it is.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll};

use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{Response, StatusCode};

use super::piece::Piece;

/// Whoever still has to say something to a client: invite its body in, or answer.
#[derive(Clone)]
pub(super) struct Responder(Rc<RefCell<Option<SendResponse<Piece>>>>);

impl Responder {
    pub(super) fn new(respond: SendResponse<Piece>) -> Self {
        Self(Rc::new(RefCell::new(Some(respond))))
    }

    /// Invites a client that waits with its body to send it (RFC 9110, section 10.1.1). Once there is an answer, that says
    /// enough.
    pub(super) fn invite(&self) {
        if let Some(respond) = &mut *self.0.borrow_mut() {
            let mut invitation = Response::new(());
            *invitation.status_mut() = StatusCode::CONTINUE;
            // Who cannot be told will not send it either.
            let _ = respond.send_informational(invitation);
        }
    }

    /// Begins the answer. `None`: nobody wants it.
    pub(super) fn answer(&self, head: Response<()>, is_all: bool) -> Option<SendStream<Piece>> {
        self.0.borrow_mut().take()?.send_response(head, is_all).ok()
    }

    /// Says that nothing was done about the request, and no more than that (RFC 9113, section 8.7).
    pub(super) fn refuse(&self) {
        if let Some(mut respond) = self.0.borrow_mut().take() {
            respond.send_reset(Reason::REFUSED_STREAM);
        }
    }

    /// Ready when the client has taken its request back.
    pub(super) fn poll_taken_back(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut *self.0.borrow_mut() {
            Some(respond) => respond.poll_reset(cx).map(drop),
            None => Poll::Pending,
        }
    }
}

impl std::fmt::Debug for Responder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}
