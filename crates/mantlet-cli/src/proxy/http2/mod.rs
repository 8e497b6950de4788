//! One HTTP/2 connection from a browser: hyper and h2 speak it, the way through the front door and the guards is the same.
//!
//! h2 bounds what a client can make it do (resets, CONTINUATION floods, tiny frames); what is set here are the numbers.

mod response;
mod streams;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use http::{HeaderValue, Request, Response, header, request};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mantlet_core::{Reason, Refusal};
use mantlet_http1::{ConnectionOptions, is_origin_form};

use self::response::LoggedBody;
use self::streams::{Overdue, Stream, Streams};
use super::access_log::Line;
use super::client_body::{ClientBody, Pace};
use super::front::Visitor;
use super::wire::Socket;
use super::worker::Worker;

/// Requests at the same time on one connection. What browsers expect is 100; fewer slow pages with many images down.
const STREAMS: u32 = 100;

/// A connection that says nothing is asked whether it still lives.
const PING: Duration = Duration::from_secs(20);

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: &Rc<Worker>, socket: Socket, visitor: Visitor) {
    let (limits, settings) = (&worker.limits, &worker.settings);
    let visitor = Rc::new(visitor);
    let streams = Streams::new(&worker.ticker, settings.header_timeout, settings.idle_timeout, settings.body_timeout);
    let streams = Rc::new(streams);
    let service = service_fn(|request| {
        let (worker, visitor, stream) = (Rc::clone(worker), Rc::clone(&visitor), streams.open());
        async move { Ok::<_, Infallible>(exchange(&worker, request, &visitor, stream).await) }
    });
    let connection = http2::Builder::new(LocalExecutor)
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    let mut stopping = pin!(worker.stopping());
    let mut told = false;
    std::future::poll_fn(|cx| {
        if !told && stopping.as_mut().poll(cx).is_ready() {
            told = true;
            connection.as_mut().graceful_shutdown();
        }
        // Whatever ended it, there is nobody left to tell.
        if connection.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match ready!(streams.poll_overdue(cx)) {
            Overdue::Request if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
                streams.leave_within(settings.header_timeout);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Overdue::Request | Overdue::Response => Poll::Ready(()),
        }
    })
    .await;
}

async fn exchange(
    worker: &Rc<Worker>,
    request: Request<Incoming>,
    visitor: &Visitor,
    stream: Stream,
) -> Response<LoggedBody> {
    let (mut parts, incoming) = request.into_parts();
    let mut line = Line::asked(&worker.log, visitor.address, &parts.method, &parts.uri, &parts.headers);
    let entry = match host_from_authority(&mut parts)
        .and_then(|()| worker.front.enter(visitor, &mut parts, &ConnectionOptions::default()))
    {
        Ok(entry) => entry,
        Err(refusal) => {
            let refused = worker.refuse(refusal, parts.headers.get(header::ACCEPT), &mut line);
            return LoggedBody::wrap(refused, line, stream);
        }
    };
    line.asked_by(entry.client);
    let body = if incoming.is_end_stream() {
        ClientBody::Empty
    } else {
        let pace = Pace::new(&worker.ticker, worker.settings.body_timeout, line.counter());
        ClientBody::Http2 { incoming, pace }
    };
    let Ok(response) = worker.service.clone().carry(Request::from_parts(parts, body), &entry.site, &mut line).await;
    LoggedBody::wrap(response, line, stream)
}

/// HTTP/2 says in `:authority` what HTTP/1.1 says in Host (RFC 9113, section 8.3.1): from here on it is Host, and the
/// target is in origin form.
fn host_from_authority(parts: &mut request::Parts) -> Result<(), Refusal> {
    let malformed = |what: &'static str| Refusal::new(Reason::RequestMalformed, what);
    let target = parts.uri.path_and_query().cloned().ok_or(malformed("no :path"))?;
    if !is_origin_form(target.as_str().as_bytes()) {
        return Err(malformed("a malformed :path"));
    }
    if let Some(authority) = parts.uri.authority() {
        let mut hosts = parts.headers.get_all(header::HOST).iter();
        if hosts.any(|host| !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes())) {
            return Err(malformed("Host and :authority differ"));
        }
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| malformed("a malformed :authority"))?;
        parts.headers.insert(header::HOST, host);
    }
    parts.uri = target.into();
    Ok(())
}

/// Spawns on the worker's own thread.
#[derive(Clone, Copy)]
struct LocalExecutor;

impl<F: Future + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}
