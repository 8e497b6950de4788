//! [`HostName`]: a name that a site may be asked for, as it stands in a certificate.

use std::fmt;
use std::net::IpAddr;

use mantlet_core::Origin;
use mantlet_core::origin::Scheme;
use serde::Deserialize;

/// A host name, an IP address without brackets, or `*.` and a host name, which stands for one more label. Lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct HostName(String);

impl HostName {
    /// This machine, by name.
    pub(crate) fn localhost() -> Self {
        Self("localhost".to_owned())
    }

    /// This machine, by all that never leaves it.
    pub(crate) fn loopback() -> [Self; 3] {
        ["localhost", "127.0.0.1", "::1"].map(|name| Self(name.to_owned()))
    }

    /// Reads one.
    ///
    /// # Errors
    /// On a scheme, a port, a path: everything that is more than a name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let name = text.to_ascii_lowercase();
        let host = name.strip_prefix("*.").unwrap_or(&name);
        let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
        let is_name = !is_address(host) && !host.starts_with('[') && Origin::new(Scheme::Https, host, 443).is_ok();
        if is_name || is_address(&name) {
            return Ok(Self(name));
        }
        Err(format!(
            "not a host name: \"{text}\"\nfix: write it without scheme, port and path, such as \"shop.example\""
        ))
    }

    /// As it stands in a URL and in `Host`.
    pub(crate) fn in_url(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.clone() }
    }

    /// Whether a host, as an [`Origin`] has it (lower case, IPv6 in brackets), is one that it stands for.
    pub(crate) fn covers(&self, host: &str) -> bool {
        match self.0.strip_prefix("*.") {
            Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest == parent),
            None => host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host) == self.0,
        }
    }

    /// Whether it stands for many names.
    pub(crate) fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }
}

impl TryFrom<String> for HostName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

/// As it stands in a certificate.
impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_one_label() {
        for (name, host, covered) in [
            ("shop.example", "shop.example", true),
            ("Shop.Example", "shop.example", true),
            ("shop.example", "a.shop.example", false),
            ("*.shop.example", "a.shop.example", true),
            ("*.shop.example", "shop.example", false),
            ("*.shop.example", "a.b.shop.example", false),
            ("*.shop.example", "evilshop.example", false),
            ("::1", "[::1]", true),
            ("127.0.0.1", "127.0.0.1", true),
        ] {
            assert_eq!(HostName::parse(name).unwrap().covers(host), covered, "{name} {host}");
        }
    }

    #[test]
    fn a_host_name_is_a_name_and_nothing_more() {
        for (name, text, expected) in [
            ("name", "shop.example", Some("shop.example")),
            ("case folds", "Shop.Example", Some("shop.example")),
            ("wildcard", "*.shop.example", Some("*.shop.example")),
            ("address", "127.0.0.1", Some("127.0.0.1")),
            ("ipv6", "::1", Some("::1")),
            ("scheme", "https://shop.example", None),
            ("port", "shop.example:8443", None),
            ("path", "shop.example/", None),
            ("brackets", "[::1]", None),
            ("everything", "*", None),
            ("inner wildcard", "a.*.example", None),
            ("wildcard address", "*.127.0.0.1", None),
            ("empty", "", None),
        ] {
            assert_eq!(HostName::parse(text).ok().map(|host| host.to_string()).as_deref(), expected, "{name}");
        }
    }
}
