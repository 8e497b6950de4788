//! [`IdleConnections`]: connections to the application that wait for the next request.
//!
//! Some applications say more than they announced: they write a body longer than its length, or take what they did not read
//! of a request for the next one and refuse it. What comes too late to be noticed is the answer to the next request, which
//! may be another client's. Others end a connection that they announced to keep, and the next request is lost on it. So whoever
//! was noticed once is not believed for a while: each connection then carries one request.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::connection::Connection;
use crate::proxy::deadline::{Ticker, ticks};
use crate::proxy::socket::Heard;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_millis(1500);

/// Idle connections a worker keeps.
const KEPT: usize = 256;

/// How long none are kept of an application that said what nobody asked for, or ended one early.
const DISTRUST: Duration = Duration::from_secs(60);

/// The idle connections of a worker. The last one used is the next: so the fewest are open.
#[derive(Debug)]
pub(super) struct IdleConnections {
    ticker: Rc<Ticker>,
    idle: RefCell<Vec<Idle>>,
    /// The tick before which none are kept.
    distrusted_until: Cell<u64>,
}

#[derive(Debug)]
struct Idle {
    connection: Box<Connection>,
    since: u64,
}

impl IdleConnections {
    pub(super) fn new(ticker: &Rc<Ticker>) -> Self {
        Self { ticker: Rc::clone(ticker), idle: RefCell::default(), distrusted_until: Cell::default() }
    }

    /// Drops those that were idle for too long.
    pub(super) fn sweep(&self) {
        let oldest = self.oldest();
        self.idle.borrow_mut().retain(|idle| idle.since >= oldest);
    }

    pub(super) fn take(&self) -> Option<Box<Connection>> {
        let Idle { mut connection, since } = self.idle.borrow_mut().pop()?;
        if since < self.oldest() {
            // Last in, first out: what lies below is older still.
            self.idle.borrow_mut().clear();
            return None;
        }
        match connection.wire.listen() {
            Heard::Nothing => return Some(connection),
            Heard::End => self.ended_early(),
            Heard::Bytes => self.distrust(),
        }
        None
    }

    /// The application said what belongs to no answer.
    pub(super) fn distrust(&self) {
        if self.keep_none() {
            tracing::warn!(
                "the app sent bytes that belong to no answer: for a minute, each connection to it is used once"
            );
        }
    }

    /// The application ended a connection that we would still have used, and had not said so. It may only have been started anew,
    /// so nobody is warned.
    pub(super) fn ended_early(&self) {
        self.keep_none();
    }

    /// Keeps none for a while, and drops those that were. Whether any would have been kept.
    fn keep_none(&self) -> bool {
        self.idle.borrow_mut().clear();
        let now = self.ticker.now();
        self.distrusted_until.replace(now.saturating_add(ticks(DISTRUST))) <= now
    }

    pub(super) fn keep(&self, mut connection: Box<Connection>) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < KEPT && self.distrusted_until.get() <= self.ticker.now() {
            connection.deadline.clear();
            connection.wire.rest();
            idle.push(Idle { connection, since: self.ticker.now() });
        }
    }

    /// A connection that was put here before this tick is too old.
    fn oldest(&self) -> u64 {
        self.ticker.now().saturating_sub(ticks(IDLE))
    }
}
