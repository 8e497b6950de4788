//! A folder, a binary run in it with nothing of our environment, and just enough of a client.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails a test")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Longer than anything takes here: a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

const MANTLET: &str = env!("CARGO_BIN_EXE_mantlet");

/// An app: `/env` tells its environment, `/wait` waits for a file named `go`.
pub(crate) const APP: &str = r#"
import http.server, os, time
class App(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = b'done'
        if self.path == '/env':
            body = '\n'.join(f'{k}={v}' for k, v in os.environ.items()).encode()
        if self.path == '/wait':
            print('waiting', flush=True)
            while not os.path.exists('go'):
                time.sleep(0.01)
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), App).serve_forever()
"#;

/// A folder of its own, with home and state in it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        // As editors do: the whole file at once.
        let fresh = self.path("fresh");
        fs::write(&fresh, content).unwrap();
        fs::rename(fresh, self.path(name)).unwrap();
    }

    /// Starts the binary.
    pub(crate) fn mantlet(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).spawn().unwrap())
    }

    /// The binary, with pipes for all that it says.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.program(MANTLET);
        command.args(args);
        command
    }

    /// The same with so few files that no worker gets any.
    pub(crate) fn mantlet_without_files(&self, args: &[&str]) -> Run {
        let mut shell = self.program("sh");
        shell.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", MANTLET]).args(args);
        Run::of(shell.spawn().unwrap())
    }

    fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `mantlet run` on a free port without TLS.
    pub(crate) fn run(&self, command: &[&str]) -> Run {
        self.mantlet(&[&["run", "--http", "--listen", "127.0.0.1:0", "--"], command].concat())
    }
}

/// The binary, running.
pub(crate) struct Run {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn of(mut child: Child) -> Self {
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Waits for a line on stderr that contains this.
    pub(crate) fn line(&mut self, part: &str) -> String {
        wait_for(&self.stderr, part)
    }

    /// Waits for a line on stdout that contains this.
    pub(crate) fn out(&mut self, part: &str) -> String {
        wait_for(&self.stdout, part)
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Finished {
        let stdout = self.stdout.iter().collect();
        let stderr = self.stderr.iter().collect();
        Finished { code: self.child.wait().unwrap().code().unwrap(), stdout, stderr }
    }
}

/// A test that fails must not leave anything running.
impl Drop for Run {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            for signal in ["TERM", "INT", "QUIT"] {
                self.signal(signal);
            }
        }
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) && sender.send(std::mem::take(&mut line)).is_ok() {
        }
    });
    receiver
}

fn wait_for(lines: &Receiver<String>, part: &str) -> String {
    let mut seen = String::new();
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line with {part:?} in:\n{seen}"));
        if line.contains(part) {
            return line;
        }
        seen.push_str(&line);
    }
}

/// Where the shield is, as it said itself.
pub(crate) struct Shield {
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
}

impl Shield {
    pub(crate) fn of(run: &mut Run) -> Self {
        let line = run.line("  ->  ");
        let url = line.split_whitespace().nth(1).unwrap().to_owned();
        let port = url.rsplit(':').next().unwrap().parse().unwrap();
        Self { url, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }
}

pub(crate) fn get(shield: &Shield, path: &str) -> String {
    request(shield, "GET", path, "")
}

/// Sends a request and reads until the connection ends.
pub(crate) fn request(shield: &Shield, method: &str, path: &str, fields: &str) -> String {
    let mut stream = TcpStream::connect(shield.address).unwrap();
    stream.write_all(head(shield, method, path, "localhost", fields).as_bytes()).unwrap();
    read_all(&mut stream)
}

/// The same over TLS, trusting one root.
pub(crate) fn get_tls(shield: &Shield, root: &Path, name: &str) -> String {
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_file(root).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = rustls::pki_types::ServerName::try_from(name.to_owned()).unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), server).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(shield.address).unwrap());
    stream.write_all(head(shield, "GET", "/", name, "").as_bytes()).unwrap();
    read_all(&mut stream)
}

fn head(shield: &Shield, method: &str, path: &str, name: &str, fields: &str) -> String {
    let port = shield.address.port();
    let length = if method == "POST" { "Content-Length: 0\r\n" } else { "" };
    format!("{method} {path} HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n{length}{fields}\r\n")
}

fn read_all(stream: &mut impl Read) -> String {
    let mut answer = Vec::new();
    // The other side may close without the courtesies of TLS.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads up to the empty line.
pub(crate) fn read_head(stream: &mut TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        line.clear();
    }
}
