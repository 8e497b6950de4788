//! [`Patience`]: how long a client may keep us waiting while a body is on its way.
//!
//! Two measures: between two moves, and over the whole body a rate. What a client was faster than the rate it cannot save
//! up: sixteen megabytes at once would else be worth nine hours of a byte now and then, and with them what the request
//! holds (a part of the spool, a worker of the application). Only time spent waiting for the client counts.

use std::time::Duration;

use super::watch::{TICK, ticks};

/// Bytes per second. Slower than any link a person would upload over; what Apache's reqtimeout asks for.
const MIN_RATE: u64 = 500;

/// How long a body may be slower than [`MIN_RATE`] before the rate counts, if a single wait may not last longer.
const GRACE: Duration = Duration::from_secs(30);

const _: () = assert!(TICK.as_millis() < 1000, "rates are counted in seconds");

/// What is left of it, in ticks.
#[derive(Debug)]
pub(crate) struct Patience {
    /// For one wait.
    between_moves: u64,
    /// For all waits, as long as nothing is earned.
    slack: u64,
    most: u64,
    /// Bytes that have not earned a second yet.
    unpaid: u64,
    waiting_since: Option<u64>,
}

impl Patience {
    /// With a client whose body begins.
    pub(crate) fn new(between_moves: Duration) -> Self {
        let most = ticks(between_moves.max(GRACE));
        Self { between_moves: ticks(between_moves), slack: most, most, unpaid: 0, waiting_since: None }
    }

    /// So many bytes have come, or were taken.
    pub(crate) fn moved(&mut self, bytes: usize, now: u64) {
        if let Some(since) = self.waiting_since.take() {
            self.slack = self.slack.saturating_sub(now.saturating_sub(since));
        }
        let unpaid = self.unpaid.saturating_add(bytes as u64);
        self.unpaid = unpaid % MIN_RATE;
        self.slack = self.slack.saturating_add(ticks(Duration::from_secs(unpaid / MIN_RATE))).min(self.most);
    }

    /// So many ticks of this wait were not the client's fault.
    pub(crate) fn excuse(&mut self, ticks: u64) {
        if let Some(since) = &mut self.waiting_since {
            *since = since.saturating_add(ticks);
        }
    }

    /// Whether it is the client's turn.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    /// Whether it has been the client's turn for too long.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        self.waiting_since.is_some_and(|since| now > since.saturating_add(self.between_moves.min(self.slack)))
    }

    /// It is the client's turn. In how many ticks that has been too long; `None` if it was its turn already.
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
    fn lasts(patience: &mut Patience, bytes: usize, pause: u64, at_most: u64) -> u64 {
        for at in (0..at_most).step_by(usize::try_from(pause).unwrap()) {
            let tick = |seconds| ticks(Duration::from_secs(seconds));
            let is_over = patience.wait(tick(at)).unwrap() < tick(pause);
            assert_eq!(patience.is_over(tick(at.saturating_add(pause))), is_over);
            if is_over {
                return at;
            }
            assert_eq!(patience.wait(tick(at)), None);
            patience.moved(bytes, tick(at.saturating_add(pause)));
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
            let mut patience = Patience::new(Duration::from_secs(30));
            patience.moved(first, 0);
            assert_eq!(lasts(&mut patience, bytes, pause, 3600), expected, "{name}");
        }
    }

    #[test]
    fn time_that_nobody_waited_does_not_count() {
        let mut patience = Patience::new(Duration::from_secs(30));
        patience.moved(1, 0);
        patience.moved(1, 1_000_000);
        assert_eq!(patience.wait(2_000_000), Some(ticks(Duration::from_secs(30))));
    }

    #[test]
    fn excused_time_does_not_count() {
        let half = ticks(Duration::from_secs(15));
        let mut patience = Patience::new(Duration::from_secs(30));
        assert_eq!(patience.wait(0), Some(2 * half));
        patience.excuse(half);
        patience.moved(1, 2 * half);
        assert_eq!(patience.wait(2 * half), Some(half));
    }

    #[test]
    fn a_longer_pause_can_be_allowed() {
        let mut patience = Patience::new(Duration::from_secs(300));
        assert_eq!(lasts(&mut patience, 200_000, 290, 3600), 3600);
    }
}
