//! What the tests of the binary share: the [`shield`] in front of an [`upstream`], and a [`client`] of it.

#![allow(dead_code, reason = "each program of tests uses a part of it")]

pub(crate) mod client;
pub(crate) mod shield;
pub(crate) mod upstream;
