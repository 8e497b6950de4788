//! [`Stage`]: the proxies that are compared, side by side in front of one upstream.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};

use super::options::Options;
use super::process::{Process, free_port};
use super::{load, nginx};

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

/// One upstream and the proxies in front of it.
pub(super) struct Stage {
    pub(super) mantlet: Proxy,
    pub(super) nginx: Proxy,
    pub(super) nginx_with_headers: Proxy,
    /// How many fields our answers have that the application's do not.
    pub(super) added: usize,
    _upstream: Process,
}

pub(super) struct Proxy {
    pub(super) name: &'static str,
    pub(super) process: Process,
    pub(super) port: u16,
}

impl Stage {
    pub(super) fn new(options: &Options, binary: &Path, folder: &Path, size: usize) -> Result<Self> {
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

    /// A shield that lets everything pass would win any race.
    pub(super) fn guards_are_on(&self) -> Result<()> {
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
