//! Signals, and the orphans of the app that nobody else waits for.

use std::fs::File;
use std::io::{self, IsTerminal};

use rustix::process::{Pid, Signal, WaitOptions, waitpid};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use super::sockets;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// SIGHUP: read the policy again.
    Reload,
    /// SIGINT, SIGTERM or SIGQUIT: stop.
    Stop(Signal),
}

/// All signals that we handle.
#[derive(Debug)]
pub(super) struct Signals {
    hangup: Stream,
    interrupt: Stream,
    quit: Stream,
    terminate: Stream,
    has_terminal: bool,
}

impl Signals {
    /// From here on these signals no longer end the process.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            has_terminal: io::stderr().is_terminal() || io::stdin().is_terminal(),
        })
    }

    /// Waits for the next signal. Cancel safe.
    pub(super) async fn next(&mut self) -> Action {
        tokio::select! {
            _ = self.interrupt.recv() => Action::Stop(Signal::INT),
            _ = self.quit.recv() => Action::Stop(Signal::QUIT),
            _ = self.terminate.recv() => Action::Stop(Signal::TERM),
            _ = self.hangup.recv() => {
                // The same signal says that the terminal was closed. A shield that nobody can see must not stay.
                let is_closed = self.has_terminal && File::open("/dev/tty").is_err();
                if is_closed { Action::Stop(Signal::HUP) } else { Action::Reload }
            }
        }
    }
}

/// Makes us the parent of every process that the app starts and leaves behind, as the first process of a container is
/// anyway: they are then seen, and waited for. Elsewhere than on Linux they are init's.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Where the kernel does not let us, they are init's as well.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Waits for orphans as they end, and never for the app itself: its status is waited for elsewhere.
pub(super) fn reap_orphans(app: u32) -> io::Result<()> {
    let own = std::process::id();
    let mut ended = signal(SignalKind::child())?;
    tokio::spawn(async move {
        loop {
            for zombie in sockets::zombies_of(own).into_iter().filter(|pid| *pid != app) {
                if let Some(pid) = i32::try_from(zombie).ok().and_then(Pid::from_raw) {
                    // Gone already is as good.
                    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
                }
            }
            if ended.recv().await.is_none() {
                return;
            }
        }
    });
    Ok(())
}
