//! The binary, started in front of an application.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};

use mantlet_corpus::Message;
use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::harness::client::{Client, PATIENCE, socket};
use crate::harness::upstream::Upstream;

/// Where it keeps its state, in its folder.
const STATE: &str = "state";

/// `mantlet run --upstream …`, which ends with this value.
pub(crate) struct Shield {
    pub(crate) port: u16,
    pub(crate) upstream: Upstream,
    folder: Arc<tempfile::TempDir>,
    pid: Pid,
    ended: Receiver<Option<i32>>,
    log: Arc<Log>,
}

/// What it says until it ends.
#[derive(Default)]
struct Log {
    said: Mutex<Said>,
    changed: Condvar,
}

#[derive(Default)]
struct Said {
    text: String,
    has_ended: bool,
}

impl Log {
    fn add(&self, line: &str) {
        self.said.lock().unwrap().text += &format!("{line}\n");
        self.changed.notify_all();
    }

    fn end(&self) {
        self.said.lock().unwrap().has_ended = true;
        self.changed.notify_all();
    }

    /// Waits until something can be found in it.
    fn wait_for<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let waits = |said: &mut Said| !said.has_ended && find(&said.text).is_none();
        let (said, _) = self.changed.wait_timeout_while(self.said.lock().unwrap(), PATIENCE, waits).unwrap();
        let (found, text) = (find(&said.text), said.text.clone());
        // A panic with the log locked would be another one where the log is printed, and abort all tests.
        drop(said);
        found.unwrap_or_else(|| panic!("the shield never said {what}:\n{text}"))
    }
}

impl Shield {
    /// Over plain HTTP, with the built-in policy.
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self::with(upstream, "")
    }

    /// Over plain HTTP, for the site `http://app.example`.
    pub(crate) fn with(upstream: Upstream, policy: &str) -> Self {
        Self::start(upstream, policy, &["--http"])
    }

    /// Over TLS, for the site `https://app.example`.
    pub(crate) fn https(upstream: Upstream, policy: &str) -> Self {
        Self::start(upstream, policy, &[])
    }

    /// Another one in its place, which finds what this one has kept.
    pub(crate) fn restart(self) -> Self {
        self.signal(Signal::TERM);
        self.wait();
        Self::start_in(Arc::clone(&self.folder), self.upstream.clone(), &[], STATE)
    }

    /// Over plain HTTP, and with no folder to keep anything in.
    pub(crate) fn homeless(upstream: Upstream, policy: &str) -> Self {
        Self::start_with(upstream, policy, &["--http"], "")
    }

    fn start(upstream: Upstream, policy: &str, flags: &[&str]) -> Self {
        Self::start_with(upstream, policy, flags, STATE)
    }

    fn start_with(upstream: Upstream, policy: &str, flags: &[&str], state: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mantlet.toml"), for_the_site(policy)).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self::start_in(Arc::new(folder), upstream, flags, state)
    }

    /// `state`: its folder for that, in the other one. Empty: it has none.
    fn start_in(folder: Arc<tempfile::TempDir>, upstream: Upstream, flags: &[&str], state: &str) -> Self {
        let temporary = folder.path().join("tmp");
        let state = if state.is_empty() { PathBuf::new() } else { folder.path().join(state) };
        let mut child = Command::new(env!("CARGO_BIN_EXE_mantlet"))
            .env_clear()
            .env("XDG_STATE_HOME", state)
            .env("TMPDIR", &temporary)
            .arg("--config")
            .arg(folder.path().join("mantlet.toml"))
            // It finds a port itself: one that was found for it could be anybody's until it has started.
            .args(["run", "--listen", "127.0.0.1:0"])
            .args(["--upstream", &format!("http://127.0.0.1:{}", upstream.port)])
            .args(flags)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&child);
        let log = Arc::new(Log::default());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (tell, ended) = channel();
        let writer = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                writer.add(&line);
            }
            writer.end();
            let _ = tell.send(child.wait().unwrap().code());
        });
        let port = log.wait_for("where it listens", announced_port);
        Self { port, upstream, folder, pid, ended, log }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.port)
    }

    /// A connection over TLS that trusts the shield's own authority and nobody else.
    pub(crate) fn encrypted(&self, protocols: &[&[u8]]) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        let authority = self.folder.path().join("state/mantlet/ca.crt");
        roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from("app.example").unwrap();
        let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket(self.port));
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        stream
    }

    /// Sends one request on a connection of its own; its answer.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Message {
        let mut client = self.connect();
        client.send(request);
        client.answer()
    }

    /// What it said so far.
    pub(crate) fn log(&self) -> String {
        self.log.said.lock().unwrap().text.clone()
    }

    /// Waits until it has said this.
    pub(crate) fn wait_for_log(&self, what: &str) {
        self.log.wait_for(&format!("{what:?}"), |log| log.contains(what).then_some(()));
    }

    /// Replaces its policy file.
    pub(crate) fn write_policy(&self, policy: &str) {
        fs::write(self.folder.path().join("mantlet.toml"), for_the_site(policy)).unwrap();
    }

    /// Where it spools uploads.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits until it has ended by itself; its exit code.
    pub(crate) fn wait(&self) -> Option<i32> {
        self.ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the shield does not end:\n{}", self.log()))
    }

    /// The most memory it ever had, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid.as_raw_nonzero())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Shield {
    fn drop(&mut self) {
        let _ = kill_process(self.pid, Signal::KILL);
        if std::thread::panicking() {
            eprintln!("the shield said:\n{}", self.log());
        }
    }
}

/// `  mantlet   http://app.example:PORT  ->  http://…`, which it says when it listens.
fn announced_port(log: &str) -> Option<u16> {
    let (url, _) = log.lines().find_map(|line| line.trim_start().strip_prefix("mantlet ")?.split_once("  ->  "))?;
    url.rsplit_once(':')?.1.parse().ok()
}

/// The policy of a test, for the site that its requests ask for.
fn for_the_site(policy: &str) -> String {
    let mut table: toml::Table = policy.parse().unwrap();
    for (section, key) in [("server", "allowed_hosts"), ("tls", "names")] {
        let section = table.entry(section).or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
        section.entry(key).or_insert_with(|| vec!["app.example"].into());
    }
    table.to_string()
}
