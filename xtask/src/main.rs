//! Tasks of the project: `cargo xtask test`, `cargo xtask build`, `cargo xtask bench`, `cargo xtask fuzz`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a task talks to the person in front of it, and may fail in front of them"
)]

mod bench;
mod fuzz;
mod optimized;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [STEP...]       everything that CI runs
cargo xtask build                the binary, optimised by a profile of itself at work
cargo xtask bench [OPTIONS]      what the proxy costs, beside nginx
cargo xtask fuzz [TARGET...]     every parser's fuzz target for a minute

Each has --help.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let outcome = match task.as_str() {
        "test" => test::run(&arguments),
        "fuzz" => fuzz::run(&arguments),
        "build" => optimized::run(&arguments),
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
