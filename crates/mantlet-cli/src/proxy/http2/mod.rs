//! One HTTP/2 connection from a browser: hyper and h2 speak it, the way through the front door and the guards is the same.
//!
//! h2 bounds what a client can make it do (CONTINUATION floods, tiny frames, its own resets); what is set here are the
//! numbers. What it cannot know is here: [`head`] is what a request becomes for readers of HTTP/1.1, [`streams`] how long a
//! client may keep us waiting and how often take a request back.

mod head;
mod outlet;
mod response;
mod streams;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use http::{Method, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use mantlet::Head;
use mantlet_core::Refusal;
use mantlet_core::fields::{Fields, Known};
use mantlet_http1::{ConnectionOptions, HeadErrorKind};

use self::outlet::Outlet;
use self::response::LoggedBody;
use self::streams::{Overdue, Stream, Streams};
use super::access_log::Line;
use super::client_body::{ClientBody, Pace};
use super::front::Visitor;
use super::http1::reason_of;
use super::wire::Socket;
use super::worker::Worker;

/// Requests at the same time on one connection. What browsers expect is 100; fewer slow pages with many images down.
const STREAMS: u32 = 100;

/// A connection that says nothing is asked whether it still lives.
const PING: Duration = Duration::from_secs(20);

/// How much of all request bodies of a connection is held while nobody reads them. One of them can have half of it, so that
/// an upload which the application does not read does not hold up the others.
const WINDOW: u32 = 1024 * 1024;

/// How much of a response is held, beside the piece at hand, while the client does not read it. There may be a hundred.
const SEND_BUFFER: usize = 64 * 1024;

/// A client that is told to leave, and has nothing to wait for, gets this long to hear it: a round trip.
const LEAVE: Duration = Duration::from_secs(1);

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
        // Whoever leaves a page takes all of its requests back at once.
        .max_pending_accept_reset_streams(usize::try_from(STREAMS).ok())
        // h2 answers what is larger without a word of ours: what we refuse ourselves is half of that.
        .max_header_list_size(u32::try_from(limits.head.saturating_mul(2)).unwrap_or(u32::MAX))
        .initial_connection_window_size(WINDOW)
        .initial_stream_window_size(WINDOW / 2)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .serve_connection(TokioIo::new(Outlet::new(socket, &streams)), service);
    let mut connection = pin!(connection);
    let mut stopping = pin!(worker.stopping());
    let mut told = false;
    std::future::poll_fn(|cx| {
        let mut must_leave = !told && stopping.as_mut().poll(cx).is_ready();
        loop {
            if must_leave {
                told = true;
                connection.as_mut().graceful_shutdown();
                streams.leave_within(LEAVE);
            }
            // Whatever ended it, there is nobody left to tell.
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            match ready!(streams.poll_overdue(cx)) {
                Overdue::Request | Overdue::Patience if !told => must_leave = true,
                Overdue::Request | Overdue::Patience | Overdue::Response => return Poll::Ready(()),
            }
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
    let read = head::downgrade(&mut parts, &worker.limits).map_err(refusal_of);
    let mut head = Head { fields: Fields::from(&parts.headers), method: parts.method, uri: parts.uri };
    let mut line = Line::asked(&worker.log, visitor.address, &head.method, &head.uri, &head.fields);
    let to_head = head.method == Method::HEAD;
    let no_options = ConnectionOptions::default();
    let entry = match read.and_then(|()| worker.front.enter(visitor, &mut head, parts.version, &no_options)) {
        Ok(entry) => entry,
        Err(refusal) => {
            let refused = worker.refuse(refusal, head.fields.get(Known::Accept), &mut line);
            return LoggedBody::wrap(refused, to_head, line, stream);
        }
    };
    line.asked_by(entry.client);
    let body = if incoming.is_end_stream() {
        ClientBody::Empty
    } else {
        let pace = Pace::new(&worker.ticker, worker.settings.body_timeout, line.counter());
        ClientBody::Http2 { incoming, pace }
    };
    let answer = worker.shield.carry(worker.upstream.clone(), head, body, &entry.site, &mut line).await;
    LoggedBody::wrap(answer, to_head, line, stream)
}

fn refusal_of(kind: HeadErrorKind) -> Refusal {
    Refusal::new(reason_of(kind), kind.as_str())
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
