//! What the application is told about the client, and by nobody else.

use std::net::IpAddr;

use http::header::{FORWARDED, HeaderMap, HeaderName, HeaderValue};

use super::{X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO};
use crate::fields;
use crate::site::Site;

/// Removes every field by which a client could claim to be somebody else or to have asked for something else, and
/// writes what is true.
///
/// Written are `X-Forwarded-For`, `-Proto` and `-Host` (with the port, if it is not the scheme's own), which every
/// framework reads, and `Forwarded` (RFC 7239), which says the same.
pub fn rebuild(headers: &mut HeaderMap, client: IpAddr, site: &Site) {
    ForwardedFields::new(client, site).write(headers);
}

/// The rendered fields. They are the same for all requests of one client for one site: a host can keep them with the
/// connection.
#[derive(Debug, Clone)]
pub struct ForwardedFields {
    client: HeaderValue,
    proto: HeaderValue,
    host: HeaderValue,
    forwarded: HeaderValue,
}

impl ForwardedFields {
    /// Renders the fields.
    pub fn new(client: IpAddr, site: &Site) -> Self {
        let origin = &site.origin;
        let scheme = origin.scheme();
        let host = if origin.port() == scheme.default_port() {
            origin.host().to_owned()
        } else {
            format!("{}:{}", origin.host(), origin.port())
        };
        let client = client.to_canonical();
        let node = match client {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("\"[{address}]\""),
        };
        let forwarded = format!("for={node};host=\"{host}\";proto={}", scheme.as_str());
        // Neither an address nor the host of an origin can hold a byte that a field value cannot.
        let value = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        Self {
            client: value(client.to_string()),
            proto: HeaderValue::from_static(scheme.as_str()),
            host: value(host),
            forwarded: value(forwarded),
        }
    }

    /// Puts them in place of whatever the client sent.
    pub fn write(&self, headers: &mut HeaderMap) {
        fields::remove_all(headers, is_claim);
        headers.insert(X_FORWARDED_FOR.clone(), self.client.clone());
        headers.insert(X_FORWARDED_PROTO.clone(), self.proto.clone());
        headers.insert(X_FORWARDED_HOST.clone(), self.host.clone());
        headers.insert(FORWARDED, self.forwarded.clone());
    }
}

/// Whether a field claims who the client is, how it came, or what it asked for. Names with other
/// marks than dashes are gone before.
fn is_claim(name: &HeaderName) -> bool {
    let name = name.as_str();
    match name.as_bytes().first() {
        Some(b'x') => name.starts_with("x-forwarded") || X_CLAIMS.contains(&name),
        Some(b'c' | b'd' | b'f' | b'p' | b's' | b't' | b'w') => CLAIMS.contains(&name),
        _ => false,
    }
}

/// Beside `X-Forwarded…`: what proxies, clouds and frameworks call the same things.
const X_CLAIMS: [&str; 31] = [
    "x-appengine-user-ip",
    "x-arr-ssl",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-client-ip",
    "x-client-port",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-envoy-original-path",
    "x-host",
    "x-http-forwarded-for",
    "x-http-destinationurl",
    "x-http-host-override",
    "x-original-for",
    "x-original-forwarded-for",
    "x-original-host",
    "x-original-path",
    "x-original-proto",
    "x-original-uri",
    "x-original-url",
    "x-originating-ip",
    "x-override-url",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-request-uri",
    "x-rewrite-url",
    "x-scheme",
    "x-script-name",
    "x-url-scheme",
];

const CLAIMS: [&str; 15] = [
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-pseudo-ipv4",
    "cf-visitor",
    "client-ip",
    "do-connecting-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "forwarded",
    "forwarded-for",
    "front-end-https",
    "proxy-client-ip",
    "script-name",
    "true-client-ip",
    "wl-proxy-client-ip",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    #[test]
    fn every_claim_of_the_client_is_gone_and_the_truth_is_told() {
        let mut headers = HeaderMap::new();
        for name in X_CLAIMS.iter().chain(&CLAIMS).chain(&["x-forwarded-for", "x-forwarded-port", "x-forwarded-prefix"])
        {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static("evil"));
            headers.append(HeaderName::from_static(name), HeaderValue::from_static("evil"));
        }
        headers.insert("accept", HeaderValue::from_static("*/*"));
        let site = Site::new(Origin::parse("https://app.example:8443").unwrap());
        rebuild(&mut headers, "::ffff:203.0.113.9".parse().unwrap(), &site);

        let found: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(
            found,
            [
                ("accept", "*/*"),
                ("x-forwarded-for", "203.0.113.9"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "app.example:8443"),
                ("forwarded", "for=203.0.113.9;host=\"app.example:8443\";proto=https"),
            ]
        );
    }
}
