//! [`Outstanding`]: the bytes that a stream of HTTP/2 has sent and its client has not taken yet.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::proxy::data_rate::DataRate;

/// What one stream waits for its client to take.
#[derive(Debug)]
pub(super) struct Outstanding {
    rate: DataRate,
    /// Bytes that were handed to h2 and have not left.
    bytes: usize,
    /// Whoever waits to send more.
    sender: Option<Waker>,
}

impl Outstanding {
    /// Nothing yet. The client has `between_pieces` for each piece, and a minimum rate to keep.
    pub(super) fn new(between_pieces: Duration) -> Self {
        Self { rate: DataRate::new(between_pieces), bytes: 0, sender: None }
    }

    /// More bytes were handed to h2. If we were waiting for the client already, its deadline stays.
    pub(super) fn add(&mut self, bytes: usize, now: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.wait(now);
    }

    /// This many of them have left.
    pub(super) fn remove(&mut self, bytes: usize, now: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.rate.moved(bytes, now);
        self.wait(now);
    }

    /// Ready when all of them have left.
    pub(super) fn poll_none(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.bytes == 0 {
            return Poll::Ready(());
        }
        if !self.sender.as_ref().is_some_and(|sender| sender.will_wake(cx.waker())) {
            self.sender = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Whether the client takes them too slowly.
    pub(super) fn is_too_slow(&self, now: u64) -> bool {
        self.rate.is_too_slow(now)
    }

    /// This many ticks were not this client's fault.
    pub(super) fn excuse(&mut self, ticks: u64) {
        self.rate.excuse(ticks);
    }

    fn wait(&mut self, now: u64) {
        if self.bytes > 0 {
            self.rate.wait(now);
        } else if let Some(sender) = self.sender.take() {
            sender.wake();
        }
    }
}
