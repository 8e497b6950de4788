//! [`Http2Body`]: the body of a request as h2 hands it out.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use mantlet_core::{Reason, Refusal};

use super::responder::Responder;
use super::window::Window;
use crate::proxy::pace::Pace;

/// The body of a request over HTTP/2.
#[derive(Debug)]
pub(crate) struct Http2Body {
    pub(crate) incoming: RecvStream,
    pub(crate) length: Option<u64>,
    /// A client that waits until it is invited to send it, as long as it was not.
    pub(crate) inviting: Option<Responder>,
    pub(crate) window: Rc<Window>,
    pub(crate) pace: Pace,
}

impl Http2Body {
    /// The next bytes of the body. `None`: that was all.
    pub(crate) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        if let Some(responder) = self.inviting.take() {
            responder.invite();
        }
        match self.incoming.poll_data(cx) {
            Poll::Ready(Some(Ok(data))) => {
                // It cannot be more than has come.
                let _ = self.incoming.flow_control().release_capacity(data.len());
                self.window.read(data.len());
                self.pace.received(data.len());
                Poll::Ready(Some(Ok(data)))
            }
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(Refusal::new(Reason::RequestMalformed, error.to_string()))))
            }
            // Trailers go no further.
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(self.pace.poll_too_slow(cx));
                Poll::Ready(Some(Err(Reason::RequestTimeout.into())))
            }
        }
    }
}
