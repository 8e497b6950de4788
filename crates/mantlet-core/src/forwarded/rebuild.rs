//! What the application is told about the client, and by nobody else.

use std::cell::Cell;
use std::net::IpAddr;

use mantlet_fields::{Fields, Known, NameSet};

use super::Forwarded;
use super::identity;
use crate::site::Site;

/// Removes every field by which a client could claim to be somebody else or to have asked for something else, and
/// writes what is true. True when one of them said who its user is, and nobody stands behind it.
///
/// Written are `X-Forwarded-For`, `-Proto` and `-Host` (with the port, if it is not the scheme's own), which every
/// framework reads, and `Forwarded` (RFC 7239), which says the same.
pub fn rebuild(fields: &mut Fields, asking: &Forwarded, site: &Site) -> bool {
    ForwardedFields::new(asking, site).write(fields)
}

/// The rendered fields. They are the same for all requests of one client for one site: a host can keep them with the
/// connection.
#[derive(Debug, Clone)]
pub struct ForwardedFields {
    told: Fields,
    by_proxy: bool,
}

impl ForwardedFields {
    /// Renders the fields.
    pub fn new(asking: &Forwarded, site: &Site) -> Self {
        let origin = &site.origin;
        let scheme = origin.scheme();
        let host = if origin.port() == scheme.default_port() {
            origin.host().to_owned()
        } else {
            format!("{}:{}", origin.host(), origin.port())
        };
        let client = asking.client.to_canonical();
        let node = match client {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("\"[{address}]\""),
        };
        let forwarded = format!("for={node};host=\"{host}\";proto={}", scheme.as_str());
        let (client, scheme) = (client.to_string(), scheme.as_str());
        let mut told = Fields::new();
        for (name, value) in [
            (Known::XForwardedFor, &*client),
            (Known::XForwardedProto, scheme),
            (Known::XForwardedHost, &host),
            (Known::Forwarded, &forwarded),
        ] {
            // Neither an address nor the host of an origin can hold a byte that a field value cannot.
            let _ = told.append_value(name, value.as_bytes());
        }
        Self { told, by_proxy: asking.by_proxy }
    }

    /// Puts them in place of whatever the client sent. True when it said who its user is, and nobody stands behind it.
    pub fn write(&self, fields: &mut Fields) -> bool {
        let claimed = Cell::new(!self.by_proxy && fields.contains_any(&identity::CERTIFICATES));
        if claimed.get() {
            fields.remove_all(&identity::CERTIFICATES);
        }
        fields.remove_all(&CLAIMS);
        fields.remove_others(|name| match identity::is_identity(name) {
            true if self.by_proxy => false,
            true => {
                claimed.set(true);
                true
            }
            false => name.starts_with(b"x-forwarded"),
        });
        fields.append_all(&self.told);
        claimed.get()
    }
}

/// Fields that claim where the client is, how it came, what it asked for, or what the proxy before the application can do, as
/// proxies, clouds and frameworks call them; all that begin with `x-forwarded` besides. Names with other marks than dashes are
/// gone before.
const CLAIMS: NameSet = NameSet::of(&[
    Known::CfConnectingIp,
    Known::CfConnectingIpv6,
    Known::CfPseudoIpv4,
    Known::CfVisitor,
    Known::ClientIp,
    Known::DoConnectingIp,
    Known::FastlyClientIp,
    Known::FlyClientIp,
    Known::Forwarded,
    Known::ForwardedFor,
    Known::FrontEndHttps,
    Known::ProxyClientIp,
    Known::ProxySslId,
    Known::ScriptName,
    Known::TrueClientIp,
    Known::WlProxyClientIp,
    Known::WlProxySsl,
    Known::XAccelMapping,
    Known::XAppengineUserIp,
    Known::XArrSsl,
    Known::XAzureClientip,
    Known::XAzureSocketip,
    Known::XClientIp,
    Known::XClientPort,
    Known::XClusterClientIp,
    Known::XEnvoyExternalAddress,
    Known::XEnvoyOriginalPath,
    Known::XForwardedFor,
    Known::XForwardedHost,
    Known::XForwardedPort,
    Known::XForwardedPrefix,
    Known::XForwardedProto,
    Known::XHost,
    Known::XHttpDestinationurl,
    Known::XHttpForwardedFor,
    Known::XHttpHostOverride,
    Known::XOriginalFor,
    Known::XOriginalForwardedFor,
    Known::XOriginalHost,
    Known::XOriginalPath,
    Known::XOriginalProto,
    Known::XOriginalUri,
    Known::XOriginalUrl,
    Known::XOriginatingIp,
    Known::XOverrideUrl,
    Known::XProxiedHttps,
    Known::XProxyuserIp,
    Known::XRealIp,
    Known::XRemoteAddr,
    Known::XRemoteIp,
    Known::XRequestUri,
    Known::XRewriteUrl,
    Known::XScheme,
    Known::XScriptName,
    Known::XSendfileType,
    Known::XUrlScheme,
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    #[test]
    fn every_claim_of_the_client_is_gone_and_the_truth_is_told() {
        let is_claim = |name: &Known| CLAIMS.contains(*name) || name.as_str().starts_with("x-forwarded");
        let claims = Known::ALL.iter().copied().filter(is_claim).map(Known::as_str);
        let claims = claims.chain(["x-forwarded-server", "x-forwarded"]).flat_map(|name| [(name, "evil"); 2]);
        let mut fields = Fields::from_pairs(claims.chain([("accept", "*/*")])).unwrap();
        assert!(fields.len() > 100);
        let site = Site::new(Origin::parse("https://app.example:8443").unwrap());
        rebuild(&mut fields, &asking("::ffff:203.0.113.9", false), &site);

        let told = [
            ("accept", "*/*"),
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "app.example:8443"),
            ("forwarded", "for=203.0.113.9;host=\"app.example:8443\";proto=https"),
        ];
        assert_eq!(fields, Fields::from_pairs(told).unwrap());
    }

    fn asking(client: &str, by_proxy: bool) -> Forwarded {
        Forwarded { client: client.parse().unwrap(), proto: None, host: None, by_proxy }
    }

    #[test]
    fn who_the_user_is_may_say_a_trusted_proxy_only() {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        for name in ["Remote-User", "x-auth-request-email", "X-Forwarded-User", "X-SSL-Client-Verify", "Client-Cert"] {
            for by_proxy in [false, true] {
                let mut fields = Fields::from_pairs([(name, "admin"), ("x-user-id", "7")]).unwrap();
                let removed = rebuild(&mut fields, &asking("203.0.113.9", by_proxy), &site);
                let passed = fields.iter().any(|entry| entry.value == b"admin");
                assert_eq!((removed, passed), (!by_proxy, by_proxy), "{name}");
                assert!(fields.iter().any(|entry| entry.value == b"7"), "{name}");
            }
        }
    }
}
