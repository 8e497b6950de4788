//! `[tls] mode = "files"`: a certificate that somebody else made.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use crate::config::HostName;
use crate::failure::Failure;
use crate::read_file;
use crate::tls::{Validity, names_of};

/// With fewer days left than this, somebody ought to look at the renewal.
const WARN_BELOW_DAYS: i64 = 14;

/// Certificate and key, and what ought to be looked at.
#[derive(Debug)]
pub(crate) struct FromFiles {
    pub(crate) certificate: CertifiedKey,
    pub(crate) warnings: Vec<Failure>,
}

/// Many times what a chain of certificates takes.
const MAX_SIZE: usize = 1 << 20;

/// Reads certificate chain and key, PEM both, for a site of these names.
///
/// # Errors
/// When one cannot be read, holds nothing, or the key is not the certificate's.
pub(crate) fn read(cert: &Path, key: &Path, names: &[HostName]) -> Result<FromFiles, Failure> {
    let unreadable = |path: &Path, problem: &dyn fmt::Display| {
        Failure::new(format!("cannot read {}: {problem}", path.display())).fix("[tls] cert and key name PEM files")
    };
    let content = |path: &Path| read_file::bytes(path, MAX_SIZE).map_err(|problem| unreadable(path, &problem));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&content(cert)?)
        .collect::<Result<_, _>>()
        .map_err(|problem| unreadable(cert, &problem))?;
    let Some(leaf) = chain.first().cloned() else {
        return Err(unreadable(cert, &"it holds no certificate"));
    };
    let pem = content(key)?;
    if memchr::memmem::find(&pem, b"ENCRYPTED").is_some() {
        return Err(Failure::new(format!(
            "the key in {} is encrypted, and nobody is there to type its password",
            key.display()
        ))
        .fix(format!("openssl pkey -in {} -out plain.key, readable by this user alone", key.display())));
    }
    let secret = PrivateKeyDer::from_pem_slice(&pem).map_err(|problem| unreadable(key, &problem))?;
    let signer = ring::sign::any_supported_type(&secret).map_err(|_| {
        Failure::new(format!("the key in {} is none that is used here", key.display()))
            .fix("a key on the curve P-256 or P-384, of Ed25519, or of RSA with 2048 to 4096 bits")
    })?;
    let certificate = CertifiedKey::new(chain, signer);
    if certificate.keys_match().is_err() {
        return Err(Failure::new(format!("{} is not the key of {}", key.display(), cert.display()))
            .fix("name the two files that belong together, the server's certificate first in its file"));
    }
    let warnings = [validity_warning(cert, &leaf), name_warning(cert, &leaf, names), key_warning(key)];
    Ok(FromFiles { certificate, warnings: warnings.into_iter().flatten().collect() })
}

fn validity_warning(path: &Path, leaf: &[u8]) -> Option<Failure> {
    let validity = Validity::of(leaf)?;
    if validity.covers(WARN_BELOW_DAYS) {
        return None;
    }
    if !validity.has_begun() {
        let begins = validity.begins();
        return Some(
            Failure::new(format!("the certificate in {} is not valid before {begins}", path.display()))
                .fix("set the clock of this machine, or wait; until then browsers warn of it"),
        );
    }
    let days = validity.days_left();
    let what = if days < 0 { "expired" } else { "expires" };
    Some(
        Failure::new(format!("the certificate in {} {what} on {}", path.display(), validity.ends()))
            .fix("renew it; a running shield reads it again on SIGHUP"),
    )
}

/// Browsers would warn of it whatever the name that they asked for.
fn name_warning(path: &Path, leaf: &[u8], names: &[HostName]) -> Option<Failure> {
    let held = names_of(leaf)?;
    let is_held = |name: &HostName| {
        held.iter()
            .filter_map(|held| HostName::parse(held).ok())
            .any(|held| held == *name || held.covers(&name.in_url()))
    };
    if names.iter().any(is_held) {
        return None;
    }
    let list = |names: &mut dyn Iterator<Item = String>| names.take(3).collect::<Vec<_>>().join(", ");
    let served = list(&mut names.iter().map(HostName::to_string));
    let held = match list(&mut held.iter().map(|name| name.escape_debug().to_string())) {
        held if held.is_empty() => "no name at all".to_owned(),
        held => held,
    };
    Some(
        Failure::new(format!("the certificate in {} is for {held}, and the site is {served}", path.display()))
            .fix("a certificate for that name, or in [tls] names the one that the certificate has"),
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

    /// A certificate and its key, good from one day to another as seen from today.
    fn written(folder: &Path, name: &str, days: std::ops::Range<i64>) -> (std::path::PathBuf, std::path::PathBuf) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["app.example".to_owned()]).unwrap();
        let today = time::OffsetDateTime::now_utc();
        params.not_before = today.saturating_add(time::Duration::days(days.start));
        params.not_after = today.saturating_add(time::Duration::days(days.end));
        let (cert_file, key_file) = (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
        fs::write(&cert_file, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&key_file, key.serialize_pem()).unwrap();
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();
        (cert_file, key_file)
    }

    #[test]
    fn files_are_judged_when_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = written(folder.path(), "good", -1..60);
        let (other_cert, other_key) = written(folder.path(), "other", -1..60);
        let (soon_cert, soon_key) = written(folder.path(), "soon", -1..2);
        let (later_cert, later_key) = written(folder.path(), "later", 2..60);
        fs::set_permissions(&other_key, fs::Permissions::from_mode(0o644)).unwrap();
        let nothing = folder.path().join("nothing");
        let (encrypted, traditional, weak) = ("encrypted", "traditional", "weak");
        let written = |name: &str, pem: &str| {
            let path = folder.path().join(name);
            fs::write(&path, pem).unwrap();
            path
        };
        let encrypted =
            written(encrypted, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----");
        let traditional = written(
            traditional,
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE KEY-----",
        );
        let weak = written(weak, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
        let device = std::path::PathBuf::from("/dev/zero");
        let site = [HostName::parse("app.example").unwrap()];
        for (name, cert, key, expected) in [
            ("good", &cert, &key, Ok(0)),
            ("open key", &other_cert, &other_key, Ok(1)),
            ("expires soon", &soon_cert, &soon_key, Ok(1)),
            ("begins later", &later_cert, &later_key, Ok(1)),
            ("key of another", &cert, &other_key, Err("is not the key of")),
            ("no certificate", &nothing, &key, Err("cannot read")),
            ("no key", &cert, &nothing, Err("cannot read")),
            ("key for certificate", &key, &key, Err("holds no certificate")),
            ("certificate for key", &cert, &cert, Err("cannot read")),
            ("encrypted key", &cert, &encrypted, Err("is encrypted")),
            ("key encrypted as of old", &cert, &traditional, Err("is encrypted")),
            ("key of no use", &cert, &weak, Err("none that is used here")),
            ("no end", &cert, &device, Err("it is a pipe or a device")),
        ] {
            match (read(cert, key, &site), expected) {
                (Ok(found), Ok(warnings)) => assert_eq!(found.warnings.len(), warnings, "{name}"),
                (Err(failure), Err(part)) => assert!(failure.to_string().contains(part), "{name}: {failure}"),
                (found, expected) => panic!("{name}: {found:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn a_certificate_for_another_site_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let far = time::OffsetDateTime::now_utc() + time::Duration::days(60);
        for (name, held, served, told) in [
            ("its own", &["app.example"][..], &["app.example"][..], false),
            ("one of two", &["app.example"], &["www.app.example", "app.example"], false),
            ("a wildcard for a name", &["*.app.example"], &["www.app.example"], false),
            ("a wildcard for a wildcard", &["*.app.example"], &["*.app.example"], false),
            ("a wildcard for what is below", &["*.app.example"], &["app.example"], true),
            ("an address", &["127.0.0.1", "::1"], &["::1"], false),
            ("another", &["other.example"], &["app.example"], true),
            ("none", &[], &["app.example"], true),
        ] {
            let key = rcgen::KeyPair::generate().unwrap();
            let held: Vec<String> = held.iter().map(|name| (*name).to_owned()).collect();
            let mut params = rcgen::CertificateParams::new(held).unwrap();
            params.not_after = far;
            let file = folder.path().join("crt");
            fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
            let key_file = folder.path().join("key");
            fs::write(&key_file, key.serialize_pem()).unwrap();
            fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();
            let served: Vec<_> = served.iter().map(|name| HostName::parse(name).unwrap()).collect();
            let warnings = read(&file, &key_file, &served).unwrap().warnings;
            assert_eq!(!warnings.is_empty(), told, "{name}: {warnings:?}");
        }
    }
}
