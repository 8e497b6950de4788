//! [`Pace`]: how fast the body of a request has to arrive.

use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::patience::Patience;
use super::watch::{Ticker, Watch};

/// A deadline that moves on with every piece that arrives.
#[derive(Debug)]
pub(crate) struct Pace {
    watch: Watch,
    patience: Patience,
    /// Where the bytes are counted, for the log as well.
    received: Rc<Cell<u64>>,
    ticker: Rc<Ticker>,
}

impl Pace {
    pub(crate) fn new(ticker: &Rc<Ticker>, between_reads: Duration, received: Rc<Cell<u64>>) -> Self {
        Self { watch: Watch::new(ticker), patience: Patience::new(between_reads), received, ticker: Rc::clone(ticker) }
    }

    /// So much has arrived.
    pub(crate) fn received(&mut self, bytes: usize) {
        self.received.set(self.received.get().saturating_add(bytes as u64));
        self.patience.moved(bytes, self.ticker.now());
    }

    /// Ready when nothing, or too little, arrived for too long.
    pub(crate) fn poll_too_slow(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(ticks) = self.patience.wait(self.ticker.now()) {
            self.watch.set_ticks(ticks);
        }
        self.watch.poll_due(cx)
    }
}
