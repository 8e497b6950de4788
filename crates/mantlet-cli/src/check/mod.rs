//! `mantlet check`: judges the policy and its surroundings, and changes nothing.

mod stricter;
mod weaknesses;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;

use mantlet_core::forwarded::Network;

use crate::config::{Config, TlsMode, UpstreamUrl};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::output::Color;
use crate::run::{accepts, csrf_page, shortage, unusable_spool};
use crate::tls::state::StateFolder;

/// `mantlet check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Judge the policy alone: open no socket, look at no certificate
    #[arg(long)]
    pub(crate) offline: bool,
}

/// What was found.
enum Finding {
    /// As it should be.
    Good(String),
    /// Works, and somebody ought to know.
    Look(Failure),
    /// Does not work.
    Bad(Failure),
}

/// Exit 0: it would run; 1: its surroundings would not let it; 2: the policy does not hold.
pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let config = Config::load(globals.config.as_deref())?;
    let mut findings = vec![Finding::Good(format!("policy    {}", config.source_name()))];
    findings.extend(weaknesses::of(&config.policy).into_iter().map(Finding::Look));
    findings.extend(proxies(&config.server.trusted_proxies));
    findings.extend(csrf_page(&config).err().map(Finding::Bad));
    if !args.offline {
        findings.extend(certificate(&config));
        findings.extend(config.server.listen.map(listener));
        findings.extend(shortage(&config.server).map(Finding::Look));
        findings.extend(unusable_spool(&config.policy).map(Finding::Look));
        findings.extend(config.server.upstream.as_ref().map(upstream));
    }
    let mut text = String::new();
    let mut is_bad = false;
    for finding in findings {
        let output = &globals.output;
        let line = match finding {
            Finding::Good(what) => format!("{}       {what}", output.paint(Color::Green, "ok")),
            Finding::Look(what) => format!("{}  {what}", output.paint(Color::Yellow, "warning")),
            Finding::Bad(what) => {
                is_bad = true;
                format!("{}    {what}", output.paint(Color::Red, "error"))
            }
        };
        text.push_str(&line);
        text.push('\n');
    }
    globals.output.result(&text)?;
    Ok(if is_bad { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Whoever is trusted says who asks, and for which site.
fn proxies(trusted: &[Network]) -> Option<Finding> {
    let is_everyone = |network: &Network| {
        network.contains(Ipv4Addr::UNSPECIFIED.into()) && network.contains(Ipv4Addr::BROADCAST.into())
    };
    trusted.iter().any(is_everyone).then(|| {
        let found = Failure::new("[server] trusted_proxies has every address: any client may say who it is");
        Finding::Look(found.fix("name the addresses of your proxies"))
    })
}

fn certificate(config: &Config) -> Vec<Finding> {
    match config.tls.mode {
        TlsMode::Files => match crate::tls::files::read(&config.tls.cert, &config.tls.key, config.served_names()) {
            Ok(read) if read.warnings.is_empty() => {
                vec![Finding::Good(format!("tls       {}", config.tls.cert.display()))]
            }
            Ok(read) => read.warnings.into_iter().map(Finding::Look).collect(),
            Err(failure) => vec![Finding::Bad(failure)],
        },
        TlsMode::Local => match StateFolder::locate().and_then(|folder| folder.probe()) {
            Ok(()) => vec![Finding::Good("tls       by the local certificate authority".to_owned())],
            // Whoever starts it with --http needs none.
            Err(problem) => vec![Finding::Look(problem)],
        },
        TlsMode::Off if !config.server.trusted_proxies.is_empty() => {
            vec![Finding::Good("tls       by what is in [server] trusted_proxies".to_owned())]
        }
        TlsMode::Off => vec![Finding::Look(
            Failure::new("[tls] mode = \"off\": cookies lose Secure and HSTS is not sent")
                .fix("leave it off only behind something that speaks TLS, named in [server] trusted_proxies"),
        )],
    }
}

fn listener(address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::Good(format!("listen    {address} is free")),
        Err(error) => Finding::Bad(Failure::new(format!("cannot listen on {address}: {error}"))),
    }
}

fn upstream(upstream: &UpstreamUrl) -> Finding {
    match accepts(upstream) {
        Ok(()) => Finding::Good(format!("upstream  {upstream} accepts connections")),
        Err(error) => Finding::Bad(Failure::new(format!("the app at {upstream} does not accept connections: {error}"))),
    }
}
