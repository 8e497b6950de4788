//! One HTTP/2 connection from a browser: h2 speaks it, the way through the front door and the guards is the same.
//!
//! h2 bounds what a client can make it do (CONTINUATION floods, tiny frames, its own resets); what is set here are the
//! numbers. What it cannot know is here: [`head`] is what a request becomes for readers of HTTP/1.1, [`response`] how little
//! of an answer is held for a client that does not take it, [`streams`] how long a client may keep us waiting and how often
//! take a request back, [`window`] how much it may send that nobody reads, [`pulse`] whether it is there at all, [`parting`]
//! how not to close the door on what it still reads.

mod body;
mod exchange;
mod head;
mod outlet;
mod parting;
mod piece;
mod pulse;
mod responder;
mod response;
mod streams;
mod turn;
mod window;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use h2::server::{Builder, Connection};

use self::outlet::Outlet;
use self::parting::Parting;
use self::piece::Piece;
use self::pulse::Pulse;
use self::streams::{Overdue, Streams};
pub(crate) use self::window::WIDE_AT_ONCE;
use self::window::{NARROW, Window};
use super::front::Visitor;
use super::wire::Socket;
use super::worker::Worker;

/// Requests at the same time on one connection. What browsers expect is 100; fewer slow pages with many images down.
const STREAMS: u32 = 100;

/// A client that is told to leave, and has nothing to wait for, gets this long to hear it: a round trip.
const LEAVE: Duration = Duration::from_secs(1);

/// Serves a connection until it ends.
pub(crate) async fn serve(worker: &Rc<Worker>, socket: Socket, visitor: Visitor) {
    let (limits, settings) = (&worker.limits, &worker.settings);
    let streams = Streams::new(&worker.ticker, settings.header_timeout, settings.idle_timeout, settings.body_timeout);
    let streams = Rc::new(streams);
    let socket = Rc::new(RefCell::new(socket));
    let handshake = Builder::new()
        .max_concurrent_streams(STREAMS)
        // Whoever leaves a page takes all of its requests back at once.
        .max_pending_accept_reset_streams(usize::try_from(STREAMS).unwrap_or(usize::MAX))
        // h2 answers what is larger without a word of ours: what we refuse ourselves is half of that.
        .max_header_list_size(u32::try_from(limits.head.saturating_mul(2)).unwrap_or(u32::MAX))
        .initial_connection_window_size(NARROW)
        .initial_window_size(NARROW / 2)
        .handshake(Outlet::new(&socket, &streams));
    let stopped = async {
        worker.stopping().await;
        // What is said first is on the way, and may be a request.
        tokio::time::sleep(LEAVE).await;
    };
    let shaken = tokio::select! {
        shaken = handshake => shaken,
        _ = poll_fn(|cx| streams.poll_overdue(cx)) => return,
        () = stopped => return,
    };
    let Ok(connection) = shaken else { return };
    let window = Rc::new(Window::new(worker.wide_windows.client(worker.front.one(visitor.address))));
    let (worker, visitor) = (Rc::clone(worker), Rc::new(visitor));
    let http2 = Http2 { worker: Rc::clone(&worker), visitor, connection, window, streams, told: None };
    if http2.run().await == Parting::MayStillRead {
        parting::linger(&worker.ticker, &socket).await;
    }
}

struct Http2 {
    worker: Rc<Worker>,
    visitor: Rc<Visitor>,
    connection: Connection<Outlet, Piece>,
    window: Rc<Window>,
    streams: Rc<Streams>,
    /// The client was told to leave, and how it parts then.
    told: Option<Parting>,
}

impl Http2 {
    async fn run(mut self) -> Parting {
        let worker = Rc::clone(&self.worker);
        let mut stopping = pin!(worker.stopping());
        let mut pulse = Pulse::new(&worker.ticker, self.connection.ping_pong(), &self.streams);
        poll_fn(|cx| {
            if self.told.is_none() && stopping.as_mut().poll(cx).is_ready() {
                self.tell_to_leave();
            }
            loop {
                if self.poll_ended(cx).is_ready() {
                    return Poll::Ready(self.told.unwrap_or(Parting::AtOnce));
                }
                if pulse.poll_gone(cx).is_ready() {
                    return Poll::Ready(Parting::AtOnce);
                }
                match (ready!(self.streams.poll_overdue(cx)), self.told) {
                    (Overdue::Response, _) => return Poll::Ready(Parting::AtOnce),
                    (Overdue::Request | Overdue::Resets, None) => self.tell_to_leave(),
                    (Overdue::Request | Overdue::Resets, Some(parting)) => return Poll::Ready(parting),
                }
            }
        })
        .await
    }

    fn tell_to_leave(&mut self) {
        self.told = Some(if self.streams.are_any() { Parting::MayStillRead } else { Parting::AtOnce });
        self.connection.graceful_shutdown();
        self.streams.leave_within(LEAVE);
    }

    /// Takes requests, each on its way by itself, until there are no more. Whatever ended the connection, there is nobody
    /// left to tell.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.window.adapt(&mut self.connection);
        while let Some(Ok((request, respond))) = ready!(pin!(self.connection.accept()).poll(cx)) {
            let (worker, visitor, stream) = (Rc::clone(&self.worker), Rc::clone(&self.visitor), self.streams.open());
            let window = Rc::clone(&self.window);
            tokio::task::spawn_local(exchange::carry(worker, request, respond, visitor, stream, window));
        }
        Poll::Ready(())
    }
}
