//! [`ClientBody`]: the body of a request as a client sends it, over HTTP/1.1 or HTTP/2.
//!
//! It arrives at its own pace but not at any: [`Patience`] has an end.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use h2::RecvStream;
use http_body::{Body, Frame, SizeHint};
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{BodyDecoder, CONTINUE, Decoded, Framing, Limits};

use super::buffers::Expected;
use super::http2::{Responder, Window};
use super::patience::Patience;
use super::watch::{Ticker, Watch};
use super::wire::Wire;

/// The body of a request.
#[derive(Debug)]
pub(crate) enum ClientBody {
    /// None came.
    Empty,
    /// It is read from the connection.
    Http1 { inbound: Rc<RefCell<Inbound>>, length: Option<u64> },
    /// It is read from a stream. In a box, since it is large, and every request moves what it could have.
    Http2(Box<Http2Body>),
}

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

/// The reading side of an HTTP/1.1 connection while a request's body is on it.
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

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
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

impl Http2Body {
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
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

impl Body for ClientBody {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Http1 { inbound, .. } => {
                inbound.borrow_mut().poll_data(cx).map(|data| data.map(|data| data.map(Frame::data)))
            }
            Self::Http2(body) => body.poll_data(cx).map(|data| data.map(|data| data.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Http1 { inbound, .. } => inbound.borrow().is_complete(),
            Self::Http2(body) => body.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let length = match self {
            Self::Empty => Some(0),
            Self::Http1 { length, .. } => *length,
            Self::Http2(body) => body.length,
        };
        length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// How fast a body has to arrive.
#[derive(Debug)]
pub(crate) struct Pace {
    watch: Watch,
    patience: Patience,
    /// Where the bytes are counted, for the log as well.
    received: Rc<Cell<u64>>,
    ticker: Rc<Ticker>,
}

impl Pace {
    pub(crate) fn new(ticker: &Rc<Ticker>, between_reads: Duration, received: Rc<Cell<u64>>) -> Self {
        Self { watch: Watch::new(ticker), patience: Patience::new(between_reads), received, ticker: Rc::clone(ticker) }
    }

    fn received(&mut self, bytes: usize) {
        self.received.set(self.received.get().saturating_add(bytes as u64));
        self.patience.moved(bytes, self.ticker.now());
    }

    fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(ticks) = self.patience.wait(self.ticker.now()) {
            self.watch.set_ticks(ticks);
        }
        self.watch.poll_due(cx)
    }
}

fn cut_short() -> Refusal {
    Refusal::new(Reason::RequestMalformed, "the client went away before the body was complete")
}

fn gone(error: &std::io::Error) -> Refusal {
    Refusal::new(Reason::RequestMalformed, format!("the client went away: {error}"))
}
