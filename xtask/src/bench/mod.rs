//! `cargo xtask bench`: what the proxy costs, beside nginx in the same run.
//!
//! The unit is requests per CPU second of the proxy's processes, read from the scheduler's nanosecond clock around a run
//! of wrk. Proxies, load and upstream share one core, so that queues are always full and nobody else's wake-ups are
//! charged to a proxy. The proxies take turns, and the median of the rounds' ratios counts: a shared machine disturbs
//! absolute figures, but both sides of a ratio alike. All guards enforce; no proxy writes an access log.

mod load;
mod nginx;
mod process;
pub(crate) mod upstream;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use load::Load;
use process::{Process, free_port};

use crate::tools;

/// What is measured, in this order.
const ROWS: [&str; 5] = ["get-1k", "get-64k", "upload-64k", "upload-10m", "memory-200m"];

const HELP: &str = "\
cargo xtask bench [OPTIONS]

  --only NAME           get-1k, get-64k, upload-64k, upload-10m or memory-200m; may be repeated
  --rounds N            how often the proxies take turns [default: 5]
  --seconds N           how long each turn lasts [default: 2]
  --core N              the core that everything runs on [default: the last]
  --binary FILE         measure this binary instead of building target/release/mantlet
  --at-least NAME=X     fail when a printed ratio is below X; may be repeated
";

/// Requests of 200 MiB need room; everything else is the built-in policy.
const POLICY: &str = "\
[server]
allowed_hosts = [\"127.0.0.1\"]

[uploads]
max_request_size = \"256MiB\"
max_file_size = \"256MiB\"

[log]
access = false
";

struct Options {
    only: Vec<String>,
    rounds: usize,
    seconds: u64,
    core: usize,
    binary: Option<PathBuf>,
    at_least: Vec<(String, f64)>,
}

/// Runs the benchmark.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let Some(options) = parse(arguments)? else {
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
        None => build()?,
    };
    let folder = Folder::new()?;
    let mut ratios = Vec::new();
    let is_wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    for (name, size) in [("get-1k", 1 << 10), ("get-64k", 64 << 10)] {
        if is_wanted(name) {
            let stage = Stage::new(&options, &binary, &folder.0, size)?;
            ratios.extend(stage.compare(name, &Load::get(), &options)?);
        }
    }
    for (name, size) in [("upload-64k", 64 << 10), ("upload-10m", 10 << 20)] {
        if is_wanted(name) {
            let stage = Stage::new(&options, &binary, &folder.0, 2)?;
            ratios.extend(stage.compare(name, &Load::upload(size, &folder.0)?, &options)?);
        }
    }
    if is_wanted("memory-200m") {
        Stage::new(&options, &binary, &folder.0, 2)?.memory(&Load::upload(200 << 20, &folder.0)?)?;
    }
    for (name, least) in &options.at_least {
        let (_, ratio) =
            ratios.iter().find(|(ratio, _)| ratio == name).with_context(|| format!("no ratio {name} was measured"))?;
        ensure!(ratio >= least, "{name} is {ratio:.2}, below {least}");
    }
    Ok(())
}

fn parse(arguments: &[String]) -> Result<Option<Options>> {
    let cores = Command::new("nproc").output().ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let cores: usize = cores.and_then(|count| count.trim().parse().ok()).unwrap_or(1);
    let mut options =
        Options { only: Vec::new(), rounds: 5, seconds: 2, core: cores - 1, binary: None, at_least: Vec::new() };
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

fn build() -> Result<PathBuf> {
    let root = crate::workspace::root();
    let status = Command::new("cargo").args(["build", "--release", "-p", "mantlet-cli"]).current_dir(&root).status()?;
    ensure!(status.success(), "the release build failed");
    Ok(crate::workspace::target().join("release/mantlet"))
}

/// One upstream and the proxies in front of it.
struct Stage {
    mantlet: Proxy,
    nginx: Proxy,
    nginx_with_headers: Proxy,
    /// How many fields our answers have that the application's do not.
    added: usize,
    _upstream: Process,
}

struct Proxy {
    name: &'static str,
    process: Process,
    port: u16,
}

impl Stage {
    fn new(options: &Options, binary: &Path, folder: &Path, size: usize) -> Result<Self> {
        let core = options.core;
        let upstream_port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bench-upstream", &upstream_port.to_string(), &size.to_string()]);
        let mut upstream = Process::start("upstream", core, folder, &mut command)?;
        upstream.listening(upstream_port)?;

        let start = |name, port, mut command: Command| -> Result<Proxy> {
            let mut process = Process::start(name, core, folder, &mut command)?;
            process.listening(port)?;
            Ok(Proxy { name, process, port })
        };
        let policy = folder.join("mantlet.toml");
        fs::write(&policy, POLICY)?;
        let port = free_port()?;
        let mut command = Command::new(binary);
        command.arg("--config").arg(&policy).args(["run", "--http", "--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--upstream", &format!("http://127.0.0.1:{upstream_port}")]);
        command.env("XDG_STATE_HOME", folder.join("state"));
        let mantlet = start("mantlet", port, command)?;

        let headers = added_headers(port, upstream_port)?;
        let nginx = |name, headers: &[(String, String)]| -> Result<Proxy> {
            let port = free_port()?;
            start(name, port, nginx::command(&nginx::Setup { name, port, upstream: upstream_port, headers }, folder)?)
        };
        let nginx_with_headers = nginx("nginx+headers", &headers)?;
        let (head, _) = load::ask(nginx_with_headers.port, "GET", &load::BROWSER, &[])?;
        let head = head.to_ascii_lowercase();
        for (name, _) in &headers {
            ensure!(head.contains(&format!("\r\n{name}: ")), "nginx does not add {name}:\n{head}");
        }
        Ok(Self { nginx: nginx("nginx", &[])?, nginx_with_headers, added: headers.len(), mantlet, _upstream: upstream })
    }

    /// Lets the proxies take turns under one load and prints the medians; the ratios by name.
    fn compare(&self, name: &str, load: &Load, options: &Options) -> Result<Vec<(String, f64)>> {
        self.guards_are_on()?;
        let is_get = load.body.is_empty();
        let mut proxies = vec![&self.mantlet, &self.nginx];
        if is_get {
            proxies.push(&self.nginx_with_headers);
        }
        for proxy in &proxies {
            let (head, _) = load.once(proxy.port)?;
            ensure!(head.starts_with("HTTP/1.1 200 "), "{name}: {} answers\n{head}", proxy.name);
            load.run(proxy.port, options.core, 1)?;
        }
        let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); proxies.len()];
        for round in 0..options.rounds {
            for turn in 0..proxies.len() {
                let at = (turn + round) % proxies.len();
                let before = proxies[at].process.cpu();
                let requests = load.run(proxies[at].port, options.core, options.seconds)?;
                let cpu = proxies[at].process.cpu() - before;
                ensure!(cpu > Duration::ZERO, "this kernel does not account CPU time in /proc/PID/task/*/schedstat");
                rounds[at].push(requests as f64 / cpu.as_secs_f64());
            }
        }
        if is_get {
            println!("nginx+headers adds what we add: {} fields", self.added);
        }
        println!("{name}: {} rounds of {} s, everything on core {}", options.rounds, options.seconds, options.core);
        for (proxy, rounds) in proxies.iter().zip(&rounds) {
            let rate = median(rounds);
            println!("  {:<14} {rate:>9.0} requests per CPU second   {:>8.1} us each", proxy.name, 1e6 / rate);
        }
        let mut ratios = Vec::new();
        for at in 1..proxies.len() {
            let quotients: Vec<f64> = rounds[0].iter().zip(&rounds[at]).map(|(ours, theirs)| ours / theirs).collect();
            let name = match (is_get, at) {
                (false, _) => name.to_owned(),
                (true, 1) => format!("{name}-plain"),
                (true, _) => format!("{name}-headers"),
            };
            let all: Vec<String> = quotients.iter().map(|quotient| format!("{quotient:.2}")).collect();
            println!("  {name:<14} {:>9.2} x {}   (rounds: {})", median(&quotients), proxies[at].name, all.join(" "));
            ratios.push((name, median(&quotients)));
        }
        Ok(ratios)
    }

    /// Prints how much memory each proxy takes over idle while one large upload goes through.
    fn memory(&self, load: &Load) -> Result<()> {
        println!("memory-200m: peak memory (PSS) while one upload of 200 MiB goes through, over idle");
        for proxy in [&self.mantlet, &self.nginx] {
            // A small upload first: what any upload needs once is not what a large one needs.
            let small = ask_small_upload(proxy.port)?;
            ensure!(small.starts_with("HTTP/1.1 200 "), "{} answers\n{small}", proxy.name);
            let idle = proxy.process.pss();
            let is_done = AtomicBool::new(false);
            let (peak, answer) = std::thread::scope(|scope| {
                let watch = scope.spawn(|| {
                    let mut peak = idle;
                    while !is_done.load(Ordering::Relaxed) {
                        peak = peak.max(proxy.process.pss());
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    peak
                });
                let answer = load.once(proxy.port);
                is_done.store(true, Ordering::Relaxed);
                (watch.join().unwrap_or(u64::MAX), answer)
            });
            let (head, _) = answer?;
            ensure!(head.starts_with("HTTP/1.1 200 "), "{} answers\n{head}", proxy.name);
            let mib = |kib: u64| kib as f64 / 1024.0;
            println!("  {:<14} {:>6.1} MiB over {:.1} MiB", proxy.name, mib(peak - idle), mib(idle));
        }
        Ok(())
    }

    /// A shield that lets everything pass would win any race.
    fn guards_are_on(&self) -> Result<()> {
        let port = self.mantlet.port;
        let (head, _) = load::ask(port, "GET", &load::BROWSER, &[])?;
        let head = head.to_ascii_lowercase();
        for (guard, trace) in [("headers", "\r\ncontent-security-policy: "), ("session", "; httponly")] {
            ensure!(head.contains(trace), "the guard `{guard}` is not on:\n{head}");
        }
        let form = "Content-Type: application/x-www-form-urlencoded";
        let (head, _) = load::ask(port, "POST", &["Sec-Fetch-Site: cross-site", "Cookie: session=1", form], b"a=b")?;
        ensure!(head.starts_with("HTTP/1.1 403 "), "the guard `csrf` is not on:\n{head}");
        let upload = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.php\"\r\n\r\nx\r\n--b--\r\n";
        let (head, _) = load::ask(port, "POST", &["Content-Type: multipart/form-data; boundary=b"], upload)?;
        ensure!(head.starts_with("HTTP/1.1 415 "), "the guard `uploads` is not on:\n{head}");
        Ok(())
    }
}

fn ask_small_upload(port: u16) -> Result<String> {
    let body = b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n";
    Ok(load::ask(
        port,
        "POST",
        &["Sec-Fetch-Site: same-origin", "Content-Type: multipart/form-data; boundary=b"],
        body,
    )?
    .0)
}

/// What our answers carry that the application's do not: nginx must add the same.
fn added_headers(mantlet: u16, upstream: u16) -> Result<Vec<(String, String)>> {
    let fields = |port| -> Result<Vec<(String, String)>> {
        let (head, _) = load::ask(port, "GET", &load::BROWSER, &[])?;
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        Ok(fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect())
    };
    let from_upstream = fields(upstream)?;
    let ours = fields(mantlet)?;
    let is_added = |name: &str| name != "connection" && !from_upstream.iter().any(|(theirs, _)| theirs == name);
    Ok(ours.into_iter().filter(|(name, _)| is_added(name)).collect())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
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
