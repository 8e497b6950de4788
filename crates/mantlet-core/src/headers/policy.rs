//! [`HeadersPolicy`]: `[headers]` of the policy file.

use http::HeaderName;

use super::conflict::OnConflict;
use super::cross_origin::{OpenerPolicy, OriginAgentCluster, ResourcePolicy};
use super::csp::CspSettings;
use super::framing::FrameOptions;
use super::hsts::StrictTransportSecurity;
use super::permissions_policy::PermissionsPolicy;
use super::referrer_policy::ReferrerPolicy;
use super::single_value::{ContentTypeOptions, XssProtection};
use crate::mode::Mode;

/// What may be set. In the file a header's key is its name, and `false` stands for `None`: the header is left to the application.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct HeadersPolicy {
    /// `false` is short for `mode = "off"`, and stronger than any mode. Default: `true`.
    pub enabled: bool,
    /// Overrides the mode of all guards for this one. [`Mode::Observe`] changes nothing, but sends the whole content security policy
    /// report-only. Default: none.
    pub mode: Option<Mode>,
    /// Whose value stands when the application sends the header too. Default: the stricter one.
    pub on_conflict: OnConflict,
    /// Fields that tell strangers what the application runs on. Default: `Server`, `X-Powered-By`, `X-AspNet-Version`,
    /// `X-AspNetMvc-Version`, `X-Runtime`.
    #[cfg_attr(feature = "toml", serde(deserialize_with = "file::names"))]
    pub remove: Vec<HeaderName>,
    /// For how long browsers come back over HTTPS only (RFC 6797). Default: a year, with subdomains, since a sibling on plain HTTP
    /// could else plant cookies. For as long nobody gets in without HTTPS, so a longer time is harder to take back. Never sent
    /// over plain HTTP, to IP addresses and for localhost.
    #[cfg_attr(feature = "toml", serde(rename = "Strict-Transport-Security", deserialize_with = "file::header"))]
    pub strict_transport_security: Option<StrictTransportSecurity>,
    /// Browsers take a response for what it is called (Fetch). Default: `nosniff`; without it they take some uploads for pages.
    #[cfg_attr(feature = "toml", serde(rename = "X-Content-Type-Options", deserialize_with = "file::header"))]
    pub content_type_options: Option<ContentTypeOptions>,
    /// Who may put a page into a frame (RFC 7034). Default: `SAMEORIGIN`, which stops clickjacking from elsewhere and leaves pages
    /// alone that frame each other. Has to say the same as `frame-ancestors` in [`csp`](Self::csp).
    #[cfg_attr(feature = "toml", serde(rename = "X-Frame-Options", deserialize_with = "file::header"))]
    pub frame_options: Option<FrameOptions>,
    /// How much of a page's address other sites learn (W3C Referrer Policy). Default: `strict-origin-when-cross-origin`. With
    /// `no-referrer` browsers send `Origin: null` with the site's own forms.
    #[cfg_attr(feature = "toml", serde(rename = "Referrer-Policy", deserialize_with = "file::header"))]
    pub referrer_policy: Option<ReferrerPolicy>,
    /// Which features of the browser a page may use (W3C Permissions Policy). Default: no camera, geolocation and microphone, which
    /// an injected script would else ask for in the site's name.
    #[cfg_attr(feature = "toml", serde(rename = "Permissions-Policy", deserialize_with = "file::header"))]
    pub permissions_policy: Option<PermissionsPolicy>,
    /// Which windows keep hold of each other (HTML). Default: `same-origin-allow-popups`; with `same-origin` pop-ups of logins and
    /// payments could not talk back.
    #[cfg_attr(feature = "toml", serde(rename = "Cross-Origin-Opener-Policy", deserialize_with = "file::header"))]
    pub opener_policy: Option<OpenerPolicy>,
    /// Which sites' pages may load what is here (Fetch). Default: `same-site`; `same-origin` breaks `static.shop.example`.
    #[cfg_attr(feature = "toml", serde(rename = "Cross-Origin-Resource-Policy", deserialize_with = "file::header"))]
    pub resource_policy: Option<ResourcePolicy>,
    /// Whether `document.domain` is gone, by which siblings reach into each other's pages (HTML). Default: `?1`, it is.
    #[cfg_attr(feature = "toml", serde(rename = "Origin-Agent-Cluster", deserialize_with = "file::header"))]
    pub origin_agent_cluster: Option<OriginAgentCluster>,
    /// A filter of old browsers that did more harm than good. Default: `0`, switched off.
    #[cfg_attr(feature = "toml", serde(rename = "X-XSS-Protection", deserialize_with = "file::header"))]
    pub xss_protection: Option<XssProtection>,
    /// The content security policy (CSP level 3). Default: a floor is enforced, and the rest reports only.
    pub csp: CspSettings,
}

impl Default for HeadersPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            mode: None,
            on_conflict: OnConflict::default(),
            remove: ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-runtime"]
                .map(HeaderName::from_static)
                .to_vec(),
            strict_transport_security: Some(StrictTransportSecurity::default()),
            content_type_options: Some(ContentTypeOptions::default()),
            frame_options: Some(FrameOptions::default()),
            referrer_policy: Some(ReferrerPolicy::default()),
            permissions_policy: Some(PermissionsPolicy::default()),
            opener_policy: Some(OpenerPolicy::default()),
            resource_policy: Some(ResourcePolicy::default()),
            origin_agent_cluster: Some(OriginAgentCluster::default()),
            xss_protection: Some(XssProtection::default()),
            csp: CspSettings::default(),
        }
    }
}

/// The file's form.
#[cfg(feature = "toml")]
mod file {
    use std::fmt;
    use std::marker::PhantomData;

    use http::HeaderName;
    use serde::Deserialize;
    use serde::de::{Deserializer, Error, Visitor};

    use crate::headers::header_value::SecurityHeader;

    /// A header's value, or `false`.
    pub(super) fn header<'de, D: Deserializer<'de>, H: SecurityHeader>(deserializer: D) -> Result<Option<H>, D::Error> {
        struct Value<H>(PhantomData<H>);

        impl<H: SecurityHeader> Visitor<'_> for Value<H> {
            type Value = Option<H>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text in quotes, or false")
            }

            fn visit_bool<E: Error>(self, yes: bool) -> Result<Option<H>, E> {
                if yes { Err(E::custom("true says nothing\nfix: the header's value, or false")) } else { Ok(None) }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Option<H>, E> {
                H::parse_strictly(text).map(Some).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Value(PhantomData))
    }

    /// Fields that frame a message, or that the application speaks to the browser through. The session guard writes some of
    /// them, and what is removed is removed behind it.
    const KEPT: [&str; 19] = [
        "cache-control",
        "clear-site-data",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-length",
        "content-range",
        "content-security-policy",
        "content-type",
        "location",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-protocol",
        "set-cookie",
        "strict-transport-security",
        "transfer-encoding",
        "upgrade",
        "vary",
        "www-authenticate",
    ];

    pub(super) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<HeaderName>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .into_iter()
            .map(|text| {
                let name = HeaderName::from_bytes(text.as_bytes())
                    .map_err(|_| D::Error::custom(format!("not a header's name: {text:?}")))?;
                if KEPT.contains(&name.as_str()) {
                    return Err(D::Error::custom(format!("{text} discloses nothing, and responses break without it")));
                }
                Ok(name)
            })
            .collect()
    }
}
