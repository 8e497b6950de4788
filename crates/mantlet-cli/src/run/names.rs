//! [`Names`]: the host names under which the shield is found.

use std::collections::HashSet;
use std::path::Path;

use super::args::Args;
use super::audience::Audience;
use crate::config::{Config, HostName, TlsMode};
use crate::failure::Failure;

/// Names of the site, and what each is for.
#[derive(Debug)]
pub(super) struct Names {
    /// A certificate of ours is made for these.
    pub(super) certified: Vec<HostName>,
    /// A request may ask for these.
    pub(super) allowed: Vec<HostName>,
    /// The one that whoever started us is told.
    pub(super) shown: HostName,
}

impl Names {
    /// # Errors
    /// When `--name` is none, or one that nobody could ask for.
    pub(super) fn new(args: &Args, config: &Config, tls: TlsMode, audience: Audience) -> Result<Self, Failure> {
        let local = local(args.name.as_deref())?;
        let certified = certified(config, tls, (audience != Audience::Network).then(|| local.clone()));
        let is_development = audience == Audience::Developer;
        let allowed = allowed(config, &certified, is_development);
        if let Some(asked) = &args.name
            && !allowed.iter().any(|name| name.covers(&local.to_string()))
        {
            let problem = format!("--name {asked}: {local} is for development, and not served here");
            return Err(Failure::new(problem).fix("leave it out, or name it in [server] allowed_hosts"));
        }
        let shown = if !is_development {
            // Nobody gets in by another name.
            first(&allowed)
        } else if args.http && args.name.is_none() {
            HostName::localhost()
        } else {
            first(&certified)
        };
        Ok(Self { certified, allowed, shown })
    }
}

/// The first is the one that browsers are shown.
fn certified(config: &Config, tls: TlsMode, local: Option<HostName>) -> Vec<HostName> {
    let mut names = config.tls.names.clone();
    if let Some(local) = local.filter(|_| tls != TlsMode::Files) {
        names.insert(0, local);
        names.extend(HostName::loopback());
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn first(names: &[HostName]) -> HostName {
    names.iter().find(|name| !name.is_wildcard()).cloned().unwrap_or_else(HostName::localhost)
}

/// In development the local ones are always among them: they are what was printed.
fn allowed(config: &Config, certified: &[HostName], is_development: bool) -> Vec<HostName> {
    let configured = &config.server.allowed_hosts;
    let also = if configured.is_empty() || is_development { certified } else { &[] };
    configured.iter().chain(also).cloned().collect()
}

/// `NAME.localhost`, by default of the folder.
fn local(asked: Option<&str>) -> Result<HostName, Failure> {
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
            assert_eq!(local(Some(name)).ok().map(|host| host.to_string()).as_deref(), expected, "{name}");
        }
    }
}
