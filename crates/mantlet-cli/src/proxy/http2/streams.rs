//! [`Streams`]: how long the requests of an HTTP/2 connection may leave it waiting, and how often be taken back.
//!
//! h2 asks whether the peer still lives, and an attacker answers. A client that opens streams and gives their responses
//! no window, or a connection that never asks for anything, would stay for as long as it likes, and with it a connection
//! to the application. Here the same deadlines hold as over HTTP/1.1, for each stream on its own: a stream ends when the
//! last byte of its response has left, not when h2 has taken it to keep.
//!
//! While the network itself takes nothing, single streams are hardly to blame: a hundred of them on a slow line wait long
//! for their turns. Then the connection as a whole has to move, as over HTTP/1.1, and each stream a little.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mantlet::pool::Share;
use slab::Slab;

use super::turn::Turn;
use crate::proxy::patience::Patience;
use crate::proxy::watch::{Ticker, Watch};

/// How often the deadlines of a connection's streams are looked at, while there are any.
const LOOK: Duration = Duration::from_secs(1);

/// Ticks that do not count when the network took nothing between two looks: all but one. A stream on the slowest line then
/// has five minutes for its next turn, and one that is given no window does not wait for ever behind a slow one.
const EXCUSED: u64 = 10;

/// Requests that a client may take back before they are answered, more than it lets be answered. The application has
/// begun to work on each, and lost a connection with it (CVE-2023-44487). A user who leaves a page takes back 100 at most.
const ABANDONED: u32 = 200;

/// Requests without a place that are told why they were refused, at the same time. A client that does not read it would
/// else have as many pages kept for it as it likes.
const TURNED_AWAY: u32 = 10;

/// The streams of one connection.
#[derive(Debug)]
pub(super) struct Streams {
    ticker: Rc<Ticker>,
    look: Watch,
    /// Between two pieces that the client takes of a response.
    between_pieces: Duration,
    idle: Duration,
    /// The client was told to leave, and has this long once nothing is left to do.
    leaving: Cell<Option<Duration>>,
    /// As many as there are streams.
    turns: RefCell<Slab<Turn>>,
    abandoned: Cell<u32>,
    turned_away: Cell<u32>,
    network: RefCell<Network>,
    was_heard: Cell<bool>,
    /// The client does not take its answers.
    given_up: Cell<bool>,
}

/// Whether the network takes what we have for it.
#[derive(Debug)]
struct Network {
    patience: Patience,
    /// It took nothing, at some time since somebody looked.
    was_blocked: bool,
}

/// What is wrong with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// A client does not take its response.
    Response,
    /// There was no request for a while.
    Request,
    /// Too many requests were taken back: a rapid reset.
    Resets,
}

/// A stream from its request's head until its response has left.
#[derive(Debug)]
pub(super) struct Stream {
    streams: Rc<Streams>,
    key: usize,
    answered: Cell<bool>,
    is_turned_away: Cell<bool>,
    place: OnceCell<Share>,
}

impl Streams {
    /// None yet. The first has to come within `first`, others within `idle` after the last has ended.
    pub(super) fn new(ticker: &Rc<Ticker>, first: Duration, idle: Duration, between_pieces: Duration) -> Self {
        let look = Watch::new(ticker);
        look.set(first);
        Self {
            ticker: Rc::clone(ticker),
            look,
            between_pieces,
            idle,
            leaving: Cell::default(),
            turns: RefCell::default(),
            abandoned: Cell::default(),
            turned_away: Cell::default(),
            network: RefCell::new(Network { patience: Patience::new(between_pieces), was_blocked: false }),
            was_heard: Cell::default(),
            given_up: Cell::default(),
        }
    }

    pub(super) fn open(self: &Rc<Self>) -> Stream {
        let mut turns = self.turns.borrow_mut();
        if turns.is_empty() {
            self.look.set(LOOK);
        }
        let key = turns.insert(Turn::new(self.between_pieces));
        let (streams, place) = (Rc::clone(self), OnceCell::new());
        Stream { streams, key, answered: Cell::default(), is_turned_away: Cell::default(), place }
    }

    /// Ready when the client let something wait for too long, or has asked for too much.
    pub(super) fn poll_overdue(&self, cx: &mut Context<'_>) -> Poll<Overdue> {
        loop {
            if self.abandoned.get() > ABANDONED {
                // Those that are under way may be taken back once it is known that no more are wanted.
                self.abandoned.set(ABANDONED / 2);
                return Poll::Ready(Overdue::Resets);
            }
            ready!(self.look.poll_due(cx));
            let (mut turns, mut network) = (self.turns.borrow_mut(), self.network.borrow_mut());
            // What was said last may still be on the way.
            let is_blocked = network.patience.is_waiting();
            if turns.is_empty() && !is_blocked {
                return Poll::Ready(Overdue::Request);
            }
            if std::mem::replace(&mut network.was_blocked, is_blocked) {
                turns.iter_mut().for_each(|(_, turn)| turn.excuse(EXCUSED));
            }
            let now = self.ticker.now();
            if network.patience.is_over(now) || turns.iter().any(|(_, turn)| turn.is_over(now)) {
                self.given_up.set(true);
                return Poll::Ready(Overdue::Response);
            }
            self.look.set(LOOK);
        }
    }

    /// Whether the client waits for something.
    pub(super) fn are_any(&self) -> bool {
        !self.turns.borrow().is_empty()
    }

    /// The client was told to leave, and gets this long to do so once its last stream has ended.
    pub(super) fn leave_within(&self, time: Duration) {
        self.leaving.set(Some(time));
        if self.turns.borrow().is_empty() {
            self.look.set(time);
        }
    }

    /// The client said something.
    pub(super) fn hear(&self) {
        self.was_heard.set(true);
    }

    /// Whether the client said anything since this was asked last, or cannot be heard: one whose network takes nothing has
    /// its own deadline.
    pub(super) fn was_heard(&self) -> bool {
        self.was_heard.take() || self.network.borrow().patience.is_waiting()
    }

    /// The network took so many bytes.
    pub(super) fn network_took(&self, bytes: usize) {
        self.network.borrow_mut().patience.moved(bytes, self.ticker.now());
    }

    /// The network takes nothing more for now.
    pub(super) fn network_is_blocked(&self) {
        let mut network = self.network.borrow_mut();
        network.was_blocked = true;
        network.patience.wait(self.ticker.now());
    }
}

impl Stream {
    /// There is a place for it, which it has until its response has left.
    pub(super) fn seat(&self, place: Share) {
        // It comes in once.
        let _ = self.place.set(place);
    }

    /// There is no place for it. Whether it can be told why.
    pub(super) fn turn_away(&self) -> bool {
        let count = self.streams.turned_away.get();
        let can_be_told = count < TURNED_AWAY;
        if can_be_told && !self.is_turned_away.replace(true) {
            self.streams.turned_away.set(count.saturating_add(1));
        }
        can_be_told
    }

    /// There is an answer for the client.
    pub(super) fn answered(&self) {
        self.answered.set(true);
    }

    /// There are more bytes for the client.
    pub(super) fn hands_over(&self, bytes: usize) {
        self.update(|turn, now| turn.hands_over(bytes, now));
    }

    /// The client has given a window for bytes that were handed over, and they have left.
    pub(super) fn taken(&self, bytes: usize) {
        self.update(|turn, now| turn.taken(bytes, now));
    }

    /// Whether its connection was ended for want of patience with a client that takes no answers.
    pub(super) fn is_given_up(&self) -> bool {
        self.streams.given_up.get()
    }

    /// Ready when all that was handed over has left.
    pub(super) fn poll_left(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.streams.turns.borrow_mut().get_mut(self.key).map_or(Poll::Ready(()), |turn| turn.poll_left(cx))
    }

    fn update(&self, change: impl FnOnce(&mut Turn, u64)) {
        if let Some(turn) = self.streams.turns.borrow_mut().get_mut(self.key) {
            change(turn, self.streams.ticker.now());
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let Streams { look, idle, leaving, turns, abandoned, turned_away, .. } = &*self.streams;
        if self.is_turned_away.get() {
            turned_away.set(turned_away.get().saturating_sub(1));
        }
        let count = abandoned.get();
        abandoned.set(if self.answered.get() { count.saturating_sub(1) } else { count.saturating_add(1) });
        let mut turns = turns.borrow_mut();
        turns.try_remove(self.key);
        if turns.is_empty() {
            match leaving.get() {
                Some(time) => look.set(time),
                None => look.set(*idle),
            }
        }
    }
}

#[cfg(test)]
mod tests;
