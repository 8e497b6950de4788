//! [`ClientBody`]: the body of a request, over whichever protocol a client sends it.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use mantlet_core::Refusal;

use super::http1::inbound::Inbound;
use super::http2::body::Http2Body;

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
