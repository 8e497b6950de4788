//! [`Http2Body`]: the body of a request as h2 hands it out.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http_body::{Body, Frame, SizeHint};
use mantlet_core::{Reason, Refusal};

use super::responder::Responder;
use super::window::Window;
use crate::proxy::body_deadline::BodyDeadline;

/// The body of a request over HTTP/2.
#[derive(Debug)]
pub(super) struct Http2Body {
    pub(super) incoming: RecvStream,
    pub(super) length: Option<u64>,
    /// A client that waits until it is invited to send it, as long as it was not.
    pub(super) inviting: Option<Responder>,
    pub(super) window: Rc<Window>,
    pub(super) deadline: BodyDeadline,
}

impl Body for Http2Body {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let this = self.get_mut();
        if let Some(responder) = this.inviting.take() {
            responder.invite();
        }
        match this.incoming.poll_data(cx) {
            Poll::Ready(Some(Ok(data))) => {
                // It cannot be more than has come.
                let _ = this.incoming.flow_control().release_capacity(data.len());
                this.window.read(data.len());
                this.deadline.received(data.len());
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(Refusal::new(Reason::RequestMalformed, error.to_string()))))
            }
            // Trailers go no further.
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(this.deadline.poll_too_slow(cx));
                Poll::Ready(Some(Err(Reason::RequestTimeout.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
