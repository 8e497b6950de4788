//! One stream: a request from its head until its answer has left, or nobody wants it any more.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use h2::RecvStream;
use h2::server::SendResponse;
use http::{Method, Request};
use mantlet::{Head, Incoming};
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
use crate::proxy::front::{Entry, Hop};
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
    let hop =
        Hop { version: parts.version, options: ConnectionOptions::default(), has_body: !incoming.is_end_stream() };
    let entered = read
        .map_err(|kind| refused::unreadable(kind, kind.as_str()))
        .and_then(|announced| Ok((announced, worker.front.enter(&peer, &mut head, &hop, &mut line)?)));
    let answer = match entered {
        Ok((announced, Entry { site, place })) => {
            let client = place.client();
            stream.keep(place);
            let body = if hop.has_body {
                let deadline = BodyDeadline::new(&worker.ticker, worker.settings.body_timeout, line.counter());
                // Some clients wait to be invited.
                let inviting = announced.expects_continue.then(|| responder.clone());
                let length = announced.length;
                ClientBody::Http2(Box::pin(Http2Body { incoming, length, inviting, window, deadline }))
            } else {
                ClientBody::Empty
            };
            let upstream = |head, body| worker.upstream.clone().send(head, body);
            let request = Incoming { head, body, site: &site, client };
            let carried = worker.shield.carry(request, upstream, &mut line);
            unless_cancelled(pin!(carried), &responder).await
        }
        Err(refusal) => {
            let refused = worker.refuse(refusal, head.fields.get(Known::Accept), &peer, &mut line);
            if !stream.refuse() {
                return responder.refuse();
            }
            Some(refused)
        }
    };
    if let Some(mut answer) = answer {
        worker.date.complete(&mut answer.fields);
        Answering { to_head, line, stream, buffers: Rc::clone(&worker.buffers) }.send(answer, &responder).await;
    }
}

/// The answer. `None`: the client has cancelled its request.
async fn unless_cancelled<F: Future>(mut answering: Pin<&mut F>, responder: &Responder) -> Option<F::Output> {
    poll_fn(|cx| match answering.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => responder.poll_cancelled(cx).map(|()| None),
    })
    .await
}
