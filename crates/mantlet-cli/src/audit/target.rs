//! [`Target`]: the site that is audited. Nothing is requested from anywhere else.

use std::net::IpAddr;

use http::HeaderValue;
use mantlet_core::Origin;
use mantlet_core::origin::Scheme;
use url::Url;

/// The site that is audited.
#[derive(Debug, Clone)]
pub(super) struct Target {
    url: Url,
    origin: Origin,
    host_header: HeaderValue,
}

impl Target {
    /// Reads a URL as somebody types it; without a scheme it is http on this machine and https elsewhere.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let url = if text.contains("://") { Url::parse(text).ok()? } else { Self::guess_scheme(text)? };
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let origin = Origin::new(scheme, url.host_str()?, url.port().unwrap_or(scheme.default_port())).ok()?;
        let host_header = match url.port() {
            Some(port) => format!("{}:{port}", origin.host()),
            None => origin.host().to_owned(),
        };
        Some(Self { url, origin, host_header: host_header.parse().ok()? })
    }

    fn guess_scheme(text: &str) -> Option<Url> {
        let url = Url::parse(&format!("http://{text}")).ok()?;
        match Self::parse(url.as_str()) {
            Some(target) if target.is_loopback() => Some(url),
            _ => Url::parse(&format!("https://{text}")).ok(),
        }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Path and query of the URL that was given.
    pub(super) fn path(&self) -> String {
        path_of(&self.url)
    }

    pub(super) fn is_https(&self) -> bool {
        self.origin.scheme() == Scheme::Https
    }

    pub(super) fn port(&self) -> u16 {
        self.origin.port()
    }

    /// The host without brackets.
    pub(super) fn host(&self) -> &str {
        self.origin.host().trim_start_matches('[').trim_end_matches(']')
    }

    /// Host and port, as in the URL.
    pub(super) fn authority(&self) -> &str {
        self.url.authority()
    }

    pub(super) fn host_header(&self) -> HeaderValue {
        self.host_header.clone()
    }

    /// `localhost`, or a name below it.
    pub(super) fn is_local_name(&self) -> bool {
        self.origin.is_loopback_name()
    }

    /// It is this machine, by its name or its address.
    pub(super) fn is_loopback(&self) -> bool {
        self.is_local_name() || self.host().parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Resolves a reference found on a page; `None` when it leads elsewhere. The fragment is dropped.
    pub(super) fn resolve(&self, page: &str, base: Option<&str>, reference: &str) -> Option<String> {
        let page = self.url.join(page).ok()?;
        let base = match base {
            Some(base) => page.join(base).ok()?,
            None => page,
        };
        let url = base.join(reference).ok()?;
        // What a request line cannot hold is not asked for.
        let path = path_of(&url);
        (url.origin() == self.url.origin() && path.parse::<http::Uri>().is_ok()).then_some(path)
    }
}

/// Path and query, as they go into the request line.
fn path_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_an_origin() {
        for (typed, expected) in [
            ("localhost:5000", Some("http://localhost:5000")),
            ("shop.example", Some("https://shop.example")),
            ("http://shop.example/x?y#z", Some("http://shop.example")),
            ("https://[::1]:8443/", Some("https://[::1]:8443")),
            ("https://shop.example:443", Some("https://shop.example")),
            ("ftp://shop.example", None),
            ("https://user:secret@shop.example", None),
            ("", None),
        ] {
            let target = Target::parse(typed).map(|target| target.origin().to_string());
            assert_eq!(target.as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn references_that_lead_elsewhere_are_not_followed() {
        let target = Target::parse("http://shop.example/a/b").unwrap();
        for (reference, expected) in [
            ("c", Some("/a/c")),
            ("../c?d#e", Some("/c?d")),
            ("//evil.example/", None),
            ("https://shop.example/", None),
            ("http://shop.example:8080/", None),
            ("javascript:alert(1)", None),
            ("mailto:a@b.example", None),
        ] {
            assert_eq!(target.resolve("/a/b", None, reference).as_deref(), expected, "{reference}");
        }
    }
}
