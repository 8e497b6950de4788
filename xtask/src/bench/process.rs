//! Processes under measurement: started on a core, their CPU and memory read from /proc, ended with the benchmark.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A process that ends when this value does.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: std::path::PathBuf,
}

impl Process {
    /// Starts a command on one core; what it says goes to a file in `folder`.
    pub(crate) fn start(name: &str, core: usize, folder: &Path, command: &mut Command) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let output = fs::File::create(&log)?;
        let program = command.get_program().to_owned();
        let mut pinned = Command::new("taskset");
        pinned.arg("-c").arg(core.to_string()).arg(&program).args(command.get_args());
        pinned.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        pinned.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let child = pinned.spawn().with_context(|| format!("cannot start {}", program.to_string_lossy()))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Waits until it accepts connections.
    pub(crate) fn listening(&mut self, port: u16) -> Result<()> {
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience && self.child.try_wait()?.is_none() {
            if TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        bail!("{} does not listen on 127.0.0.1:{port}\n{said}", self.name)
    }

    /// CPU time of it and its descendants so far.
    pub(crate) fn cpu(&self) -> Duration {
        let nanos = tree(self.child.id()).into_iter().flat_map(tasks).filter_map(|task| {
            let schedstat = fs::read_to_string(task.join("schedstat")).ok()?;
            schedstat.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// Memory of it and its descendants, shared pages split among their users, in KiB.
    pub(crate) fn pss(&self) -> u64 {
        let pss = |pid: u32| -> Option<u64> {
            let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?.split_whitespace().next()?.parse().ok()
        };
        tree(self.child.id()).into_iter().filter_map(pss).sum()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // nginx ends its worker when it is asked to end; a kill would leave the worker behind.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").arg(&pid).stderr(Stdio::null()).status();
        let patience = Instant::now() + Duration::from_secs(3);
        while Instant::now() < patience && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tree(pid: u32) -> Vec<u32> {
    let children = tasks(pid).into_iter().filter_map(|task| fs::read_to_string(task.join("children")).ok());
    let children: Vec<u32> =
        children.flat_map(|list| list.split_whitespace().flat_map(str::parse).collect::<Vec<_>>()).collect();
    std::iter::once(pid).chain(children.into_iter().flat_map(tree)).collect()
}

fn tasks(pid: u32) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
