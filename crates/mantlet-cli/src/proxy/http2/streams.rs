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
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use mantlet::pool::Share;
use slab::Slab;

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
pub(crate) struct Streams {
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

/// Whose turn it is on a stream: the client's while there is something for it.
#[derive(Debug)]
struct Turn {
    patience: Patience,
    /// Bytes that were handed to h2 and have not left.
    on_the_way: usize,
    /// Who has more for the client.
    sender: Option<Waker>,
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
pub(crate) enum Overdue {
    /// A client does not take its response.
    Response,
    /// There was no request for a while.
    Request,
    /// Too many requests were taken back.
    Patience,
}

/// A stream from its request's head until its response has left.
#[derive(Debug)]
pub(crate) struct Stream {
    streams: Rc<Streams>,
    key: usize,
    answered: Cell<bool>,
    is_turned_away: Cell<bool>,
    place: OnceCell<Share>,
}

impl Streams {
    /// None yet. The first has to come within `first`, others within `idle` after the last has ended.
    pub(crate) fn new(ticker: &Rc<Ticker>, first: Duration, idle: Duration, between_pieces: Duration) -> Self {
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

    pub(crate) fn open(self: &Rc<Self>) -> Stream {
        let mut turns = self.turns.borrow_mut();
        if turns.is_empty() {
            self.look.set(LOOK);
        }
        let patience = Patience::new(self.between_pieces);
        let key = turns.insert(Turn { patience, on_the_way: 0, sender: None });
        let (streams, place) = (Rc::clone(self), OnceCell::new());
        Stream { streams, key, answered: Cell::default(), is_turned_away: Cell::default(), place }
    }

    /// Ready when the client let something wait for too long, or has asked for too much.
    pub(crate) fn poll_overdue(&self, cx: &mut Context<'_>) -> Poll<Overdue> {
        loop {
            if self.abandoned.get() > ABANDONED {
                // Those that are under way may be taken back once it is known that no more are wanted.
                self.abandoned.set(ABANDONED / 2);
                return Poll::Ready(Overdue::Patience);
            }
            ready!(self.look.poll_due(cx));
            let (mut turns, mut network) = (self.turns.borrow_mut(), self.network.borrow_mut());
            // What was said last may still be on the way.
            let is_blocked = network.patience.is_waiting();
            if turns.is_empty() && !is_blocked {
                return Poll::Ready(Overdue::Request);
            }
            if std::mem::replace(&mut network.was_blocked, is_blocked) {
                turns.iter_mut().for_each(|(_, turn)| turn.patience.excuse(EXCUSED));
            }
            let now = self.ticker.now();
            if network.patience.is_over(now) || turns.iter().any(|(_, turn)| turn.patience.is_over(now)) {
                self.given_up.set(true);
                return Poll::Ready(Overdue::Response);
            }
            self.look.set(LOOK);
        }
    }

    /// Whether the client waits for something.
    pub(crate) fn are_any(&self) -> bool {
        !self.turns.borrow().is_empty()
    }

    /// The client was told to leave, and gets this long to do so once its last stream has ended.
    pub(crate) fn leave_within(&self, time: Duration) {
        self.leaving.set(Some(time));
        if self.turns.borrow().is_empty() {
            self.look.set(time);
        }
    }

    /// The client said something.
    pub(crate) fn hear(&self) {
        self.was_heard.set(true);
    }

    /// Whether the client said anything since this was asked last, or cannot be heard: one whose network takes nothing has
    /// its own deadline.
    pub(crate) fn was_heard(&self) -> bool {
        self.was_heard.take() || self.network.borrow().patience.is_waiting()
    }

    /// The network took so many bytes.
    pub(crate) fn network_took(&self, bytes: usize) {
        self.network.borrow_mut().patience.moved(bytes, self.ticker.now());
    }

    /// The network takes nothing more for now.
    pub(crate) fn network_is_blocked(&self) {
        let mut network = self.network.borrow_mut();
        network.was_blocked = true;
        network.patience.wait(self.ticker.now());
    }
}

impl Stream {
    /// There is a place for it, which it has until its response has left.
    pub(crate) fn seat(&self, place: Share) {
        // It comes in once.
        let _ = self.place.set(place);
    }

    /// There is no place for it. Whether it can be told why.
    pub(crate) fn turn_away(&self) -> bool {
        let count = self.streams.turned_away.get();
        let can_be_told = count < TURNED_AWAY;
        if can_be_told && !self.is_turned_away.replace(true) {
            self.streams.turned_away.set(count.saturating_add(1));
        }
        can_be_told
    }

    /// There is an answer for the client.
    pub(crate) fn answered(&self) {
        self.answered.set(true);
    }

    /// There are more bytes for the client.
    pub(crate) fn hands_over(&self, bytes: usize) {
        self.update(|turn, now| {
            turn.on_the_way = turn.on_the_way.saturating_add(bytes);
            turn.wait(now);
        });
    }

    /// The client has given a window for bytes that were handed over, and they have left.
    pub(crate) fn taken(&self, bytes: usize) {
        self.update(|turn, now| {
            turn.on_the_way = turn.on_the_way.saturating_sub(bytes);
            turn.patience.moved(bytes, now);
            turn.wait(now);
        });
    }

    /// Whether its connection was ended for want of patience with a client that takes no answers.
    pub(crate) fn is_given_up(&self) -> bool {
        self.streams.given_up.get()
    }

    /// Ready when all that was handed over has left.
    pub(crate) fn poll_left(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut turns = self.streams.turns.borrow_mut();
        let Some(turn) = turns.get_mut(self.key).filter(|turn| turn.on_the_way > 0) else { return Poll::Ready(()) };
        if !turn.sender.as_ref().is_some_and(|sender| sender.will_wake(cx.waker())) {
            turn.sender = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn update(&self, change: impl FnOnce(&mut Turn, u64)) {
        if let Some(turn) = self.streams.turns.borrow_mut().get_mut(self.key) {
            change(turn, self.streams.ticker.now());
        }
    }
}

impl Turn {
    /// Waits for the client, if it is its turn. One that it waits already is not waited for any longer.
    fn wait(&mut self, now: u64) {
        if self.on_the_way > 0 {
            self.patience.wait(now);
        } else if let Some(sender) = self.sender.take() {
            sender.wake();
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
mod tests {
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
        stalled.hands_over(1);
        for _ in 0..2 {
            taken.hands_over(9);
            taken.taken(9);
            assert_eq!(connection.after(1), None);
        }
        assert_eq!(connection.after(3), Some(Overdue::Response));
        drop(stalled);
        assert_eq!(connection.after(60), None, "an event stream may be silent");
    }

    #[test]
    fn what_has_not_left_is_waited_for() {
        let connection = Connection::new();
        let stream = connection.streams.open();
        let has_left = || stream.poll_left(&mut Context::from_waker(Waker::noop())).is_ready();
        assert!(has_left());
        stream.hands_over(100);
        stream.taken(1);
        assert_eq!(connection.after(5), Some(Overdue::Response), "a byte of a hundred");
        stream.taken(1);
        assert_eq!(connection.after(2), None, "another byte");
        assert!(!has_left());
        stream.taken(98);
        assert_eq!(connection.after(60), None, "all of them");
        assert!(has_left());
    }

    #[test]
    fn a_drip_is_no_progress() {
        let connection = Connection::new();
        let stream = connection.streams.open();
        stream.hands_over(1000);
        let mut seconds = 0;
        while connection.after(2).is_none() {
            stream.taken(1);
            seconds += 2;
        }
        assert!((25..=35).contains(&seconds), "{seconds}");
        drop(stream);

        let stream = connection.streams.open();
        stream.hands_over(100_000);
        for _ in 0..60 {
            stream.taken(1000);
            assert_eq!(connection.after(2), None, "slow, but steady");
        }
    }

    #[test]
    fn more_to_take_is_no_more_time() {
        let connection = Connection::new();
        let stream = connection.streams.open();
        for _ in 0..3 {
            stream.hands_over(1);
            assert_eq!(connection.after(1), None);
        }
        stream.hands_over(1);
        assert_eq!(connection.after(2), Some(Overdue::Response));
    }

    #[test]
    fn on_a_slow_network_streams_wait_long_for_their_turn() {
        let connection = Connection::new();
        let (taken, waiting) = (connection.streams.open(), connection.streams.open());
        taken.hands_over(1 << 20);
        waiting.hands_over(100);
        let mut seconds = 0;
        loop {
            connection.streams.network_is_blocked();
            if connection.after(1).is_some() {
                break;
            }
            connection.streams.network_took(1000);
            taken.taken(1000);
            seconds += 1;
        }
        assert!((25..=35).contains(&seconds), "ten times as long, not for ever: {seconds}");
    }

    #[test]
    fn a_network_that_takes_nothing_is_given_up() {
        let connection = Connection::new();
        let stream = connection.streams.open();
        stream.hands_over(100);
        connection.streams.network_is_blocked();
        assert_eq!(connection.after(2), None);
        assert_eq!(connection.after(3), Some(Overdue::Response));
    }

    #[test]
    fn requests_that_are_taken_back_are_counted_against_those_that_are_not() {
        let connection = Connection::new();
        for _ in 0..ABANDONED {
            drop(connection.streams.open());
        }
        assert_eq!(connection.overdue(), None);
        let answered = connection.streams.open();
        answered.answered();
        drop(answered);
        drop(connection.streams.open());
        assert_eq!(connection.overdue(), None);
        drop(connection.streams.open());
        assert_eq!(connection.overdue(), Some(Overdue::Patience));
    }

    #[test]
    fn a_client_that_was_told_to_leave_may_end_what_it_has_begun() {
        let connection = Connection::new();
        let stream = connection.streams.open();
        connection.streams.leave_within(Duration::from_secs(2));
        assert_eq!(connection.after(60), None);
        connection.streams.network_is_blocked();
        drop(stream);
        connection.ticker.expire_idle();
        assert_eq!(connection.after(2), None, "the end of it is on the way");
        connection.streams.network_took(100);
        assert_eq!(connection.after(3), Some(Overdue::Request));
    }
}
