//! [`BodyDeadline`]: when a request's body has been arriving too slowly.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::data_rate::DataRate;
use super::deadline::{Deadline, Ticker};

/// A deadline that every piece of the body moves on.
#[derive(Debug)]
pub(crate) struct BodyDeadline {
    deadline: Deadline,
    rate: DataRate,
    /// The bytes so far; the access log reads them too.
    received: Rc<Cell<u64>>,
    ticker: Rc<Ticker>,
}

impl BodyDeadline {
    pub(crate) fn new(ticker: &Rc<Ticker>, between_reads: Duration, received: Rc<Cell<u64>>) -> Self {
        Self {
            deadline: Deadline::new(ticker),
            rate: DataRate::new(between_reads),
            received,
            ticker: Rc::clone(ticker),
        }
    }

    /// This many bytes have arrived.
    pub(crate) fn received(&mut self, bytes: usize) {
        self.received.set(self.received.get().saturating_add(bytes as u64));
        self.rate.moved(bytes, self.ticker.now());
    }

    /// Ready when nothing, or too little, arrived for too long.
    pub(crate) fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(ticks) = self.rate.wait(self.ticker.now()) {
            self.deadline.set_ticks(ticks);
        }
        self.deadline.poll_due(cx)
    }
}
