//! Supervises the app and the proxy, from the app's start to its end.

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
use super::signals::{Action, Signals, adopt_orphans, reap_orphans};
use crate::failure::Failure;
use crate::output::Output;
use crate::proxy::Proxy;
use crate::tls::Certificate;

/// How long an app that never became ready, and what an app left behind, may take to end before it is killed.
const END_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the kernel takes to end what was killed.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);
/// How often we look whether processes are left that are not our children: their end is not signalled.
const LEFT_EVERY: Duration = Duration::from_millis(20);
/// How often we look where the app listens: one that restarts itself may do so elsewhere than before.
const EXPOSURE_EVERY: Duration = Duration::from_secs(10);
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
    /// Ends it: nobody will shield it.
    pub(super) async fn end(mut self) {
        end(&mut self.running).await;
    }

    /// New ways around the shield.
    fn exposures(&mut self) -> Vec<Failure> {
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
async fn clear(running: &Running) {
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

/// How many signals asked us to stop.
#[derive(Debug, Default)]
struct StopCount(u32);

impl StopCount {
    fn any(&self) -> bool {
        self.0 > 0
    }

    /// Counts a signal and passes it on to the app; the third one kills it.
    fn relay(&mut self, signal: Signal, running: &Running) {
        self.0 = self.0.saturating_add(1);
        running.signal(if self.0 >= 3 { Signal::KILL } else { signal });
    }
}

/// What runs until the shield ends.
pub(super) struct Supervisor {
    /// `None`: the app is somebody else's.
    pub(super) app: Option<ShieldedApp>,
    pub(super) proxy: Proxy,
    /// How long requests in flight may take to end.
    pub(super) grace: Duration,
    pub(super) signals: Signals,
    pub(super) certificate: Option<Certificate>,
    pub(super) watch: FileWatch,
    pub(super) reloader: Reloader,
}

impl Supervisor {
    /// Runs until the app has ended, or, without an app of our own, until told to stop.
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let Self { mut app, proxy, grace, mut signals, mut certificate, mut watch, mut reloader } = self;
        let mut proxy = ProxyState::Serving(proxy);
        let mut first_stop = None;
        let mut stops = StopCount::default();
        let mut exposure = every(EXPOSURE_EVERY);
        let mut renewal = every(RENEW_EVERY);
        loop {
            tokio::select! {
                status = ended(&mut app) => {
                    let code = exit_code(status?);
                    let Some(ShieldedApp { running, .. }) = &app else { return Ok(ExitCode::from(code)) };
                    proxy.drain(grace);
                    let all_gone = async { tokio::join!(clear(running), proxy.stopped()) };
                    tokio::select! {
                        ((), ()) = all_gone => {}
                        _ = signals.next() => running.signal(Signal::KILL),
                    }
                    return Ok(ExitCode::from(code));
                }
                () = proxy.drained() => {
                    proxy = ProxyState::Stopped;
                    match (&app, first_stop.take()) {
                        (Some(app), Some(signal)) => stops.relay(signal, &app.running),
                        (Some(_), None) => {}
                        (None, _) => return Ok(ExitCode::SUCCESS),
                    }
                }
                action = signals.next() => match action {
                    Action::Reload => {
                        reloader.reload();
                        renew(&mut certificate);
                    }
                    Action::Stop(signal) => match (&proxy, &app) {
                        (ProxyState::Serving(_), _) => {
                            first_stop = Some(signal);
                            proxy.drain(grace);
                        }
                        (_, Some(app)) => {
                            // The first signal waited for requests in flight to end; the app gets it before this one.
                            if let Some(first) = first_stop.take() {
                                stops.relay(first, &app.running);
                            }
                            stops.relay(signal, &app.running);
                        }
                        (_, None) => return Ok(ExitCode::SUCCESS),
                    }
                },
                () = watch.changed() => reloader.reload(),
                _ = exposure.tick() => {
                    for exposure in app.iter_mut().flat_map(ShieldedApp::exposures) {
                        tracing::warn!("{exposure}");
                    }
                }
                _ = renewal.tick() => renew(&mut certificate),
            }
        }
    }
}

/// Where the proxy is in its life.
enum ProxyState {
    Serving(Proxy),
    /// It accepts no more connections; those that are open may end.
    Draining(Pin<Box<dyn Future<Output = ()>>>),
    Stopped,
}

impl ProxyState {
    fn drain(&mut self, grace: Duration) {
        *self = match std::mem::replace(self, Self::Stopped) {
            Self::Serving(proxy) => Self::Draining(Box::pin(proxy.shutdown(grace))),
            draining_or_stopped => draining_or_stopped,
        };
    }

    /// Ready when draining ends, and in no other state. Cancel safe.
    async fn drained(&mut self) {
        match self {
            Self::Draining(draining) => draining.await,
            Self::Serving(_) | Self::Stopped => std::future::pending().await,
        }
    }

    /// Ready when no connection is left.
    async fn stopped(&mut self) {
        if !matches!(self, Self::Stopped) {
            self.drained().await;
        }
    }
}

async fn ended(app: &mut Option<ShieldedApp>) -> io::Result<ExitStatus> {
    match app {
        Some(app) => app.running.end().await,
        None => std::future::pending().await,
    }
}

/// A certificate that cannot be renewed is no reason to stop: the one in use is still valid for a while.
fn renew(certificate: &mut Option<Certificate>) {
    let Some(certificate) = certificate else { return };
    match certificate.renew() {
        Ok(()) => certificate.warnings.iter().for_each(|warning| tracing::warn!("{warning}")),
        Err(error) => tracing::error!("the certificate in use stays: {error:#}"),
    }
}

/// The first tick comes after a period, not at once: everything was just looked at.
pub(super) fn every(period: Duration) -> tokio::time::Interval {
    let first = Instant::now().checked_add(period).unwrap_or_else(Instant::now);
    let mut interval = interval_at(first, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
