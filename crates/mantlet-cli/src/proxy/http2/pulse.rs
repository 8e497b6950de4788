//! [`Pulse`]: whether the other end of a connection still lives.
//!
//! An event stream may be silent for hours, and its reader may have vanished without a word. Of whom nothing was heard
//! for a while is asked; any sign of life is an answer.

use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use h2::{Ping, PingPong};

use super::streams::Streams;
use crate::proxy::watch::{Ticker, Watch};

/// A connection that says nothing is asked, and given up if it says nothing for as long again.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Pulse {
    watch: Watch,
    pings: Option<PingPong>,
    streams: Rc<Streams>,
    was_asked: bool,
}

impl Pulse {
    pub(super) fn new(ticker: &Rc<Ticker>, pings: Option<PingPong>, streams: &Rc<Streams>) -> Self {
        let watch = Watch::new(ticker);
        watch.set(PATIENCE);
        Self { watch, pings, streams: Rc::clone(streams), was_asked: false }
    }

    /// Ready when nobody is there any more.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.watch.poll_due(cx));
            let was_heard = self.streams.was_heard();
            if !was_heard && self.was_asked {
                return Poll::Ready(());
            }
            self.was_asked = !was_heard;
            if self.was_asked
                && let Some(pings) = &mut self.pings
            {
                // Fails while an earlier one is on its way, or the connection ends: then that tells.
                let _ = pings.poll_pong(cx);
                let _ = pings.send_ping(Ping::opaque());
            }
            self.watch.set(PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn whoever_says_nothing_for_long_is_gone() {
        let ticker = Rc::new(Ticker::default());
        let second = Duration::from_secs(1);
        let streams = Rc::new(Streams::new(&ticker, second, second, second));
        let mut pulse = Pulse::new(&ticker, None, &streams);
        let mut is_gone_after = |seconds: u32| {
            (0..seconds).any(|_| {
                (0..10).for_each(|_| ticker.tick());
                pulse.poll_gone(&mut Context::from_waker(Waker::noop())).is_ready()
            })
        };
        assert!(!is_gone_after(39), "asked, and given the time to answer");
        streams.hear();
        assert!(!is_gone_after(39));
        streams.network_is_blocked();
        assert!(!is_gone_after(100), "it is not heard, since it is not asked");
        streams.network_took(1);
        assert!(!is_gone_after(19));
        assert!(is_gone_after(42));
    }
}
