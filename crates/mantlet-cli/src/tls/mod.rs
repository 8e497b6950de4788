//! TLS towards browsers: whose certificate, and how it is spoken.
//!
//! [`local_ca`] makes certificates for development, [`files`] reads those that somebody else made, and
//! [`Certificate`] is the one in use.

pub(crate) mod files;
pub(crate) mod local_ca;
pub(crate) mod state;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;

use self::files::FromFiles;
use self::local_ca::LocalCa;
use self::state::StateFolder;
use crate::config::{HostName, TlsVersion};
use crate::failure::Failure;

/// Where a certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CertificateSource {
    /// Our own authority, for these names.
    Local {
        /// The first is the site's own.
        names: Vec<String>,
    },
    /// Files that somebody else wrote.
    Files {
        /// PEM, the server's certificate first.
        cert: PathBuf,
        /// PEM.
        key: PathBuf,
        /// What the site may be asked for by.
        names: Vec<HostName>,
    },
}

/// The certificate in use. It can be replaced while connections are open, because a shield runs longer than a
/// certificate lives.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    source: CertificateSource,
    current: Arc<Current>,
    /// What ought to be looked at.
    pub(crate) warnings: Vec<Failure>,
    /// Whether browsers will warn about it, as far as we know.
    pub(crate) is_untrusted: bool,
}

impl Certificate {
    /// Gets one.
    ///
    /// # Errors
    /// When there is none to be had.
    pub(crate) fn obtain(source: CertificateSource) -> anyhow::Result<Self> {
        let Obtained { key, warnings, is_untrusted } = source.obtain()?;
        Ok(Self { source, current: Arc::new(Current(ArcSwap::from_pointee(key))), warnings, is_untrusted })
    }

    /// Gets one again, for connections opened from now on.
    ///
    /// # Errors
    /// When there is none to be had; the one in use stays.
    pub(crate) fn renew(&mut self) -> anyhow::Result<()> {
        let Obtained { key, warnings, .. } = self.source.obtain()?;
        self.current.0.store(Arc::new(key));
        self.warnings = warnings;
        Ok(())
    }

    /// How TLS is spoken with it: HTTP/2 first, session tickets instead of a table of sessions.
    pub(crate) fn server_config(&self, min_version: TlsVersion) -> anyhow::Result<ServerConfig> {
        let versions: &[_] = match min_version {
            TlsVersion::Tls12 => &[&rustls::version::TLS13, &rustls::version::TLS12],
            TlsVersion::Tls13 => &[&rustls::version::TLS13],
        };
        let certificate: Arc<dyn ResolvesServerCert> = Arc::<Current>::clone(&self.current);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)?
            .with_no_client_auth()
            .with_cert_resolver(certificate);
        // All suites are good ones. Reviewers' tools ask that the server choose nevertheless, and processors without AES are rare.
        config.ignore_client_order = true;
        // `curl --http1.0` asks for nothing but what it speaks.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), b"http/1.0".to_vec()];
        config.ticketer = ring::Ticketer::new().context("no keys for session tickets")?;
        Ok(config)
    }
}

struct Obtained {
    key: CertifiedKey,
    warnings: Vec<Failure>,
    is_untrusted: bool,
}

impl CertificateSource {
    fn obtain(&self) -> anyhow::Result<Obtained> {
        match self {
            Self::Local { names } => {
                let authority = LocalCa::open_or_create(StateFolder::locate()?)?;
                let (key, is_trusted) = (authority.certificate_for(names)?, authority.is_trusted());
                Ok(Obtained { key, warnings: Vec::new(), is_untrusted: !is_trusted })
            }
            Self::Files { cert, key, names } => {
                let FromFiles { certificate, warnings } = files::read(cert, key, names)?;
                Ok(Obtained { key: certificate, warnings, is_untrusted: false })
            }
        }
    }
}

#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    /// Whatever name was asked for: who asks for a name that is not ours is answered by the front door, with 421.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// When a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    not_before: time::OffsetDateTime,
    not_after: time::OffsetDateTime,
}

impl Validity {
    /// Reads it off a certificate; `None` when that is not one.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
        let validity = certificate.validity();
        Some(Self { not_before: validity.not_before.to_datetime(), not_after: validity.not_after.to_datetime() })
    }

    /// Whether it has begun: one that was made while the clock was ahead has not, once the clock is right.
    pub(crate) fn has_begun(self) -> bool {
        self.not_before <= time::OffsetDateTime::now_utc()
    }

    /// Whether it has begun and goes on for so many days.
    pub(crate) fn covers(self, days: i64) -> bool {
        self.has_begun() && self.days_left() >= days
    }

    /// The day it begins, `2026-11-24`.
    pub(crate) fn begins(self) -> String {
        self.not_before.date().to_string()
    }

    /// Whole days from now; negative when it is over.
    pub(crate) fn days_left(self) -> i64 {
        const DAY: i64 = 86_400;
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        self.not_after.unix_timestamp().saturating_sub(now).div_euclid(DAY)
    }

    /// The day it ends, `2027-02-22`.
    pub(crate) fn ends(self) -> String {
        self.not_after.date().to_string()
    }
}

/// The names in a certificate; `None` when it is not one.
fn names_of(certificate: &[u8]) -> Option<Vec<String>> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Some(Vec::new()) };
    let render = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match <[u8; 4]>::try_from(*bytes) {
            Ok(v4) => Some(IpAddr::from(v4).to_string()),
            Err(_) => Some(IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string()),
        },
        _ => None,
    };
    Some(names.value.general_names.iter().filter_map(render).collect())
}
