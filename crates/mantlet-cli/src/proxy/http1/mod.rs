//! One HTTP/1.1 connection from a browser: requests in, one after the other, responses out.
//!
//! A request whose framing is in doubt is refused and the connection closed: where the next one begins would be a guess.
//! If a request was refused before its body was read, no request follows on its connection. What still comes of the body is read
//! and forgotten for a while, so that the client gets to read why ([`closing`]); then the connection is closed.

mod answer;
mod closing;
mod connection;

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use mantlet::{Answer, Head, Incoming, Witness};
use mantlet_core::fields::{Fields, Known};
use mantlet_core::origin::Scheme;
use mantlet_core::{Note, NoteKind, Reason, Refusal};
use mantlet_http1::RequestHead;

use self::answer::{Answering, Next};
use self::connection::{Ended, Http1};
use super::access_log::Line;
use super::front::Hop;
use super::peer::Peer;
use super::socket::Socket;
use super::tunnel;
use super::worker::{Outgoing, Worker};

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: &Rc<Worker>, socket: Socket, peer: Peer) {
    let mut connection = Http1::new(worker, socket, peer);
    let ended = connection.run().await;
    match ended {
        Ended::Gone => {}
        Ended::Closed => connection.close().await,
        Ended::Lingering => connection.linger().await,
        Ended::Tunnel(upstream, _place) => {
            let Http1 { inbound, deadline, .. } = connection;
            if let Some(client) = Rc::into_inner(inbound) {
                let silence = worker.settings.websocket_timeout;
                tunnel::run(client.into_inner().wire, *upstream, deadline, silence).await;
            }
        }
    }
}

impl Http1 {
    async fn run(&mut self) -> Ended {
        let mut timeout = self.worker.settings.header_timeout;
        loop {
            let head = match self.next_head(timeout).await {
                Ok(Some(head)) => head,
                Ok(None) => return Ended::Closed,
                Err(refusal) => return self.refuse_unread(refusal).await,
            };
            timeout = self.worker.settings.idle_timeout;
            match self.exchange(head).await {
                Ok(Next::Request) => {}
                Ok(Next::End(ended)) => return ended,
                Err(_gone) => return Ended::Gone,
            }
        }
    }

    /// Carries one request to the application and its response back.
    async fn exchange(&mut self, head: RequestHead) -> io::Result<Next> {
        let worker = Rc::clone(&self.worker);
        let line = Line::asked(&worker.log, self.peer.address, &head.method, &head.uri, &head.fields);
        let mut answering = Answering {
            to_head: head.method == Method::HEAD,
            version: head.version,
            persistent: head.persistent,
            line,
            place: None,
        };
        let body = self.body(&head, &mut answering.line);
        let RequestHead { method, uri, version, fields, framing, connection, .. } = head;
        let hop = Hop { version, options: connection, has_body: !framing.is_empty() };
        let mut head = Head { method, uri, fields };
        if self.worker.settings.tls.is_some() && self.peer.scheme == Scheme::Http {
            let moved = self.moved_to_tls(&head, &mut answering.line);
            return self.answer(moved, answering).await;
        }
        let entry = match worker.front.enter(&self.peer, &mut head, &hop, &mut answering.line) {
            Ok(entry) => entry,
            Err(refusal) => {
                let refused = worker.refuse(refusal, head.fields.get(Known::Accept), &self.peer, &mut answering.line);
                return self.answer(refused, answering).await;
            }
        };
        let client = entry.place.client();
        answering.place = Some(entry.place);
        let answer = {
            let upstream = |head, body| worker.upstream.clone().send(head, body);
            let request = Incoming { head, body, site: &entry.site, client };
            let mut carried = pin!(worker.shield.carry(request, upstream, &mut answering.line));
            poll_fn(|cx| {
                if let Poll::Ready(answer) = carried.as_mut().poll(cx) {
                    return Poll::Ready(Ok(answer));
                }
                self.poll_gone(cx).map(Err)
            })
            .await?
        };
        self.answer(answer, answering).await
    }

    /// Answers a head that could not be read, or did not come.
    async fn refuse_unread(&mut self, refusal: Refusal) -> Ended {
        let mut line = Line::unread(&self.worker.log, self.peer.address);
        let refused = self.worker.refuse(refusal, None, &self.peer, &mut line);
        let answering = Answering { to_head: false, version: Version::HTTP_11, persistent: false, line, place: None };
        match self.answer(refused, answering).await {
            Ok(_) => Ended::Lingering,
            Err(_gone) => Ended::Gone,
        }
    }

    /// Where plain HTTP that came to the TLS port belongs, if it names a site of ours. 308 keeps method and body (RFC 9110,
    /// section 15.4.9).
    fn moved_to_tls(&self, head: &Head, line: &mut Line) -> Answer<Outgoing> {
        let mut fields = Fields::new();
        let location = self.worker.front.https_location(head);
        if location.is_none_or(|location| fields.append_value(Known::Location, location.as_bytes()).is_err()) {
            let refusal = Refusal::new(Reason::RequestHost, "plain HTTP on the TLS port, for a name that is not ours");
            return self.worker.refuse(refusal, head.fields.get(Known::Accept), &self.peer, line);
        }
        if !head.method.is_safe() {
            // Browsers repeat it as a request from another site, which is refused.
            line.noted(&Note::new(NoteKind::RequestFormOverHttp, ""));
        }
        self.worker.dress(Answer::new(StatusCode::PERMANENT_REDIRECT, fields, Bytes::new()), &self.peer)
    }
}
