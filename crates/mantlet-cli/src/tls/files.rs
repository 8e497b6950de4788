//! `[tls] mode = "files"`: a certificate that somebody else made.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::failure::Failure;
use crate::tls::Validity;

/// With fewer days left than this, somebody ought to look at the renewal.
const WARN_BELOW_DAYS: i64 = 14;

/// Certificate and key, and what ought to be looked at.
#[derive(Debug)]
pub(crate) struct FromFiles {
    pub(crate) certificate: CertifiedKey,
    pub(crate) warnings: Vec<Failure>,
}

/// Reads certificate chain and key, PEM both.
///
/// # Errors
/// When one cannot be read, holds nothing, or the key is not the certificate's.
pub(crate) fn read(cert: &Path, key: &Path) -> Result<FromFiles, Failure> {
    let unreadable = |path: &Path, problem: &dyn std::fmt::Display| {
        Failure::new(format!("cannot read {}: {problem}", path.display())).fix("[tls] cert and key name PEM files")
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|problem| unreadable(cert, &problem))?;
    let Some(leaf) = chain.first().cloned() else {
        return Err(unreadable(cert, &"it holds no certificate"));
    };
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|problem| unreadable(key, &problem))?;
    let signer = ring::sign::any_supported_type(&secret).map_err(|problem| unreadable(key, &problem))?;
    let certificate = CertifiedKey::new(chain, signer);
    if certificate.keys_match().is_err() {
        return Err(Failure::new(format!("{} is not the key of {}", key.display(), cert.display()))
            .fix("name the two files that belong together, the server's certificate first in its file"));
    }
    Ok(FromFiles { certificate, warnings: expiry_warning(cert, &leaf).into_iter().chain(key_warning(key)).collect() })
}

fn expiry_warning(path: &Path, leaf: &[u8]) -> Option<Failure> {
    let validity = Validity::of(leaf)?;
    let days = validity.days_left();
    if days >= WARN_BELOW_DAYS {
        return None;
    }
    let what = if days < 0 { "expired" } else { "expires" };
    Some(
        Failure::new(format!("the certificate in {} {what} on {}", path.display(), validity.ends()))
            .fix("renew it; a running shield reads it again on SIGHUP"),
    )
}

fn key_warning(path: &Path) -> Option<Failure> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    // The group may well be meant: Debian has a group `ssl-cert`.
    (mode & 0o007 != 0).then(|| {
        Failure::new(format!("every user of this machine can read the key in {}", path.display()))
            .fix(format!("chmod o= {}", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path, name: &str, not_after: time::OffsetDateTime) -> (std::path::PathBuf, std::path::PathBuf) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["app.example".to_owned()]).unwrap();
        params.not_after = not_after;
        let (cert_file, key_file) = (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
        fs::write(&cert_file, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&key_file, key.serialize_pem()).unwrap();
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();
        (cert_file, key_file)
    }

    #[test]
    fn files_are_judged_when_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let far = time::OffsetDateTime::now_utc() + time::Duration::days(60);
        let (cert, key) = written(folder.path(), "good", far);
        let (other_cert, other_key) = written(folder.path(), "other", far);
        let (soon_cert, soon_key) = written(folder.path(), "soon", far - time::Duration::days(58));
        fs::set_permissions(&other_key, fs::Permissions::from_mode(0o644)).unwrap();
        let nothing = folder.path().join("nothing");
        for (name, cert, key, expected) in [
            ("good", &cert, &key, Ok(0)),
            ("open key", &other_cert, &other_key, Ok(1)),
            ("expires soon", &soon_cert, &soon_key, Ok(1)),
            ("key of another", &cert, &other_key, Err("is not the key of")),
            ("no certificate", &nothing, &key, Err("cannot read")),
            ("no key", &cert, &nothing, Err("cannot read")),
            ("key for certificate", &key, &key, Err("holds no certificate")),
        ] {
            match (read(cert, key), expected) {
                (Ok(found), Ok(warnings)) => assert_eq!(found.warnings.len(), warnings, "{name}"),
                (Err(failure), Err(part)) => assert!(failure.to_string().contains(part), "{name}: {failure}"),
                (found, expected) => panic!("{name}: {found:?} instead of {expected:?}"),
            }
        }
    }
}
