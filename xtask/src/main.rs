//! Tasks of the project: `cargo xtask test`, `cargo xtask bench`, `cargo xtask fuzz`.

// A task talks to the person in front of it, and may fail in front of them.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod bench;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test                 everything that CI runs
cargo xtask bench [OPTIONS]      the proxy beside nginx; --help for its options
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let outcome = match task.as_str() {
        "bench" => bench::run(&arguments),
        "bench-upstream" => bench::upstream::serve(&arguments),
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap_or_else(|_| PathBuf::from("."))
}
