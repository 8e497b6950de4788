//! [`IdleConnections`]: connections to the application that wait for the next request.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::connection::Connection;
use crate::proxy::deadline::{Ticker, ticks};

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_millis(1500);

/// Idle connections a worker keeps.
const KEPT: usize = 256;

/// The idle connections of a worker. The last one used is the next: so the fewest are open.
#[derive(Debug)]
pub(super) struct IdleConnections {
    ticker: Rc<Ticker>,
    idle: RefCell<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: Box<Connection>,
    since: u64,
}

impl IdleConnections {
    pub(super) fn new(ticker: &Rc<Ticker>) -> Self {
        Self { ticker: Rc::clone(ticker), idle: RefCell::default() }
    }

    /// Drops those that were idle for too long.
    pub(super) fn sweep(&self) {
        let oldest = self.oldest();
        self.idle.borrow_mut().retain(|idle| idle.since >= oldest);
    }

    pub(super) fn take(&self) -> Option<Box<Connection>> {
        let oldest = self.oldest();
        let mut idle = self.idle.borrow_mut();
        while let Some(Idle { mut connection, since }) = idle.pop() {
            if since < oldest {
                // Last in, first out: what lies below is older still.
                idle.clear();
            } else if connection.wire.is_quiet() {
                return Some(connection);
            }
            // The application hung up, or answered what nobody asked: the next client must not get that answer.
        }
        None
    }

    pub(super) fn keep(&self, mut connection: Box<Connection>) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < KEPT {
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
