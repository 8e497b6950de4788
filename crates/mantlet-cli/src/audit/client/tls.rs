//! TLS as a browser speaks it, and its failures in words.

use std::io;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme, WantsVerifier,
};

use super::{NoReply, Trust};

/// Holds certificates against those who are trusted.
pub(super) fn verifying(trust: &Trust) -> anyhow::Result<ClientConfig> {
    config(|builder| builder.with_root_certificates(roots(trust)))
}

/// `--insecure`: takes any certificate, but still wants the peer to hold its key.
pub(super) fn taking_anybody() -> anyhow::Result<ClientConfig> {
    config(|builder| {
        let anybody = Anybody(Arc::clone(builder.crypto_provider()));
        builder.dangerous().with_custom_certificate_verifier(Arc::new(anybody))
    })
}

fn config(
    verified: impl FnOnce(ConfigBuilder<ClientConfig, WantsVerifier>) -> ConfigBuilder<ClientConfig, WantsClientCert>,
) -> anyhow::Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let mut config = verified(builder.with_safe_default_protocol_versions()?).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The system's roots, and those that were named. A system without any is no error: the handshake will say so.
fn roots(trust: &Trust) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(trust.roots.iter().cloned());
    roots
}

pub(super) fn explain(error: &io::Error) -> NoReply {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(why)) => NoReply::Certificate(in_words(why)),
        Some(rustls::Error::InvalidMessage(_)) => NoReply::Tls("the answer is not TLS".to_owned()),
        Some(other) => NoReply::Tls(other.to_string()),
        None => NoReply::Tls(error.to_string()),
    }
}

fn in_words(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the certificate has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name".to_owned()
        }
        CertificateError::UnknownIssuer => "nobody this machine trusts has signed the certificate".to_owned(),
        CertificateError::Revoked => "the certificate was revoked".to_owned(),
        CertificateError::Other(why) if why.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate is an authority's own, and none for a site".to_owned()
        }
        other => other.to_string(),
    }
}

#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
