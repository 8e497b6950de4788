//! [`Ledger`]: what the audit owes to whoever has to do with the target afterwards.

mod left;
mod marks;
mod untried;

pub(super) use left::{Left, Sent};
pub(super) use marks::Marks;
pub(super) use untried::{OUT_OF_TIME, Untried};

/// The names of what is sent, what of it is left on the target, and what was passed over. It outlives an audit that is broken
/// off.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(super) marks: Marks,
    pub(super) left: Left,
    pub(super) untried: Untried,
}

impl Ledger {
    /// An empty one.
    ///
    /// # Errors
    /// Without randomness there are no names.
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self { marks: Marks::new()?, left: Left::default(), untried: Untried::default() })
    }
}
