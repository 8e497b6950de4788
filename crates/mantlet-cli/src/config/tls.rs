//! `[tls]`: whose certificate, for which names.

use std::path::PathBuf;

use serde::Deserialize;

use super::HostName;

/// `[tls]`, free of contradictions.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct TlsSection {
    /// Default: local.
    pub(crate) mode: TlsMode,
    /// The public names of the app; also the hosts a request may ask for. Default: localhost.
    pub(crate) names: Vec<HostName>,
    /// PEM file, the server's certificate first. Only with mode files.
    pub(crate) cert: PathBuf,
    /// PEM file. Only with mode files.
    pub(crate) key: PathBuf,
    /// Default 1.2: every browser of the last ten years; RFC 9325, section 3.1.1.
    pub(crate) min_version: TlsVersion,
    /// Answer plain HTTP on the TLS port with a redirect. Default: true.
    pub(crate) redirect_http: bool,
}

/// `[tls]` as it may be written.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    mode: TlsMode,
    names: Vec<HostName>,
    cert: PathBuf,
    key: PathBuf,
    min_version: TlsVersion,
    redirect_http: bool,
}

impl Default for Written {
    fn default() -> Self {
        let TlsSection { mode, names, cert, key, min_version, redirect_http } = TlsSection::default();
        Self { mode, names, cert, key, min_version, redirect_http }
    }
}

impl Default for TlsSection {
    fn default() -> Self {
        Self {
            mode: TlsMode::Local,
            names: vec![HostName::localhost()],
            cert: PathBuf::new(),
            key: PathBuf::new(),
            min_version: TlsVersion::Tls12,
            redirect_http: true,
        }
    }
}

impl TryFrom<Written> for TlsSection {
    type Error = &'static str;

    fn try_from(section: Written) -> Result<Self, &'static str> {
        let Written { mode, names, cert, key, min_version, redirect_http } = section;
        match mode {
            TlsMode::Files if cert.as_os_str().is_empty() || key.as_os_str().is_empty() => {
                return Err("mode = \"files\" needs cert and key");
            }
            TlsMode::Local | TlsMode::Off if !(cert.as_os_str().is_empty() && key.as_os_str().is_empty()) => {
                return Err("cert and key are read only with mode = \"files\"\nfix: mode = \"files\"");
            }
            _ => {}
        }
        if names.is_empty() {
            return Err("a site needs a name\nfix: names = [\"localhost\"]");
        }
        Ok(Self { mode, names, cert, key, min_version, redirect_http })
    }
}

/// Whose certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum TlsMode {
    /// One of our own local authority.
    Local,
    /// One that somebody else made.
    Files,
    /// Plain HTTP: somebody in front speaks TLS, or nobody needs to.
    Off,
}

impl TryFrom<String> for TlsMode {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "local" => Ok(Self::Local),
            "files" => Ok(Self::Files),
            "off" => Ok(Self::Off),
            "acme" => Err(r#"mode "acme" is not in this version: "local", "files" or "off""#.to_owned()),
            _ => Err(format!(r#"unknown mode "{text}": "local", "files" or "off""#)),
        }
    }
}

/// The oldest version spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "1.2")]
    Tls12,
    /// TLS 1.3.
    #[serde(rename = "1.3")]
    Tls13,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contradictions_are_named() {
        for (name, text, expected) in [
            ("default", "", None),
            ("files", "mode = 'files'\ncert = 'a'\nkey = 'b'", None),
            ("addresses", "names = ['127.0.0.1', '::1', 'shop.localhost']", None),
            ("files without key", "mode = 'files'\ncert = 'a'", Some("needs cert and key")),
            ("files without any", "mode = 'files'", Some("needs cert and key")),
            ("cert that nobody reads", "cert = 'a'", Some("read only with mode")),
            ("no names", "names = []", Some("a site needs a name")),
            ("name with a scheme", "names = ['https://a.example']", Some("not a host name")),
            ("name with a port", "names = ['a.example:8443']", Some("not a host name")),
            ("planned mode", "mode = 'acme'", Some("not in this version")),
            ("unknown key", "certificate = 'a'", Some("unknown field")),
        ] {
            let read = toml::from_str::<TlsSection>(text).map_err(|error| error.to_string());
            match expected {
                None => assert!(read.is_ok(), "{name}: {read:?}"),
                Some(part) => assert!(read.as_ref().is_err_and(|error| error.contains(part)), "{name}: {read:?}"),
            }
        }
    }
}
