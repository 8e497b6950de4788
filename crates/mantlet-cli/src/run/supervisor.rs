//! [`Supervisor`]: waits, while the shield stands, for all that can happen to it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use rustix::process::Signal;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::child::exit_code;
use super::reload::{FileWatch, Reloader};
use super::shielded_app::{ShieldedApp, clear};
use super::signals::{Action, Signals};
use super::stopping::StopCount;
use crate::proxy::Proxy;
use crate::tls::Certificate;

/// How often we look where the app listens: one that restarts itself may do so elsewhere than before.
const EXPOSURE_EVERY: Duration = Duration::from_secs(10);
/// Certificates are renewed weeks before they end.
const RENEW_EVERY: Duration = Duration::from_secs(6 * 60 * 60);

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
