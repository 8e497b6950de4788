//! The life of a shield, from the app's start to its end, as the main thread sees it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use super::child::{App, Running, exit_code};
use super::readiness::{self, Exposure};
use super::reload::{FileWatch, Reloader};
use super::signals::{Signals, Wish, adopt_orphans, reap_orphans};
use crate::output::Output;
use crate::proxy::Proxy;
use crate::tls::Certificate;

/// How long an app that never became ready, and what an app left behind, may take to end before it is killed.
const END_PATIENCE: Duration = Duration::from_secs(5);
/// How long the kernel takes to end what was killed.
const KILL_PATIENCE: Duration = Duration::from_secs(1);
/// Nobody tells of the end of processes that are not our children.
const LOOK_FOR_LEFT: Duration = Duration::from_millis(20);
/// Apps that restart themselves may listen elsewhere than before.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Certificates are renewed weeks before they end.
const RENEW_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

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
    running: Running,
    exposure: Exposure,
}

impl ShieldedApp {
    fn warn_of_exposure(&mut self, output: &Output) {
        for failure in self.exposure.look(&self.app, self.running.pid) {
            output.warning(&failure);
        }
    }
}

/// Starts the app and waits until it is ready.
pub(super) async fn start(app: App, limit: Duration, signals: &mut Signals, output: &Output) -> anyhow::Result<Start> {
    adopt_orphans();
    let mut running = app.start()?;
    reap_orphans(running.pid)?;
    let mut stops = Stops::default();
    let awaited = app.clone();
    let ready = readiness::wait(&awaited, running.pid, limit);
    tokio::pin!(ready);
    loop {
        tokio::select! {
            status = running.end() => {
                let code = exit_code(status?);
                if !stops.any() {
                    output.warning(&format!("the app ended before it opened port {} (exit code {code})", app.port));
                }
                tokio::select! {
                    () = clear(&running) => {}
                    _ = signals.next() => running.signal(Signal::KILL),
                }
                return Ok(Start::Ended(ExitCode::from(code)));
            }
            wish = signals.next() => {
                if let Wish::Stop(signal) = wish {
                    stops.relay(signal, &running);
                }
            }
            outcome = &mut ready, if !stops.any() => match outcome {
                Ok(address) => {
                    let mut shielded = ShieldedApp { app, running, exposure: Exposure::default() };
                    shielded.warn_of_exposure(output);
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

/// An app that nobody will shield must not stay.
async fn end(running: &mut Running) {
    running.signal(Signal::TERM);
    if timeout(END_PATIENCE, running.end()).await.is_err() {
        running.signal(Signal::KILL);
        // It cannot refuse that.
        let _ = running.end().await;
    }
    clear(running).await;
}

/// The app has ended. What it left behind in its process group would run unshielded: it is told to end, then made to.
/// A process that took a session of its own meant to stay (a build server, an agent), and is let be.
async fn clear(running: &Running) {
    for (signal, patience) in [(Signal::TERM, END_PATIENCE), (Signal::KILL, KILL_PATIENCE)] {
        running.signal(signal);
        let gone = async {
            while running.is_any_left() {
                sleep(LOOK_FOR_LEFT).await;
            }
        };
        if timeout(patience, gone).await.is_ok() {
            return;
        }
    }
}

/// How often we were told to stop.
#[derive(Debug, Default)]
struct Stops(u32);

impl Stops {
    fn any(&self) -> bool {
        self.0 > 0
    }

    /// Counts a wish to stop, and passes it on; the third one kills.
    fn relay(&mut self, signal: Signal, running: &Running) {
        self.0 = self.0.saturating_add(1);
        running.signal(if self.0 >= 3 { Signal::KILL } else { signal });
    }
}

/// Everything that lives as long as the shield.
pub(super) struct Life {
    /// `None`: the app is somebody else's.
    pub(super) app: Option<ShieldedApp>,
    pub(super) proxy: Proxy,
    /// How long requests in flight may take to end.
    pub(super) grace: Duration,
    pub(super) signals: Signals,
    pub(super) certificate: Option<Certificate>,
    pub(super) watch: FileWatch,
    pub(super) reloader: Reloader,
    pub(super) output: Output,
}

impl Life {
    /// Lives until the app has ended, or, without one of our own, until told to stop.
    pub(super) async fn live(self) -> anyhow::Result<ExitCode> {
        let Self { mut app, proxy, grace, mut signals, mut certificate, mut watch, mut reloader, output } = self;
        let mut door = Door::Open(proxy);
        let mut first_stop = None;
        let mut stops = Stops::default();
        let mut look = every(LOOK_EVERY);
        let mut renewal = every(RENEW_EVERY);
        loop {
            tokio::select! {
                status = ended(&mut app) => {
                    let code = exit_code(status?);
                    let Some(ShieldedApp { running, .. }) = &app else { return Ok(ExitCode::from(code)) };
                    door.close(grace);
                    let all_gone = async { tokio::join!(clear(running), door.is_closed()) };
                    tokio::select! {
                        ((), ()) = all_gone => {}
                        _ = signals.next() => running.signal(Signal::KILL),
                    }
                    return Ok(ExitCode::from(code));
                }
                () = door.closed() => {
                    door = Door::Closed;
                    match (&app, first_stop.take()) {
                        (Some(app), Some(signal)) => stops.relay(signal, &app.running),
                        (Some(_), None) => {}
                        (None, _) => return Ok(ExitCode::SUCCESS),
                    }
                }
                wish = signals.next() => match wish {
                    Wish::Reload => {
                        reloader.reload();
                        renew(&mut certificate);
                    }
                    Wish::Stop(signal) => match (&door, &app) {
                        (Door::Open(_), _) => {
                            first_stop = Some(signal);
                            door.close(grace);
                        }
                        (_, Some(app)) => {
                            // The one that waited for requests in flight to end comes first.
                            if let Some(first) = first_stop.take() {
                                stops.relay(first, &app.running);
                            }
                            stops.relay(signal, &app.running);
                        }
                        (_, None) => return Ok(ExitCode::SUCCESS),
                    }
                },
                () = watch.changed() => reloader.reload(),
                _ = look.tick() => {
                    if let Some(app) = &mut app {
                        app.warn_of_exposure(&output);
                    }
                }
                _ = renewal.tick() => renew(&mut certificate),
            }
        }
    }
}

/// Whether connections are accepted.
enum Door {
    Open(Proxy),
    /// No new ones; those that are there may end.
    Closing(Pin<Box<dyn Future<Output = ()>>>),
    Closed,
}

impl Door {
    fn close(&mut self, grace: Duration) {
        *self = match std::mem::replace(self, Self::Closed) {
            Self::Open(proxy) => Self::Closing(Box::pin(proxy.shutdown(grace))),
            closing_or_closed => closing_or_closed,
        };
    }

    /// Waits for the moment when the last connection has ended after [`close`](Self::close). May be dropped and called
    /// again.
    async fn closed(&mut self) {
        match self {
            Self::Closing(closing) => closing.await,
            Self::Open(_) | Self::Closed => std::future::pending().await,
        }
    }

    /// The same, where that moment may have been already.
    async fn is_closed(&mut self) {
        if !matches!(self, Self::Closed) {
            self.closed().await;
        }
    }
}

async fn ended(app: &mut Option<ShieldedApp>) -> io::Result<ExitStatus> {
    match app {
        Some(app) => app.running.end().await,
        None => std::future::pending().await,
    }
}

/// A certificate that cannot be renewed is no reason to stop: the one in use holds for some time yet.
fn renew(certificate: &mut Option<Certificate>) {
    let Some(certificate) = certificate else { return };
    match certificate.renew() {
        Ok(()) => certificate.warnings.iter().for_each(|warning| tracing::warn!("{warning}")),
        Err(error) => tracing::error!("the certificate in use stays: {error:#}"),
    }
}

/// Not at once: everything was looked at when it began.
fn every(period: Duration) -> tokio::time::Interval {
    let first = Instant::now().checked_add(period).unwrap_or_else(Instant::now);
    let mut interval = interval_at(first, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
