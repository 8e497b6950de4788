//! [`Trust`]: whose certificates are good.

use std::path::Path;

use anyhow::Context;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Whom to trust with TLS.
#[derive(Debug, Clone, Default)]
pub(in crate::audit) struct Trust {
    /// Further roots.
    pub(in crate::audit) roots: Vec<CertificateDer<'static>>,
    /// Go on when the certificate is not good. That it is not is reported all the same.
    pub(in crate::audit) insecure: bool,
}

impl Trust {
    /// Adds the certificates of a PEM file.
    pub(in crate::audit) fn add_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let context = || format!("cannot read certificates from {}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).with_context(context)? {
            self.roots.push(certificate.with_context(context)?);
        }
        Ok(())
    }
}
