//! An answer on its way to an HTTP/2 client, one [`Piece`] after the other.
//!
//! h2 buffers what it is given until the client's window and the network let it leave. So it is given the next piece when
//! the last has left, and what the application sends meanwhile stays in its socket, as over HTTP/1.1. Otherwise an event
//! stream that nobody reads would grow in memory without end.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::{Reason, SendStream};
use http::{HeaderMap, Response, StatusCode, header};
use http_body::Body;
use mantlet::Answer;
use mantlet_core::Refusal;

use super::piece::Piece;
use super::responder::Responder;
use super::streams::Stream;
use crate::proxy::access_log::Line;
use crate::proxy::buffers::Buffers;
use crate::proxy::refused;
use crate::proxy::worker::Outgoing;

/// What has to be known of a request to answer it. Its line in the log is written when the answer has ended.
pub(super) struct Answering {
    pub(super) to_head: bool,
    pub(super) line: Line,
    pub(super) stream: Stream,
    pub(super) buffers: Rc<Buffers>,
}

impl Answering {
    /// Sends an answer to its end, or as much of it as there is and the client wants.
    pub(super) async fn send(self, answer: Answer<Outgoing>, responder: &Responder) {
        let Self { to_head, mut line, mut stream, buffers } = self;
        let mut head = Response::new(());
        *head.status_mut() = answer.status;
        *head.headers_mut() = HeaderMap::from(&answer.fields);
        let mut body = answer.body;
        state_length(&mut head, &body);
        let is_all = to_head || body.is_end_stream();
        stream.answered();
        line.answered(answer.status);
        let Some(mut to) = responder.answer(head, is_all) else { return };
        if is_all {
            return;
        }
        let stream = Rc::new(stream);
        loop {
            let bytes = match next(&mut body, &stream, &mut to).await {
                Next::Bytes(bytes) => bytes,
                Next::End => Bytes::new(),
                Next::BrokenOff(refusal) => {
                    line.broken_off(refusal);
                    return to.send_reset(Reason::INTERNAL_ERROR);
                }
                Next::Cancelled => break,
            };
            let is_last = bytes.is_empty() || body.is_end_stream();
            line.sent(bytes.len());
            let piece = Piece::new(bytes, &stream, &buffers);
            if to.send_data(piece, is_last).is_err() {
                break;
            }
            if is_last {
                poll_fn(|cx| poll_all_left(cx, &stream, &mut to).map(drop)).await;
                break;
            }
        }
        if stream.is_given_up() {
            line.broken_off(refused::untaken());
        }
    }
}

/// What follows in an answer.
enum Next {
    Bytes(Bytes),
    End,
    /// It cannot be completed.
    BrokenOff(Refusal),
    Cancelled,
}

/// The next bytes of a body, when those before have left.
async fn next(body: &mut Outgoing, stream: &Stream, to: &mut SendStream<Piece>) -> Next {
    poll_fn(|cx| {
        if ready!(poll_all_left(cx, stream, to)).is_err() {
            return Poll::Ready(Next::Cancelled);
        }
        loop {
            // There are no trailers: our codec drops them.
            let next = match ready!(Pin::new(&mut *body).poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                Some(Err(refusal)) => return Poll::Ready(Next::BrokenOff(refusal)),
                None => return Poll::Ready(Next::End),
            };
            if !next.is_empty() {
                return Poll::Ready(Next::Bytes(next));
            }
        }
    })
    .await
}

/// Ready when all that was handed over has left; with an error when the client has cancelled its request, or is gone.
fn poll_all_left(cx: &mut Context<'_>, stream: &Stream, to: &mut SendStream<Piece>) -> Poll<Result<(), Cancelled>> {
    match to.poll_reset(cx) {
        Poll::Ready(_) => Poll::Ready(Err(Cancelled)),
        Poll::Pending => stream.poll_all_left(cx).map(Ok),
    }
}

struct Cancelled;

/// Writes Content-Length, where the length is known. The answer to HEAD says how long its body would have been (RFC 9110,
/// section 9.3.2).
fn state_length(head: &mut Response<()>, body: &Outgoing) {
    if head.status() == StatusCode::NO_CONTENT {
        // RFC 9110, section 8.6.
        head.headers_mut().remove(header::CONTENT_LENGTH);
    } else if !body.is_end_stream()
        && let Some(length) = body.size_hint().exact()
    {
        head.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
}
