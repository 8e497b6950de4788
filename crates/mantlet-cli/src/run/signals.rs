//! [`Signals`]: what whoever runs us asks for by signal.

use std::fs::File;
use std::io::{self, IsTerminal};

use rustix::process::Signal;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
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
        // It stays handled without anybody who listens. A file larger than this process may write (`ulimit -f`,
        // `LimitFSIZE=`) is then a write that fails. Else one upload would be enough to end the shield. The app gets the
        // system's default again.
        drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?);
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            has_terminal: io::stderr().is_terminal() || io::stdin().is_terminal(),
        })
    }

    /// Waits for the next signal. Cancel safe.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop(Signal::INT),
            _ = self.quit.recv() => Asked::Stop(Signal::QUIT),
            _ = self.terminate.recv() => Asked::Stop(Signal::TERM),
            _ = self.hangup.recv() => {
                // The same signal says that the terminal was closed. A shield that nobody can see must not stay.
                let is_closed = self.has_terminal && File::open("/dev/tty").is_err();
                if is_closed { Asked::Stop(Signal::HUP) } else { Asked::Reload }
            }
        }
    }
}
