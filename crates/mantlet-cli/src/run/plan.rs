//! [`Plan`]: what will be done, worked out from the command line and the policy. Everything that can be wrong with either is
//! found here, before anything is started.

use std::collections::HashSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use mantlet_core::policy::GuardPolicies;
use mantlet_core::{Mode, Policy};

use super::args::Args;
use super::child::App;
use super::listen::{self, Asked, Claim};
use super::{app_port, sockets};
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
    /// On this machine alone, for the one who writes the app: reason codes may be shown.
    pub(super) is_development: bool,
    pub(super) target: Target,
    pub(super) ready_timeout: Duration,
    pub(super) grace: Duration,
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
    pub(super) fn new(args: &Args, config: &Config) -> anyhow::Result<Self> {
        let tls = if args.http { TlsMode::Off } else { config.tls.mode };
        let claim = claim(args, config, tls)?;
        let on_loopback = claim.address.ip().is_loopback();
        let local = local_name(args.name.as_deref())?;
        // Behind a proxy, or with a certificate that others made, strangers come by.
        let is_development =
            on_loopback && config.server.trusted_proxies.is_empty() && (tls == TlsMode::Local || args.http);
        let names = names(config, tls, on_loopback.then_some(local));
        let allowed_hosts = allowed_hosts(config, &names, is_development);
        let shown = if !is_development {
            // Nobody gets in by another name.
            first_name(&allowed_hosts)
        } else if args.http && args.name.is_none() {
            HostName::localhost()
        } else {
            first_name(&names)
        };
        let url = url(tls, &shown.in_url(), claim.address.port());
        let target = match upstream(args, config)? {
            Some(upstream) => Target::Upstream(upstream),
            None => Target::App(app(args, &url, tls == TlsMode::Local)?),
        };
        let grace = if on_loopback { GRACE_ON_LOOPBACK } else { GRACE };
        Ok(Self {
            claim,
            certificate: certificate(config, tls, &names),
            allowed_hosts,
            url,
            is_development,
            target,
            ready_timeout: Duration::from_secs(args.ready_timeout),
            grace: config.server.shutdown_grace.unwrap_or(grace),
        })
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

fn claim(args: &Args, config: &Config, tls: TlsMode) -> Result<Claim, Failure> {
    match (args.listen, config.server.listen) {
        (Some(address), _) => listen::claim(address, Asked::Flag),
        // The file says where TLS is spoken; `--http` is for a quick look beside it.
        (None, Some(address)) if !args.http => listen::claim(address, Asked::File),
        _ => listen::claim_free(if tls == TlsMode::Off { HTTP_PORT } else { HTTPS_PORT }),
    }
}

/// The app that runs already, if one was named and none is to be started.
fn upstream(args: &Args, config: &Config) -> Result<Option<UpstreamUrl>, Failure> {
    if let Some(url) = &args.upstream {
        let parsed = UpstreamUrl::parse(url).map_err(|problem| {
            Failure::new(format!("--upstream {url}: {problem}")).fix("--upstream http://127.0.0.1:5000")
        })?;
        return Ok(Some(parsed));
    }
    if !args.command.is_empty() {
        return Ok(None);
    }
    match &config.server.upstream {
        Some(upstream) => Ok(Some(upstream.clone())),
        None => Err(Failure::new("nothing to shield: neither a command nor an upstream is named")
            .fix("mantlet run -- flask run")
            .fix("mantlet run --upstream http://127.0.0.1:5000")),
    }
}

fn app(args: &Args, url: &str, has_local_authority: bool) -> anyhow::Result<App> {
    let port = match args.app_port {
        Some(port) => {
            refuse_taken(port)?;
            port
        }
        None => app_port::free().context("no free port for the app")?,
    };
    Ok(App {
        command: args.command.clone(),
        port,
        variables: args.variables.clone(),
        url: url.to_owned(),
        has_local_authority,
    })
}

/// Whoever listens there already would be shielded in the app's place.
fn refuse_taken(port: u16) -> Result<(), Failure> {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
        return Ok(());
    }
    let by = sockets::holder(port).map_or(String::new(), |holder| format!(" by {} (pid {})", holder.name, holder.pid));
    Err(Failure::new(format!("port {port}, asked for with --app-port, is in use{by}"))
        .fix("leave --app-port out; a free one is found")
        .fix(format!("shield what runs there: mantlet run --upstream http://127.0.0.1:{port}")))
}

/// The first is the one that browsers are shown.
fn names(config: &Config, tls: TlsMode, local: Option<HostName>) -> Vec<HostName> {
    let mut names = config.tls.names.clone();
    if let Some(local) = local.filter(|_| tls != TlsMode::Files) {
        names.insert(0, local);
        names.extend(HostName::loopback());
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn first_name(names: &[HostName]) -> HostName {
    names.iter().find(|name| !name.is_wildcard()).cloned().unwrap_or_else(HostName::localhost)
}

/// In development the local ones are always among them: they are what was printed.
fn allowed_hosts(config: &Config, names: &[HostName], is_development: bool) -> Vec<HostName> {
    let configured = &config.server.allowed_hosts;
    let also = if configured.is_empty() || is_development { names } else { &[] };
    configured.iter().chain(also).cloned().collect()
}

fn url(tls: TlsMode, name: &str, port: u16) -> String {
    match (tls, port) {
        (TlsMode::Off, 80) => format!("http://{name}"),
        (TlsMode::Off, _) => format!("http://{name}:{port}"),
        (_, 443) => format!("https://{name}"),
        (_, _) => format!("https://{name}:{port}"),
    }
}

/// `NAME.localhost`, by default of the folder.
fn local_name(asked: Option<&str>) -> Result<HostName, Failure> {
    let name = match asked {
        Some(asked) => asked.strip_suffix(".localhost").unwrap_or(asked).to_owned(),
        None => label(&std::env::current_dir().unwrap_or_default()),
    };
    HostName::parse(&format!("{name}.localhost")).ok().filter(|host| !host.is_wildcard()).ok_or_else(|| {
        Failure::new(format!("--name {name} is not a host name")).fix("letters, digits and hyphens: --name shop")
    })
}

/// What of a folder's name can stand in a host name.
fn label(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let label: String = words.join("-").chars().take(40).collect();
    match label.trim_matches('-') {
        "" => "app".to_owned(),
        label => label.to_owned(),
    }
}

/// `--mode`: every guard that is there does this, whatever the file says. What is off was taken out for a reason.
pub(super) fn with_mode(policy: &Policy, mode: Option<Mode>) -> Policy {
    let mut policy = policy.clone();
    if let Some(mode) = mode {
        override_mode(&mut policy.everywhere, mode);
        for route in &mut policy.routes {
            override_mode(&mut route.guards, mode);
        }
    }
    policy
}

fn override_mode(guards: &mut GuardPolicies, to: Mode) {
    let all = guards.mode;
    let GuardPolicies { mode, session, csrf, headers, upload } = guards;
    for guard in [&mut session.mode, &mut csrf.mode, &mut headers.mode, &mut upload.mode] {
        *guard = match guard.unwrap_or(all) {
            Mode::Off => Some(Mode::Off),
            Mode::Observe | Mode::Enforce => Some(to),
        };
    }
    *mode = to;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_becomes_a_name() {
        for (folder, expected) in [
            ("/home/me/shop", "shop"),
            ("/home/me/My Shop (2)", "my-shop-2"),
            ("/home/me/_", "app"),
            ("/", "app"),
            ("/home/me/größe", "gr-e"),
            ("/home/me/-x-", "x"),
        ] {
            assert_eq!(label(Path::new(folder)), expected, "{folder}");
        }
        assert!(label(&Path::new("/").join("a".repeat(200))).len() <= 63);
    }

    #[test]
    fn a_name_must_be_one() {
        for (name, expected) in [
            ("shop", Some("shop.localhost")),
            ("shop.localhost", Some("shop.localhost")),
            ("a.b", Some("a.b.localhost")),
            ("Shop", Some("shop.localhost")),
            ("", None),
            ("a..b", None),
            ("*", None),
            ("*.a", None),
            ("a/b", None),
        ] {
            assert_eq!(local_name(Some(name)).ok().map(|host| host.to_string()).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_guard_that_was_taken_out_stays_out() {
        let policy =
            Policy::from_toml("mode = 'observe'\n[csrf]\nmode = 'off'\n[[route]]\npath = '/x'\nheaders.mode = 'off'\n")
                .unwrap();
        let policy = with_mode(&policy, Some(Mode::Enforce));
        assert_eq!(policy.everywhere.csrf.mode, Some(Mode::Off));
        assert_eq!(policy.everywhere.session.mode, Some(Mode::Enforce));
        assert_eq!(policy.routes[0].guards.headers.mode, Some(Mode::Off));
        assert_eq!(policy.routes[0].guards.upload.mode, Some(Mode::Enforce));
    }
}
