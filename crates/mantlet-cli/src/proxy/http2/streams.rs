//! [`Streams`]: how long the requests of an HTTP/2 connection may leave it waiting.
//!
//! h2 asks whether the peer still lives, and an attacker answers. A client that opens streams and gives their responses
//! no window, or a connection that never asks for anything, would stay for as long as it likes, and with it a connection
//! to the application. Here the same deadlines hold as over HTTP/1.1, for each stream on its own.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use slab::Slab;

use crate::proxy::watch::{Ticker, Watch, ticks};

/// How often the deadlines of a connection's streams are looked at, while there are any.
const LOOK: Duration = Duration::from_secs(1);

/// Nobody waits for the client.
const NEVER: u64 = u64::MAX;

/// The streams of one connection.
#[derive(Debug)]
pub(crate) struct Streams {
    ticker: Rc<Ticker>,
    look: Watch,
    /// Between two pieces that the client takes of a response.
    between_pieces: u64,
    idle: Duration,
    /// The tick at which the client must have taken the next piece. As many as there are streams.
    due: RefCell<Slab<u64>>,
}

/// What is wrong with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// A client does not take its response.
    Response,
    /// There was no request for a while.
    Request,
}

/// A stream from its request's head until its response has ended.
#[derive(Debug)]
pub(crate) struct Stream {
    streams: Rc<Streams>,
    key: usize,
}

impl Streams {
    /// None yet. The first has to come within `first`, others within `idle` after the last has ended.
    pub(crate) fn new(ticker: &Rc<Ticker>, first: Duration, idle: Duration, between_pieces: Duration) -> Self {
        let look = Watch::new(ticker);
        look.set_idle(first);
        Self { ticker: Rc::clone(ticker), look, between_pieces: ticks(between_pieces), idle, due: RefCell::default() }
    }

    pub(crate) fn open(self: &Rc<Self>) -> Stream {
        let mut due = self.due.borrow_mut();
        if due.is_empty() {
            self.look.set(LOOK);
        }
        Stream { streams: Rc::clone(self), key: due.insert(NEVER) }
    }

    /// Ready when the client let something wait for too long.
    pub(crate) fn poll_overdue(&self, cx: &mut Context<'_>) -> Poll<Overdue> {
        loop {
            ready!(self.look.poll_due(cx));
            let due = self.due.borrow();
            if due.is_empty() {
                return Poll::Ready(Overdue::Request);
            }
            if due.iter().any(|(_, due)| *due <= self.ticker.now()) {
                return Poll::Ready(Overdue::Response);
            }
            self.look.set(LOOK);
        }
    }

    /// The client was told to leave, and gets this long to do so.
    pub(crate) fn leave_within(&self, time: Duration) {
        self.look.set(time);
    }
}

impl Stream {
    /// It is the client's turn: there is more for it.
    pub(crate) fn waits_for_client(&self) {
        self.set(self.streams.ticker.now().saturating_add(self.streams.between_pieces).saturating_add(1));
    }

    /// It is the application's turn.
    pub(crate) fn waits_for_application(&self) {
        self.set(NEVER);
    }

    fn set(&self, to: u64) {
        if let Some(due) = self.streams.due.borrow_mut().get_mut(self.key) {
            *due = to;
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut due = self.streams.due.borrow_mut();
        due.try_remove(self.key);
        if due.is_empty() {
            self.streams.look.set_idle(self.streams.idle);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    struct Connection {
        ticker: Rc<Ticker>,
        streams: Rc<Streams>,
    }

    impl Connection {
        fn new() -> Self {
            let ticker = Rc::new(Ticker::default());
            let second = Duration::from_secs;
            let streams = Rc::new(Streams::new(&ticker, second(1), second(7), second(3)));
            Self { ticker, streams }
        }

        /// After this many seconds.
        fn after(&self, seconds: u32) -> Option<Overdue> {
            for _ in 0..seconds.saturating_mul(10) {
                self.ticker.tick();
                if let Some(overdue) = self.overdue() {
                    return Some(overdue);
                }
            }
            self.overdue()
        }

        fn overdue(&self) -> Option<Overdue> {
            match self.streams.poll_overdue(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(overdue) => Some(overdue),
                Poll::Pending => None,
            }
        }
    }

    #[test]
    fn a_connection_without_requests_is_overdue() {
        assert_eq!(Connection::new().after(2), Some(Overdue::Request), "never a request");
        let connection = Connection::new();
        drop(connection.streams.open());
        assert_eq!(connection.after(6), None, "between two requests");
        assert_eq!(connection.after(2), Some(Overdue::Request), "no other request");
    }

    #[test]
    fn each_response_has_its_own_deadline() {
        let connection = Connection::new();
        let (taken, stalled) = (connection.streams.open(), connection.streams.open());
        assert_eq!(connection.after(60), None, "the application may take its time");
        stalled.waits_for_client();
        for _ in 0..2 {
            taken.waits_for_client();
            assert_eq!(connection.after(1), None);
        }
        taken.waits_for_application();
        assert_eq!(connection.after(3), Some(Overdue::Response));
        drop(stalled);
        assert_eq!(connection.after(60), None, "an event stream may be silent");
    }
}
