//! [`Responder`]: the way to answer a request, until it is answered.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll};

use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{Response, StatusCode};

use super::piece::Piece;

/// Shared by those who may still say something to the client: `100 Continue` when its body is wanted, or the answer.
#[derive(Clone)]
pub(super) struct Responder(Rc<RefCell<Option<SendResponse<Piece>>>>);

impl Responder {
    pub(super) fn new(respond: SendResponse<Piece>) -> Self {
        Self(Rc::new(RefCell::new(Some(respond))))
    }

    /// Sends `100 Continue`, which a client that holds its body back waits for (RFC 9110, section 10.1.1). Does nothing once
    /// the answer has begun.
    pub(super) fn invite(&self) {
        if let Some(respond) = &mut *self.0.borrow_mut() {
            let mut invitation = Response::new(());
            *invitation.status_mut() = StatusCode::CONTINUE;
            // If it cannot be sent, the body will not come either, and reading it tells.
            let _ = respond.send_informational(invitation);
        }
    }

    /// Begins the answer. `None`: the client has cancelled the request.
    pub(super) fn answer(&self, head: Response<()>, is_all: bool) -> Option<SendStream<Piece>> {
        self.0.borrow_mut().take()?.send_response(head, is_all).ok()
    }

    /// Says that nothing was done about the request, and no more than that (RFC 9113, section 8.7).
    pub(super) fn refuse(&self) {
        if let Some(mut respond) = self.0.borrow_mut().take() {
            respond.send_reset(Reason::REFUSED_STREAM);
        }
    }

    /// Ready when the client has cancelled its request.
    pub(super) fn poll_cancelled(&self, cx: &mut Context<'_>) -> Poll<()> {
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
