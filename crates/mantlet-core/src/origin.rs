//! [`Origin`]: scheme, host and port of a web page (RFC 6454, Fetch).

use std::fmt;

/// A tuple origin: scheme, host, port. The opaque origin `null` is not one.
///
/// Kept canonical (lower case, default port left out), so equality is equality of origins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    /// Lower case; an IPv6 address keeps its brackets. Shared, since every exchange holds its site.
    host: std::sync::Arc<str>,
    port: u16,
}

/// The schemes a guarded page can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain text.
    Http,
    /// TLS.
    Https,
}

impl Scheme {
    /// As it is written in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port a URL of this scheme need not name.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Text that is not an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidOrigin;

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin (scheme://host[:port])")
    }
}

impl std::error::Error for InvalidOrigin {}

impl Origin {
    /// Puts an origin together from parts that are already valid.
    ///
    /// # Errors
    /// When `host` is not a host name, an IPv4 address or a bracketed IPv6 address.
    pub fn new(scheme: Scheme, host: &str, port: u16) -> Result<Self, InvalidOrigin> {
        if !is_host(host) {
            return Err(InvalidOrigin);
        }
        Ok(Self { scheme, host: host.to_ascii_lowercase().into(), port })
    }

    /// Reads an origin as browsers serialise it: `https://host[:port]`, nothing after it.
    ///
    /// # Errors
    /// On anything else: a path, user info, a second origin, `null`, a scheme that is not http(s).
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidOrigin)?;
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(InvalidOrigin);
        };
        let (host, port) = split_port(rest)?;
        Self::new(scheme, host, port.unwrap_or(scheme.default_port()))
    }

    /// `localhost` at the scheme's default port.
    pub fn localhost(scheme: Scheme) -> Self {
        Self { scheme, host: "localhost".into(), port: scheme.default_port() }
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, lower case; IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also when it is the scheme's default.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the host is a name that never leaves this machine (`localhost`, `*.localhost`).
    pub fn is_loopback_name(&self) -> bool {
        &*self.host == "localhost" || self.host.ends_with(".localhost")
    }

    /// Whether the host is this machine, by such a name or by its address.
    pub fn is_loopback(&self) -> bool {
        self.is_loopback_name() || matches!(self.host(), "127.0.0.1" | "[::1]")
    }

    /// Whether the host is an IP address.
    pub(crate) fn is_ip(&self) -> bool {
        self.host.starts_with('[') || self.host.parse::<std::net::Ipv4Addr>().is_ok()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// Splits `host[:port]`.
///
/// # Errors
/// When the port is empty, zero, has a sign or leading zero, or does not fit.
pub fn split_port(authority: &str) -> Result<(&str, Option<u16>), InvalidOrigin> {
    let after_brackets = authority.rfind(']').map_or(0, |at| at.saturating_add(1));
    let tail = authority.get(after_brackets..).ok_or(InvalidOrigin)?;
    let Some(colon) = tail.find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at_checked(after_brackets.saturating_add(colon)).ok_or(InvalidOrigin)?;
    let digits = port.strip_prefix(':').ok_or(InvalidOrigin)?;
    if digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InvalidOrigin);
    }
    Ok((host, Some(digits.parse().map_err(|_| InvalidOrigin)?)))
}

/// A host as browsers write it after IDNA: LDH labels and underscores, or an IP address.
fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (name, text, expected) in [
            ("plain", "https://app.example", Some("https://app.example")),
            ("case folds", "HTTPS://APP.EXAMPLE", Some("https://app.example")),
            ("default port folds", "https://app.example:443", Some("https://app.example")),
            ("other port stays", "https://app.example:8443", Some("https://app.example:8443")),
            ("ipv6", "http://[::1]:8080", Some("http://[::1]:8080")),
            ("hyphen and underscore", "https://my-app_1.example", Some("https://my-app_1.example")),
            ("a mark that no host has", "https://my!app.example", None),
            ("a letter beyond ASCII", "https://caf\u{e9}.example", None),
            ("brackets around a name", "https://[app.example]", None),
            ("null", "null", None),
            ("path", "https://app.example/", None),
            ("user info", "https://app.example@evil.example", None),
            ("two origins", "https://app.example https://evil.example", None),
            ("list", "https://app.example, https://evil.example", None),
            ("trailing dot is another host, and no browser sends it", "https://app.example.", None),
            ("other scheme", "chrome-extension://abc", None),
            ("empty port", "https://app.example:", None),
            ("huge port", "https://app.example:99999", None),
            ("empty host", "https://", None),
        ] {
            assert_eq!(Origin::parse(text).ok().map(|o| o.to_string()).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn names_are_as_long_as_dns_has_them() {
        let label = "a".repeat(63);
        let longest = [&*label, &*label, &*label, &label[..61]].join(".");
        for (name, host, expected) in [
            ("longest label", label.clone(), true),
            ("longer label", "a".repeat(64), false),
            ("longest name", longest.clone(), true),
            ("longer name", format!("{longest}a"), false),
        ] {
            assert_eq!(Origin::new(Scheme::Https, &host, 443).is_ok(), expected, "{name}");
        }
    }
}
