//! The local certificate authority: HTTPS from the first run.
//!
//! 1. Its key never leaves the state folder (0600 in 0700), and is made by whichever process comes first.
//! 2. It is *name-constrained*: it can vouch only for names that belong to nobody on the Internet (`localhost`, `test`,
//!    `example` and what is below them) and for loopback addresses. Whoever steals it from a machine that trusts it cannot
//!    impersonate a real site with it.
//! 3. Its certificates live for 90 days, are kept so that a browser's exception for one survives a restart, and are
//!    made anew when the names change, a third of their life is left, or they were made while the clock was ahead.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context, anyhow};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::X509Certificate;

use crate::failure::Failure;
use crate::tls::state::StateFolder;
use crate::tls::{Validity, names_of};

const ROOT_CERTIFICATE: &str = "ca.crt";
const ROOT_KEY: &str = "ca.key";
/// Holds the id of the authority that was put into a trust store.
const TRUSTED: &str = "trusted";
/// Ten years: a root that expires in the middle of a project is a riddle nobody enjoys.
const ROOT_LIFE: Duration = Duration::days(3650);
/// Short enough that a stolen leaf is soon worthless, long enough that few restarts meet a new one.
const LEAF_LIFE: Duration = Duration::days(90);
/// A leaf with less than this left is replaced.
const RENEW_BELOW_DAYS: i64 = 30;
/// Names reserved by RFC 2606 and RFC 6761: no certificate for them can harm a site on the Internet.
const CONSTRAINED_TO: [&str; 3] = ["localhost", "test", "example"];

/// The authority, opened.
pub(crate) struct LocalCa {
    state: StateFolder,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl LocalCa {
    /// Opens the authority of this user, making it if there is none.
    pub(crate) fn open_or_create(state: StateFolder) -> anyhow::Result<Self> {
        state.create()?;
        let _lock = state.lock()?;
        match Self::open(state.clone())? {
            Some(authority) => Ok(authority),
            None => Self::create(state, OffsetDateTime::now_utc()),
        }
    }

    /// Opens the authority of this user, if it is whole and good today.
    fn open(state: StateFolder) -> anyhow::Result<Option<Self>> {
        let broken = |why: &dyn fmt::Display| {
            Failure::new(format!("the local certificate authority in {} is broken", state.file("").display()))
                .seen(why.to_string())
                .fix("remove ca.crt and ca.key there; the next run makes new ones (and mantlet trust is needed again)")
        };
        let read = |name| state.read(name).map_err(|error| broken(&error));
        let (Some(certificate), Some(key)) = (read(ROOT_CERTIFICATE)?, read(ROOT_KEY)?) else {
            return Ok(None);
        };
        let no_certificate = |_| broken(&"ca.crt holds no certificate");
        let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(no_certificate)?;
        let key = KeyPair::from_pem(&key).map_err(|_| broken(&"ca.key holds no key"))?;
        if Validity::of(&certificate).is_none_or(|validity| !validity.covers(1)) {
            return Ok(None);
        }
        if !is_key_of(&key, &certificate) {
            // Every browser would refuse what it signs.
            return Err(broken(&"ca.key is not the key of ca.crt").into());
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|error| broken(&error))?;
        Ok(Some(Self { state, certificate, issuer }))
    }

    fn create(state: StateFolder, now: OffsetDateTime) -> anyhow::Result<Self> {
        let key = KeyPair::generate()?;
        let params = root_params(now)?;
        let certificate = params.self_signed(&key)?;
        // The key first: a certificate without its key would be trusted in vain.
        state.write(ROOT_KEY, &key.serialize_pem())?;
        state.write(ROOT_CERTIFICATE, &certificate.pem())?;
        Ok(Self { state, certificate: certificate.der().clone(), issuer: Issuer::new(params, key) })
    }

    /// Where its certificate lies.
    pub(crate) fn certificate_path(&self) -> PathBuf {
        self.state.file(ROOT_CERTIFICATE)
    }

    /// Eight digits that tell it from the authorities of others.
    pub(crate) fn id(&self) -> String {
        let parsed = x509_parser::parse_x509_certificate(&self.certificate);
        let identifier = parsed.as_ref().ok().and_then(|(_, root)| root_identifier(root)).unwrap_or_default();
        identifier.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `mantlet trust` has put it into a trust store, and not taken it out again.
    pub(crate) fn is_trusted(&self) -> bool {
        // What cannot be read is written anew by the next `mantlet trust`.
        self.state.read(TRUSTED).is_ok_and(|id| id.is_some_and(|id| id == self.id()))
    }

    /// Remembers whether it is in a trust store.
    pub(crate) fn set_trusted(&self, is_trusted: bool) -> anyhow::Result<()> {
        self.state.write(TRUSTED, &if is_trusted { self.id() } else { String::new() })
    }

    /// The certificate for these names, the kept one while it is good.
    pub(crate) fn certificate_for(&self, names: &[String]) -> anyhow::Result<CertifiedKey> {
        for name in names {
            if !may_vouch_for(name) {
                return Err(Failure::new(format!("the local certificate authority cannot vouch for {name}"))
                    .seen("it is made for localhost, *.localhost, *.test, *.example and loopback addresses only,")
                    .seen("so that nobody who steals it can impersonate a real site")
                    .fix(r#"[tls] mode = "files" with a certificate for that name"#)
                    .into());
            }
        }
        let first = names.first().ok_or_else(|| anyhow!("a certificate needs a name"))?;
        let file = format!("{}.pem", first.replace(['*', '/', ':'], "_"));
        let _lock = self.state.lock()?;
        // Whatever is wrong with the kept one, a new one is as good.
        if let Ok(Some(kept)) = self.state.read(&file)
            && self.is_good(&kept, names)
            && let Ok(certified) = certified_key(&kept)
        {
            return Ok(certified);
        }
        let fresh = self.issue(names, OffsetDateTime::now_utc())?;
        self.state.write(&file, &fresh)?;
        certified_key(&fresh)
    }

    /// Key and certificate as PEM.
    fn issue(&self, names: &[String], now: OffsetDateTime) -> anyhow::Result<String> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Mantlet development certificate");
        // A clock that is a little behind must not refuse it.
        params.not_before = now.saturating_sub(Duration::days(1));
        params.not_after = now.saturating_add(LEAF_LIFE);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(format!("{}{}", certificate.pem(), key.serialize_pem()))
    }

    /// Whether a kept certificate is ours, for exactly these names, and has time left.
    fn is_good(&self, kept: &str, names: &[String]) -> bool {
        let Ok(certificate) = CertificateDer::from_pem_slice(kept.as_bytes()) else { return false };
        let Ok((_, root)) = x509_parser::parse_x509_certificate(&self.certificate) else { return false };
        let Ok((_, leaf)) = x509_parser::parse_x509_certificate(&certificate) else { return false };
        Validity::of(&certificate).is_some_and(|validity| validity.covers(RENEW_BELOW_DAYS))
            && leaf_issuer(&leaf).is_some_and(|issuer| Some(issuer) == root_identifier(&root))
            && names_of(&certificate).is_some_and(|held| sorted(held) == sorted(names.to_vec()))
    }
}

/// Where the root's certificate is, if this user has an authority: for trust stores and for our own clients.
pub(crate) fn root_certificate() -> Option<PathBuf> {
    Some(StateFolder::locate().ok()?.file(ROOT_CERTIFICATE)).filter(|path| path.exists())
}

/// Whether the name constraints let the authority vouch for this name.
fn may_vouch_for(name: &str) -> bool {
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => CONSTRAINED_TO
            .iter()
            .any(|suffix| name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))),
    }
}

fn root_params(now: OffsetDateTime) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    let user = std::env::var("USER").unwrap_or_default();
    let owner: String = user.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let name = if owner.is_empty() { "Mantlet local CA".to_owned() } else { format!("Mantlet local CA of {owner}") };
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Mantlet");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now.saturating_sub(Duration::days(1));
    params.not_after = now.saturating_add(ROOT_LIFE);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let names = CONSTRAINED_TO.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned()));
    let addresses = [
        GeneralSubtree::IpAddress(CidrSubnet::V4([127, 0, 0, 0], [255, 0, 0, 0])),
        GeneralSubtree::IpAddress(CidrSubnet::V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [255; 16])),
    ];
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: names.chain(addresses).collect(), excluded_subtrees: Vec::new() });
    Ok(params)
}

fn certified_key(pem: &str) -> anyhow::Result<CertifiedKey> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).context("the kept certificate")?;
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).context("the kept key")?;
    let certified = CertifiedKey::new(vec![certificate], ring::sign::any_supported_type(&key)?);
    certified.keys_match()?;
    Ok(certified)
}

fn is_key_of(key: &KeyPair, certificate: &[u8]) -> bool {
    x509_parser::parse_x509_certificate(certificate)
        .is_ok_and(|(_, certificate)| *certificate.public_key().subject_public_key.data == *key.public_key_raw())
}

fn leaf_issuer<'a>(leaf: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    leaf.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        x509_parser::extensions::ParsedExtension::AuthorityKeyIdentifier(identifier) => {
            identifier.key_identifier.as_ref().map(|id| id.0)
        }
        _ => None,
    })
}

fn root_identifier<'a>(root: &'a X509Certificate<'_>) -> Option<&'a [u8]> {
    root.iter_extensions().find_map(|extension| match extension.parsed_extension() {
        x509_parser::extensions::ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0),
        _ => None,
    })
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn authority(folder: &tempfile::TempDir) -> LocalCa {
        LocalCa::open_or_create(StateFolder::at(&folder.path().join("mantlet"))).unwrap()
    }

    #[test]
    fn a_second_run_finds_authority_and_certificate_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = names(&["shop.localhost", "localhost", "127.0.0.1", "::1"]);
        let (first, second) = (authority(&folder), authority(&folder));
        assert_eq!(first.certificate, second.certificate);
        let (one, two) = (first.certificate_for(&wanted).unwrap(), second.certificate_for(&wanted).unwrap());
        assert_eq!(one.cert, two.cert);
        one.keys_match().unwrap();
    }

    #[test]
    fn another_set_of_names_gets_another_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority(&folder);
        let one = authority.certificate_for(&names(&["shop.localhost"])).unwrap();
        let two = authority.certificate_for(&names(&["shop.localhost", "shop.test"])).unwrap();
        assert_ne!(one.cert, two.cert);
    }

    #[test]
    fn a_certificate_of_a_lost_authority_is_not_reused() {
        let folder = tempfile::tempdir().unwrap();
        let one = authority(&folder).certificate_for(&names(&["shop.localhost"])).unwrap();
        std::fs::remove_file(folder.path().join("mantlet/ca.key")).unwrap();
        let two = authority(&folder).certificate_for(&names(&["shop.localhost"])).unwrap();
        assert_ne!(one.cert, two.cert);
    }

    /// What is wrong with a kept file, and whether it can be made anew: an authority may be trusted by a browser.
    #[test]
    fn a_kept_certificate_that_is_broken_is_replaced_and_a_broken_authority_is_told() {
        let wanted = names(&["shop.localhost"]);
        let other_key = KeyPair::generate().unwrap().serialize_pem();
        let cut = |text: &str| text[..text.len() / 2].to_owned();
        let empty = |_: &str| String::new();
        let no_text = |_: &str| "\u{0}".repeat(9);
        let no_key = |text: &str| text.replace("PRIVATE KEY", "THING");
        let other = |text: &str| text[..text.find("-----BEGIN PRIVATE").unwrap()].to_owned() + &other_key;
        let leaf = "shop.localhost.pem";
        for (name, file, spoil, is_replaced) in [
            ("cut", leaf, &cut as &dyn Fn(&str) -> String, true),
            ("empty", leaf, &empty, true),
            ("no_text", leaf, &no_text, true),
            ("no_key", leaf, &no_key, true),
            ("key_of_another", leaf, &other, true),
            ("no_text", TRUSTED, &no_text, true),
            ("cut", ROOT_CERTIFICATE, &cut, false),
            ("empty", ROOT_CERTIFICATE, &empty, false),
            ("empty", ROOT_KEY, &empty, false),
            ("key_of_another", ROOT_KEY, &other, false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let state = StateFolder::at(&folder.path().join("mantlet"));
            let first = authority(&folder);
            first.set_trusted(true).unwrap();
            first.certificate_for(&wanted).unwrap();
            let whole = state.read(file).unwrap().unwrap();
            std::fs::write(state.file(file), spoil(&whole)).unwrap();
            match LocalCa::open_or_create(state) {
                Ok(again) => {
                    assert!(is_replaced, "{file} {name}");
                    again.certificate_for(&wanted).unwrap().keys_match().unwrap();
                    assert_eq!(again.is_trusted(), file != TRUSTED, "{file} {name}");
                }
                Err(told) => assert!(!is_replaced && told.to_string().contains("\n  fix: "), "{file} {name}: {told}"),
            }
        }
    }

    #[test]
    fn what_was_made_while_the_clock_was_ahead_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let state = || StateFolder::at(&folder.path().join("mantlet"));
        let ahead = OffsetDateTime::now_utc().saturating_add(Duration::days(3));
        state().create().unwrap();
        let early = LocalCa::create(state(), ahead).unwrap();
        let today = authority(&folder);
        assert_ne!(today.certificate, early.certificate);
        let wanted = names(&["shop.localhost"]);
        let kept = today.issue(&wanted, ahead).unwrap();
        assert!(!today.is_good(&kept, &wanted));
        assert!(today.is_good(&today.issue(&wanted, OffsetDateTime::now_utc()).unwrap(), &wanted));
    }

    #[test]
    fn two_first_runs_make_one_authority() {
        let folder = tempfile::tempdir().unwrap();
        let certificates: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..8).map(|_| scope.spawn(|| authority(&folder).certificate)).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert!(certificates.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn it_vouches_for_nothing_that_could_belong_to_somebody() {
        for (name, may) in [
            ("localhost", true),
            ("shop.localhost", true),
            ("app.test", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("notlocalhost", false),
            ("localhost.example.com", false),
            ("shop.example.com", false),
            ("192.168.0.1", false),
            ("com", false),
        ] {
            assert_eq!(may_vouch_for(name), may, "{name}");
        }
    }

    #[test]
    fn its_constraints_hold_even_when_its_key_is_stolen() {
        let folder = tempfile::tempdir().unwrap();
        let authority = authority(&folder);
        let roots = Arc::new({
            let mut roots = rustls::RootCertStore::empty();
            roots.add(authority.certificate.clone()).unwrap();
            roots
        });
        let verifier =
            rustls::client::WebPkiServerVerifier::builder_with_provider(roots, Arc::new(ring::default_provider()))
                .build()
                .unwrap();
        for (name, holds) in [("shop.localhost", true), ("127.0.0.1", true), ("bank.com", false), ("10.0.0.1", false)] {
            let pem = authority.issue(&names(&[name]), OffsetDateTime::now_utc()).unwrap();
            let leaf = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let verdict = rustls::client::danger::ServerCertVerifier::verify_server_cert(
                &*verifier,
                &leaf,
                &[],
                &rustls::pki_types::ServerName::try_from(name).unwrap(),
                &[],
                rustls::pki_types::UnixTime::now(),
            );
            assert_eq!(verdict.is_ok(), holds, "{name}: {verdict:?}");
        }
    }
}
