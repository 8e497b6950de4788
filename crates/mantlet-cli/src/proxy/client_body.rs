//! [`ClientBody`]: the body of a request, over whichever protocol a client sends it.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use mantlet_core::Refusal;

use super::inbound::Inbound;

/// The body of a request.
pub(crate) enum ClientBody {
    /// None came.
    Empty,
    /// It is read from the connection.
    Http1 { inbound: Rc<RefCell<Inbound>>, length: Option<u64> },
    /// It is read from a stream. Boxed, since it is large, and every request is moved with room for any kind of body.
    Http2(Pin<Box<dyn Body<Data = Bytes, Error = Refusal>>>),
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
            Self::Http2(body) => body.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Http1 { inbound, .. } => inbound.borrow().is_complete(),
            Self::Http2(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Http1 { length, .. } => length.map_or_else(SizeHint::default, SizeHint::with_exact),
            Self::Http2(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for ClientBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Http1 { .. } => "Http1",
            Self::Http2(_) => "Http2",
        })
    }
}
