//! [`Globals`]: what every command understands.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::output::{ColorChoice, Output};

/// As typed.
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
    log_format: Option<LogFormat>,
}

impl Globals {
    /// `--log-format`, or what the policy says.
    pub(crate) fn log_format(&self, by_policy: LogFormat) -> LogFormat {
        self.log_format.unwrap_or(by_policy)
    }

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
