//! [`DataRate`]: the slowest that a client may send, or take, a body.
//!
//! Two limits: a timeout for a single wait, and a minimum rate over the whole body. A client that was faster than the rate
//! cannot save up the difference: sixteen megabytes at once would otherwise buy nine hours of a byte now and then, and with
//! them whatever the request holds (a part of the spool, a worker of the application). Only time spent waiting for the
//! client counts.

use std::time::Duration;

use super::deadline::{TICK, ticks};

/// Bytes per second. Slower than any link a person would upload over; what Apache's reqtimeout asks for.
const MIN_RATE: u64 = 500;

/// How long a body may stay below [`MIN_RATE`], if the timeout for a single wait is not longer.
const GRACE: Duration = Duration::from_secs(30);

const _: () = assert!(TICK.as_millis() < 1000, "rates are counted in seconds");

/// How slow one client may still be. Times are in ticks.
#[derive(Debug)]
pub(crate) struct DataRate {
    /// The longest single wait.
    between_moves: u64,
    /// How much longer all waits together may last: waiting spends it, bytes earn it back.
    slack: u64,
    /// The most slack there can be.
    max_slack: u64,
    /// Bytes that have not added up to a second's worth yet.
    remainder: u64,
    waiting_since: Option<u64>,
}

impl DataRate {
    /// For a body that begins, with this timeout for a single wait.
    pub(crate) fn new(between_moves: Duration) -> Self {
        let max_slack = ticks(between_moves.max(GRACE));
        Self { between_moves: ticks(between_moves), slack: max_slack, max_slack, remainder: 0, waiting_since: None }
    }

    /// The client sent, or took, this many bytes.
    pub(crate) fn moved(&mut self, bytes: usize, now: u64) {
        if let Some(since) = self.waiting_since.take() {
            self.slack = self.slack.saturating_sub(now.saturating_sub(since));
        }
        let bytes = self.remainder.saturating_add(bytes as u64);
        self.remainder = bytes % MIN_RATE;
        self.slack = self.slack.saturating_add(ticks(Duration::from_secs(bytes / MIN_RATE))).min(self.max_slack);
    }

    /// This many ticks of the current wait were not the client's fault.
    pub(crate) fn excuse(&mut self, ticks: u64) {
        if let Some(since) = &mut self.waiting_since {
            *since = since.saturating_add(ticks);
        }
    }

    /// Whether we are waiting for the client.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    /// Whether the client has kept us waiting for too long.
    pub(crate) fn is_too_slow(&self, now: u64) -> bool {
        self.waiting_since.is_some_and(|since| now > since.saturating_add(self.between_moves.min(self.slack)))
    }

    /// We begin to wait for the client. Returns in how many ticks that has been too long; `None` if we were waiting already.
    pub(crate) fn wait(&mut self, now: u64) -> Option<u64> {
        if self.waiting_since.is_some() {
            return None;
        }
        self.waiting_since = Some(now);
        Some(self.between_moves.min(self.slack))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many seconds a client is waited for that moves `bytes` every `pause` seconds, at most `at_most`.
    fn lasts(rate: &mut DataRate, bytes: usize, pause: u64, at_most: u64) -> u64 {
        for at in (0..at_most).step_by(usize::try_from(pause).unwrap()) {
            let tick = |seconds| ticks(Duration::from_secs(seconds));
            let is_too_slow = rate.wait(tick(at)).unwrap() < tick(pause);
            assert_eq!(rate.is_too_slow(tick(at.saturating_add(pause))), is_too_slow);
            if is_too_slow {
                return at;
            }
            assert_eq!(rate.wait(tick(at)), None);
            rate.moved(bytes, tick(at.saturating_add(pause)));
        }
        at_most
    }

    #[test]
    fn slow_clients_are_waited_for_and_drips_are_not() {
        for (name, first, bytes, pause, expected) in [
            ("steady", 0, 500, 1, 3600),
            ("in bursts", 0, 10_000, 20, 3600),
            ("a byte a second", 0, 1, 1, 30),
            ("a byte now and then", 0, 1, 25, 25),
            ("a byte now and then after a flood", 16 << 20, 1, 25, 25),
            ("half the rate", 0, 250, 1, 59),
            ("a pause too long", 0, 1 << 20, 31, 0),
        ] {
            let mut rate = DataRate::new(Duration::from_secs(30));
            rate.moved(first, 0);
            assert_eq!(lasts(&mut rate, bytes, pause, 3600), expected, "{name}");
        }
    }

    #[test]
    fn time_that_nobody_waited_does_not_count() {
        let mut rate = DataRate::new(Duration::from_secs(30));
        rate.moved(1, 0);
        rate.moved(1, 1_000_000);
        assert_eq!(rate.wait(2_000_000), Some(ticks(Duration::from_secs(30))));
    }

    #[test]
    fn excused_time_does_not_count() {
        let half = ticks(Duration::from_secs(15));
        let mut rate = DataRate::new(Duration::from_secs(30));
        assert_eq!(rate.wait(0), Some(2 * half));
        rate.excuse(half);
        rate.moved(1, 2 * half);
        assert_eq!(rate.wait(2 * half), Some(half));
    }

    #[test]
    fn a_longer_pause_can_be_allowed() {
        let mut rate = DataRate::new(Duration::from_secs(300));
        assert_eq!(lasts(&mut rate, 200_000, 290, 3600), 3600);
    }
}
