//! [`Folder`]: where the binary runs, with nothing of our environment.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::process::Process;

const MANTLET: &str = env!("CARGO_BIN_EXE_mantlet");

/// A folder of its own, with home, state and temporary files in it.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folder.temporary()).unwrap();
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Where its temporary files are.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.path("tmp")
    }

    /// The root of its local certificate authority, once it has one.
    pub(crate) fn authority(&self) -> PathBuf {
        self.path("state/mantlet/ca.crt")
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        // As editors do: the whole file at once.
        let fresh = self.path("fresh");
        fs::write(&fresh, content).unwrap();
        fs::rename(fresh, self.path(name)).unwrap();
    }

    /// Starts the binary.
    pub(crate) fn mantlet(&self, args: &[&str]) -> Process {
        Process::start(&mut self.command(args))
    }

    /// `mantlet run` on a free port without TLS, in front of this app.
    pub(crate) fn run(&self, command: &[&str]) -> Process {
        self.mantlet(&[&["run", "--http", "--listen", "127.0.0.1:0", "--"], command].concat())
    }

    /// The binary, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.program(MANTLET);
        command.args(args);
        command
    }

    /// The same within a limit of the system, as `ulimit` takes it: `-n 64`.
    pub(crate) fn command_within(&self, limit: &str, args: &[&str]) -> Command {
        let mut shell = self.program("sh");
        shell.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\""), MANTLET]).args(args);
        shell
    }

    fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("TMPDIR", self.temporary())
            .stdin(Stdio::null());
        command
    }
}
