//! What a browser says about where a request comes from: Fetch Metadata, Origin, Referer.

use mantlet_fields::{Fields, Known};

use super::trusted::is_one_origin;
use crate::origin::Origin;
use crate::reason::{Reason, Refusal};

/// `Sec-Fetch-Site` (Fetch Metadata, section 2.4). No script can set it, and it remembers every hop of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FetchSite {
    SameOrigin,
    SameSite,
    CrossSite,
    /// No page began it, so the user did: in the address bar, by a bookmark. Chromium also says so of a background fetch,
    /// whoever's page began it; if that was redirected, its Origin is `null`.
    None,
}

/// What the Origin field says (Fetch, section 3.2), or the Referer in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sender {
    /// The field is not there.
    Unsaid,
    /// `null`: an opaque origin.
    Opaque,
    /// A web origin.
    Web(Origin),
    /// An origin that is none of the web's, such as an extension's, or no origin at all.
    NonWeb(String),
}

impl FetchSite {
    /// # Errors
    /// When it stands twice, or is not one of the four values in their one spelling. Browsers will learn new values; a
    /// value that is unknown cannot be taken for harmless.
    pub(super) fn read(fields: &Fields) -> Result<Option<Self>, Refusal> {
        match single(fields, Known::SecFetchSite)? {
            None => Ok(None),
            Some(b"same-origin") => Ok(Some(Self::SameOrigin)),
            Some(b"same-site") => Ok(Some(Self::SameSite)),
            Some(b"cross-site") => Ok(Some(Self::CrossSite)),
            Some(b"none") => Ok(Some(Self::None)),
            Some(other) => Err(malformed("Sec-Fetch-Site", other)),
        }
    }

    /// Whether it can be believed of a request with an opaque origin. `none` can if the request navigates: that is the user
    /// (Fetch Metadata, section 2.4), and no script can say that it does. Otherwise it may be a script's background fetch.
    pub(super) fn vouches_for_opaque(self, fields: &Fields) -> bool {
        self != Self::None || fields.only(Known::SecFetchMode) == Some(b"navigate")
    }
}

impl Sender {
    /// Reads the Origin field.
    ///
    /// # Errors
    /// When it stands twice, or holds something that is not one origin.
    pub(super) fn of_origin(fields: &Fields) -> Result<Self, Refusal> {
        let Some(value) = single(fields, Known::Origin)? else { return Ok(Self::Unsaid) };
        if value == b"null" {
            return Ok(Self::Opaque);
        }
        match std::str::from_utf8(value) {
            Ok(text) => match Origin::parse(text) {
                Ok(origin) => Ok(Self::Web(origin)),
                Err(_) if is_one_origin(text) => Ok(Self::NonWeb(text.to_owned())),
                Err(_) => Err(malformed("Origin", value)),
            },
            Err(_) => Err(malformed("Origin", value)),
        }
    }

    /// Reads the origin of the Referer: everything before the path. What is not a web page's URL is none of the web's.
    ///
    /// # Errors
    /// When it stands twice.
    pub(super) fn of_referer(fields: &Fields) -> Result<Self, Refusal> {
        let Some(value) = single(fields, Known::Referer)?.filter(|value| !value.is_empty()) else {
            return Ok(Self::Unsaid);
        };
        let text = String::from_utf8_lossy(value);
        let origin = text.split_once("://").and_then(|(scheme, rest)| {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
            Origin::parse(&format!("{scheme}://{authority}")).ok()
        });
        Ok(origin.map_or_else(|| Self::NonWeb(shown(value)), Self::Web))
    }
}

/// For the log: what was said.
impl std::fmt::Display for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsaid => f.write_str("nothing"),
            Self::Opaque => f.write_str("null"),
            Self::Web(origin) => origin.fmt(f),
            Self::NonWeb(text) => f.write_str(&shown(text.as_bytes())),
        }
    }
}

fn single(fields: &Fields, name: Known) -> Result<Option<&[u8]>, Refusal> {
    if fields.repeats(name) {
        return Err(Refusal::new(Reason::CsrfMalformed, format!("{name} stands twice")));
    }
    Ok(fields.get(name))
}

fn malformed(name: &str, value: &[u8]) -> Refusal {
    Refusal::new(Reason::CsrfMalformed, format!("{name}: {}", shown(value)))
}

/// At most 200 bytes, escaped: a log line is not the sender's to shape.
fn shown(value: &[u8]) -> String {
    value.get(..200).unwrap_or(value).escape_ascii().to_string()
}
