//! `cargo xtask build`: the binary, optimised by a profile of itself at work (PGO).
//!
//! A request runs three times as much code as the first cache holds, and most of what lies between is for requests of other kinds.
//! Told what is run and how often, the compiler packs that together and inlines it. A profile fits one state of the code and one
//! compiler, so none is kept: the binary is built to count, put to work, and built again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::bench::load::{BROWSER, Load};
use crate::bench::process::{Process, free_port};
use crate::tools;
use crate::workspace::{check, root, target};

const HELP: &str = "\
cargo xtask build

Builds the binary twice, the second time by what the first one did under load, and prints where it is. Installs wrk and
nghttp2-client (apt) and llvm-tools (rustup) if they are missing.
";

/// How long each kind of work is done, in seconds.
const SECONDS: u64 = 2;

/// Builds it, and says where it is.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        print!("{HELP}");
        return Ok(());
    }
    println!("{}", build()?.display());
    Ok(())
}

/// Builds it.
pub(crate) fn build() -> Result<PathBuf> {
    tools::install_packages(&[
        ("command -v wrk", "wrk"),
        ("command -v h2load", "nghttp2-client"),
        ("command -v taskset", "util-linux"),
    ])?;
    let compiler = Compiler::find()?;
    let folder = target().join("optimized");
    let counts = folder.join("counts");
    if counts.exists() {
        fs::remove_dir_all(&counts)?;
    }
    fs::create_dir_all(&counts)?;
    println!("    building it to count");
    let counting = compiler.compile(&folder.join("counting"), &format!("-Cprofile-generate={}", counts.display()))?;
    println!("    putting it to work");
    work(&counting, &counts)?;
    let profile = folder.join("profile");
    let mut merge = Command::new(&compiler.profdata);
    check(merge.args(["merge", "--sparse", "--output"]).args([&profile, &counts]))?;
    println!("    building it by its profile");
    let binary = compiler.compile(&folder.join("build"), &format!("-Cprofile-use={}", profile.display()))?;
    let at = folder.join("mantlet");
    fs::copy(&binary, &at)?;
    Ok(at)
}

struct Compiler {
    /// The machine that it builds for. Named, or build scripts would count as well.
    host: String,
    /// What reads profiles, of the compiler's own version.
    profdata: PathBuf,
}

impl Compiler {
    fn find() -> Result<Self> {
        let version = said("rustc", &["-vV"])?;
        let host =
            version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?.to_owned();
        let sysroot = PathBuf::from(said("rustc", &["--print", "sysroot"])?.trim());
        let profdata = sysroot.join("lib/rustlib").join(&host).join("bin/llvm-profdata");
        if !profdata.exists() {
            let mut add = Command::new("rustup");
            check(add.args(["component", "add", "llvm-tools"]).current_dir(root()))
                .context("what reads profiles is a part of the compiler, llvm-tools, and rustup is who brings it")?;
        }
        ensure!(profdata.exists(), "llvm-tools are installed, and yet there is no {}", profdata.display());
        Ok(Self { host, profdata })
    }

    fn compile(&self, folder: &Path, flag: &str) -> Result<PathBuf> {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["build", "--release", "--package", "mantlet-cli", "--target", &self.host, "--target-dir"])
            .arg(folder);
        check(cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flag).current_dir(root()))?;
        Ok(folder.join(&self.host).join("release/mantlet"))
    }
}

fn said(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    let output = output.with_context(|| format!("cannot run {program}"))?;
    ensure!(output.status.success(), "{program} ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// All that it does often: what it is not seen doing is built to be small, and slow.
fn work(binary: &Path, counts: &Path) -> Result<()> {
    let folder = counts.join("work");
    fs::create_dir_all(&folder)?;
    for size in [1 << 10, 64 << 10] {
        let site = Site::start(binary, counts, &folder, size, &["--http"])?;
        Load::get().run(site.port, CORE, SECONDS)?;
        for size in [64 << 10, 10 << 20] {
            Load::upload(size, &folder)?.run(site.port, CORE, SECONDS)?;
        }
        let site = Site::start(binary, counts, &folder, size, &[])?;
        let address = format!("https://127.0.0.1:{}/page", site.port);
        let headers: Vec<&str> = BROWSER.into_iter().flat_map(|header| ["-H", header]).collect();
        let duration = SECONDS.to_string();
        quietly(Command::new("wrk").args(["-t1", "-c32", "-d", &duration]).args(&headers).arg(&address))?;
        quietly(Command::new("h2load").args(["-t1", "-c8", "-m4", "-D", &duration]).args(&headers).arg(&address))?;
    }
    // The audit, and many kinds of pages, forms and refusals. Its exit code says what the audit found.
    let mut demo = Command::new(binary);
    demo.args(["demo", "--exit"]).env("LLVM_PROFILE_FILE", counts.join("%p.profraw"));
    demo.stdout(Stdio::null()).stderr(Stdio::null()).status().context("cannot run the demo")?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// The core that all of it runs on.
const CORE: usize = 0;

/// The binary in front of an application.
struct Site {
    port: u16,
    _shield: Process,
    _upstream: Process,
}

impl Site {
    fn start(binary: &Path, counts: &Path, folder: &Path, size: usize, options: &[&str]) -> Result<Self> {
        let application = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench-upstream", &application.to_string(), &size.to_string()]);
        let mut upstream = Process::start("upstream", CORE, folder, &mut command)?;
        upstream.listening(application)?;
        let port = free_port()?;
        let mut command = Command::new(binary);
        command.args(["run", "--listen", &format!("127.0.0.1:{port}")]).args(options);
        command.args(["--upstream", &format!("http://127.0.0.1:{application}")]);
        command.env("XDG_STATE_HOME", folder.join("state")).env("LLVM_PROFILE_FILE", counts.join("%p.profraw"));
        let mut shield = Process::start("mantlet", CORE, folder, &mut command)?;
        shield.listening(port)?;
        Ok(Self { port, _shield: shield, _upstream: upstream })
    }
}

fn quietly(command: &mut Command) -> Result<()> {
    check(command.stdout(Stdio::null()))
}
