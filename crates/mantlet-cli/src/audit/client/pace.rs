//! [`Pace`]: when the next request may go out, and until when any may.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{self, Instant};

use super::NoReply;

/// When the next request may go out, and until when any may.
pub(super) struct Pace {
    between: Duration,
    next: Mutex<Instant>,
    /// `None`: for ever.
    end: Option<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            between: Duration::from_secs(1).checked_div(per_second).unwrap_or_default(),
            next: Mutex::new(Instant::now()),
            end: None,
        }
    }

    pub(super) fn until(self, end: Instant) -> Self {
        Self { end: Some(end), ..self }
    }

    pub(super) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| end <= Instant::now())
    }

    /// Waits until the next request may go out. Returns until when its answer is waited for, and why no longer.
    ///
    /// # Errors
    /// When none may any more.
    pub(super) async fn wait(&self, patience: Duration) -> Result<(Instant, NoReply), NoReply> {
        let mut next = self.next.lock().await;
        let slot = self.end.map_or(*next, |end| end.min(*next));
        time::sleep_until(slot).await;
        if self.is_over() {
            return Err(NoReply::OutOfTime);
        }
        let now = Instant::now();
        *next = now.checked_add(self.between).unwrap_or(now);
        let enough = now.checked_add(patience).unwrap_or(now);
        Ok(match self.end {
            Some(end) if end < enough => (end, NoReply::OutOfTime),
            _ => (enough, NoReply::TimedOut(patience)),
        })
    }
}
