//! One stream: a request from its head until its answer has left, or nobody wants it any more.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use h2::RecvStream;
use h2::server::SendResponse;
use http::{Method, Request};
use mantlet::Head;
use mantlet_core::fields::{Fields, Known};
use mantlet_http1::ConnectionOptions;

use super::body::Http2Body;
use super::head;
use super::piece::Piece;
use super::responder::Responder;
use super::response::Answering;
use super::streams::Stream;
use super::window::Window;
use crate::proxy::access_log::Line;
use crate::proxy::body_deadline::BodyDeadline;
use crate::proxy::client_body::ClientBody;
use crate::proxy::front::Hop;
use crate::proxy::peer::Peer;
use crate::proxy::refused;
use crate::proxy::worker::Worker;

/// Carries one request to the application, and its answer back.
pub(super) async fn carry(
    worker: Rc<Worker>,
    request: Request<RecvStream>,
    respond: SendResponse<Piece>,
    peer: Rc<Peer>,
    mut stream: Stream,
    window: Rc<Window>,
) {
    let responder = Responder::new(respond);
    let (mut parts, incoming) = request.into_parts();
    let read = head::downgrade(&mut parts, &worker.limits);
    let mut head = Head { fields: Fields::from(&parts.headers), method: parts.method, uri: parts.uri };
    let mut line = Line::asked(&worker.log, peer.address, &head.method, &head.uri, &head.fields);
    let to_head = head.method == Method::HEAD;
    let entered = read.map_err(|kind| refused::unreadable(kind, kind.as_str())).and_then(|announced| {
        let options = ConnectionOptions::default();
        let hop = Hop { version: parts.version, options, has_body: !incoming.is_end_stream() };
        let entry = worker.front.enter(&peer, &mut head, &hop, &mut line)?;
        Ok((announced, entry))
    });
    let answer = match entered {
        Err(refusal) => {
            let refused = worker.refuse(refusal, head.fields.get(Known::Accept), &mut line);
            if !stream.refuse() {
                return responder.refuse();
            }
            Some(refused)
        }
        Ok((announced, entry)) => {
            let client = entry.place.client();
            stream.keep(entry.place);
            let body = if incoming.is_end_stream() {
                ClientBody::Empty
            } else {
                let deadline = BodyDeadline::new(&worker.ticker, worker.settings.body_timeout, line.counter());
                let inviting = announced.expects_continue.then(|| responder.clone());
                let length = announced.length;
                ClientBody::Http2(Box::pin(Http2Body { incoming, length, inviting, window, deadline }))
            };
            let upstream = |head, body| worker.upstream.clone().send(head, body);
            let mut carried = pin!(worker.shield.carry(upstream, head, body, &entry.site, client, &mut line));
            poll_fn(|cx| match carried.as_mut().poll(cx) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending => responder.poll_cancelled(cx).map(|()| None),
            })
            .await
        }
    };
    if let Some(mut answer) = answer {
        worker.date.complete(&mut answer.fields);
        Answering { to_head, line, stream, buffers: Rc::clone(&worker.buffers) }.send(answer, &responder).await;
    }
}
