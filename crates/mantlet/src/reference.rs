//! [`Reference`]: the number of a refusal.

use std::fmt;

/// The number that leads from what a user saw to the line in the log. In a tower response's extensions beside the [`Refusal`](crate::Refusal).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference(u64);

impl Reference {
    /// A new number. Random, so that it tells nothing about other requests.
    pub(crate) fn draw() -> Self {
        // Without randomness the page still has to be answered; the log line is then found by its time.
        Self(getrandom::u64().unwrap_or(0))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:016x}", self.0);
        let (head, tail) = text.split_at_checked(8).unwrap_or((&text, ""));
        write!(f, "{head}-{}", tail.get(..4).unwrap_or(tail))
    }
}
