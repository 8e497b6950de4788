//! What the tests of the binary share: a [`folder`] of its own, the [`process`] that runs there, an [`upstream`] to shield and
//! the [`shield`] in front of it, a [`client`] that sends whatever a test wants.

#![allow(dead_code, reason = "each program of tests uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

pub(crate) mod client;
pub(crate) mod folder;
pub(crate) mod process;
pub(crate) mod shield;
pub(crate) mod tls;
pub(crate) mod upstream;

use std::time::Duration;

/// How long anything is waited for. Only a hang comes near it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);
