//! `mantlet run`: the app behind its shield.
//!
//! 1. [`plan`] turns the command line and the policy into what will be done, or says what is wrong with them.
//! 2. [`child`] starts the app, and [`readiness`] waits until it has opened the port it was given: no request meets an
//!    app that is not there yet.
//! 3. The proxy serves on threads of its own. The main thread waits in [`supervisor`] for signals, for the end of the app,
//!    and for changes of the policy.
//!    What is found out until then is said plainly; from then on it is an event of the log.
//! 4. What a signal, or the end of the app, leads to is told by [`stopping`]. The app's exit code is ours.

mod announce;
mod app_port;
mod args;
mod audience;
mod child;
mod files;
mod listen;
mod mode;
mod names;
mod orphans;
mod plan;
mod readiness;
mod reload;
mod seen_cookies;
mod shielded_app;
mod signals;
mod sockets;
mod spool;
mod stopping;
mod supervisor;
mod upstream;

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mantlet::{Disclosure, Shield, SpoolSettings};

use self::announce::Announcement;
pub(crate) use self::args::Args;
use self::audience::Audience;
use self::files::Load;
pub(crate) use self::files::shortage;
use self::listen::Claim;
use self::plan::{Plan, Target};
pub(crate) use self::reload::csrf_page;
use self::reload::{FileWatch, Reloader};
use self::seen_cookies::SeenCookies;
use self::shielded_app::{ShieldedApp, Start, start};
use self::signals::Signals;
pub(crate) use self::spool::unusable_spool;
use self::supervisor::Supervisor;
pub(crate) use self::upstream::accepts;
use crate::config::{Config, UpstreamUrl};
use crate::failure::EXIT_RUN_FAILED;
use crate::globals::Globals;
use crate::output::Output;
use crate::proxy::{AccessLogSettings, Lines, Proxy, Settings};
use crate::tls;

/// Starts what is to be started, and stays until it ends.
pub(crate) fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let config = Config::load(globals.config.as_deref()).map_err(|failure| failure.exit(EXIT_RUN_FAILED))?;
    crate::logging::start(globals, globals.log_format(config.log.format));
    // Everything here waits; the work is done by the proxy's own threads.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let code = runtime.block_on(shield(args, config, globals));
    // A connection that does not end in time must not keep the process.
    runtime.shutdown_background();
    code
}

async fn shield(args: Args, config: Config, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let plan = Plan::new(args, &config)?;
    let policy = plan.mode.apply(&config.policy);
    if let Some(unusable) = unusable_spool(&policy) {
        globals.output.warning(&unusable);
    }
    let shield = Shield::with(&policy, SpoolSettings::of(&policy), disclosure(&plan));
    shield.set_csrf_page(csrf_page(&config)?);
    let seen_cookies = SeenCookies::recall(&plan, shield.clone());
    let certificate = certificate(&plan, &globals.output)?;
    let tls = certificate.as_ref().map(|certificate| certificate.server_config(config.tls.min_version)).transpose()?;

    let reached = match reach(plan.target.clone(), &mut signals, &globals.output).await? {
        ControlFlow::Continue(reached) => reached,
        ControlFlow::Break(code) => return Ok(code),
    };
    let Reached { mut app, upstream, shown, took } = reached;

    files::raise_limit();
    if plan.audience != Audience::Developer
        && let Some(shortage) = shortage(&config.server)
    {
        globals.output.warning(&shortage);
    }
    let notes = notes(&plan, certificate.as_ref(), &config).await;
    let load = Load::affordable(&config.server);
    let settings = Settings {
        max_connections: load.connections,
        max_requests: load.requests,
        tls: tls.map(Arc::new),
        redirect_http: config.tls.redirect_http,
        log: access_log(&config, globals),
        ..Settings::new(&config.server, upstream, plan.allowed_hosts)
    };
    let proxy = open(plan.claim, settings, &shield, &mut app).await?;
    Announcement { url: &plan.url, target: shown, took, policy: &policy, config: &config, notes }
        .print(&globals.output);

    let supervisor = Supervisor {
        app,
        proxy,
        grace: plan.grace,
        signals,
        certificate,
        watch: FileWatch::start(&config),
        reloader: Reloader::new(globals.config.clone(), plan.mode, config, shield),
    };
    seen_cookies.keep_during(supervisor.run()).await
}

/// What is shielded, where it answers, or will.
struct Reached {
    /// `None`: somebody else's.
    app: Option<ShieldedApp>,
    upstream: UpstreamUrl,
    /// `flask run on 127.0.0.1:49721`.
    shown: String,
    /// How long our app took to be ready.
    took: Option<Duration>,
}

/// Starts the app, if it is ours to start. Breaks with our exit code when it has ended already.
async fn reach(
    target: Target,
    signals: &mut Signals,
    output: &Output,
) -> anyhow::Result<ControlFlow<ExitCode, Reached>> {
    let app = match target {
        Target::Upstream(upstream) => {
            let shown = upstream.to_string();
            return Ok(ControlFlow::Continue(Reached { app: None, upstream, shown, took: None }));
        }
        Target::App(app) => app,
    };
    let (command, began) = (app.shown(), Instant::now());
    Ok(match start(app, signals, output).await? {
        Start::Ready(app, address) => ControlFlow::Continue(Reached {
            app: Some(app),
            upstream: UpstreamUrl::Tcp(address.to_string()),
            shown: format!("{command} on {address}"),
            took: Some(began.elapsed()),
        }),
        Start::Ended(code) => ControlFlow::Break(code),
    })
}

/// What the plan says the certificate is, with its warnings told.
fn certificate(plan: &Plan, output: &Output) -> anyhow::Result<Option<tls::Certificate>> {
    let certificate = plan.certificate.clone().map(tls::Certificate::obtain).transpose()?;
    for warning in certificate.iter().flat_map(|certificate| &certificate.warnings) {
        output.warning(warning);
    }
    Ok(certificate)
}

/// What the user ought to know, though nothing is wrong.
async fn notes(plan: &Plan, certificate: Option<&tls::Certificate>, config: &Config) -> Vec<String> {
    let untrusted = "your browser will warn about the certificate until you run: mantlet trust";
    let is_untrusted = certificate.is_some_and(|certificate| certificate.is_untrusted);
    // It may stand behind something that ends TLS, so it is no error.
    let plain = "plain HTTP to other machines: sessions can be read on the way. If something in front ends TLS, name it in \
                 [server] trusted_proxies";
    let is_plain =
        certificate.is_none() && !plan.claim.address.ip().is_loopback() && config.server.trusted_proxies.is_empty();
    let also = [(is_untrusted, untrusted), (is_plain, plain)];
    let also = also.into_iter().filter(|(holds, _)| *holds).map(|(_, note)| note.to_owned());
    let absent = match &plan.target {
        Target::Upstream(upstream) => upstream::note_of_absence(upstream.clone()).await,
        Target::App(_) => None,
    };
    plan.claim.instead_of.clone().into_iter().chain(also).chain(absent).collect()
}

/// Lets the proxy serve where the claim is. An app that it cannot shield is ended.
async fn open(
    claim: Claim,
    settings: Settings,
    shield: &Shield,
    app: &mut Option<ShieldedApp>,
) -> anyhow::Result<Proxy> {
    let address = claim.release();
    match Proxy::bind(Settings { listen: vec![address], ..settings }, shield) {
        Ok(proxy) => Ok(proxy),
        Err(error) => {
            if let Some(app) = app.take() {
                app.end().await;
            }
            Err(error.into())
        }
    }
}

/// A reason code tells an attacker which rule to work around.
fn disclosure(plan: &Plan) -> Disclosure {
    if plan.audience == Audience::Developer { Disclosure::ReasonCode } else { Disclosure::Nothing }
}

fn access_log(config: &Config, globals: &Globals) -> AccessLogSettings {
    AccessLogSettings {
        lines: if config.log.access && !globals.quiet { Lines::All } else { Lines::Findings },
        format: globals.log_format(config.log.format),
        query_strings: config.log.query_strings,
    }
}
