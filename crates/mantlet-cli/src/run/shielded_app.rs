//! [`ShieldedApp`]: the app, from its start until nothing of it is left.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::child::{App, Running, exit_code};
use super::orphans::{adopt_orphans, reap_orphans};
use super::readiness::{self, Exposure};
use super::signals::{Action, Signals};
use super::stopping::StopCount;
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

/// The app behind the shield.
#[derive(Debug)]
pub(super) struct ShieldedApp {
    app: App,
    pub(super) running: Running,
    exposure: Exposure,
}

impl ShieldedApp {
    /// Ends it: nobody will shield it.
    pub(super) async fn end(mut self) {
        end(&mut self.running).await;
    }

    /// New ways around the shield.
    pub(super) fn exposures(&mut self) -> Vec<Failure> {
        self.exposure.look(&self.app, self.running.pid)
    }
}

/// Starts the app and waits until it is ready.
pub(super) async fn start(app: App, limit: Duration, signals: &mut Signals, output: &Output) -> anyhow::Result<Start> {
    adopt_orphans();
    let mut running = app.start()?;
    reap_orphans(running.pid)?;
    let mut stops = StopCount::default();
    let awaited = app.clone();
    let ready = readiness::wait(&awaited, running.pid, limit);
    tokio::pin!(ready);
    loop {
        tokio::select! {
            status = running.end() => {
                let code = exit_code(status?);
                if !stops.any() {
                    output.warning(&ended_early(&app, code));
                }
                tokio::select! {
                    () = clear(&running) => {}
                    _ = signals.next() => running.signal(Signal::KILL),
                }
                return Ok(Start::Ended(ExitCode::from(code)));
            }
            action = signals.next() => {
                if let Action::Stop(signal) = action {
                    stops.relay(signal, &running);
                }
            }
            outcome = &mut ready, if !stops.any() => match outcome {
                Ok(address) => {
                    let mut shielded = ShieldedApp { app, running, exposure: Exposure::default() };
                    shielded.exposures().iter().for_each(|exposure| output.warning(exposure));
                    return Ok(Start::Ready(shielded, address));
                }
                Err(failure) => {
                    end(&mut running).await;
                    return Err(failure.into());
                }
            },
        }
    }
}

fn ended_early(app: &App, code: u8) -> Failure {
    let failure = Failure::new(format!("the app ended before it opened port {} (exit code {code})", app.port));
    match code {
        // No server ends so, but one that has put itself into the background: it may be running there, unshielded.
        0 => failure.fix("if it goes into the background by itself, tell it to stay in the foreground"),
        _ => failure,
    }
}

/// An app that nobody will shield must not stay.
async fn end(running: &mut Running) {
    running.signal(Signal::TERM);
    if timeout(END_TIMEOUT, running.end()).await.is_err() {
        running.signal(Signal::KILL);
        // It cannot refuse that.
        let _ = running.end().await;
    }
    clear(running).await;
}

/// The app has ended. What it left behind in its process group would run unshielded: it is told to end, then made to.
/// A process that took a session of its own meant to stay (a build server, an agent), and is let be.
pub(super) async fn clear(running: &Running) {
    for (signal, limit) in [(Signal::TERM, END_TIMEOUT), (Signal::KILL, KILL_TIMEOUT)] {
        running.signal(signal);
        let gone = async {
            while running.is_any_left() {
                sleep(LEFT_EVERY).await;
            }
        };
        if timeout(limit, gone).await.is_ok() {
            return;
        }
    }
}
