//! [`Shield`]: the binary, started in front of an application.

use std::net::TcpStream;
use std::ops::Deref;
use std::sync::Arc;

use mantlet_corpus::Message;
use rustix::process::Signal;
use rustls::{ClientConnection, StreamOwned};

use super::client::Client;
use super::folder::Folder;
use super::process::Process;
use super::tls;
use super::upstream::Upstream;

/// `mantlet run --upstream …`, which ends with this value.
pub(crate) struct Shield {
    pub(crate) port: u16,
    pub(crate) upstream: Upstream,
    folder: Arc<Folder>,
    process: Process,
}

impl Shield {
    /// Over plain HTTP, with the built-in policy.
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self::with(upstream, "")
    }

    /// Over plain HTTP, for the site `http://app.example`.
    pub(crate) fn with(upstream: Upstream, policy: &str) -> Self {
        Self::start(upstream, policy, &["--http"], &[])
    }

    /// Over TLS, for the site `https://app.example`.
    pub(crate) fn https(upstream: Upstream, policy: &str) -> Self {
        Self::start(upstream, policy, &[], &[])
    }

    /// Another one in its place, which finds what this one has kept.
    pub(crate) fn restart(self) -> Self {
        self.signal(Signal::TERM);
        self.wait();
        Self::start_in(Arc::clone(&self.folder), self.upstream.clone(), &[], &[])
    }

    /// Over plain HTTP, and with no folder to keep anything in.
    pub(crate) fn homeless(upstream: Upstream, policy: &str) -> Self {
        Self::start(upstream, policy, &["--http"], &["HOME", "XDG_STATE_HOME"])
    }

    fn start(upstream: Upstream, policy: &str, flags: &[&str], unset: &[&str]) -> Self {
        let folder = Folder::new();
        folder.write("mantlet.toml", &for_the_site(policy));
        Self::start_in(Arc::new(folder), upstream, flags, unset)
    }

    fn start_in(folder: Arc<Folder>, upstream: Upstream, flags: &[&str], unset: &[&str]) -> Self {
        // It finds a port itself: one that was found for it could be anybody's until it has started.
        let mut command = folder.command(&["run", "--listen", "127.0.0.1:0"]);
        command.args(["--upstream", &format!("http://127.0.0.1:{}", upstream.port)]).args(flags);
        unset.iter().for_each(|name| _ = command.env_remove(name));
        let process = Process::start(&mut command);
        Self { port: process.port(), upstream, folder, process }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.port)
    }

    /// A connection over TLS that trusts the shield's own authority and nobody else.
    pub(crate) fn encrypted(&self, protocols: &[&[u8]]) -> StreamOwned<ClientConnection, TcpStream> {
        tls::connect(self.port, "app.example", &self.folder.authority(), protocols)
    }

    /// Sends one request on a connection of its own; its answer.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Message {
        let mut client = self.connect();
        client.send(request);
        client.answer()
    }

    /// Replaces its policy file.
    pub(crate) fn write_policy(&self, policy: &str) {
        self.folder.write("mantlet.toml", &for_the_site(policy));
    }

    /// Where it runs.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }
}

impl Deref for Shield {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl Drop for Shield {
    fn drop(&mut self) {
        // It started nothing, so nothing is left behind.
        self.kill();
    }
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
