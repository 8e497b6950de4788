//! `cargo xtask bench`: what the proxy costs, beside nginx in the same run.
//!
//! The unit is requests per CPU second of the proxy's processes, read from the scheduler's nanosecond clock around a run
//! of wrk. Proxies, load and upstream share one core, so that queues are always full and nobody else's wake-ups are
//! charged to a proxy. The proxies take turns, and the median of the rounds' ratios counts: a shared machine disturbs
//! absolute figures, but both sides of a ratio alike. All guards enforce; no proxy writes an access log.

pub(crate) mod load;
mod memory;
mod nginx;
mod options;
pub(crate) mod process;
mod stage;
mod throughput;
pub(crate) mod upstream;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use load::Load;
use options::{HELP, Options};
use stage::Stage;

use crate::{optimized, tools};

/// Runs the benchmark.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        print!("{HELP}");
        return Ok(());
    };
    tools::install_packages(&[
        ("command -v wrk", "wrk"),
        ("command -v taskset", "util-linux"),
        ("test -x /usr/sbin/nginx", "nginx"),
    ])?;
    let binary = match &options.binary {
        Some(binary) => binary.clone(),
        None => optimized::build()?,
    };
    let folder = Folder::new()?;
    let mut ratios = Vec::new();
    for (name, size) in [("get-1k", 1 << 10), ("get-64k", 64 << 10)] {
        if options.wants(name) {
            let stage = Stage::new(&options, &binary, &folder.0, size)?;
            ratios.extend(stage.compare(name, &Load::get(), &options)?);
        }
    }
    for (name, size) in [("upload-64k", 64 << 10), ("upload-10m", 10 << 20)] {
        if options.wants(name) {
            let stage = Stage::new(&options, &binary, &folder.0, 2)?;
            ratios.extend(stage.compare(name, &Load::upload(size, &folder.0)?, &options)?);
        }
    }
    if options.wants("memory-200m") {
        Stage::new(&options, &binary, &folder.0, 2)?.memory(&Load::upload(200 << 20, &folder.0)?)?;
    }
    for (name, least) in &options.at_least {
        let (_, ratio) =
            ratios.iter().find(|(ratio, _)| ratio == name).with_context(|| format!("no ratio {name} was measured"))?;
        ensure!(ratio >= least, "{name} is {ratio:.2}, below {least}");
    }
    Ok(())
}

/// A folder that is gone with the benchmark.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("mantlet-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
