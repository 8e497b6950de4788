//! [`Streams`]: the deadlines of an HTTP/2 connection's requests, and how many of them may be cancelled.
//!
//! A PING tells whether the client lives, and an attacker answers it. A client that opens streams and gives their responses
//! no window, or a connection that never asks for anything, would stay for as long as it likes, and with it a connection
//! to the application. Here the same deadlines hold as over HTTP/1.1, for each stream on its own: a stream ends when the
//! last byte of its response has left, not when h2 has put it into its buffer.
//!
//! While the network itself takes nothing, single streams are hardly to blame: a hundred of them on a slow line have to wait
//! for one another. Then the connection as a whole has to make progress, as over HTTP/1.1, and each stream a little.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mantlet::pool::Share;
use slab::Slab;

use super::network::Network;
use super::outstanding::Outstanding;
use crate::proxy::deadline::{Deadline, Ticker};

/// How often the deadlines of a connection's streams are checked, while there are any.
const CHECK: Duration = Duration::from_secs(1);

/// Ticks that do not count when the network took nothing between two checks: all but one. A stream on the slowest line then
/// has five minutes for its next piece, and one that is given no window does not wait for ever behind a slow one.
const EXCUSED: u64 = 10;

/// How many more requests a client may cancel than it lets be answered (rapid reset, CVE-2023-44487): the application has
/// begun to work on each, and lost a connection with it. A user who leaves a page cancels 100 at most.
const CANCELLED: u32 = 200;

/// Requests refused by the front door whose refusals are on their way at the same time; others are reset. A client that
/// reads none would otherwise have as many pages kept for it as it likes.
const REFUSED: usize = 10;

/// The streams of one connection.
#[derive(Debug)]
pub(super) struct Streams {
    ticker: Rc<Ticker>,
    /// When to check next.
    check: Deadline,
    /// The longest a client may take for a piece of a response.
    between_pieces: Duration,
    /// How long a client may stay that has no stream.
    idle: Cell<Duration>,
    open: RefCell<Slab<Open>>,
    /// How many more requests were cancelled than answered.
    cancelled: Cell<u32>,
    network: Rc<Network>,
    /// The client does not take its answers.
    given_up: Cell<bool>,
}

/// What is known of a stream as long as there is one.
#[derive(Debug)]
struct Open {
    outstanding: Outstanding,
    /// What is outstanding is the page of a refusal.
    is_refused: bool,
}

/// What is wrong with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// A client does not take its response.
    Response,
    /// There was no request for a while.
    Request,
    /// Too many requests were cancelled: a rapid reset.
    Resets,
}

/// A stream from its request's head until its response has left.
#[derive(Debug)]
pub(super) struct Stream {
    streams: Rc<Streams>,
    key: usize,
    is_answered: bool,
    /// `None`: the front door has not let it in.
    place: Option<Share>,
}

impl Streams {
    /// None yet. The first has to come within `first`, others within `idle` after the last has ended.
    pub(super) fn new(ticker: &Rc<Ticker>, first: Duration, idle: Duration, between_pieces: Duration) -> Self {
        let check = Deadline::new(ticker);
        check.set(first);
        Self {
            ticker: Rc::clone(ticker),
            check,
            between_pieces,
            idle: Cell::new(idle),
            open: RefCell::default(),
            cancelled: Cell::default(),
            network: Rc::new(Network::new(ticker, between_pieces)),
            given_up: Cell::default(),
        }
    }

    /// What their connection knows of its network.
    pub(super) fn network(&self) -> &Rc<Network> {
        &self.network
    }

    pub(super) fn open(self: &Rc<Self>) -> Stream {
        let mut open = self.open.borrow_mut();
        if open.is_empty() {
            self.check.set(CHECK);
        }
        let key = open.insert(Open { outstanding: Outstanding::new(self.between_pieces), is_refused: false });
        Stream { streams: Rc::clone(self), key, is_answered: false, place: None }
    }

    /// Ready when the client has missed a deadline, or cancelled too much.
    pub(super) fn poll_overdue(&self, cx: &mut Context<'_>) -> Poll<Overdue> {
        loop {
            if self.cancelled.get() > CANCELLED {
                // Requests under way may still be cancelled once the client was told to leave.
                self.cancelled.set(CANCELLED / 2);
                return Poll::Ready(Overdue::Resets);
            }
            ready!(self.check.poll_due(cx));
            let mut open = self.open.borrow_mut();
            // The end of the last response may still be on its way.
            if open.is_empty() && !self.network.is_blocked() {
                return Poll::Ready(Overdue::Request);
            }
            if self.network.was_blocked() {
                open.iter_mut().for_each(|(_, stream)| stream.outstanding.excuse(EXCUSED));
            }
            let now = self.ticker.now();
            if self.network.is_too_slow() || open.iter().any(|(_, stream)| stream.outstanding.is_too_slow(now)) {
                self.given_up.set(true);
                return Poll::Ready(Overdue::Response);
            }
            self.check.set(CHECK);
        }
    }

    /// Whether there are any.
    pub(super) fn are_any(&self) -> bool {
        !self.open.borrow().is_empty()
    }

    /// The client was told to leave, and gets this long to do so once its last stream has ended.
    pub(super) fn leave_within(&self, time: Duration) {
        self.idle.set(time);
        if !self.are_any() {
            self.check.set(time);
        }
    }
}

impl Stream {
    /// The front door let it in: it keeps its place until its response has left.
    pub(super) fn keep(&mut self, place: Share) {
        self.place.get_or_insert(place);
    }

    /// The front door refused it. Returns whether the client can be told why.
    pub(super) fn refuse(&self) -> bool {
        let mut open = self.streams.open.borrow_mut();
        let can_be_told = open.iter().filter(|(_, stream)| stream.is_refused).count() < REFUSED;
        if let Some(stream) = open.get_mut(self.key) {
            stream.is_refused = can_be_told;
        }
        can_be_told
    }

    /// There is an answer for the client.
    pub(super) fn answered(&mut self) {
        self.is_answered = true;
    }

    /// Bytes for the client were handed to h2.
    pub(super) fn handed_over(&self, bytes: usize) {
        self.update(|outstanding, now| outstanding.add(bytes, now));
    }

    /// The client's window was wide enough for bytes that were handed over, and they have left.
    pub(super) fn left(&self, bytes: usize) {
        self.update(|outstanding, now| outstanding.remove(bytes, now));
    }

    /// Whether its connection was ended because the client takes its responses too slowly.
    pub(super) fn is_given_up(&self) -> bool {
        self.streams.given_up.get()
    }

    /// Ready when all that was handed over has left.
    pub(super) fn poll_all_left(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut open = self.streams.open.borrow_mut();
        open.get_mut(self.key).map_or(Poll::Ready(()), |stream| stream.outstanding.poll_none(cx))
    }

    fn update(&self, change: impl FnOnce(&mut Outstanding, u64)) {
        if let Some(stream) = self.streams.open.borrow_mut().get_mut(self.key) {
            change(&mut stream.outstanding, self.streams.ticker.now());
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let Streams { check, idle, open, cancelled, .. } = &*self.streams;
        let count = cancelled.get();
        cancelled.set(if self.is_answered { count.saturating_sub(1) } else { count.saturating_add(1) });
        let mut open = open.borrow_mut();
        open.try_remove(self.key);
        if open.is_empty() {
            check.set(idle.get());
        }
    }
}

#[cfg(test)]
mod tests;
