//! [`Streams`]: the deadlines of an HTTP/2 connection's requests, and how many of them may be cancelled.
//!
//! A PING tells whether the client lives, and an attacker answers it. A client that opens streams and gives their responses
//! no window, or a connection that never asks for anything, would stay for as long as it likes, and with it a connection
//! to the application. Here the same deadlines hold as over HTTP/1.1, for each stream on its own: a stream ends when the
//! last byte of its response has left, not when h2 has put it into its buffer.
//!
//! While the network itself takes nothing, single streams are hardly to blame: a hundred of them on a slow line have to wait
//! for one another. Then the connection as a whole has to make progress, as over HTTP/1.1, and each stream a little.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mantlet::pool::Share;
use slab::Slab;

use super::outstanding::Outstanding;
use crate::proxy::data_rate::DataRate;
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
const REFUSED: u32 = 10;

/// The streams of one connection.
#[derive(Debug)]
pub(super) struct Streams {
    ticker: Rc<Ticker>,
    /// When to check next.
    check: Deadline,
    /// The longest a client may take for a piece of a response.
    between_pieces: Duration,
    idle: Duration,
    /// The client was told to leave, and has this long to do so once its last stream has ended.
    leaving: Cell<Option<Duration>>,
    /// One for each stream.
    outstanding: RefCell<Slab<Outstanding>>,
    cancelled: Cell<u32>,
    refused: Cell<u32>,
    network: RefCell<Network>,
    was_heard: Cell<bool>,
    /// The client does not take its answers.
    given_up: Cell<bool>,
}

/// Whether the network takes what we have for it.
#[derive(Debug)]
struct Network {
    rate: DataRate,
    /// It took nothing, at some time since the last check.
    was_blocked: bool,
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
    answered: Cell<bool>,
    is_refused: Cell<bool>,
    place: OnceCell<Share>,
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
            idle,
            leaving: Cell::default(),
            outstanding: RefCell::default(),
            cancelled: Cell::default(),
            refused: Cell::default(),
            network: RefCell::new(Network { rate: DataRate::new(between_pieces), was_blocked: false }),
            was_heard: Cell::default(),
            given_up: Cell::default(),
        }
    }

    pub(super) fn open(self: &Rc<Self>) -> Stream {
        let mut outstanding = self.outstanding.borrow_mut();
        if outstanding.is_empty() {
            self.check.set(CHECK);
        }
        let key = outstanding.insert(Outstanding::new(self.between_pieces));
        let (streams, place) = (Rc::clone(self), OnceCell::new());
        Stream { streams, key, answered: Cell::default(), is_refused: Cell::default(), place }
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
            let (mut outstanding, mut network) = (self.outstanding.borrow_mut(), self.network.borrow_mut());
            // The end of the last response may still be on its way.
            let is_blocked = network.rate.is_waiting();
            if outstanding.is_empty() && !is_blocked {
                return Poll::Ready(Overdue::Request);
            }
            if std::mem::replace(&mut network.was_blocked, is_blocked) {
                outstanding.iter_mut().for_each(|(_, stream)| stream.excuse(EXCUSED));
            }
            let now = self.ticker.now();
            if network.rate.is_too_slow(now) || outstanding.iter().any(|(_, stream)| stream.is_too_slow(now)) {
                self.given_up.set(true);
                return Poll::Ready(Overdue::Response);
            }
            self.check.set(CHECK);
        }
    }

    /// Whether there are any.
    pub(super) fn are_any(&self) -> bool {
        !self.outstanding.borrow().is_empty()
    }

    /// The client was told to leave, and gets this long to do so once its last stream has ended.
    pub(super) fn leave_within(&self, time: Duration) {
        self.leaving.set(Some(time));
        if self.outstanding.borrow().is_empty() {
            self.check.set(time);
        }
    }

    /// Something came from the client.
    pub(super) fn hear(&self) {
        self.was_heard.set(true);
    }

    /// Whether anything came from the client since the last call, or nothing can be expected to: no PING reaches it while the
    /// network takes nothing, which has a deadline of its own.
    pub(super) fn was_heard(&self) -> bool {
        self.was_heard.take() || self.network.borrow().rate.is_waiting()
    }

    /// The network took this many bytes.
    pub(super) fn network_took(&self, bytes: usize) {
        self.network.borrow_mut().rate.moved(bytes, self.ticker.now());
    }

    /// The network takes nothing more for now.
    pub(super) fn network_is_blocked(&self) {
        let mut network = self.network.borrow_mut();
        network.was_blocked = true;
        network.rate.wait(self.ticker.now());
    }
}

impl Stream {
    /// The front door let it in: it keeps its place until its response has left.
    pub(super) fn keep(&self, place: Share) {
        // It is let in once.
        let _ = self.place.set(place);
    }

    /// The front door refused it. Returns whether the client can be told why.
    pub(super) fn refuse(&self) -> bool {
        let count = self.streams.refused.get();
        let can_be_told = count < REFUSED;
        if can_be_told && !self.is_refused.replace(true) {
            self.streams.refused.set(count.saturating_add(1));
        }
        can_be_told
    }

    /// There is an answer for the client.
    pub(super) fn answered(&self) {
        self.answered.set(true);
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
        let mut outstanding = self.streams.outstanding.borrow_mut();
        outstanding.get_mut(self.key).map_or(Poll::Ready(()), |outstanding| outstanding.poll_none(cx))
    }

    fn update(&self, change: impl FnOnce(&mut Outstanding, u64)) {
        if let Some(outstanding) = self.streams.outstanding.borrow_mut().get_mut(self.key) {
            change(outstanding, self.streams.ticker.now());
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let Streams { check, idle, leaving, outstanding, cancelled, refused, .. } = &*self.streams;
        if self.is_refused.get() {
            refused.set(refused.get().saturating_sub(1));
        }
        let count = cancelled.get();
        cancelled.set(if self.answered.get() { count.saturating_sub(1) } else { count.saturating_add(1) });
        let mut outstanding = outstanding.borrow_mut();
        outstanding.try_remove(self.key);
        if outstanding.is_empty() {
            match leaving.get() {
                Some(time) => check.set(time),
                None => check.set(*idle),
            }
        }
    }
}

#[cfg(test)]
mod tests;
