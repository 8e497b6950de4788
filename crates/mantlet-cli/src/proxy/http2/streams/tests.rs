use std::task::Waker;

use super::*;

struct Connection {
    ticker: Rc<Ticker>,
    streams: Rc<Streams>,
}

impl Connection {
    fn new() -> Self {
        let ticker = Rc::new(Ticker::default());
        let second = Duration::from_secs;
        let streams = Rc::new(Streams::new(&ticker, second(1), second(7), second(3)));
        Self { ticker, streams }
    }

    /// After this many seconds.
    fn after(&self, seconds: u32) -> Option<Overdue> {
        for _ in 0..seconds.saturating_mul(10) {
            self.ticker.tick();
            if let Some(overdue) = self.overdue() {
                return Some(overdue);
            }
        }
        self.overdue()
    }

    fn overdue(&self) -> Option<Overdue> {
        match self.streams.poll_overdue(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(overdue) => Some(overdue),
            Poll::Pending => None,
        }
    }
}

#[test]
fn a_connection_without_requests_is_overdue() {
    assert_eq!(Connection::new().after(2), Some(Overdue::Request), "never a request");
    let connection = Connection::new();
    drop(connection.streams.open());
    assert_eq!(connection.after(6), None, "between two requests");
    assert_eq!(connection.after(2), Some(Overdue::Request), "no other request");
}

#[test]
fn each_response_has_its_own_deadline() {
    let connection = Connection::new();
    let (taken, stalled) = (connection.streams.open(), connection.streams.open());
    assert_eq!(connection.after(60), None, "the application may take its time");
    stalled.handed_over(1);
    for _ in 0..2 {
        taken.handed_over(9);
        taken.left(9);
        assert_eq!(connection.after(1), None);
    }
    assert_eq!(connection.after(3), Some(Overdue::Response));
    drop(stalled);
    assert_eq!(connection.after(60), None, "an event stream may be silent");
}

#[test]
fn what_has_not_left_is_waited_for() {
    let connection = Connection::new();
    let stream = connection.streams.open();
    let has_left = || stream.poll_all_left(&mut Context::from_waker(Waker::noop())).is_ready();
    assert!(has_left());
    stream.handed_over(100);
    stream.left(1);
    assert_eq!(connection.after(5), Some(Overdue::Response), "a byte of a hundred");
    stream.left(1);
    assert_eq!(connection.after(2), None, "another byte");
    assert!(!has_left());
    stream.left(98);
    assert_eq!(connection.after(60), None, "all of them");
    assert!(has_left());
}

#[test]
fn a_drip_is_no_progress() {
    let connection = Connection::new();
    let stream = connection.streams.open();
    stream.handed_over(1000);
    let mut seconds = 0;
    while connection.after(2).is_none() {
        stream.left(1);
        seconds += 2;
    }
    assert!((25..=35).contains(&seconds), "{seconds}");
    drop(stream);

    let stream = connection.streams.open();
    stream.handed_over(100_000);
    for _ in 0..60 {
        stream.left(1000);
        assert_eq!(connection.after(2), None, "slow, but steady");
    }
}

#[test]
fn more_to_take_is_no_more_time() {
    let connection = Connection::new();
    let stream = connection.streams.open();
    for _ in 0..3 {
        stream.handed_over(1);
        assert_eq!(connection.after(1), None);
    }
    stream.handed_over(1);
    assert_eq!(connection.after(2), Some(Overdue::Response));
}

#[test]
fn on_a_slow_network_streams_may_wait_long_for_one_another() {
    let connection = Connection::new();
    let (taken, waiting) = (connection.streams.open(), connection.streams.open());
    taken.handed_over(1 << 20);
    waiting.handed_over(100);
    let mut seconds = 0;
    loop {
        connection.streams.network().block();
        if connection.after(1).is_some() {
            break;
        }
        connection.streams.network().take(1000);
        taken.left(1000);
        seconds += 1;
    }
    assert!((25..=35).contains(&seconds), "ten times as long, not for ever: {seconds}");
}

#[test]
fn a_network_that_takes_nothing_is_given_up() {
    let connection = Connection::new();
    let stream = connection.streams.open();
    stream.handed_over(100);
    connection.streams.network().block();
    assert_eq!(connection.after(2), None);
    assert_eq!(connection.after(3), Some(Overdue::Response));
}

#[test]
fn cancelled_requests_are_counted_against_those_that_are_answered() {
    let connection = Connection::new();
    for _ in 0..CANCELLED {
        drop(connection.streams.open());
    }
    assert_eq!(connection.overdue(), None);
    let mut answered = connection.streams.open();
    answered.answered();
    drop(answered);
    drop(connection.streams.open());
    assert_eq!(connection.overdue(), None);
    drop(connection.streams.open());
    assert_eq!(connection.overdue(), Some(Overdue::Resets));
}

#[test]
fn a_client_that_was_told_to_leave_may_end_what_it_has_begun() {
    let connection = Connection::new();
    let stream = connection.streams.open();
    connection.streams.leave_within(Duration::from_secs(2));
    assert_eq!(connection.after(60), None);
    connection.streams.network().block();
    drop(stream);
    connection.ticker.expire_idle();
    assert_eq!(connection.after(2), None, "the end of it is on the way");
    connection.streams.network().take(100);
    assert_eq!(connection.after(3), Some(Overdue::Request));
}
