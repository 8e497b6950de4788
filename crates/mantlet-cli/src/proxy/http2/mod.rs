//! One HTTP/2 connection from a browser: h2 speaks the protocol, the way through the front door and the guards is the same
//! as over HTTP/1.1.
//!
//! h2 bounds what a client can make it do (CONTINUATION floods, tiny frames, resets); the numbers are set here. What h2
//! cannot know has a module of its own.
//!
//! # The life of a stream
//!
//! 1. The connection accepts a request, opens a [`streams::Stream`] for it and spawns [`exchange::carry`]. From here on the
//!    deadlines of [`streams`] hold for it, and dropping the `Stream` is its end, however it came.
//! 2. The [`head`] becomes one that HTTP/1.1 could have said, or is refused. The front door lets it in, and the stream keeps
//!    the place that the request got; or refuses it, and the stream counts among those whose refusals are on their way. One
//!    too many is reset without a page.
//! 3. While guards and application work, the [`responder`] tells when the client cancels. The [`body`] of the request invites
//!    the client to send it, and widens the [`window`] as it is read.
//! 4. The [`response`] leaves as one [`piece`] after the other, since h2 buffers what a client does not take. Each adds its
//!    bytes to what is [`outstanding`] when h2 gets it, and takes them off as h2 writes them; the next is made when nothing is
//!    outstanding.
//! 5. The last piece has left, or the client has cancelled. A stream that ends without an answer counts as cancelled, and too many
//!    of those end the connection.
//!
//! # The connection that they share
//!
//! - A [`watched_socket`] tells the [`network`] whether anything comes and goes: who is to blame for a response that does not
//!   leave, the network that takes nothing, or the client that gives no window?
//! - [`window`] bounds how much a client may send that nobody reads.
//! - [`keep_alive`] finds out whether the client is still there.
//! - [`linger`] closes it without losing what the client is still reading.

mod body;
mod exchange;
mod head;
mod keep_alive;
mod linger;
mod network;
mod outstanding;
mod piece;
mod responder;
mod response;
mod streams;
mod watched_socket;
mod window;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use h2::server::{Builder, Connection};

use self::keep_alive::KeepAlive;
use self::linger::Close;
use self::piece::Piece;
use self::streams::{Overdue, Streams};
use self::watched_socket::WatchedSocket;
pub(crate) use self::window::WIDE_AT_ONCE;
use self::window::{NARROW, Window};
use super::peer::Peer;
use super::socket::Socket;
use super::worker::Worker;

/// Requests at the same time on one connection. Browsers expect 100; with fewer, pages with many images are slow.
const STREAMS: u32 = 100;

/// A client that is told to leave, and has nothing to wait for, gets this long to hear it: a round trip.
const LEAVE: Duration = Duration::from_secs(1);

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: &Rc<Worker>, socket: Socket, peer: Peer) {
    let (limits, settings) = (&worker.limits, &worker.settings);
    let streams = Streams::new(&worker.ticker, settings.header_timeout, settings.idle_timeout, settings.body_timeout);
    let streams = Rc::new(streams);
    let socket = Rc::new(RefCell::new(socket));
    let handshake = Builder::new()
        .max_concurrent_streams(STREAMS)
        // A user who leaves a page cancels all of its requests at once.
        .max_pending_accept_reset_streams(usize::try_from(STREAMS).unwrap_or(usize::MAX))
        // What is larger h2 refuses by itself, without our page and log line; so ours is the lower limit.
        .max_header_list_size(u32::try_from(limits.head.saturating_mul(2)).unwrap_or(u32::MAX))
        .initial_connection_window_size(NARROW)
        .initial_window_size(NARROW / 2)
        .handshake(WatchedSocket::new(&socket, streams.network()));
    let stopped = async {
        worker.stopping().await;
        // The client's preface is on its way, and perhaps a first request behind it.
        tokio::time::sleep(LEAVE).await;
    };
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        _ = poll_fn(|cx| streams.poll_overdue(cx)) => return,
        () = stopped => return,
    };
    let Ok(connection) = shaken else { return };
    let window = Rc::new(Window::new(worker.wide_windows.client(worker.front.one(peer.address))));
    let (worker, peer) = (Rc::clone(worker), Rc::new(peer));
    let http2 = Http2 { worker: Rc::clone(&worker), peer, connection, window, streams, told: None };
    if http2.run().await == Close::Lingering {
        linger::linger(&worker.ticker, &socket).await;
    }
}

struct Http2 {
    worker: Rc<Worker>,
    peer: Rc<Peer>,
    connection: Connection<WatchedSocket, Piece>,
    window: Rc<Window>,
    streams: Rc<Streams>,
    /// `Some` once the client was told to leave: how the connection is to be closed then.
    told: Option<Close>,
}

impl Http2 {
    async fn run(mut self) -> Close {
        let worker = Rc::clone(&self.worker);
        let mut stopping = pin!(worker.stopping());
        let mut keep_alive = KeepAlive::new(&worker.ticker, self.connection.ping_pong(), self.streams.network());
        poll_fn(|cx| {
            if self.told.is_none() && stopping.as_mut().poll(cx).is_ready() {
                self.tell_to_leave();
            }
            loop {
                if self.poll_ended(cx).is_ready() {
                    return Poll::Ready(self.told.unwrap_or(Close::AtOnce));
                }
                if keep_alive.poll_gone(cx).is_ready() {
                    return Poll::Ready(Close::AtOnce);
                }
                match (ready!(self.streams.poll_overdue(cx)), self.told) {
                    (Overdue::Response, _) => return Poll::Ready(Close::AtOnce),
                    (Overdue::Request | Overdue::Resets, None) => self.tell_to_leave(),
                    (Overdue::Request | Overdue::Resets, Some(close)) => return Poll::Ready(close),
                }
            }
        })
        .await
    }

    fn tell_to_leave(&mut self) {
        self.told = Some(if self.streams.are_any() { Close::Lingering } else { Close::AtOnce });
        self.connection.graceful_shutdown();
        self.streams.leave_within(LEAVE);
    }

    /// Accepts requests and spawns a task for each. Ready when the connection has ended; whatever ended it, there is nobody
    /// left to tell.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.window.adapt(&mut self.connection);
        while let Some(Ok((request, respond))) = ready!(pin!(self.connection.accept()).poll(cx)) {
            let (worker, peer, stream) = (Rc::clone(&self.worker), Rc::clone(&self.peer), self.streams.open());
            let window = Rc::clone(&self.window);
            tokio::task::spawn_local(exchange::carry(worker, request, respond, peer, stream, window));
        }
        Poll::Ready(())
    }
}
