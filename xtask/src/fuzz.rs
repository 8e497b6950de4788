//! `cargo xtask fuzz`: every fuzz target for a while.
//!
//! By hand and not in `cargo xtask test`, which only compiles the targets: the fuzzer needs a nightly compiler, and time.
//! What it found is kept as cases of the corpus and rows of tables, which every test run repeats.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::tools;
use crate::workspace::{check, root};

const HELP: &str = "\
cargo xtask fuzz [--seconds N] [TARGET...]

Runs each fuzz target, or those that are named, for N seconds [default: 60]. Installs cargo-fuzz and a nightly compiler
if they are missing.
";

/// Runs the targets.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut seconds: u32 = 60;
    let mut targets = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => seconds = arguments.next().context("--seconds needs a number")?.parse()?,
            "-h" | "--help" => {
                print!("{HELP}");
                return Ok(());
            }
            option if option.starts_with('-') => bail!("unknown option {option}\n{HELP}"),
            target => targets.push(target.to_owned()),
        }
    }
    install()?;
    if targets.is_empty() {
        let list = fuzz(&["list"]).output().context("cannot list the fuzz targets")?;
        ensure!(list.status.success(), "cannot list the fuzz targets: {}", String::from_utf8_lossy(&list.stderr));
        targets = String::from_utf8(list.stdout)?.lines().map(str::to_owned).collect();
    }
    for target in &targets {
        println!("\n==> {target}, {seconds} s");
        check(&mut fuzz(&[
            "run",
            target,
            "--",
            &format!("-max_total_time={seconds}"),
            "-timeout=10",
            "-rss_limit_mb=2048",
        ]))
        .with_context(|| format!("{target} found something; its input is under fuzz/artifacts/{target}"))?;
    }
    println!("\nall {} targets ran without a finding", targets.len());
    Ok(())
}

fn install() -> Result<()> {
    tools::install_packages(&[("command -v c++", "g++")])?;
    let has = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    if !has(Command::new("cargo").args(["+nightly", "--version"])) {
        check(Command::new("rustup").args(["toolchain", "install", "nightly", "--profile", "minimal"]))?;
    }
    if !has(Command::new("cargo").args(["+nightly", "fuzz", "--version"])) {
        check(Command::new("cargo").args(["install", "--locked", "cargo-fuzz"]))?;
    }
    Ok(())
}

fn fuzz(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(["+nightly", "fuzz"]).args(arguments).current_dir(root());
    // The compiler that runs this task must not be the one that builds the targets.
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").env_remove("CARGO");
    command
}
