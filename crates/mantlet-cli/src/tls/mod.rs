//! TLS towards browsers: whose certificate, and how it is spoken.
//!
//! [`local_ca`] makes certificates for development, [`files`] reads those that somebody else made, and
//! [`CurrentCertificate`] is the one in use: it can be replaced while connections are open, because a shield runs
//! longer than a certificate lives.

pub(crate) mod files;
pub(crate) mod local_ca;
pub(crate) mod state;

use std::sync::Arc;

use anyhow::Context;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::TlsVersion;

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct CurrentCertificate(ArcSwap<CertifiedKey>);

impl CurrentCertificate {
    pub(crate) fn new(certificate: CertifiedKey) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(certificate)))
    }

    /// Connections opened from now on get this one.
    pub(crate) fn replace(&self, certificate: CertifiedKey) {
        self.0.store(Arc::new(certificate));
    }

    /// How many days it is valid from now on; negative when it has expired.
    pub(crate) fn days_left(&self) -> Option<i64> {
        let current = self.0.load();
        Some(Validity::of(current.end_entity_cert().ok()?)?.days_left())
    }
}

impl ResolvesServerCert for CurrentCertificate {
    /// Whatever name was asked for: a stranger to our names is answered by the guards of the request, with 421.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// How TLS is spoken: HTTP/2 first, session tickets instead of a table of sessions.
pub(crate) fn server_config(
    certificate: Arc<CurrentCertificate>,
    min_version: TlsVersion,
) -> anyhow::Result<ServerConfig> {
    let versions: &[_] = match min_version {
        TlsVersion::Tls12 => &[&rustls::version::TLS13, &rustls::version::TLS12],
        TlsVersion::Tls13 => &[&rustls::version::TLS13],
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new().context("no keys for session tickets")?;
    Ok(config)
}

/// When a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    not_after: time::OffsetDateTime,
}

impl Validity {
    /// Reads it off a certificate; `None` when that is not one.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
        Some(Self { not_after: certificate.validity().not_after.to_datetime() })
    }

    /// Whole days from now; negative when it is over.
    pub(crate) fn days_left(self) -> i64 {
        (self.not_after - time::OffsetDateTime::now_utc()).whole_days()
    }

    /// The day it ends, `2027-02-22`.
    pub(crate) fn ends(self) -> String {
        self.not_after.date().to_string()
    }
}
