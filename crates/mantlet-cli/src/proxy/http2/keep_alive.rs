//! [`KeepAlive`]: whether the client is still there.
//!
//! An event stream may be silent for hours, and its reader may have vanished without a word. A client that has been silent
//! for a while gets a PING (RFC 9113, section 6.7); any frame from it will do as an answer.

use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use h2::{Ping, PingPong};

use super::network::Network;
use crate::proxy::deadline::{Deadline, Ticker};

/// A client that was silent for this long gets a PING, and is given up if it stays silent for as long again.
const INTERVAL: Duration = Duration::from_secs(20);

pub(super) struct KeepAlive {
    deadline: Deadline,
    pings: Option<PingPong>,
    network: Rc<Network>,
    was_pinged: bool,
}

impl KeepAlive {
    pub(super) fn new(ticker: &Rc<Ticker>, pings: Option<PingPong>, network: &Rc<Network>) -> Self {
        let deadline = Deadline::new(ticker);
        deadline.set(INTERVAL);
        Self { deadline, pings, network: Rc::clone(network), was_pinged: false }
    }

    /// Ready when the client is gone.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.deadline.poll_due(cx));
            let was_heard = self.network.was_heard();
            if !was_heard && self.was_pinged {
                return Poll::Ready(());
            }
            self.was_pinged = !was_heard;
            if self.was_pinged
                && let Some(pings) = &mut self.pings
            {
                // This fails while an earlier PING is unanswered, or once the connection ends, which tells as much.
                let _ = pings.poll_pong(cx);
                let _ = pings.send_ping(Ping::opaque());
            }
            self.deadline.set(INTERVAL);
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
        let network = Rc::new(Network::new(&ticker, Duration::from_secs(1)));
        let mut keep_alive = KeepAlive::new(&ticker, None, &network);
        let mut is_gone_after = |seconds: u32| {
            (0..seconds).any(|_| {
                (0..10).for_each(|_| ticker.tick());
                keep_alive.poll_gone(&mut Context::from_waker(Waker::noop())).is_ready()
            })
        };
        assert!(!is_gone_after(39), "pinged, and given the time to answer");
        network.hear();
        assert!(!is_gone_after(39));
        network.block();
        assert!(!is_gone_after(100), "nothing is heard from a client that no PING can reach");
        network.take(1);
        assert!(!is_gone_after(19));
        assert!(is_gone_after(42));
    }
}
