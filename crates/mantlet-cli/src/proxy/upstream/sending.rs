//! A request's body on its way to the application.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::Body;
use mantlet::RequestBody;
use mantlet_core::Refusal;
use mantlet_http1::Framing;

use super::connection::{Broken, Connection};
use crate::proxy::client_body::ClientBody;
use crate::proxy::wire::Wire;

/// Small pieces of a body are gathered up to this size.
const GATHERED: usize = 16 * 1024;

/// A request on its way to the application.
#[derive(Debug)]
pub(super) struct Sending {
    /// `None` once all of it was taken.
    pub(super) body: Option<RequestBody<ClientBody>>,
    pub(super) framing: Framing,
    /// Whether the connection can be used again even if the application left the body unread, and would then take it for its
    /// next request: there is no body, or it is our own canonical form, which begins with a boundary or an encoded name.
    pub(super) is_safe_unread: bool,
}

impl Sending {
    pub(super) fn is_done(&self, wire: &Wire) -> bool {
        self.body.is_none() && wire.output.is_flushed()
    }

    /// Ready when the request was sent, or cannot be.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Connection,
        timeout: Duration,
    ) -> Poll<Result<(), Broken>> {
        let Connection { wire, deadline, .. } = connection;
        loop {
            // What is here already goes out together, head first: clients choose how small their chunks are, and must not
            // choose how many system calls they cost.
            while wire.output.takes_a_piece() && wire.output.copied.len() < GATHERED {
                match self.body.as_mut().map(|body| Pin::new(body).poll_frame(cx)) {
                    Some(Poll::Ready(Some(Ok(frame)))) => {
                        wire.output.push(frame.into_data().unwrap_or_default(), self.framing);
                    }
                    Some(Poll::Ready(Some(Err(error)))) => return Poll::Ready(Err(Refusal::from(error).into())),
                    Some(Poll::Ready(None)) => {
                        self.body = None;
                        wire.output.end_body(self.framing);
                    }
                    Some(Poll::Pending) | None => break,
                }
            }
            if wire.output.is_flushed() {
                return if self.body.is_none() { Poll::Ready(Ok(())) } else { Poll::Pending };
            }
            match wire.poll_flush(cx, |_| deadline.set(timeout)) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Err(Broken::Silent)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
