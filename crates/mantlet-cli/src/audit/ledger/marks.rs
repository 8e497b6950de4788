//! [`Marks`]: names for what the audit leaves on a target, so that its owner finds all of it.

use std::fmt::Write;

use mantlet_core::audit::trial::PROBE;

/// Names of one audit: `mantlet-probe-7f3a9c01-1`, `…-2`, and so on.
#[derive(Debug)]
pub(in crate::audit) struct Marks {
    prefix: String,
    given: u32,
}

impl Marks {
    pub(in crate::audit) fn new() -> anyhow::Result<Self> {
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let mut prefix = PROBE.to_owned();
        for byte in random {
            // Writing to a String cannot fail.
            let _ = write!(prefix, "{byte:02x}");
        }
        Ok(Self { prefix, given: 0 })
    }

    /// What all names of this audit begin with.
    pub(in crate::audit) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A name that was not given before.
    pub(in crate::audit) fn next(&mut self) -> String {
        self.given = self.given.saturating_add(1);
        format!("{}-{}", self.prefix, self.given)
    }
}
