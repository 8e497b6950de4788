//! [`Http1`]: a connection, and what can be waited for on it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mantlet::pool::Share;
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{Framing, RequestHead, RequestParser};

use crate::proxy::access_log::Line;
use crate::proxy::body_deadline::BodyDeadline;
use crate::proxy::buffers::Expected;
use crate::proxy::client_body::ClientBody;
use crate::proxy::data_rate::DataRate;
use crate::proxy::deadline::Deadline;
use crate::proxy::inbound::Inbound;
use crate::proxy::peer::Peer;
use crate::proxy::refused;
use crate::proxy::socket::Socket;
use crate::proxy::wire::Wire;
use crate::proxy::worker::Worker;

/// How long a client that closed its side may wait for an answer.
const HALF_CLOSED: Duration = Duration::from_secs(10);

/// One connection of a client.
pub(super) struct Http1 {
    pub(super) worker: Rc<Worker>,
    /// Shared with the body of the request that is answered.
    pub(super) inbound: Rc<RefCell<Inbound>>,
    pub(super) parser: RequestParser,
    pub(super) deadline: Deadline,
    /// How fast the client takes responses.
    pub(super) rate: DataRate,
    pub(super) peer: Peer,
    pub(super) half_closed: bool,
}

/// How a connection ended.
pub(super) enum Ended {
    /// There is nobody to say anything to, or what was begun cannot be completed.
    Gone,
    /// There is nothing more to say.
    Closed,
    /// The client may still be sending; it should get to read the last response.
    Lingering,
    /// A WebSocket begins.
    Tunnel(Box<Wire>, Option<Share>),
}

impl Http1 {
    pub(super) fn new(worker: &Rc<Worker>, socket: Socket, peer: Peer) -> Self {
        Self {
            inbound: Rc::new(RefCell::new(Inbound::new(Wire::new(socket, &worker.buffers)))),
            parser: RequestParser::new(worker.limits),
            deadline: Deadline::new(&worker.ticker),
            rate: DataRate::new(worker.settings.body_timeout),
            worker: Rc::clone(worker),
            peer,
            half_closed: false,
        }
    }

    /// Reads the next head, for whose first byte we wait as long as `timeout`. `None`: the client has left, or had
    /// nothing more to say.
    pub(super) async fn next_head(&mut self, timeout: Duration) -> Result<Option<RequestHead>, Refusal> {
        let for_the_head = self.worker.settings.header_timeout;
        self.inbound.borrow_mut().wire.expect(Expected::Head);
        let mut begun = self.parser.has_begun(&self.inbound.borrow().wire.input);
        if begun {
            self.deadline.set(for_the_head);
        } else {
            self.deadline.set_idle(timeout);
        }
        poll_fn(|cx| {
            let wire = &mut self.inbound.borrow_mut().wire;
            loop {
                match self.parser.parse(&mut wire.input) {
                    Ok(Some(head)) => return Poll::Ready(Ok(Some(head))),
                    Ok(None) => {}
                    Err(error) => return Poll::Ready(Err(refused::unreadable(error.kind, error.to_string()))),
                }
                match wire.poll_fill(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Ok(None)),
                    Poll::Ready(Ok(_)) => {
                        if !std::mem::replace(&mut begun, true) {
                            self.deadline.set(for_the_head);
                        }
                    }
                    Poll::Pending => {
                        ready!(self.deadline.poll_due(cx));
                        return Poll::Ready(if begun { Err(Reason::RequestTimeout.into()) } else { Ok(None) });
                    }
                }
            }
        })
        .await
    }

    /// The body that follows a head.
    pub(super) fn body(&self, head: &RequestHead, line: &mut Line) -> ClientBody {
        if head.framing.is_empty() {
            return ClientBody::Empty;
        }
        let deadline = BodyDeadline::new(&self.worker.ticker, self.worker.settings.body_timeout, line.counter());
        self.inbound.borrow_mut().begin(head.framing, &self.worker.limits, head.expects_continue, deadline);
        let length = match head.framing {
            Framing::Length(length) => Some(length),
            _ => None,
        };
        ClientBody::Http1 { inbound: Rc::clone(&self.inbound), length }
    }

    /// Ready when the client is gone while it should be waiting for us.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let mut inbound = self.inbound.borrow_mut();
        // While the body is read, its reader notices; and what waits in the buffer is the next request.
        if !self.half_closed && inbound.is_complete() && inbound.wire.input.is_empty() {
            // Until it says something, others may need the buffer.
            inbound.wire.rest();
            match ready!(inbound.wire.poll_fill(cx)) {
                Ok(0) => {
                    // It may have closed its side only, and still want the answer. It gets it if that comes soon.
                    self.half_closed = true;
                    self.deadline.set(HALF_CLOSED);
                }
                Ok(_) => return Poll::Pending,
                Err(error) => return Poll::Ready(error),
            }
        }
        if self.half_closed {
            ready!(self.deadline.poll_due(cx));
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        Poll::Pending
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (now, between_writes) = (self.worker.ticker.now(), self.worker.settings.body_timeout);
        let flushed = self.inbound.borrow_mut().wire.poll_flush(cx, |taken| {
            self.rate.moved(taken, now);
            self.deadline.set(between_writes);
        });
        if flushed.is_pending() {
            if let Some(ticks) = self.rate.wait(now) {
                self.deadline.set_ticks(ticks);
            }
            ready!(self.deadline.poll_due(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        flushed
    }
}
