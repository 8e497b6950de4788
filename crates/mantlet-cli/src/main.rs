//! The binary `mantlet`: shields any web app from the front, and audits any site from outside.
//!
//! A file or a folder for each command. `run` and `demo` start the [`proxy`], with a certificate of [`tls`]. What all commands
//! share: [`cli`] (the command line), [`config`] (the policy file), [`output`] (how we speak), [`stderr`] (how we write what
//! is no result), [`failure`] (how we fail).

mod audit;
mod check;
mod cli;
mod completions;
mod config;
mod demo;
mod explain;
mod failure;
mod fold;
mod globals;
mod init;
mod logging;
mod nearest;
mod output;
mod patience;
mod proxy;
mod read_file;
mod run;
mod stderr;
mod tls;
mod trust;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command};
use crate::failure::{EXIT_RUN_FAILED, EXIT_USAGE};
use crate::globals::Globals;

/// Costs 8 MiB, and is worth it for uploads and large responses: a sixth and a fiftieth faster than glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let code = match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(problem) => refuse_usage(&problem),
    };
    stderr::finish();
    code
}

fn run(cli: Cli) -> ExitCode {
    let globals = Globals::new(cli.global);
    let exit_when_failed = cli.command.exit_when_failed();
    dispatch(cli.command, &globals)
        .unwrap_or_else(|problem| failure::report(&problem, exit_when_failed, &globals.output))
}

fn dispatch(command: Command, globals: &Globals) -> anyhow::Result<ExitCode> {
    match command {
        Command::Audit(args) => audit::run(args, globals),
        Command::Check(args) => check::run(&args, globals),
        Command::Completions(args) => completions::completions(&args, Cli::command(), globals),
        Command::Demo(args) => demo::run(args, globals),
        Command::Explain(args) => explain::run(&args, globals),
        Command::Init(args) => init::run(&args, globals),
        Command::Man => completions::man(&Cli::command(), globals),
        Command::Run(args) => run::run(args, globals),
        Command::Trust(args) => trust::run(&args, globals),
    }
}

/// Help and version are answers; anything else is wrong usage. `run` must not answer with a code its child could mean.
fn refuse_usage(problem: &clap::Error) -> ExitCode {
    // Nobody left to tell when even this cannot be written.
    let _ = problem.print();
    if !problem.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let is_run = std::env::args_os().skip(1).take_while(|arg| arg != "--").any(|arg| arg == "run");
    if is_run && let Some(command) = unmarked_command(problem) {
        stderr::say(&format!("  fix: put -- before the app's command: mantlet run -- {command}\n"));
    }
    ExitCode::from(if is_run { EXIT_RUN_FAILED } else { EXIT_USAGE })
}

/// The app's command, where it stands without the `--` before it.
fn unmarked_command(problem: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(unknown)) = problem.get(ContextKind::InvalidArg) else { return None };
    if problem.kind() != ErrorKind::UnknownArgument || unknown.starts_with('-') {
        return None;
    }
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let at = words.iter().position(|word| word == unknown)?;
    Some(words.get(at..)?.join(" "))
}
