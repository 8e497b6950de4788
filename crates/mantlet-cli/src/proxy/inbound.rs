//! [`Inbound`]: an HTTP/1.1 connection of a client, and the body of a request that is on it.
//!
//! Two have it, in one task. `Http1` reads heads from it and writes responses to it. The request's [`ClientBody`] reads the body;
//! it goes with the request to whoever wants the body, and may still be read while the response is written, for an application
//! may answer before it has read all. Hence `Rc` and `RefCell`. The connection cannot be parted into halves, since reading writes,
//! too (the invitation to send a body; over TLS, anything). A channel between the two would cost a move of every piece, and would
//! need somebody to fill it.
//!
//! **No two borrows meet.** A borrow lasts for one call into `Inbound` or `Wire`, or for one look at the socket, and none of these
//! polls anything of somebody else's. Whatever could read the body is polled in two places of `http1` and nowhere else, both
//! without a borrow: the exchange with the application (`Http1::exchange`), and the body of its response (`Http1::send_body`).
//!
//! **`Http1` is the last to have it.** Exchange and response, and with them the `ClientBody`, are dropped before the next head is
//! read and before a tunnel takes the connection.
//!
//! [`ClientBody`]: super::client_body::ClientBody

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{BodyDecoder, CONTINUE, Decoded, Framing, Limits};

use super::body_deadline::BodyDeadline;
use super::buffers::Expected;
use super::wire::Wire;

/// The connection, and how far the body on it is.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) wire: Wire,
    decoder: BodyDecoder,
    invitation: Invitation,
    broken: Option<Refusal>,
    deadline: Option<BodyDeadline>,
}

/// Some clients hold a body back until they are invited to send it (RFC 9110, section 10.1.1). They are invited when
/// somebody first asks for the body, which is after the guards have judged the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Invitation {
    None,
    Awaited,
    Sending,
}

impl Inbound {
    pub(crate) fn new(wire: Wire) -> Self {
        let decoder = BodyDecoder::new(Framing::None, &Limits::default());
        Self { wire, decoder, invitation: Invitation::None, broken: None, deadline: None }
    }

    /// Begins the body of the next request.
    pub(crate) fn begin(&mut self, framing: Framing, limits: &Limits, awaits_invitation: bool, deadline: BodyDeadline) {
        self.decoder = BodyDecoder::new(framing, limits);
        self.invitation = if awaits_invitation { Invitation::Awaited } else { Invitation::None };
        self.deadline = Some(deadline);
        self.wire.expect(Expected::Body);
    }

    /// Whether the whole body was taken off the connection: only then can another request follow.
    pub(crate) fn is_complete(&self) -> bool {
        self.broken.is_none() && self.decoder.is_done()
    }

    /// The response begins. An invitation inside of it would be read as part of it.
    pub(crate) fn withdraw_invitation(&mut self) {
        if std::mem::replace(&mut self.invitation, Invitation::None) != Invitation::None {
            self.broken = Some(Refusal::new(Reason::RequestMalformed, "answered before the body was invited in"));
        }
    }

    /// The next bytes of the body. `None`: that was all.
    pub(crate) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        if let Some(refusal) = &self.broken {
            return Poll::Ready(Some(Err(refusal.clone())));
        }
        let read = ready!(self.poll_decoded(cx));
        if let Some(Err(refusal)) = &read {
            self.broken = Some(refusal.clone());
        }
        Poll::Ready(read)
    }

    fn poll_decoded(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        if self.invitation == Invitation::Awaited {
            self.invitation = Invitation::Sending;
            self.wire.output.copied.extend_from_slice(CONTINUE);
        }
        if self.invitation == Invitation::Sending {
            match self.wire.poll_flush(cx, |_| {}) {
                Poll::Ready(flushed) => flushed.map_err(|error| gone(&error))?,
                // Earlier answers wait to be sent as well: the client is not reading.
                Poll::Pending => return self.poll_too_slow(cx),
            }
            self.invitation = Invitation::None;
        }
        loop {
            match self.decoder.decode(&mut self.wire.input) {
                Ok(Decoded::Data(data)) => {
                    if let Some(deadline) = &mut self.deadline {
                        deadline.received(data.len());
                    }
                    return Poll::Ready(Some(Ok(data)));
                }
                Ok(Decoded::End) => return Poll::Ready(None),
                Ok(Decoded::NeedMore) => {}
                Err(error) => return Poll::Ready(Some(Err(Refusal::new(Reason::RequestMalformed, error.to_string())))),
            }
            match self.wire.poll_fill(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Some(Err(cut_short()))),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(gone(&error)))),
                Poll::Pending => return self.poll_too_slow(cx),
            }
        }
    }

    fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        let Some(deadline) = &mut self.deadline else { return Poll::Pending };
        deadline.poll_too_slow(cx).map(|()| Some(Err(Reason::RequestTimeout.into())))
    }
}

fn cut_short() -> Refusal {
    Refusal::new(Reason::RequestMalformed, "the client went away before the body was complete")
}

fn gone(error: &std::io::Error) -> Refusal {
    Refusal::new(Reason::RequestMalformed, format!("the client went away: {error}"))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::task::Waker;
    use std::time::Duration;

    use tokio::net::UnixStream;

    use super::*;
    use crate::proxy::buffers::Buffers;
    use crate::proxy::deadline::Ticker;
    use crate::proxy::socket::Socket;

    #[tokio::test]
    async fn a_client_that_does_not_take_its_invitation_is_given_up() {
        let (socket, _client) = UnixStream::pair().unwrap();
        socket.writable().await.unwrap();
        while socket.try_write(b"the answer before").is_ok() {}
        let ticker = Rc::new(Ticker::default());
        let mut inbound = Inbound::new(Wire::new(Socket::Unix(socket), &Rc::new(Buffers::default())));
        let deadline = BodyDeadline::new(&ticker, Duration::from_secs(1), Rc::default());
        inbound.begin(Framing::Length(1), &Limits::default(), true, deadline);
        let mut poll = || inbound.poll_data(&mut Context::from_waker(Waker::noop()));
        assert!(poll().is_pending());
        for _ in 0..11 {
            ticker.tick();
        }
        let Poll::Ready(Some(Err(refusal))) = poll() else { panic!("it is waited for") };
        assert_eq!(refusal.reason, Reason::RequestTimeout);
    }
}
