//! [`LoggedBody`]: a response on its way to an HTTP/2 client, in [`Piece`]s that tell when they have left.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use mantlet::Answer;

use super::streams::Stream;
use crate::proxy::access_log::Line;
use crate::proxy::worker::Outgoing;

/// A response's body, counted. Its line in the log is written when it has ended, or was dropped.
pub(super) struct LoggedBody {
    body: Outgoing,
    line: Line,
    stream: Rc<Stream>,
}

/// What h2 has of a response. It keeps it until the client has given a window, and the network has taken it.
pub(super) struct Piece {
    bytes: Bytes,
    stream: Rc<Stream>,
}

impl LoggedBody {
    pub(super) fn wrap(answer: Answer<Outgoing>, to_head: bool, mut line: Line, stream: Stream) -> Response<Self> {
        let mut response = Response::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = HeaderMap::from(&answer.fields);
        if to_head {
            silence(&mut response);
        } else if response.status() == StatusCode::NO_CONTENT {
            // RFC 9110, section 8.6.
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        stream.answered();
        line.answered(response.status());
        response.map(|body| Self { body, line, stream: Rc::new(stream) })
    }
}

/// The answer to HEAD says how long its body would have been, and has none (RFC 9110, section 9.3.2).
fn silence(response: &mut Response<Outgoing>) {
    if response.body().is_end_stream() {
        return;
    }
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    *response.body_mut() = Outgoing::Refusal { page: None };
}

impl Body for LoggedBody {
    type Data = Piece;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Piece>>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                // There are no trailers: our codec drops them.
                let bytes = frame.into_data().unwrap_or_default();
                self.line.sent(bytes.len());
                self.stream.hands_over(bytes.len());
                let stream = Rc::clone(&self.stream);
                Poll::Ready(Some(Ok(Frame::data(Piece { bytes, stream }))))
            }
            Poll::Ready(Some(Err(refusal))) => {
                self.line.broken_off(refusal);
                Poll::Ready(Some(Err(io::ErrorKind::Other.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                self.stream.waits_for_application();
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.stream.taken(count);
    }
}

/// The client may not have wanted the rest.
impl Drop for Piece {
    fn drop(&mut self) {
        self.stream.taken(self.bytes.len());
    }
}
