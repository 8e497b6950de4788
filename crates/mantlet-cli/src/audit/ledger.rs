//! [`Ledger`]: what the audit owes to whoever has to do with the target afterwards.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use mantlet_core::audit::trial::PROBE;

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

/// Names for what the audit leaves on a target, so that its owner finds all of it: `mantlet-probe-7f3a9c01-1`, `…-2`, and so on.
#[derive(Debug)]
pub(super) struct Marks {
    prefix: String,
    given: u32,
}

impl Marks {
    fn new() -> anyhow::Result<Self> {
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
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A name that was not given before.
    pub(super) fn next(&mut self) -> String {
        self.given = self.given.saturating_add(1);
        format!("{}-{}", self.prefix, self.given)
    }
}

/// What the audit leaves on a target, or may leave: known from the moment it is sent, even if the audit ends before its time.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// `None`: it turned out that it is not.
    entries: Vec<Option<Remains>>,
}

/// What is left.
#[derive(Debug, Clone)]
pub(super) enum Remains {
    /// A file: where it is, or what it is called.
    File(String),
    /// What a request does, whatever that is.
    Effect {
        /// `POST /email`.
        of: String,
        /// How often it was sent; `None`: that is not known yet.
        times: Option<u32>,
    },
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(what) => f.write_str(what),
            Self::Effect { of, times: None } => write!(f, "whatever {of} does, sent with values named {PROBE}*"),
            Self::Effect { of, times: Some(times) } => {
                write!(f, "whatever {of} does, sent {times} times with values named {PROBE}*")
            }
        }
    }
}

/// One thing that was sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent(usize);

impl Left {
    /// Something is about to be sent.
    pub(super) fn sends(&mut self, what: Remains) -> Sent {
        self.entries.push(Some(what));
        Sent(self.entries.len().saturating_sub(1))
    }

    /// It is known better what became of it.
    pub(super) fn is(&mut self, sent: Sent, what: Remains) {
        if let Some(entry) = self.entries.get_mut(sent.0) {
            *entry = Some(what);
        }
    }

    /// It is not there.
    pub(super) fn is_not_there(&mut self, sent: Sent) {
        if let Some(entry) = self.entries.get_mut(sent.0) {
            *entry = None;
        }
    }

    /// What is there, in the order in which it was sent.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Remains> {
        self.entries.iter().flatten()
    }
}

/// A page of ten thousand forms needs no list of them.
const UNTRIED_AT_MOST: usize = 1000;

/// What the time was not enough for, or the patience of whoever interrupted it.
pub(super) const OUT_OF_TIME: &str = "the audit ended before";

/// What is sent without an answer to it is refused, whoever sends it.
pub(super) const CAPTCHA: &str = "it asks for a CAPTCHA";

/// What was seen and passed over: what it is, and why. A report is about the rest.
#[derive(Debug, Default)]
pub(crate) struct Untried(BTreeSet<(String, &'static str)>);

impl Untried {
    /// It is passed over.
    pub(super) fn note(&mut self, what: String, why: &'static str) {
        if self.0.len() < UNTRIED_AT_MOST {
            self.0.insert((what, why));
        }
    }

    /// What, and why.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &'static str)> {
        self.0.iter().map(|(what, why)| (what.as_str(), *why))
    }
}
