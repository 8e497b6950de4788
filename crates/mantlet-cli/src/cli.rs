//! The command line: what may be typed. What it means stands with each command.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::failure::{EXIT_RUN_FAILED, EXIT_USAGE};
use crate::output::{ColorChoice, Output};

/// A shield for web apps: session cookies, CSRF, security headers, uploads.
#[derive(Debug, Parser)]
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

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// The policy file; `none` for the built-in policy [default: the nearest mantlet.toml]
    #[arg(short, long, value_name = "FILE", env = "MANTLET_CONFIG", global = true, hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// Colour the output
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true, hide_possible_values = false)]
    pub(crate) color: ColorChoice,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more; twice for everything
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    /// The form of the log on stderr [default: as the policy says]
    #[arg(long, value_enum, value_name = "FORMAT", global = true)]
    pub(crate) log_format: Option<LogFormat>,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// What every command is handed.
#[derive(Debug)]
pub(crate) struct Globals {
    /// `--config`, or MANTLET_CONFIG.
    pub(crate) config: Option<PathBuf>,
    /// How to speak.
    pub(crate) output: Output,
    /// `-q`.
    pub(crate) quiet: bool,
    /// How many `-v`.
    pub(crate) verbose: u8,
    /// `--log-format`.
    pub(crate) log_format: Option<LogFormat>,
}

impl Globals {
    pub(crate) fn new(args: GlobalArgs) -> Self {
        Self {
            config: args.config,
            output: Output::new(args.color, args.quiet),
            quiet: args.quiet,
            verbose: args.verbose,
            log_format: args.log_format,
        }
    }
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, made once")]
pub(crate) enum Command {
    /// Start an app behind the shield, or put the shield in front of one that runs
    Run(crate::run::Args),
    /// Report which mitigations a site has, which are missing, with proof and fix
    Audit(crate::audit::Args),
    /// Watch it work: a small app with the four holes, audited bare and behind the shield
    Demo(crate::demo::Args),
    /// Check the policy and its surroundings; change nothing
    Check(CheckArgs),
    /// Explain a refusal's reason code or an audit's check id
    Explain(ExplainArgs),
    /// Write a commented mantlet.toml for the app in this folder
    Init(InitArgs),
    /// Put the local certificate authority into trust stores, or take it out
    Trust(TrustArgs),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
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

/// `mantlet check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Judge the policy alone: open no socket, look at no certificate
    #[arg(long)]
    pub(crate) offline: bool,
}

/// `mantlet explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A reason code (csrf.cross-site) or a check id (session.cookie.secure); without one, all of them are listed
    pub(crate) id: Option<String>,
}

/// `mantlet init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Overwrite a mantlet.toml that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `mantlet trust`.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    /// Take it out again
    #[arg(long)]
    pub(crate) remove: bool,
    /// Only the system's store
    #[arg(long, conflicts_with = "nss")]
    pub(crate) system: bool,
    /// Only the stores of your browsers (Chromium, Firefox); needs no root
    #[arg(long)]
    pub(crate) nss: bool,
}

/// `mantlet completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Whose
    pub(crate) shell: clap_complete::Shell,
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
