//! A body that is forwarded as it came, because it was canonical already.
//!
//! The judge writes the canonical form with the client's own boundary; here that is compared, byte by byte, with what
//! the client sent. As long as they are equal the application gets the client's bytes. The first difference means that
//! the form would have to be rewritten to be safe, and refuses it.

use std::collections::VecDeque;

use super::Sink;
use crate::reason::{Reason, Refusal};

/// What came and was not written yet. Bounded by what the judge holds back: one part's header lines, one field, or one
/// window of a file.
#[derive(Debug)]
pub(super) struct Verbatim {
    pending: VecDeque<u8>,
    reason: Reason,
}

impl Verbatim {
    /// Differences are refused with this reason.
    pub(super) fn new(reason: Reason) -> Self {
        Self { pending: VecDeque::new(), reason }
    }

    /// Takes what the client sent, before the judge does.
    pub(super) fn received(&mut self, chunk: &[u8]) {
        self.pending.extend(chunk);
    }

    /// How many bytes it keeps.
    pub(super) fn kept(&self) -> usize {
        self.pending.len()
    }

    /// Where the judge writes.
    pub(super) fn compare<'a, S: Sink>(&'a mut self, out: &'a mut S) -> Compared<'a, S> {
        Compared { verbatim: self, out }
    }

    /// Everything that came must have been written.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        if self.pending.is_empty() { Ok(()) } else { Err(self.differs()) }
    }

    fn differs(&self) -> Refusal {
        Refusal::new(self.reason, "the form would have to be rewritten to be safe")
    }
}

/// See [`Verbatim`].
pub(super) struct Compared<'a, S> {
    verbatim: &'a mut Verbatim,
    out: &'a mut S,
}

impl<S: Sink> Sink for Compared<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let pending = &mut self.verbatim.pending;
        if bytes.len() > pending.len() {
            return Err(self.verbatim.differs());
        }
        let (front, back) = pending.as_slices();
        let (first, second) = bytes.split_at_checked(front.len()).unwrap_or((bytes, &[]));
        if !front.starts_with(first) || !back.starts_with(second) {
            return Err(self.verbatim.differs());
        }
        pending.drain(..bytes.len());
        self.out.write(bytes)
    }
}
