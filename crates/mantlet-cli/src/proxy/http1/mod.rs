//! One HTTP/1.1 connection from a browser: requests in, one after the other, responses out.
//!
//! A request whose framing is in doubt is refused and the connection closed: where the next one begins would be a guess.
//! A body that was not read to its end (because its request was refused) is not read at all; the connection is closed,
//! lingering a little so that the client gets to read why.

mod answer;
pub(super) mod inbound;
mod linger;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, Version};
use mantlet::pool::Share;
use mantlet::{Answer, Head, Witness};
use mantlet_core::fields::{Fields, Known};
use mantlet_core::{Note, NoteKind, Reason, Refusal};
use mantlet_http1::{Framing, RequestHead, RequestParser};

use self::answer::Answering;
use self::inbound::Inbound;
use super::access_log::Line;
use super::buffers::Expected;
use super::client_body::ClientBody;
use super::front::Visitor;
use super::pace::Pace;
use super::patience::Patience;
use super::watch::Watch;
use super::wire::{Socket, Wire};
use super::worker::{Outgoing, Worker};
use super::{refused, tunnel};

/// How long a client that closed its side may wait for an answer.
const HALF_CLOSED: Duration = Duration::from_secs(10);

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: &Rc<Worker>, socket: Socket, visitor: Visitor, on_tls_port: bool) {
    let mut connection = Http1 {
        inbound: Rc::new(RefCell::new(Inbound::new(Wire::new(socket, &worker.buffers)))),
        parser: RequestParser::new(worker.limits),
        watch: Watch::new(&worker.ticker),
        patience: Patience::new(worker.settings.body_timeout),
        worker: Rc::clone(worker),
        visitor,
        must_move_to_tls: on_tls_port,
        half_closed: false,
    };
    let ended = connection.run().await;
    match ended {
        Ended::Closed => {}
        Ended::Lingering => connection.linger().await,
        Ended::Tunnel(upstream, _place) => {
            let Http1 { inbound, watch, .. } = connection;
            if let Some(client) = Rc::into_inner(inbound) {
                let silence = worker.settings.websocket_timeout;
                tunnel::run(client.into_inner().wire, *upstream, watch, silence).await;
            }
        }
    }
}

struct Http1 {
    worker: Rc<Worker>,
    inbound: Rc<RefCell<Inbound>>,
    parser: RequestParser,
    watch: Watch,
    /// With the client that takes a response.
    patience: Patience,
    visitor: Visitor,
    /// Plain HTTP came to the TLS port: every request is sent to where it belongs.
    must_move_to_tls: bool,
    half_closed: bool,
}

/// How a connection ended.
enum Ended {
    /// There is nothing more to say, or nobody to say it to.
    Closed,
    /// The client may still be sending; it should get to read the last response.
    Lingering,
    /// A WebSocket begins.
    Tunnel(Box<Wire>, Option<Share>),
}

/// What follows a response.
enum Next {
    Request,
    End(Ended),
}

impl Http1 {
    async fn run(&mut self) -> Ended {
        let mut patience = self.worker.settings.header_timeout;
        loop {
            let head = match self.next_head(patience).await {
                Ok(Some(head)) => head,
                Ok(None) => return Ended::Closed,
                Err(refusal) => return self.refuse_unread(refusal).await,
            };
            patience = self.worker.settings.idle_timeout;
            match self.exchange(head).await {
                Ok(Next::Request) => {}
                Ok(Next::End(ended)) => return ended,
                Err(_gone) => return Ended::Closed,
            }
        }
    }

    /// Reads the next head, for whose first byte we wait as long as `patience`. `None`: the client has left, or had
    /// nothing more to say.
    async fn next_head(&mut self, patience: Duration) -> Result<Option<RequestHead>, Refusal> {
        let for_the_head = self.worker.settings.header_timeout;
        self.inbound.borrow_mut().wire.expect(Expected::Head);
        let mut begun = self.parser.has_begun(&self.inbound.borrow().wire.input);
        if begun {
            self.watch.set(for_the_head);
        } else {
            self.watch.set_idle(patience);
        }
        poll_fn(|cx| {
            let wire = &mut self.inbound.borrow_mut().wire;
            loop {
                match self.parser.parse(&mut wire.input) {
                    Ok(Some(head)) => return Poll::Ready(Ok(Some(head))),
                    Ok(None) => {}
                    Err(error) => return Poll::Ready(Err(refused::unreadable(error.kind, error.to_string()))),
                }
                match wire.poll_fill(cx) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Ok(None)),
                    Poll::Ready(Ok(_)) => {
                        if !std::mem::replace(&mut begun, true) {
                            self.watch.set(for_the_head);
                        }
                    }
                    Poll::Pending => {
                        ready!(self.watch.poll_due(cx));
                        return Poll::Ready(if begun { Err(Reason::RequestTimeout.into()) } else { Ok(None) });
                    }
                }
            }
        })
        .await
    }

    /// Carries one request to the application and its response back.
    async fn exchange(&mut self, head: RequestHead) -> io::Result<Next> {
        let worker = Rc::clone(&self.worker);
        let line = Line::asked(&worker.log, self.visitor.address, &head.method, &head.uri, &head.fields);
        let mut outgoing = Answering {
            to_head: head.method == Method::HEAD,
            version: head.version,
            persistent: head.persistent,
            line,
            place: None,
        };
        let body = self.body(&head, &mut outgoing.line);
        let RequestHead { method, uri, version, fields, framing, connection, .. } = head;
        let mut head = Head { method, uri, fields };
        if self.must_move_to_tls {
            let moved = self.moved_to_tls(&head, &mut outgoing.line);
            return self.answer(moved, outgoing).await;
        }
        let entry = match worker.front.enter(&self.visitor, &mut head, version, &connection, &mut outgoing.line) {
            // Whether its body ends before the tunnel begins is read in two ways.
            Ok(entry) if entry.websocket && !framing.is_empty() => {
                let refusal = Refusal::new(Reason::RequestUpgrade, "a WebSocket handshake with a body");
                let refused = worker.refuse(refusal, head.fields.get(Known::Accept), &mut outgoing.line);
                return self.answer(refused, outgoing).await;
            }
            Ok(entry) => entry,
            Err(refusal) => {
                let refused = worker.refuse(refusal, head.fields.get(Known::Accept), &mut outgoing.line);
                return self.answer(refused, outgoing).await;
            }
        };
        let client = entry.place.client();
        outgoing.place = Some(entry.place);
        let answer = {
            let upstream = |head, body| worker.upstream.clone().send(head, body);
            let mut carried = pin!(worker.shield.carry(upstream, head, body, &entry.site, client, &mut outgoing.line));
            poll_fn(|cx| {
                if let Poll::Ready(answer) = carried.as_mut().poll(cx) {
                    return Poll::Ready(Ok(answer));
                }
                self.poll_gone(cx).map(Err)
            })
            .await?
        };
        self.answer(answer, outgoing).await
    }

    /// The body that follows a head.
    fn body(&self, head: &RequestHead, line: &mut Line) -> ClientBody {
        if head.framing.is_empty() {
            return ClientBody::Empty;
        }
        let pace = Pace::new(&self.worker.ticker, self.worker.settings.body_timeout, line.counter());
        self.inbound.borrow_mut().begin(head.framing, &self.worker.limits, head.expects_continue, pace);
        let length = match head.framing {
            Framing::Length(length) => Some(length),
            _ => None,
        };
        ClientBody::Http1 { inbound: Rc::clone(&self.inbound), length }
    }

    /// Ready when the client is gone while it should be waiting for us.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let mut inbound = self.inbound.borrow_mut();
        // While the body is read, its reader notices; and what waits in the buffer is the next request.
        if !self.half_closed && inbound.is_complete() && inbound.wire.input.is_empty() {
            // Until it says something, others may need the buffer.
            inbound.wire.rest();
            match ready!(inbound.wire.poll_fill(cx)) {
                Ok(0) => {
                    // It may have closed its side only, and still want the answer. It gets it if that comes soon.
                    self.half_closed = true;
                    self.watch.set(HALF_CLOSED);
                }
                Ok(_) => return Poll::Pending,
                Err(error) => return Poll::Ready(error),
            }
        }
        if self.half_closed {
            ready!(self.watch.poll_due(cx));
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        Poll::Pending
    }

    /// Answers a head that could not be read, or did not come.
    async fn refuse_unread(&mut self, refusal: Refusal) -> Ended {
        let mut line = Line::unread(&self.worker.log, self.visitor.address);
        let refused = self.worker.refuse(refusal, None, &mut line);
        let outgoing = Answering { to_head: false, version: Version::HTTP_11, persistent: false, line, place: None };
        match self.answer(refused, outgoing).await {
            Ok(_) => Ended::Lingering,
            Err(_gone) => Ended::Closed,
        }
    }

    /// RFC 9110, section 15.4.9: 308 keeps method and body. Only to a name that is ours.
    fn moved_to_tls(&self, head: &Head, line: &mut Line) -> Answer<Outgoing> {
        let mut fields = Fields::new();
        let location = self.worker.front.https_location(head);
        if location.is_none_or(|location| fields.append_value(Known::Location, location.as_bytes()).is_err()) {
            let refusal = Refusal::new(Reason::RequestHost, "plain HTTP on the TLS port, for a name that is not ours");
            return self.worker.refuse(refusal, head.fields.get(Known::Accept), line);
        }
        if !head.method.is_safe() {
            // Browsers repeat it as a request from another site, which is refused.
            line.noted(&Note::new(NoteKind::RequestFormOverHttp, ""));
        }
        self.worker.dress(Answer::new(StatusCode::PERMANENT_REDIRECT, fields, Bytes::new()))
    }
}
