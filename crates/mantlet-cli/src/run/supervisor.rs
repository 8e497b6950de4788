//! [`Supervisor`]: waits, while the shield stands, for all that can happen to it.

use std::future::{Future, pending};
use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::reload::{FileWatch, Reloader};
use super::shielded_app::{ShieldedApp, ended_by_itself};
use super::signals::Signals;
use super::stopping::{Event, Step, Stopping};
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
    /// Runs until the app has ended, or, without an app of our own, until told to stop. What each event leads to is decided by
    /// [`Stopping`].
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let Self { mut app, proxy, grace, mut signals, mut certificate, mut watch, mut reloader } = self;
        let mut proxy = ProxyState::Serving(proxy);
        let mut stopping = match &app {
            Some(_) => Stopping::while_app_serves(),
            None => Stopping::while_upstream_serves(),
        };
        let mut exposure = every(EXPOSURE_EVERY);
        let mut renewal = every(RENEW_EVERY);
        loop {
            let event = tokio::select! {
                event = next(&mut app) => event?,
                event = proxy.next() => event,
                asked = signals.next() => Event::Asked(asked),
                () = watch.changed() => {
                    reloader.reload();
                    continue;
                }
                _ = exposure.tick() => {
                    for exposure in app.iter_mut().flat_map(ShieldedApp::exposures) {
                        tracing::warn!("{exposure}");
                    }
                    continue;
                }
                _ = renewal.tick() => {
                    renew(&mut certificate);
                    continue;
                }
            };
            if let Event::AppEnded(code) = event
                && !stopping.has_begun()
            {
                tracing::warn!("{}", ended_by_itself("", code));
            }
            for step in stopping.on(event) {
                match step {
                    Step::Reload => {
                        reloader.reload();
                        renew(&mut certificate);
                    }
                    Step::Drain => proxy.drain(grace),
                    Step::Signal(signal) => app.iter().for_each(|app| app.signal(signal)),
                    Step::Clear => app.iter_mut().for_each(ShieldedApp::clear),
                    Step::Exit(code) => return Ok(ExitCode::from(code)),
                }
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

    /// Waits until it breaks, or draining ends. Cancel safe.
    async fn next(&mut self) -> Event {
        match self {
            Self::Serving(proxy) => {
                proxy.broken().await;
                tracing::error!("a thread that serves has ended by itself, and so does the shield");
                Event::Broken
            }
            Self::Draining(draining) => {
                draining.await;
                *self = Self::Stopped;
                Event::Drained
            }
            Self::Stopped => pending().await,
        }
    }
}

async fn next(app: &mut Option<ShieldedApp>) -> io::Result<Event> {
    match app {
        Some(app) => app.next().await,
        None => pending().await,
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
