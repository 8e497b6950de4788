//! [`Untried`]: what was seen and passed over, and why. A report is about the rest.

use std::collections::BTreeSet;

/// A page of ten thousand forms needs no list of them.
const AT_MOST: usize = 1000;

/// What the time was not enough for, or the patience of whoever interrupted it.
pub(in crate::audit) const OUT_OF_TIME: &str = "the audit ended before";

/// What was passed over: what it is, and why.
#[derive(Debug, Default)]
pub(crate) struct Untried(BTreeSet<(String, &'static str)>);

impl Untried {
    /// It is passed over.
    pub(in crate::audit) fn note(&mut self, what: String, why: &'static str) {
        if self.0.len() < AT_MOST {
            self.0.insert((what, why));
        }
    }

    /// What, and why.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &'static str)> {
        self.0.iter().map(|(what, why)| (what.as_str(), *why))
    }
}
