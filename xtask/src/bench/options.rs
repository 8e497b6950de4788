//! What `cargo xtask bench` is asked for.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// What is measured, in this order.
const ROWS: [&str; 5] = ["get-1k", "get-64k", "upload-64k", "upload-10m", "memory-200m"];

pub(super) const HELP: &str = "\
cargo xtask bench [OPTIONS]

  --only NAME           get-1k, get-64k, upload-64k, upload-10m or memory-200m; may be repeated
  --rounds N            how often the proxies take turns [default: 5]
  --seconds N           how long each turn lasts [default: 2]
  --core N              the core that everything runs on [default: the last]
  --binary FILE         measure this binary instead of one that `cargo xtask build` makes
  --at-least NAME=X     fail when a printed ratio is below X; may be repeated
";

pub(super) struct Options {
    /// Empty: all of them.
    pub(super) only: Vec<String>,
    pub(super) rounds: usize,
    pub(super) seconds: u64,
    pub(super) core: usize,
    pub(super) binary: Option<PathBuf>,
    pub(super) at_least: Vec<(String, f64)>,
}

impl Options {
    /// `None`: help is asked for.
    pub(super) fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let cores = Command::new("nproc").output().ok().and_then(|output| String::from_utf8(output.stdout).ok());
        let cores: usize = cores.and_then(|count| count.trim().parse().ok()).unwrap_or(1);
        let mut options =
            Self { only: Vec::new(), rounds: 5, seconds: 2, core: cores - 1, binary: None, at_least: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--only" => {
                    let name = value()?;
                    ensure!(ROWS.contains(&name.as_str()), "--only takes one of {}, not {name}", ROWS.join(", "));
                    options.only.push(name.clone());
                }
                "--rounds" => options.rounds = value()?.parse()?,
                "--seconds" => options.seconds = value()?.parse()?,
                "--core" => options.core = value()?.parse()?,
                "--binary" => options.binary = Some(PathBuf::from(value()?)),
                "--at-least" => {
                    let (name, ratio) = value()?.split_once('=').context("--at-least takes NAME=X")?;
                    options.at_least.push((name.to_owned(), ratio.parse()?));
                }
                "-h" | "--help" => return Ok(None),
                other => bail!("unknown option {other}\n{HELP}"),
            }
        }
        Ok(Some(options))
    }

    pub(super) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}
