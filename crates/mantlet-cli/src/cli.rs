//! The command line: what may be typed. What it means stands with each command.

use clap::{Parser, Subcommand};

use crate::failure::{EXIT_RUN_FAILED, EXIT_USAGE};
use crate::globals::GlobalArgs;

/// A shield for web apps: session cookies, CSRF, security headers, uploads.
#[derive(Parser)]
#[command(
    name = "mantlet",
    version,
    disable_help_subcommand = true,
    after_long_help = "Examples:
  mantlet run -- flask run                              shield an app you start
  mantlet run --upstream http://127.0.0.1:5000          shield an app that runs
  mantlet audit http://localhost:5000                   what is missing, with proof and fix
  mantlet explain csrf.cross-site                       what a refusal means"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, made once")]
pub(crate) enum Command {
    /// Start an app behind the shield, or put the shield in front of one that runs
    Run(crate::run::Args),
    /// Report which mitigations a site has, which are missing, with proof and fix
    Audit(crate::audit::Args),
    /// Watch it work: a small app with the four holes, audited bare and behind the shield
    Demo(crate::demo::Args),
    /// Check the policy and its surroundings; change nothing
    Check(crate::check::Args),
    /// Explain a code from the log, or a check of an audit
    Explain(crate::explain::Args),
    /// Write a commented mantlet.toml for the app in this folder
    Init(crate::init::Args),
    /// Put the local certificate authority into trust stores, or take it out
    Trust(crate::trust::Args),
    /// Print the completion script of a shell
    Completions(crate::completions::Args),
    /// Print the manual page
    Man,
}

impl Command {
    /// The exit code when the command itself fails.
    pub(crate) fn exit_when_failed(&self) -> u8 {
        match self {
            Self::Run(_) => EXIT_RUN_FAILED,
            Self::Audit(_) | Self::Demo(_) => 3,
            _ => EXIT_USAGE,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_description_is_consistent() {
        Cli::command().debug_assert();
    }
}
