//! [`Pace`]: when the next request may go out, and until when any may.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{self, Instant};

use super::NoReply;

/// How long putting back what was changed may take beyond the end.
const LATE: Duration = Duration::from_secs(5);

/// When the next request may go out, and until when any may.
pub(super) struct Pace {
    between: Duration,
    next: Mutex<Instant>,
    /// `None`: for ever.
    end: watch::Sender<Option<Instant>>,
    /// What was changed is being put back.
    is_late: AtomicBool,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            between: Duration::from_secs(1).checked_div(per_second).unwrap_or_default(),
            next: Mutex::new(Instant::now()),
            end: watch::Sender::new(None),
            is_late: AtomicBool::new(false),
        }
    }

    /// Nothing goes out after this, and no answer is waited for.
    pub(super) fn end_at(&self, end: Instant) {
        self.end.send_replace(Some(end));
    }

    pub(super) fn is_over(&self) -> bool {
        self.end.borrow().is_some_and(|end| end <= Instant::now())
    }

    /// Does this with a little time beyond the end.
    pub(super) async fn beyond_the_end<T>(&self, work: impl Future<Output = T>) -> T {
        self.is_late.store(true, Ordering::Relaxed);
        let done = work.await;
        self.is_late.store(false, Ordering::Relaxed);
        done
    }

    /// Waits until the next request may go out.
    pub(super) async fn wait(&self) {
        let mut next = self.next.lock().await;
        time::sleep_until(*next).await;
        let now = Instant::now();
        *next = now.checked_add(self.between).unwrap_or(now);
    }

    /// Does this before the end.
    ///
    /// # Errors
    /// When the end comes first.
    pub(super) async fn before_the_end<T>(&self, work: impl Future<Output = Result<T, NoReply>>) -> Result<T, NoReply> {
        tokio::select! {
            biased;
            () = self.the_end() => Err(NoReply::OutOfTime),
            done = work => done,
        }
    }

    async fn the_end(&self) {
        let mut end = self.end.subscribe();
        loop {
            let at = *end.borrow_and_update();
            let late = if self.is_late.load(Ordering::Relaxed) { LATE } else { Duration::ZERO };
            tokio::select! {
                () = until(at.map(|at| at.checked_add(late).unwrap_or(at))) => return,
                _ = end.changed() => {}
            }
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
