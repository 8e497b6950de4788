//! [`LoggedBody`]: a response on its way to an HTTP/2 client.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};

use super::streams::Stream;
use crate::proxy::access_log::Line;
use crate::proxy::worker::Outgoing;

/// A response's body, counted. Its line in the log is written when it has ended, or was dropped.
pub(super) struct LoggedBody {
    body: Outgoing,
    line: Line,
    stream: Stream,
}

impl LoggedBody {
    pub(super) fn wrap(
        mut response: Response<Outgoing>,
        to_head: bool,
        mut line: Line,
        stream: Stream,
    ) -> Response<Self> {
        if to_head {
            silence(&mut response);
        } else if response.status() == StatusCode::NO_CONTENT {
            // RFC 9110, section 8.6.
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        stream.waits_for_client();
        line.answered(response.status());
        response.map(|body| Self { body, line, stream })
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
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        // It is polled only while the client gives a window: once it has data, it is the client's turn.
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Pending => self.stream.waits_for_application(),
            Poll::Ready(_) => self.stream.waits_for_client(),
        }
        match frame {
            Poll::Ready(Some(Ok(frame))) => {
                self.line.sent(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(refusal))) => {
                self.line.broken_off(refusal);
                Poll::Ready(Some(Err(io::ErrorKind::Other.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
