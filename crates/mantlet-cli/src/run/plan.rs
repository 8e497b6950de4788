//! [`Plan`]: what will be done. [`Plan::new`] makes it of what was typed and of what the policy file says, and is the one place
//! where that happens: flags meet the file here, defaults are filled in, and whatever can be wrong with either is found before
//! anything is started. What was typed is used up by it.

use std::time::Duration;

use super::app_port;
use super::args::Args;
use super::audience::Audience;
use super::child::App;
use super::listen::{self, Asked, Claim};
use super::mode::ModeOverride;
use super::names::Names;
use crate::config::{Config, HostName, TlsMode, UpstreamUrl};
use crate::failure::Failure;
use crate::tls::CertificateSource;

/// The usual port with TLS, and without.
const HTTPS_PORT: u16 = 8443;
const HTTP_PORT: u16 = 8080;
/// Somebody waits at the keyboard.
const GRACE_ON_LOOPBACK: Duration = Duration::from_secs(2);
/// Less than the 30 s that container platforms wait before they kill.
const GRACE: Duration = Duration::from_secs(20);

/// What will be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) claim: Claim,
    /// `None`: plain HTTP.
    pub(super) certificate: Option<CertificateSource>,
    pub(super) allowed_hosts: Vec<HostName>,
    /// Where a browser finds it.
    pub(super) url: String,
    pub(super) audience: Audience,
    pub(super) target: Target,
    pub(super) grace: Duration,
    /// Over the policy of the file, now and whenever that is read again.
    pub(super) mode: ModeOverride,
}

/// What is shielded.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// An app that we start.
    App(App),
    /// One that runs.
    Upstream(UpstreamUrl),
}

impl Plan {
    pub(super) fn new(args: Args, config: &Config) -> anyhow::Result<Self> {
        let tls = if args.http { TlsMode::Off } else { config.tls.mode };
        let claim = claim(&args, config, tls)?;
        let audience = Audience::of(&args, config, tls, &claim);
        let names = Names::new(&args, config, tls, audience)?;
        let url = url(tls, &names.shown.in_url(), claim.address.port());
        let grace = if audience == Audience::Network { GRACE } else { GRACE_ON_LOOPBACK };
        Ok(Self {
            certificate: certificate(config, tls, &names.certified),
            allowed_hosts: names.allowed,
            audience,
            mode: ModeOverride(args.mode),
            target: target(args, config, &url, tls)?,
            grace: config.server.shutdown_grace.unwrap_or(grace),
            claim,
            url,
        })
    }
}

fn claim(args: &Args, config: &Config, tls: TlsMode) -> Result<Claim, Failure> {
    match (args.listen, config.server.listen) {
        (Some(address), _) => listen::claim(address, Asked::Flag),
        // The file says where TLS is spoken; `--http` is for a quick look beside it.
        (None, Some(address)) if !args.http => listen::claim(address, Asked::File),
        _ => listen::claim_free(if tls == TlsMode::Off { HTTP_PORT } else { HTTPS_PORT }),
    }
}

fn certificate(config: &Config, tls: TlsMode, names: &[HostName]) -> Option<CertificateSource> {
    match tls {
        TlsMode::Off => None,
        TlsMode::Local => Some(CertificateSource::Local { names: names.iter().map(HostName::to_string).collect() }),
        TlsMode::Files => Some(CertificateSource::Files {
            cert: config.tls.cert.clone(),
            key: config.tls.key.clone(),
            names: config.served_names().to_vec(),
        }),
    }
}

fn url(tls: TlsMode, name: &str, port: u16) -> String {
    match (tls, port) {
        (TlsMode::Off, 80) => format!("http://{name}"),
        (TlsMode::Off, _) => format!("http://{name}:{port}"),
        (_, 443) => format!("https://{name}"),
        (_, _) => format!("https://{name}:{port}"),
    }
}

/// A command is started, whatever upstream the file names.
fn target(args: Args, config: &Config, url: &str, tls: TlsMode) -> anyhow::Result<Target> {
    if let Some(url) = &args.upstream {
        let parsed = UpstreamUrl::parse(url).map_err(|problem| {
            Failure::new(format!("--upstream {url}: {problem}")).fix("--upstream http://127.0.0.1:5000")
        })?;
        return Ok(Target::Upstream(parsed));
    }
    if !args.command.is_empty() {
        return Ok(Target::App(App {
            port: app_port::choose(args.app_port)?,
            command: args.command,
            variables: args.variables,
            ready_timeout: args.ready_timeout,
            url: url.to_owned(),
            has_local_authority: tls == TlsMode::Local,
        }));
    }
    match &config.server.upstream {
        Some(upstream) => Ok(Target::Upstream(upstream.clone())),
        None => Err(Failure::new("nothing to shield: neither a command nor an upstream is named")
            .fix("mantlet run -- flask run")
            .fix("mantlet run --upstream http://127.0.0.1:5000")
            .into()),
    }
}
