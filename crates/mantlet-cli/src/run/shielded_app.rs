//! [`ShieldedApp`]: the app, from its start until nothing of it is left.

use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::child::{App, ProcessGroup, Running, exit_code};
use super::orphans::{adopt_orphans, reap_orphans};
use super::readiness::{self, Exposure};
use super::signals::Signals;
use super::stopping::{Event, Step, Stopping};
use crate::failure::Failure;
use crate::output::Output;

/// How long an app that never became ready, and what an app left behind, may take to end before it is killed.
const END_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the kernel takes to end what was killed.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);
/// How often we look whether processes are left that are not our children: their end is not signalled.
const LEFT_EVERY: Duration = Duration::from_millis(20);

/// An app that was started.
#[allow(clippy::large_enum_variant, reason = "there is one, made once")]
pub(super) enum Start {
    /// It accepts connections there.
    Ready(ShieldedApp, SocketAddr),
    /// It has ended already.
    Ended(ExitCode),
}

/// Starts the app and waits until it is ready.
pub(super) async fn start(app: App, signals: &mut Signals, output: &Output) -> anyhow::Result<Start> {
    adopt_orphans();
    let running = app.start()?;
    let pid = running.pid;
    reap_orphans(pid)?;
    let mut shielded = ShieldedApp::new(app.clone(), running);
    let mut stopping = Stopping::while_app_starts();
    let mut ready = pin!(readiness::wait(&app, pid));
    loop {
        let event = tokio::select! {
            event = shielded.next() => event?,
            asked = signals.next() => Event::Asked(asked),
            outcome = &mut ready, if !stopping.has_begun() => match outcome {
                Ok(address) => {
                    shielded.exposures().iter().for_each(|exposure| output.warning(exposure));
                    return Ok(Start::Ready(shielded, address));
                }
                Err(failure) => {
                    shielded.end().await;
                    return Err(failure.into());
                }
            },
        };
        if let Event::AppEnded(code) = event
            && !stopping.has_begun()
        {
            output.warning(&ended_by_itself(&format!(" before it opened port {}", app.port), code));
        }
        for step in stopping.on(event) {
            match step {
                Step::Signal(signal) => shielded.signal(signal),
                Step::Clear => shielded.clear(),
                Step::Exit(code) => return Ok(Start::Ended(ExitCode::from(code))),
                // Nothing is served yet, and the policy was read a moment ago.
                Step::Drain | Step::Reload => {}
            }
        }
    }
}

/// What to tell of an app that ended without being told to.
pub(super) fn ended_by_itself(when: &str, code: u8) -> Failure {
    let failure = Failure::new(format!("the app ended{when} (exit code {code})"));
    match code {
        // No server ends so, but one that has put itself into the background: it may be running there, unshielded.
        0 => failure.fix("if it goes into the background by itself, tell it to stay in the foreground"),
        _ => failure,
    }
}

/// The app behind the shield.
#[derive(Debug)]
pub(super) struct ShieldedApp {
    app: App,
    group: ProcessGroup,
    life: Life,
    exposure: Exposure,
}

/// Where the app is in its life.
enum Life {
    Running(Running),
    /// It has ended. What it left behind is made to end, too.
    Clearing(Pin<Box<dyn Future<Output = ()>>>),
    Gone,
}

impl ShieldedApp {
    fn new(app: App, running: Running) -> Self {
        Self { app, group: running.group(), life: Life::Running(running), exposure: Exposure::default() }
    }

    /// Waits for the app's end, and then for that of what it left behind. Cancel safe.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        match &mut self.life {
            Life::Running(running) => Ok(Event::AppEnded(exit_code(running.end().await?))),
            Life::Clearing(cleared) => {
                cleared.await;
                self.life = Life::Gone;
                Ok(Event::Cleared)
            }
            Life::Gone => pending().await,
        }
    }

    /// Sends a signal to all of its process group, while there is one: its number may be somebody else's after that.
    pub(super) fn signal(&self, signal: Signal) {
        if !matches!(self.life, Life::Gone) {
            self.group.signal(signal);
        }
    }

    /// Makes what it left behind end.
    pub(super) fn clear(&mut self) {
        self.life = Life::Clearing(Box::pin(clear(self.group)));
    }

    /// Ends it: nobody will shield it.
    pub(super) async fn end(self) {
        self.group.signal(Signal::TERM);
        if let Life::Running(mut running) = self.life
            && timeout(END_TIMEOUT, running.end()).await.is_err()
        {
            self.group.signal(Signal::KILL);
            // It cannot refuse that.
            let _ = running.end().await;
        }
        clear(self.group).await;
    }

    /// New ways around the shield.
    pub(super) fn exposures(&mut self) -> Vec<Failure> {
        match &self.life {
            Life::Running(running) => self.exposure.look(&self.app, running.pid),
            Life::Clearing(_) | Life::Gone => Vec::new(),
        }
    }
}

/// The app has ended. What it left behind in its process group would run unshielded: it is told to end, then made to.
/// A process that took a session of its own meant to stay (a build server, an agent), and is let be.
async fn clear(group: ProcessGroup) {
    for (signal, limit) in [(Signal::TERM, END_TIMEOUT), (Signal::KILL, KILL_TIMEOUT)] {
        group.signal(signal);
        let gone = async {
            while group.is_any_left() {
                sleep(LEFT_EVERY).await;
            }
        };
        if timeout(limit, gone).await.is_ok() {
            return;
        }
    }
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running(_) => "Running",
            Self::Clearing(_) => "Clearing",
            Self::Gone => "Gone",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_gets_the_signals_of_an_app_that_is_gone() {
        let app = App {
            command: ["sleep", "60"].map(Into::into).to_vec(),
            port: 4711,
            variables: Vec::new(),
            ready_timeout: Duration::from_secs(60),
            url: String::new(),
            has_local_authority: false,
        };
        let mut heir = app.start().unwrap();
        let gone = ShieldedApp { app, group: heir.group(), life: Life::Gone, exposure: Exposure::default() };
        gone.signal(Signal::KILL);
        heir.group().signal(Signal::TERM);
        assert_eq!(exit_code(heir.end().await.unwrap()), 143);
    }
}
