//! Closing in a way that lets the client read the last response.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use super::connection::Http1;
use crate::proxy::deadline::Deadline;

/// How long a client may take to let us say the end; and how long one that was refused may pause between two pieces of the body
/// that nobody wants any more.
const LINGER: Duration = Duration::from_secs(2);

/// How long it may go on sending in all.
const LINGER_IN_ALL: Duration = Duration::from_secs(30);

/// How much of a body that nobody wants is read while lingering. Browsers read no answer before they have sent all of
/// an upload, and show an error of their own when they cannot: this is four times the largest upload of the default policy.
const DISCARDED: usize = 64 * 1024 * 1024;

impl Http1 {
    /// Over TLS, says that this is the end: an answer that lasts as long as its connection could otherwise have been cut short
    /// by anybody on the way (RFC 8446, section 6.1).
    pub(super) async fn close(self) {
        self.deadline.set(LINGER);
        poll_fn(|cx| match self.inbound.borrow_mut().wire.poll_shutdown(cx) {
            Poll::Ready(_) => Poll::Ready(()),
            Poll::Pending => self.deadline.poll_due(cx),
        })
        .await;
    }

    /// Closing at once, with bytes unread, would reset the connection and take the response with it.
    pub(super) async fn linger(self) {
        let in_all = Deadline::new(&self.worker.ticker);
        in_all.set(LINGER_IN_ALL);
        self.deadline.set(LINGER);
        let mut discarded = 0_usize;
        poll_fn(|cx| {
            let wire = &mut self.inbound.borrow_mut().wire;
            let _ = wire.poll_shutdown(cx);
            while discarded < DISCARDED {
                wire.input.clear();
                match wire.poll_fill(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                    Poll::Ready(Ok(read)) => {
                        discarded = discarded.saturating_add(read);
                        self.deadline.set(LINGER);
                    }
                    Poll::Pending => {
                        let is_due = self.deadline.poll_due(cx).is_ready() || in_all.poll_due(cx).is_ready();
                        return if is_due { Poll::Ready(()) } else { Poll::Pending };
                    }
                }
            }
            Poll::Ready(())
        })
        .await;
    }
}
