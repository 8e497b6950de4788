//! The real binary on real sockets: what it lets through, what it refuses, and what it does when one side misbehaves.
//!
//! Nothing here asserts a time. Patience is bounded ([`harness::PATIENCE`]) only so that a hang is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod bodies;
mod corpus;
mod forwarding;
mod framing;
mod http2;
mod lifecycle;
mod log;
mod memory;
mod places;
#[cfg(feature = "e2e")]
mod readers;
mod responses;
mod spool;
mod streaming;
mod timeouts;
mod upgrade;
