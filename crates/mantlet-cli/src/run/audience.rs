//! [`Audience`]: for whom the shield runs, which decides what they are shown and under which names.

use super::args::Args;
use super::listen::Claim;
use crate::config::{Config, TlsMode};

/// Who comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Nobody but the one who writes the app, on this machine: reason codes may be shown.
    Developer,
    /// Strangers, though only this machine can connect: by way of a proxy, or to a certificate that others made.
    BehindLoopback,
    /// Whoever can reach this machine.
    Network,
}

impl Audience {
    pub(super) fn of(args: &Args, config: &Config, tls: TlsMode, claim: &Claim) -> Self {
        if !claim.address.ip().is_loopback() {
            return Self::Network;
        }
        let is_ours_alone = config.server.trusted_proxies.is_empty() && (tls == TlsMode::Local || args.http);
        if is_ours_alone { Self::Developer } else { Self::BehindLoopback }
    }
}
