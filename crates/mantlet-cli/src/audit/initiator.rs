//! [`Initiator`]: the page that a request says to come from.

use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue};

use super::forms::JSON;
use super::target::Target;

/// Who forges: a name that nobody can own.
pub(super) const ATTACKER: &str = "https://attacker.example";

/// Whose page a request says to come from, as browsers say it.
#[derive(Debug, Clone)]
pub(super) enum Initiator {
    /// The site's own page.
    OwnPage(String),
    /// Another site, in a browser of today.
    OtherSite,
    /// This Origin and perhaps this Referer, in a browser without Fetch Metadata.
    Claimed { origin: String, referer: Option<String> },
    /// It does not say.
    Nowhere,
}

impl Initiator {
    /// Says so in a request to this target.
    pub(super) fn claim(&self, target: &Target, headers: &mut HeaderMap) {
        let own = target.origin();
        let (origin, referer, site) = match self {
            Self::OwnPage(page) => (Some(own.to_string()), Some(format!("{own}{page}")), Some("same-origin")),
            Self::OtherSite => (Some(ATTACKER.to_owned()), Some(format!("{ATTACKER}/")), Some("cross-site")),
            Self::Claimed { origin, referer } => (Some(origin.clone()), referer.clone(), None),
            Self::Nowhere => (None, None, None),
        };
        insert(headers, header::ORIGIN, origin);
        insert(headers, header::REFERER, referer);
        if let Some(site) = site {
            fetch_metadata(target, headers, site);
        }
    }

    /// Says that a script sends it. Another site's script may send any body, but must not call it JSON: for that, browsers ask
    /// first whether it may (Fetch, section 2.2.2).
    pub(super) fn claim_script(&self, headers: &mut HeaderMap) {
        let (content_type, mode) = match self {
            Self::OwnPage(_) => (JSON, "cors"),
            Self::OtherSite | Self::Claimed { .. } | Self::Nowhere => ("text/plain;charset=UTF-8", "no-cors"),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/plain, */*"));
        for (name, value) in [("sec-fetch-mode", mode), ("sec-fetch-dest", "empty")] {
            if let Some(said) = headers.get_mut(name) {
                *said = HeaderValue::from_static(value);
            }
        }
    }
}

/// What a browser says of a form that is sent, or of an address that is typed: to nobody in the clear but this machine
/// (Fetch Metadata, section 2).
pub(super) fn fetch_metadata(target: &Target, headers: &mut HeaderMap, site: &'static str) {
    if !target.is_https() && !target.is_loopback() {
        return;
    }
    for (name, value) in [("sec-fetch-site", site), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

pub(super) fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
        headers.insert(name, value);
    }
}
