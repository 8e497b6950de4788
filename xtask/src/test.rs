//! `cargo xtask test`: everything that CI runs, in steps that can also be run one by one.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::tools;
use crate::workspace::{check, root, target};

const HELP: &str = "\
cargo xtask test [STEP...]

Runs these steps in order, or only those that are named. Tools that are missing are installed by name: system packages
with apt-get (through sudo unless you are root), the rest into target/.
";

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "tools", what: "install what is missing", run: tools::install },
    Step { name: "fmt", what: "formatting", run: || cargo(&["fmt", "--all", "--check"]) },
    Step { name: "clippy", what: "lints, warnings denied", run: clippy },
    Step { name: "build", what: "all crates, tests, examples and fuzz targets", run: build },
    Step {
        name: "unit",
        what: "unit, property, corpus and socket tests, and the parsers of other languages",
        run: unit,
    },
    Step {
        name: "doctest",
        what: "the examples in the documentation",
        run: || cargo(&["test", "--workspace", "--doc"]),
    },
    Step { name: "doc", what: "the documentation itself, warnings denied", run: doc },
    Step { name: "demo", what: "the built-in demo: findings without the shield, none behind it", run: demo },
    Step { name: "browser", what: "real applications in a real Chromium", run: browser },
];

/// Runs the steps.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if arguments.iter().any(|argument| argument.starts_with('-')) {
        println!("{HELP}");
        for step in STEPS {
            println!("  {:<10} {}", step.name, step.what);
        }
        return Ok(());
    }
    if let Some(unknown) = arguments.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        bail!("there is no step {unknown}; cargo xtask test --help lists them");
    }
    let steps = STEPS.iter().filter(|step| arguments.is_empty() || arguments.iter().any(|name| name == step.name));
    let steps: Vec<&Step> = steps.collect();
    let begun = Instant::now();
    for (at, step) in steps.iter().enumerate() {
        println!("\n==> [{}/{}] {}: {}", at + 1, steps.len(), step.name, step.what);
        let begun = Instant::now();
        (step.run)().with_context(|| format!("step `{0}` failed; cargo xtask test {0} runs it alone", step.name))?;
        println!("    {} passed in {:.0} s", step.name, begun.elapsed().as_secs_f64());
    }
    println!("\nall {} steps passed in {:.0} s", steps.len(), begun.elapsed().as_secs_f64());
    Ok(())
}

fn clippy() -> Result<()> {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"])
}

fn build() -> Result<()> {
    cargo(&["build", "--workspace", "--all-targets", "--features", "mantlet-cli/e2e"])?;
    // A workspace of its own: nothing else here would notice that it no longer fits.
    let mut fuzz = Command::new("cargo");
    fuzz.args(["check", "--manifest-path", "fuzz/Cargo.toml", "--target-dir"]).arg(target().join("fuzz"));
    check(fuzz.current_dir(root()))
}

fn unit() -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["test", "--workspace", "--all-targets", "--features", "mantlet-cli/e2e"]);
    command.env("E2E_PYTHON", tools::python()).env("E2E_NODE_PATH", tools::node_modules());
    check(command.current_dir(root()))
}

fn doc() -> Result<()> {
    // A link to what a feature brings is broken for whoever does without.
    for what in [["--workspace", "--all-features"], ["--package=mantlet", "--no-default-features"]] {
        let mut command = Command::new("cargo");
        command.args(["doc", "--no-deps"]).args(what);
        check(command.env("RUSTDOCFLAGS", "--deny warnings").current_dir(root()))?;
    }
    Ok(())
}

fn demo() -> Result<()> {
    let state = tools::folder().join("demo-state");
    let mut command = Command::new(mantlet());
    command.args(["--config", "none", "demo", "--exit"]).env("XDG_STATE_HOME", state);
    check(command.current_dir(root()))
}

fn browser() -> Result<()> {
    ensure!(mantlet().exists(), "the binary is not built: cargo xtask test build");
    let mut command = Command::new(tools::python());
    command.args(["-m", "unittest", "discover", "--start-directory", "e2e", "--verbose"]);
    command.env("MANTLET", mantlet()).env("E2E_OUTPUT", tools::folder());
    check(command.current_dir(root()))?;
    println!("    screenshots are in {}", tools::folder().join("screenshots").display());
    Ok(())
}

/// The binary that the tests run.
fn mantlet() -> PathBuf {
    target().join("debug/mantlet")
}

fn cargo(arguments: &[&str]) -> Result<()> {
    check(Command::new("cargo").args(arguments).current_dir(root()))
}
