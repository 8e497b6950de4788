//! [`Turn`]: whose turn it is on a stream of HTTP/2: the client's while something is on the way to it.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::proxy::patience::Patience;

/// What one stream has for its client.
#[derive(Debug)]
pub(super) struct Turn {
    patience: Patience,
    /// Bytes that were handed to h2 and have not left.
    on_the_way: usize,
    /// Who has more for the client.
    sender: Option<Waker>,
}

impl Turn {
    /// There is nothing for the client yet. Later it may take `between_pieces` for each piece.
    pub(super) fn new(between_pieces: Duration) -> Self {
        Self { patience: Patience::new(between_pieces), on_the_way: 0, sender: None }
    }

    /// There are more bytes for the client. One that is waited for already is not waited for any longer.
    pub(super) fn hands_over(&mut self, bytes: usize, now: u64) {
        self.on_the_way = self.on_the_way.saturating_add(bytes);
        self.wait(now);
    }

    /// So many of them have left.
    pub(super) fn taken(&mut self, bytes: usize, now: u64) {
        self.on_the_way = self.on_the_way.saturating_sub(bytes);
        self.patience.moved(bytes, now);
        self.wait(now);
    }

    /// Ready when all of them have.
    pub(super) fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.on_the_way == 0 {
            return Poll::Ready(());
        }
        if !self.sender.as_ref().is_some_and(|sender| sender.will_wake(cx.waker())) {
            self.sender = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Whether the client has let them wait for too long.
    pub(super) fn is_over(&self, now: u64) -> bool {
        self.patience.is_over(now)
    }

    /// So many ticks were not this client's fault.
    pub(super) fn excuse(&mut self, ticks: u64) {
        self.patience.excuse(ticks);
    }

    fn wait(&mut self, now: u64) {
        if self.on_the_way > 0 {
            self.patience.wait(now);
        } else if let Some(sender) = self.sender.take() {
            sender.wake();
        }
    }
}
