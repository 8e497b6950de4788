//! A response on its way from the application.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{BodyDecoder, Decoded, Framing};

use super::connection::{Broken, Connection};
use super::idle::IdleConnections;
use super::sending::Sending;
use crate::proxy::wire::Wire;

/// The body of the application's response.
#[derive(Debug)]
pub(crate) enum UpstreamBody {
    Stream {
        /// `None` once the end was reached.
        receiving: Option<Box<Receiving>>,
        /// What the response's head said of its body; after HEAD and with 304 nothing follows.
        stated: Framing,
        length: Option<u64>,
    },
    /// The response is 101: what follows is not HTTP.
    Tunnel { wire: Option<Box<Wire>> },
}

impl UpstreamBody {
    pub(crate) fn stated(&self) -> Framing {
        match self {
            Self::Stream { stated, .. } => *stated,
            Self::Tunnel { .. } => Framing::None,
        }
    }
}

/// A response on its way from the application.
#[derive(Debug)]
pub(crate) struct Receiving {
    /// Where the connection goes if it can carry another request.
    pub(super) idle: Rc<IdleConnections>,
    pub(super) connection: Box<Connection>,
    pub(super) sending: Sending,
    pub(super) decoder: BodyDecoder,
    pub(super) persistent: bool,
    /// For the next piece. `None`: an event stream, which may be silent for as long as it likes.
    pub(super) timeout: Option<Duration>,
    /// We wait for the application, and the deadline is set. Only bytes of the body move it: chunk headers alone could keep
    /// coming for ever.
    pub(super) is_awaited: bool,
}

impl Receiving {
    pub(super) fn into_body(self, stated: Framing) -> UpstreamBody {
        let length = match stated {
            _ if self.decoder.is_done() => Some(0),
            Framing::Length(length) => Some(length),
            _ => None,
        };
        let mut body = UpstreamBody::Stream { receiving: Some(Box::new(self)), stated, length };
        body.finish_if_done();
        body
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        let broken = |what: String| Poll::Ready(Some(Err(Refusal::new(Reason::UpstreamMalformed, what))));
        // An application may answer while it still reads.
        if !self.sending.is_done(&self.connection.wire) {
            let timeout = self.timeout.unwrap_or(Duration::MAX);
            match self.sending.poll_send(cx, &mut self.connection, timeout) {
                // The request turned out to be one that is refused, so its answer must not go out as if it were not.
                Poll::Ready(Err(Broken::Refused(refusal))) => return Poll::Ready(Some(Err(refusal))),
                // It has closed its reading side. The answer that it may have given before still counts.
                Poll::Ready(Err(Broken::Silent)) => {
                    self.sending.body = None;
                    self.persistent = false;
                }
                Poll::Ready(Ok(())) | Poll::Pending => {}
            }
        }
        loop {
            match self.decoder.decode(&mut self.connection.wire.input) {
                Ok(Decoded::Data(data)) => {
                    self.is_awaited = false;
                    return Poll::Ready(Some(Ok(data)));
                }
                Ok(Decoded::End) => return Poll::Ready(None),
                Ok(Decoded::NeedMore) => {}
                Err(error) => return broken(error.to_string()),
            }
            match self.connection.wire.poll_fill(cx) {
                Poll::Ready(Ok(0)) => match self.decoder.end_of_input() {
                    Ok(()) => {}
                    Err(error) => return broken(error.to_string()),
                },
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return broken(error.to_string()),
                Poll::Pending => {
                    self.wait();
                    ready!(self.connection.deadline.poll_due(cx));
                    return Poll::Ready(Some(Err(Refusal::new(Reason::UpstreamTimeout, "the response stopped"))));
                }
            }
        }
    }

    /// Waits for the application, unless it is waited for already.
    fn wait(&mut self) {
        match self.timeout {
            _ if std::mem::replace(&mut self.is_awaited, true) => {}
            Some(timeout) => self.connection.deadline.set(timeout),
            None => self.connection.deadline.clear(),
        }
    }

    /// The response has ended: keeps the connection if it can carry another request.
    fn finish(self) {
        if !self.persistent || !self.sending.is_done(&self.connection.wire) {
            return;
        }
        if self.connection.wire.input.is_empty() {
            self.idle.keep(self.connection);
        } else {
            // Bytes behind the response are a response to nothing: the next request must not get them.
            self.idle.distrust();
        }
    }
}

impl UpstreamBody {
    fn finish_if_done(&mut self) {
        if let Self::Stream { receiving, .. } = self
            && let Some(done) = receiving.take_if(|receiving| receiving.decoder.is_done())
        {
            done.finish();
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let Self::Stream { receiving: Some(receiving), .. } = &mut *self else {
            return Poll::Ready(None);
        };
        let data = ready!(receiving.poll_data(cx));
        self.finish_if_done();
        Poll::Ready(data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Stream { receiving: None, .. } | Self::Tunnel { .. })
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Stream { length: Some(length), .. } => SizeHint::with_exact(*length),
            _ => SizeHint::default(),
        }
    }
}
