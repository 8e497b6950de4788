//! To be written.

use std::process::ExitCode;

use crate::cli::Globals;
use crate::failure::Failure;

/// To be written.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: Args, _: &Globals) -> anyhow::Result<ExitCode> {
    Err(Failure::new("not in this version").into())
}
