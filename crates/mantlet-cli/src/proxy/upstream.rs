//! The application behind the shield: connections to it, and how a request is put on one.
//!
//! Each worker keeps its own idle connections, last used first, so the fewest are open. An idle connection is dropped
//! after [`IDLE`], before the keep-alive of common servers ends (gunicorn 2 s, node and uvicorn 5 s): the race between
//! their closing and our sending is then rare. Where it is lost, a request is sent again once, on a new connection, if it
//! has no body and its method is idempotent (RFC 9110, section 9.2.2).
//!
//! A connection that carried a request's body is not used again. An application that answers without reading the body
//! takes it for the next request, which no guard has judged; whether it read it cannot be seen from here.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request};
use http_body::{Body, Frame, SizeHint};
use mantlet::RequestBody;
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{
    BodyDecoder, CHUNK_END, Connection, Decoded, Framing, LAST_CHUNK, Limits, ResponseHead, ResponseParser,
    write_chunk_head, write_request_head,
};
use tokio::net::{TcpStream, UnixStream};
use tower_service::Service;

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
        if switched && !is_switch_to_websocket(parts, &head) {
            return Err(Refusal::new(Reason::UpstreamMalformed, "101 for an upgrade that nobody asked for"));
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
                persistent: head.persistent && sending.leaves_no_doubt,
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

/// RFC 6455, section 4.2.2: only what was asked for, and said in both fields.
fn is_switch_to_websocket(parts: &request::Parts, head: &ResponseHead) -> bool {
    parts.headers.contains_key(header::UPGRADE)
        && head.connection.upgrade
        && head.headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
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

/// A request on its way to the application.
#[derive(Debug)]
struct Sending {
    /// `None` once all of it was taken.
    body: Option<RequestBody<ClientBody>>,
    framing: Framing,
    /// Whether an application that answers without reading the body cannot take it for its next request: there is none,
    /// or it is our own canonical form, which begins with a boundary or an encoded name.
    leaves_no_doubt: bool,
}

impl Sending {
    fn is_done(&self, wire: &Wire) -> bool {
        self.body.is_none() && wire.is_flushed()
    }

    /// Ready when the request was sent, or cannot be.
    fn poll_send(&mut self, cx: &mut Context<'_>, line: &mut Line, timeout: Duration) -> Poll<Result<(), Broken>> {
        let Line { wire, watch, .. } = line;
        loop {
            // The head waits for the first piece of the body, if that is here already: one system call for both.
            if wire.takes_a_piece() {
                match self.body.as_mut().map(|body| Pin::new(body).poll_frame(cx)) {
                    Some(Poll::Ready(Some(Ok(frame)))) => {
                        let Ok(data) = frame.into_data() else { continue };
                        if data.is_empty() {
                            continue;
                        }
                        if self.framing == Framing::Chunked {
                            write_chunk_head(&mut wire.output, data.len());
                            wire.push(data, CHUNK_END);
                        } else {
                            wire.push(data, b"");
                        }
                    }
                    Some(Poll::Ready(Some(Err(error)))) => return Poll::Ready(Err(Broken::Refused(refusal_of(error)))),
                    Some(Poll::Ready(None)) => {
                        self.body = None;
                        if self.framing == Framing::Chunked {
                            wire.output.extend_from_slice(LAST_CHUNK);
                        }
                    }
                    Some(Poll::Pending) | None => {}
                }
            }
            if wire.is_flushed() {
                return if self.body.is_none() { Poll::Ready(Ok(())) } else { Poll::Pending };
            }
            match wire.poll_flush(cx, || watch.set(timeout)) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Err(Broken::Silent)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

fn refusal_of(error: mantlet::BodyError<Refusal>) -> Refusal {
    match error {
        mantlet::BodyError::Inner(refusal) => refusal,
        mantlet::BodyError::TooLong => Reason::UploadRequestTooLarge.into(),
        mantlet::BodyError::Spool(error) => Refusal::new(Reason::InternalError, error.to_string()),
    }
}

/// The body of the application's response.
#[derive(Debug)]
pub(crate) enum UpstreamBody {
    Stream {
        /// `None` once the end was reached.
        receiving: Option<Box<Receiving>>,
        /// What the response's head said of its body; after HEAD and with 304 nothing follows.
        stated: Framing,
        length: Option<u64>,
    },
    /// The response is 101: what follows is not HTTP.
    Tunnel { wire: Option<Box<Wire>> },
}

impl UpstreamBody {
    pub(crate) fn stated(&self) -> Framing {
        match self {
            Self::Stream { stated, .. } => *stated,
            Self::Tunnel { .. } => Framing::None,
        }
    }
}

/// A response on its way from the application.
#[derive(Debug)]
pub(crate) struct Receiving {
    upstream: Upstream,
    line: Line,
    sending: Sending,
    decoder: BodyDecoder,
    persistent: bool,
    /// Between two reads. `None`: an event stream, which may be silent for as long as it likes.
    timeout: Option<Duration>,
}

impl Receiving {
    fn into_body(self, stated: Framing) -> UpstreamBody {
        let length = match stated {
            _ if self.decoder.is_done() => Some(0),
            Framing::Length(length) => Some(length),
            _ => None,
        };
        let mut body = UpstreamBody::Stream { receiving: Some(Box::new(self)), stated, length };
        body.finish_if_done();
        body
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Refusal>>> {
        let broken = |what: String| Poll::Ready(Some(Err(Refusal::new(Reason::UpstreamMalformed, what))));
        // An application may answer while it still reads.
        if !self.sending.is_done(&self.line.wire) {
            let timeout = self.timeout.unwrap_or(Duration::MAX);
            if let Poll::Ready(Err(_)) = self.sending.poll_send(cx, &mut self.line, timeout) {
                self.sending.body = None;
                self.persistent = false;
            }
        }
        loop {
            match self.decoder.decode(&mut self.line.wire.input) {
                Ok(Decoded::Data(data)) => return Poll::Ready(Some(Ok(data))),
                Ok(Decoded::End) => return Poll::Ready(None),
                Ok(Decoded::NeedMore) => {}
                Err(error) => return broken(error.to_string()),
            }
            match self.line.wire.poll_fill(cx) {
                Poll::Ready(Ok(0)) => match self.decoder.end_of_input() {
                    Ok(()) => {}
                    Err(error) => return broken(error.to_string()),
                },
                Poll::Ready(Ok(_)) => self.wait(),
                Poll::Ready(Err(error)) => return broken(error.to_string()),
                Poll::Pending => {
                    ready!(self.line.watch.poll_due(cx));
                    return Poll::Ready(Some(Err(Refusal::new(Reason::UpstreamTimeout, "the response stopped"))));
                }
            }
        }
    }

    fn wait(&self) {
        match self.timeout {
            Some(timeout) => self.line.watch.set(timeout),
            None => self.line.watch.clear(),
        }
    }

    /// Gives the connection back if it can carry another request.
    fn finish(self) {
        // Bytes behind the response are a response to nothing: the next request must not get them.
        if self.persistent && self.sending.is_done(&self.line.wire) && self.line.wire.input.is_empty() {
            self.upstream.keep(self.line);
        }
    }
}

impl UpstreamBody {
    fn finish_if_done(&mut self) {
        if let Self::Stream { receiving, .. } = self
            && let Some(done) = receiving.take_if(|receiving| receiving.decoder.is_done())
        {
            done.finish();
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Refusal;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Refusal>>> {
        let Self::Stream { receiving: Some(receiving), .. } = &mut *self else {
            return Poll::Ready(None);
        };
        let data = ready!(receiving.poll_data(cx));
        self.finish_if_done();
        Poll::Ready(data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Stream { receiving: None, .. } | Self::Tunnel { .. })
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Stream { length: Some(length), .. } => SizeHint::with_exact(*length),
            _ => SizeHint::default(),
        }
    }
}
