//! The application behind the shield: connections to it, and how a request is put on one.
//!
//! Each worker keeps its own idle connections, last used first, so the fewest are open. An idle connection is dropped
//! after [`IDLE`], before the keep-alive of common servers ends (gunicorn 2 s, node and uvicorn 5 s): the race between
//! their closing and our sending is then rare. Where it is lost, a request is sent again once, on a new connection, if it
//! has no body and its method is idempotent (RFC 9110, section 9.2.2).
//!
//! A connection that carried a request's body is not used again, unless the body was our own canonical form. An
//! application that answers without reading a body takes it for its next request, which no guard has judged; whether it
//! read it cannot be seen from here. Nor is one that NTLM or Negotiate was spoken on: they log in the connection, and
//! whoever had it next would be that user.

mod receiving;
mod sending;
mod websocket;

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, StatusCode, header, request};
use http_body::Body;
use mantlet::RequestBody;
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{BodyDecoder, Connection, Framing, Limits, ResponseHead, ResponseParser, write_request_head};
use tokio::net::{TcpStream, UnixStream};
use tower_service::Service;

use self::receiving::Receiving;
pub(crate) use self::receiving::UpstreamBody;
use self::sending::Sending;
use super::client_body::ClientBody;
use super::hop_by_hop;
use super::watch::{Ticker, Watch};
use super::wire::{Buffers, Socket, Wire};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_millis(1500);

/// Idle connections a worker keeps.
const KEPT: usize = 256;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// Where the application listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// `host:port`; a name is resolved for each connection.
    Tcp(String),
    /// A Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The application, as one worker reaches it.
#[derive(Debug, Clone)]
pub(crate) struct Upstream(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    address: Address,
    /// For the response's head, and between two reads of its body (an event stream may be silent for longer).
    timeout: Duration,
    limits: Limits,
    ticker: Rc<Ticker>,
    buffers: Rc<Buffers>,
    idle: RefCell<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    line: Line,
    since: u64,
}

/// A connection to the application.
#[derive(Debug)]
struct Line {
    wire: Wire,
    parser: ResponseParser,
    watch: Watch,
}

impl Upstream {
    pub(crate) fn new(address: Address, timeout: Duration, ticker: &Rc<Ticker>, buffers: &Rc<Buffers>) -> Self {
        // An application may send larger heads than a browser: long policies, many cookies.
        let limits = Limits { head: 64 * 1024, ..Limits::default() };
        Self(Rc::new(Inner {
            address,
            timeout,
            limits,
            ticker: Rc::clone(ticker),
            buffers: Rc::clone(buffers),
            idle: RefCell::default(),
        }))
    }

    /// Drops connections that were idle for too long. Called by the worker now and then.
    pub(crate) fn sweep(&self) {
        let oldest = self.0.ticker.now().saturating_sub(super::watch::ticks(IDLE));
        self.0.idle.borrow_mut().retain(|idle| idle.since >= oldest);
    }

    fn idle(&self) -> Option<Line> {
        let oldest = self.0.ticker.now().saturating_sub(super::watch::ticks(IDLE));
        let mut idle = self.0.idle.borrow_mut();
        while let Some(Idle { mut line, since }) = idle.pop() {
            if since < oldest {
                // Last in, first out: what lies below is older still.
                idle.clear();
            } else if line.wire.is_quiet() {
                return Some(line);
            }
            // The application hung up, or answered what nobody asked: the next client must not get that answer.
        }
        None
    }

    fn keep(&self, mut line: Line) {
        let mut idle = self.0.idle.borrow_mut();
        if idle.len() < KEPT {
            line.watch.clear();
            line.wire.rest();
            idle.push(Idle { line, since: self.0.ticker.now() });
        }
    }

    async fn connect(&self) -> Result<Line, Refusal> {
        let connecting = async {
            match &self.0.address {
                Address::Tcp(address) => {
                    let stream = TcpStream::connect(address.as_str()).await?;
                    stream.set_nodelay(true)?;
                    Ok(Socket::Tcp(stream))
                }
                Address::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
            }
        };
        match tokio::time::timeout(CONNECT, connecting).await {
            Ok(Ok(socket)) => {
                let wire = Wire::new(socket, &self.0.buffers);
                let parser = ResponseParser::new(self.0.limits);
                Ok(Line { wire, parser, watch: Watch::new(&self.0.ticker) })
            }
            Ok(Err(error)) => Err(Refusal::new(Reason::UpstreamUnreachable, format!("{}: {error}", self.0.address))),
            Err(_) => Err(Refusal::new(Reason::UpstreamTimeout, format!("{}: no connection", self.0.address))),
        }
    }

    async fn send(self, request: Request<RequestBody<ClientBody>>) -> Result<Response<UpstreamBody>, Refusal> {
        let (parts, body) = request.into_parts();
        let framing = framing(&parts, &body);
        let again = framing == Framing::None && parts.method.is_idempotent();
        let (mut line, fresh) = match self.idle() {
            Some(line) => (line, false),
            None => (self.connect().await?, true),
        };
        let leaves_no_doubt = framing.is_empty() || matches!(&body, RequestBody::Held { body } if body.is_canonical());
        let mut sending = Sending { body: (!framing.is_empty()).then_some(body), framing, leaves_no_doubt };
        match self.exchange(&mut line, &parts, &mut sending).await {
            Err(Broken::Silent) if !fresh && again => {
                line = self.connect().await?;
                let head = self.exchange(&mut line, &parts, &mut sending).await.map_err(Broken::into_refusal)?;
                self.respond(line, &parts, sending, head)
            }
            Err(broken) => Err(broken.into_refusal()),
            Ok(head) => self.respond(line, &parts, sending, head),
        }
    }

    /// Sends the request until the head of the final response is there. The body may still be on its way then.
    async fn exchange(
        &self,
        line: &mut Line,
        parts: &request::Parts,
        sending: &mut Sending,
    ) -> Result<ResponseHead, Broken> {
        let connection =
            if parts.headers.contains_key(header::UPGRADE) { Connection::Upgrade } else { Connection::Persistent };
        write_request_head(
            &mut line.wire.output,
            &parts.method,
            &parts.uri,
            &parts.headers,
            sending.framing,
            connection,
        )
        .map_err(|error| Broken::Refused(Refusal::new(Reason::InternalError, error.to_string())))?;
        line.watch.set(self.0.timeout);
        std::future::poll_fn(|cx| {
            let sent = sending.poll_send(cx, line, self.0.timeout);
            if let Poll::Ready(Err(Broken::Refused(refusal))) = sent {
                return Poll::Ready(Err(Broken::Refused(refusal)));
            }
            // An application may answer and hang up without reading the body: its answer counts, not our broken pipe.
            loop {
                match line.parser.parse(&mut line.wire.input, &parts.method) {
                    Ok(Some(head))
                        if head.status.is_informational() && head.status != StatusCode::SWITCHING_PROTOCOLS => {}
                    Ok(Some(head)) => return Poll::Ready(Ok(head)),
                    Ok(None) => match line.wire.poll_fill(cx) {
                        Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(Broken::ended(line))),
                        Poll::Ready(Ok(_)) => {}
                        Poll::Pending => break,
                    },
                    Err(error) => {
                        return Poll::Ready(Err(Broken::Refused(Refusal::new(
                            Reason::UpstreamMalformed,
                            error.to_string(),
                        ))));
                    }
                }
            }
            ready!(line.watch.poll_due(cx));
            Poll::Ready(Err(Broken::Refused(Refusal::new(Reason::UpstreamTimeout, "no response"))))
        })
        .await
    }

    fn respond(
        self,
        line: Line,
        parts: &request::Parts,
        sending: Sending,
        mut head: ResponseHead,
    ) -> Result<Response<UpstreamBody>, Refusal> {
        let switched = head.status == StatusCode::SWITCHING_PROTOCOLS;
        if switched && !websocket::is_agreed(&parts.headers, &head) {
            return Err(Refusal::new(Reason::UpstreamMalformed, "101 that agrees to no WebSocket that was asked for"));
        }
        hop_by_hop::strip_response(&mut head.headers, &head.connection);
        let body = if switched {
            head.headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            UpstreamBody::Tunnel { wire: Some(Box::new(line.wire)) }
        } else {
            let quiet = head
                .headers
                .get(header::CONTENT_TYPE)
                .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
            let receiving = Receiving {
                decoder: BodyDecoder::new(head.framing, &self.0.limits),
                persistent: head.persistent && sending.leaves_no_doubt && !logs_in_connection(parts),
                timeout: (!quiet).then_some(self.0.timeout),
                upstream: self,
                line,
                sending,
            };
            receiving.into_body(head.stated)
        };
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        Ok(response)
    }
}

impl Service<Request<RequestBody<ClientBody>>> for Upstream {
    type Response = Response<UpstreamBody>;
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Response<UpstreamBody>, Refusal>>>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody<ClientBody>>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

/// Whether the request carries a credential that some servers take for all that follows (RFC 4559, section 6).
fn logs_in_connection(parts: &request::Parts) -> bool {
    let is_such = |value: &HeaderValue| {
        let scheme = value.as_bytes().split(|byte| matches!(byte, b' ' | b'\t')).next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"ntlm") || scheme.eq_ignore_ascii_case(b"negotiate")
    };
    parts.headers.get_all(header::AUTHORIZATION).iter().any(is_such)
}

/// How the body is framed on its way to the application: by its length wherever that is known, since WSGI servers read
/// nothing else.
fn framing(parts: &request::Parts, body: &RequestBody<ClientBody>) -> Framing {
    match body.size_hint().exact() {
        Some(0) if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE) => {
            Framing::None
        }
        Some(length) => Framing::Length(length),
        None => Framing::Chunked,
    }
}

/// Why there is no response.
#[derive(Debug)]
enum Broken {
    /// The connection ended before a byte of the response: the application may never have seen the request.
    Silent,
    Refused(Refusal),
}

impl Broken {
    fn ended(line: &Line) -> Self {
        if line.parser.has_begun(&line.wire.input) {
            Self::Refused(Refusal::new(Reason::UpstreamMalformed, "the response broke off in its head"))
        } else {
            Self::Silent
        }
    }

    fn into_refusal(self) -> Refusal {
        match self {
            Self::Silent => Refusal::new(Reason::UpstreamUnreachable, "the connection was closed without a response"),
            Self::Refused(refusal) => refusal,
        }
    }
}
