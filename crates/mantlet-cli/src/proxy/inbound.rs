//! [`Inbound`]: the reading side of an HTTP/1.1 connection, while a request's body is on it.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{BodyDecoder, CONTINUE, Decoded, Framing, Limits};

use super::buffers::Expected;
use super::pace::Pace;
use super::wire::Wire;

/// What is read from, and how far the body on it is.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) wire: Wire,
    decoder: BodyDecoder,
    invitation: Invitation,
    broken: Option<Refusal>,
    pace: Option<Pace>,
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
        Self { wire, decoder, invitation: Invitation::None, broken: None, pace: None }
    }

    /// Begins the body of the next request.
    pub(crate) fn begin(&mut self, framing: Framing, limits: &Limits, awaits_invitation: bool, pace: Pace) {
        self.decoder = BodyDecoder::new(framing, limits);
        self.invitation = if awaits_invitation { Invitation::Awaited } else { Invitation::None };
        self.pace = Some(pace);
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
            self.wire.output.extend_from_slice(CONTINUE);
        }
        if self.invitation == Invitation::Sending {
            ready!(self.wire.poll_flush(cx, |_| {})).map_err(|error| gone(&error))?;
            self.invitation = Invitation::None;
        }
        loop {
            match self.decoder.decode(&mut self.wire.input) {
                Ok(Decoded::Data(data)) => {
                    if let Some(pace) = &mut self.pace {
                        pace.received(data.len());
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
                Poll::Pending => {
                    if let Some(pace) = &mut self.pace {
                        ready!(pace.poll_too_slow(cx));
                        return Poll::Ready(Some(Err(Reason::RequestTimeout.into())));
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

fn cut_short() -> Refusal {
    Refusal::new(Reason::RequestMalformed, "the client went away before the body was complete")
}

fn gone(error: &std::io::Error) -> Refusal {
    Refusal::new(Reason::RequestMalformed, format!("the client went away: {error}"))
}
