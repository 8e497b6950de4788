//! Guard stub.

use crate::exchange::{RequestHead, ResponseHead};
use crate::policy::Mode;
use crate::reason::Refusal;
use crate::site::Site;

mod policy;

pub use policy::HeadersPolicy;

/// The policy made ready.
#[derive(Debug)]
pub struct HeadersGuard {
    mode: Mode,
}

impl HeadersGuard {
    /// Makes a policy ready. `mode` holds unless the policy names one for this guard.
    pub fn new(policy: &HeadersPolicy, mode: Mode) -> Self {
        Self { mode: policy.mode.unwrap_or(mode) }
    }

    /// What this guard does with its verdicts.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Judges a request head.
    pub fn on_request(&self, _head: &mut RequestHead<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Hardens a response head.
    pub fn on_response(&self, _head: &mut ResponseHead<'_>, _site: &Site) {}
}
