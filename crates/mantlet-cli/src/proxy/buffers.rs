//! [`Buffers`]: a worker's pool of buffers to read into, lent only while bytes are on the way.
//!
//! Last in, first out: the one that is lent next is the one that is still in the cache. A client that does not take what
//! was read for it keeps its buffer. Once many do, further loans are small ones: memory then hardly grows any more, and
//! clients that keep reading pay with a few more system calls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::BytesMut;

/// What is expected to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A request's head. It would not fill a large buffer, and a head that never ends would keep one.
    Head,
    /// A body, as much as there is.
    Body,
}

/// How much of a body is read at once. A response of 64 KiB with its head fits: there the number of reads is what costs.
const LARGE: usize = 80 * 1024;

/// Most heads are shorter. Longer ones make their buffer grow.
const SMALL: usize = 8 * 1024;

/// Buffers of each size that a worker keeps for its next reads.
const KEPT: usize = 32;

/// How many large buffers, and pieces of them that wait to be sent, there may be at once: 10 MiB. Of hundreds of clients
/// that read what they asked for, only a few keep us waiting at any time.
const MANY: usize = 128;

/// The buffers of one worker.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    large: RefCell<Vec<BytesMut>>,
    small: RefCell<Vec<BytesMut>>,
    lent: Cell<usize>,
}

/// Counts a large buffer as lent, or a piece of one as kept, until it is dropped.
#[derive(Debug)]
pub(crate) struct Loan(Rc<Buffers>);

impl Buffers {
    /// An empty buffer for what is expected; with a loan if it is a large one.
    pub(crate) fn lend(self: &Rc<Self>, expected: Expected) -> (BytesMut, Option<Loan>) {
        let (kept, size, loan) = match expected {
            Expected::Body if self.lent.get() < MANY => (&self.large, LARGE, Some(self.count())),
            Expected::Body | Expected::Head => (&self.small, SMALL, None),
        };
        (kept.borrow_mut().pop().unwrap_or_else(|| BytesMut::with_capacity(size)), loan)
    }

    /// Counts a piece of a large buffer that is kept without it.
    pub(crate) fn count(self: &Rc<Self>) -> Loan {
        self.lent.set(self.lent.get().saturating_add(1));
        Loan(Rc::clone(self))
    }

    /// Takes a buffer back, unless somebody still holds a slice of it.
    pub(crate) fn take_back(&self, mut buffer: BytesMut, loan: Option<Loan>) {
        if buffer.capacity() == 0 {
            return;
        }
        let (kept, size) = if loan.is_some() { (&self.large, LARGE) } else { (&self.small, SMALL) };
        let mut kept = kept.borrow_mut();
        if kept.len() < KEPT && buffer.is_empty() && buffer.try_reclaim(size) {
            kept.push(buffer);
        }
    }
}

impl Expected {
    /// Below this much room the rest of a buffer is not worth a read.
    pub(crate) fn room(self) -> usize {
        match self {
            Self::Head => SMALL / 8,
            Self::Body => SMALL,
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.0.lent.set(self.0.lent.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_that_come_back_are_lent_again() {
        let buffers = Rc::new(Buffers::default());
        for (expected, size) in [(Expected::Head, SMALL), (Expected::Body, LARGE)] {
            let (mut buffer, loan) = buffers.lend(expected);
            assert_eq!(buffer.capacity(), size);
            buffer.extend_from_slice(b"a slice");
            let first = buffer.as_ptr();
            drop(buffer.split());
            buffers.take_back(buffer, loan);
            let (buffer, loan) = buffers.lend(expected);
            assert_eq!((buffer.as_ptr(), buffer.capacity()), (first, size), "{expected:?}");

            let (mut sliced, sliced_loan) = buffers.lend(expected);
            sliced.extend_from_slice(b"a slice");
            let _slice = sliced.split().freeze();
            let still_in_use = sliced.as_ptr();
            buffers.take_back(sliced, sliced_loan);
            assert_ne!(buffers.lend(expected).0.as_ptr(), still_in_use, "{expected:?}");
            drop((buffer, loan));
        }
        assert_eq!(buffers.lent.get(), 0);
    }

    #[test]
    fn when_many_are_kept_the_next_are_small() {
        let buffers = Rc::new(Buffers::default());
        let mut kept: Vec<_> = (0..MANY).map(|_| buffers.lend(Expected::Body)).collect();
        assert!(kept.iter().all(|(buffer, _)| buffer.capacity() == LARGE));
        let (small, none) = buffers.lend(Expected::Body);
        assert!(small.capacity() == SMALL && none.is_none());
        kept.pop();
        assert_eq!(buffers.lend(Expected::Body).0.capacity(), LARGE);
        let _piece = buffers.count();
        assert_eq!(buffers.lend(Expected::Body).0.capacity(), SMALL, "a piece counts too");
    }
}
