//! [`Deadline`]: timeouts that cost nothing per request.
//!
//! A timer per read would cost more than the read. Here setting a deadline is writing a number: each worker's [`Ticker`] ticks
//! ten times a second, and wakes whoever is due. A deadline is therefore met up to a tick late, never early. While the process
//! stands still (a frozen container, a job that was stopped) so does its clock: nobody could have been read meanwhile.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use slab::Slab;

/// How often a worker looks for deadlines.
pub(crate) const TICK: Duration = Duration::from_millis(1000 / TICKS_A_SECOND);

const TICKS_A_SECOND: u64 = 10;

/// The clock of one worker: counts ticks, and wakes whoever waits for a [`Deadline`] that is due.
#[derive(Debug, Default)]
pub(crate) struct Ticker {
    now: Cell<u64>,
    deadlines: RefCell<Slab<Rc<State>>>,
}

#[derive(Debug)]
struct State {
    due: Cell<u64>,
    idle: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

const NEVER: u64 = u64::MAX;

impl Ticker {
    /// One tick has passed.
    pub(crate) fn tick(&self) {
        let now = self.now.get().saturating_add(1);
        self.now.set(now);
        self.wake(|state| state.due.get() <= now);
    }

    /// How many ticks have passed.
    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// Makes every idle deadline due: the worker is to stop.
    pub(crate) fn expire_idle(&self) {
        self.wake(|state| {
            if state.idle.get() {
                state.due.set(0);
            }
            state.due.get() == 0
        });
    }

    fn wake(&self, is_due: impl Fn(&State) -> bool) {
        for (_, state) in self.deadlines.borrow().iter() {
            if is_due(state)
                && let Some(waker) = state.waker.borrow_mut().take()
            {
                waker.wake();
            }
        }
    }
}

/// The time at which to give up waiting for something.
#[derive(Debug)]
pub(crate) struct Deadline {
    ticker: Rc<Ticker>,
    state: Rc<State>,
    key: usize,
}

impl Deadline {
    /// One that is not set yet: it is never due.
    pub(crate) fn new(ticker: &Rc<Ticker>) -> Self {
        let state = Rc::new(State { due: Cell::new(NEVER), idle: Cell::new(false), waker: RefCell::default() });
        let key = ticker.deadlines.borrow_mut().insert(Rc::clone(&state));
        Self { ticker: Rc::clone(ticker), state, key }
    }

    /// Due in `after`, rounded up to ticks.
    pub(crate) fn set(&self, after: Duration) {
        self.set_ticks(ticks(after));
    }

    /// Due in this many ticks.
    pub(crate) fn set_ticks(&self, ticks: u64) {
        self.state.idle.set(false);
        self.state.due.set(self.ticker.now().saturating_add(ticks).saturating_add(1));
    }

    /// As [`Self::set`], for a wait that may as well end earlier: also due when the worker is to stop.
    pub(crate) fn set_idle(&self, after: Duration) {
        self.set(after);
        self.state.idle.set(true);
    }

    /// Never due until it is set again.
    pub(crate) fn clear(&self) {
        self.state.idle.set(false);
        self.state.due.set(NEVER);
    }

    /// Ready once the deadline has passed.
    pub(crate) fn poll_due(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.state.due.get() <= self.ticker.now() {
            return Poll::Ready(());
        }
        let mut waker = self.state.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.ticker.deadlines.borrow_mut().try_remove(self.key);
    }
}

/// A duration in ticks, rounded up.
pub(crate) fn ticks(duration: Duration) -> u64 {
    let in_last_second = duration.subsec_millis().div_ceil(TICK.subsec_millis());
    duration.as_secs().saturating_mul(TICKS_A_SECOND).saturating_add(in_last_second.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_due(deadline: &Deadline) -> bool {
        deadline.poll_due(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_deadline_is_due_late_but_never_early() {
        let ticker = Rc::new(Ticker::default());
        let deadline = Deadline::new(&ticker);
        assert!(!is_due(&deadline), "without a deadline");
        deadline.set(Duration::from_millis(150));
        ticker.tick();
        ticker.tick();
        assert!(!is_due(&deadline), "the first of two ticks may have been a short one");
        ticker.tick();
        assert!(is_due(&deadline));
        deadline.clear();
        assert!(!is_due(&deadline));
    }

    #[test]
    fn stopping_expires_those_who_wait_for_nothing() {
        let ticker = Rc::new(Ticker::default());
        let (busy, idle) = (Deadline::new(&ticker), Deadline::new(&ticker));
        busy.set(Duration::from_secs(9));
        idle.set_idle(Duration::from_secs(9));
        ticker.expire_idle();
        assert!(!is_due(&busy));
        assert!(is_due(&idle));
    }

    #[test]
    fn a_dropped_deadline_is_forgotten() {
        let ticker = Rc::new(Ticker::default());
        drop(Deadline::new(&ticker));
        assert!(ticker.deadlines.borrow().is_empty());
    }
}
