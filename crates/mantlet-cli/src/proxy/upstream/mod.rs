//! The application behind the shield: connections to it, and how a request is put on one.
//!
//! Each worker keeps its own [`idle`] connections, last used first, so the fewest are open. One is dropped after a second and a
//! half, before the keep-alive of common servers ends (gunicorn 2 s, node and uvicorn 5 s): the race between
//! their closing and our sending is then rare. Where it is lost, a request is sent again once, on a new connection, if it
//! has no body and its method is idempotent (RFC 9110, section 9.2.2). Some servers end a connection right after an answer that
//! said nothing of it (uWSGI's `--http-socket`): there the race is lost often. Once one has ended before its time, each is used once,
//! for a minute.
//!
//! Interim responses (103) and trailers, in both directions, are read, held to the grammar, and left here.
//!
//! A connection that carried a request's body is not used again, unless the body was our own canonical form, and the
//! application is told so. One that answers without reading a body takes it for its next request, which no guard has judged;
//! whether it read it cannot be seen from here. `Connection: close` has it stop there. Nor is a connection used again that NTLM or
//! Negotiate was spoken on: they log in the connection, and whoever had it next would be that user. Nor is any of an application
//! that said more than it announced, for a minute.

mod connection;
mod destination;
mod idle;
mod location;
mod receiving;
mod sending;
mod websocket;

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use http::{Method, StatusCode};
use http_body::Body;
use mantlet::{Answer, Head, RequestBody};
use mantlet_core::fields::{Fields, Known};
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{BodyDecoder, Connection as ConnectionField, Framing, Limits, ResponseHead, write_request_head};

use self::connection::{Broken, Connection};
use self::idle::IdleConnections;
use self::receiving::Receiving;
pub(crate) use self::receiving::UpstreamBody;
use self::sending::Sending;
use super::buffers::Buffers;
use super::client_body::ClientBody;
use super::deadline::Ticker;
use super::hop_by_hop;
use crate::config::UpstreamUrl;

/// The application, as one worker reaches it.
#[derive(Debug, Clone)]
pub(crate) struct Upstream(Rc<Application>);

/// What its requests share.
#[derive(Debug)]
struct Application {
    url: UpstreamUrl,
    /// For the response's head, and for each piece of its body (an event stream may be silent for longer).
    timeout: Duration,
    limits: Limits,
    ticker: Rc<Ticker>,
    buffers: Rc<Buffers>,
    idle: Rc<IdleConnections>,
}

impl Upstream {
    pub(crate) fn new(url: UpstreamUrl, timeout: Duration, ticker: &Rc<Ticker>, buffers: &Rc<Buffers>) -> Self {
        // An application may send larger heads than a browser: long policies, many cookies.
        let limits = Limits { head: 64 * 1024, ..Limits::default() };
        Self(Rc::new(Application {
            url,
            timeout,
            limits,
            ticker: Rc::clone(ticker),
            buffers: Rc::clone(buffers),
            idle: Rc::new(IdleConnections::new(ticker)),
        }))
    }

    /// Drops connections that were idle for too long. Called by the worker now and then.
    pub(crate) fn sweep(&self) {
        self.0.idle.sweep();
    }

    async fn connect(&self) -> Result<Box<Connection>, Refusal> {
        let Application { url, limits, ticker, buffers, .. } = &*self.0;
        Connection::open(url, *limits, ticker, buffers).await
    }

    /// Puts a request that was admitted on a connection.
    pub(crate) async fn send(
        self,
        mut head: Head,
        body: RequestBody<ClientBody>,
    ) -> Result<Answer<UpstreamBody>, Refusal> {
        destination::correct(&mut head.fields);
        let framing = framing(&head.method, &body);
        let again = framing == Framing::None && head.method.is_idempotent();
        let (mut connection, fresh) = match self.0.idle.take() {
            Some(idle) => (idle, false),
            // Boxed: it is rare, and would enlarge the future of every request.
            None => (Box::pin(self.connect()).await?, true),
        };
        let is_safe_unread = framing.is_empty() || matches!(&body, RequestBody::Held { body } if body.is_canonical());
        let mut sending = Sending { body: (!framing.is_empty()).then_some(body), framing, is_safe_unread };
        let answered = match self.exchange(&mut connection, &head, &mut sending).await {
            Err(Broken::Silent) if !fresh => {
                self.0.idle.ended_early();
                if !again {
                    return Err(Broken::Silent.into_refusal());
                }
                connection = Box::pin(self.connect()).await?;
                self.exchange(&mut connection, &head, &mut sending).await
            }
            answered => answered,
        };
        self.respond(connection, &head, sending, answered.map_err(Broken::into_refusal)?)
    }

    /// Sends the request until the head of the final response is there. The body may still be on its way then.
    async fn exchange(
        &self,
        connection: &mut Connection,
        asked: &Head,
        sending: &mut Sending,
    ) -> Result<ResponseHead, Broken> {
        let options = match sending.is_safe_unread {
            // No handshake has a body.
            _ if asked.fields.contains(Known::Upgrade) => ConnectionField::Upgrade,
            true => ConnectionField::Persistent,
            false => ConnectionField::Close,
        };
        write_request_head(
            &mut connection.wire.output.copied,
            &asked.method,
            &asked.uri,
            &asked.fields,
            sending.framing,
            options,
        )
        .map_err(|error| Refusal::new(Reason::InternalError, error.to_string()))?;
        connection.deadline.set(self.0.timeout);
        poll_fn(|cx| {
            match sending.poll_send(cx, connection, self.0.timeout) {
                Poll::Ready(Err(refused @ Broken::Refused(_))) => Poll::Ready(Err(refused)),
                // An application may answer and hang up without reading the body: its answer counts, not our broken pipe.
                Poll::Ready(Ok(()) | Err(Broken::Silent)) | Poll::Pending => connection.poll_head(cx, &asked.method),
            }
        })
        .await
    }

    fn respond(
        self,
        connection: Box<Connection>,
        asked: &Head,
        sending: Sending,
        mut head: ResponseHead,
    ) -> Result<Answer<UpstreamBody>, Refusal> {
        let switched = head.status == StatusCode::SWITCHING_PROTOCOLS;
        if switched && !websocket::is_agreed(&asked.fields, &head) {
            return Err(Refusal::new(Reason::UpstreamMalformed, "101 that agrees to no WebSocket that was asked for"));
        }
        hop_by_hop::strip_response(&mut head.fields, &head.connection);
        location::correct(&mut head.fields, asked, &self.0.url);
        let body = if switched {
            // This cannot fail: the value was made of what fields may hold.
            let _ = head.fields.set_value(Known::Upgrade, b"websocket");
            UpstreamBody::Tunnel { wire: Some(Box::new(connection.wire)) }
        } else {
            let quiet = head.fields.get(Known::ContentType).is_some_and(is_event_stream);
            let receiving = Receiving {
                decoder: BodyDecoder::new(head.framing, &self.0.limits),
                persistent: head.persistent && sending.is_safe_unread && !logs_in_connection(&asked.fields),
                timeout: (!quiet).then_some(self.0.timeout),
                is_awaited: false,
                idle: Rc::clone(&self.0.idle),
                connection,
                sending,
            };
            receiving.into_body(head.stated)
        };
        Ok(Answer::new(head.status, head.fields, body))
    }
}

/// Whether a Content-Type is that of server-sent events, in whatever case and with whatever parameters.
fn is_event_stream(content_type: &[u8]) -> bool {
    const EVENT_STREAM: &[u8] = b"text/event-stream";
    content_type.get(..EVENT_STREAM.len()).is_some_and(|start| start.eq_ignore_ascii_case(EVENT_STREAM))
}

/// Whether the request carries a credential that some servers take for all that follows (RFC 4559, section 6).
fn logs_in_connection(fields: &Fields) -> bool {
    let is_such = |value: &[u8]| {
        let scheme = value.split(|byte| matches!(byte, b' ' | b'\t')).next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"ntlm") || scheme.eq_ignore_ascii_case(b"negotiate")
    };
    fields.all(Known::Authorization).any(is_such)
}

/// How the body is framed on its way to the application: by its length wherever that is known, since WSGI servers read
/// nothing else.
fn framing(method: &Method, body: &RequestBody<ClientBody>) -> Framing {
    match body.size_hint().exact() {
        Some(0) if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE) => Framing::None,
        Some(length) => Framing::Length(length),
        None => Framing::Chunked,
    }
}
