//! [`Network`]: whether anything comes from a client, and whether the network takes what we have for it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::proxy::data_rate::DataRate;
use crate::proxy::deadline::Ticker;

/// What the [`WatchedSocket`](super::watched_socket::WatchedSocket) of a connection has seen.
#[derive(Debug)]
pub(super) struct Network {
    ticker: Rc<Ticker>,
    /// How fast it takes what h2 writes.
    rate: RefCell<DataRate>,
    /// It took nothing, at some time since this was last asked.
    was_blocked: Cell<bool>,
    was_heard: Cell<bool>,
}

impl Network {
    /// It may take nothing for as long as `between_writes`, and has a minimum rate to keep.
    pub(super) fn new(ticker: &Rc<Ticker>, between_writes: Duration) -> Self {
        Self {
            ticker: Rc::clone(ticker),
            rate: RefCell::new(DataRate::new(between_writes)),
            was_blocked: Cell::default(),
            was_heard: Cell::default(),
        }
    }

    /// Something came from the client.
    pub(super) fn hear(&self) {
        self.was_heard.set(true);
    }

    /// It took this many bytes.
    pub(super) fn take(&self, bytes: usize) {
        self.rate.borrow_mut().moved(bytes, self.ticker.now());
    }

    /// It takes nothing more for now.
    pub(super) fn block(&self) {
        self.was_blocked.set(true);
        self.rate.borrow_mut().wait(self.ticker.now());
    }

    /// Whether anything came from the client since the last call, or nothing can be expected to: no PING reaches it while the
    /// network takes nothing, which has a deadline of its own.
    pub(super) fn was_heard(&self) -> bool {
        self.was_heard.take() || self.is_blocked()
    }

    /// Whether it takes nothing.
    pub(super) fn is_blocked(&self) -> bool {
        self.rate.borrow().is_waiting()
    }

    /// Whether it takes nothing, or took nothing at some time since the last call.
    pub(super) fn was_blocked(&self) -> bool {
        self.was_blocked.replace(self.is_blocked())
    }

    /// Whether it takes too little.
    pub(super) fn is_too_slow(&self) -> bool {
        self.rate.borrow().is_too_slow(self.ticker.now())
    }
}
