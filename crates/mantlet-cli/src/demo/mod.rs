//! `mantlet demo`: watch it work. A small app with the four holes is audited bare, shielded, and audited again.
//!
//! It uses the doors that anybody uses: the audit asks over the network, and the shield is the proxy of `mantlet run` with
//! the built-in policy.

mod app;
mod pages;
mod sessions;
mod shield;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::Context;
use mantlet_core::audit::{Report, Severity, Strategy};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::audit::report::{Reading, text};
use crate::audit::{self, Look, Options};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::output::{Color, Output};
use shield::RunningShield;

/// `mantlet demo`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Nothing leaves this machine, and the app keeps its files in a temporary folder. What stays is the local \
certificate authority of mantlet run, in the state folder."
)]
pub(crate) struct Args {
    /// End after the second audit, with its exit code
    #[arg(long)]
    exit: bool,
    /// Where the shield listens [default: a free port on 127.0.0.1]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Nothing this bad may be left once the shield is in front.
const FAIL_ON: Severity = Severity::Medium;

/// Runs the command.
pub(crate) fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let code = runtime.block_on(until_it_is_ended(&args, globals));
    // A browser that keeps its connection must not keep the demo.
    runtime.shutdown_background();
    code
}

async fn until_it_is_ended(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    // From the first moment on: the folder of the app must not outlive the demo, whoever ends it and when.
    let mut end = End::new()?;
    let shown = tokio::select! {
        // Before the audit hears of it, which would put back what it changed in an app that goes away now.
        biased;
        () = end.comes() => {
            return Err(Failure::new("the demo was interrupted").exit(audit::EXIT_INTERRUPTED).into());
        }
        shown = show(args, globals) => shown?,
    };
    if !args.exit {
        let attack = serve(attack_page(&shown.bare_url, &shown.shield.url)).await?;
        globals.output.result(&invitation(&shown.bare_url, &shown.shield.url, &attack.to_string()))?;
        end.comes().await;
    }
    shown.shield.stop().await;
    Ok(ExitCode::from(u8::from(!shown.is_clean)))
}

/// Somebody has seen enough.
struct End {
    interrupt: Signal,
    terminate: Signal,
}

impl End {
    fn new() -> anyhow::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn comes(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What goes on after the audits, for a browser.
struct Shown {
    bare_url: String,
    shield: RunningShield,
    is_clean: bool,
    /// Of the app, which goes with it.
    _folder: TempDir,
}

async fn show(args: &Args, globals: &Globals) -> anyhow::Result<Shown> {
    let output = &globals.output;
    let folder = tempfile::tempdir().context("no temporary folder for the demo app")?;
    let bare = serve(app::app(folder.path())?).await?;
    let bare_url = format!("http://{bare}");

    output.talk(&format!("1. a small app with four holes, bare, on {bare_url}"));
    let before = audit(&bare_url, output).await?;
    output.result(&text::render(&before.reading(&bare_url), globals))?;

    let shield = shield::start(args.listen, bare)?;
    output.talk(&format!("\n2. the same app behind the shield, on {}", shield.url));
    let after = audit(&shield.url, output).await?;
    output.result(&text::render(&after.reading(&shield.url), globals))?;
    output.result(&compare(&before.report, &after.report, globals))?;

    let is_clean = after.report.worst().is_none_or(|worst| worst < FAIL_ON);
    Ok(Shown { bare_url, shield, is_clean, _folder: folder })
}

/// One audit and its verdict.
struct Audited {
    look: Look,
    report: Report,
}

impl Audited {
    fn reading<'a>(&'a self, url: &'a str) -> Reading<'a> {
        Reading { url, look: &self.look, report: &self.report, fail_on: Some(FAIL_ON) }
    }
}

async fn audit(url: &str, output: &Output) -> anyhow::Result<Audited> {
    let args = audit::Args::active(url)?;
    let look = audit::look(&Options::new(&args)?, output).await?;
    let report = audit::judge(&look, &args);
    Ok(Audited { look, report })
}

/// Serves an app on a free port of this machine until the program ends.
async fn serve(app: axum::Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// Another site: 127.0.0.1 is not the site of demo.localhost.
fn attack_page(bare: &str, shielded: &str) -> axum::Router {
    let html = axum::response::Html(pages::attack(bare, shielded));
    axum::Router::new().route("/", axum::routing::get(move || async move { html }))
}

/// What was missing, and what is: a row a strategy.
fn compare(before: &Report, after: &Report, globals: &Globals) -> String {
    let output = &globals.output;
    let mut text = format!("\n{:<23}{:<20}{}\n", "", "bare", "shielded");
    for strategy in Strategy::ALL {
        let side = |report: &Report| match (report.counts(strategy).missing, report.counts(strategy).weak) {
            (0, 0) => (Color::Green, "nothing missing".to_owned()),
            (0, weak) => (Color::Green, format!("{weak} weak")),
            (missing, 0) => (Color::Red, format!("{missing} missing")),
            (missing, weak) => (Color::Red, format!("{missing} missing, {weak} weak")),
        };
        let ((color, bare), (shielded_color, shielded)) = (side(before), side(after));
        text.push_str(&format!(
            "{}{}{}\n",
            output.paint(Color::Bold, &format!("{:<23}", strategy.name())),
            output.paint(color, &format!("{bare:<20}")),
            output.paint(shielded_color, &shielded),
        ));
    }
    text
}

fn invitation(bare: &str, shielded: &str, attack: &str) -> String {
    format!(
        "\nTry it\n  bare       {bare}\n  shielded   {shielded}   (your browser will warn until you run: mantlet trust)\n  \
         attack     http://{attack}   a page of another site that forges the profile form of both\n\nCtrl-C ends it.\n"
    )
}
