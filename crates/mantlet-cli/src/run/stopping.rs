//! How often we were asked to stop.

use rustix::process::Signal;

use super::child::Running;

/// How many signals asked us to stop.
#[derive(Debug, Default)]
pub(super) struct StopCount(u32);

impl StopCount {
    pub(super) fn any(&self) -> bool {
        self.0 > 0
    }

    /// Counts a signal and passes it on to the app; the third one kills it.
    pub(super) fn relay(&mut self, signal: Signal, running: &Running) {
        self.0 = self.0.saturating_add(1);
        running.signal(if self.0 >= 3 { Signal::KILL } else { signal });
    }
}
