//! [`Jar`]: the cookies of one visitor of one origin.

use http::{HeaderMap, header};

/// The cookies of one visitor of one origin.
#[derive(Debug, Default)]
pub(super) struct Jar(Vec<(String, String)>);

impl Jar {
    pub(super) fn new(cookies: &[(String, String)]) -> Self {
        Self(cookies.to_vec())
    }

    /// Takes what an answer sets.
    pub(super) fn take(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE) {
            let Ok(text) = value.to_str() else { continue };
            let Some((pair, attributes)) = text.split_once(';').or(Some((text, ""))) else { continue };
            let Some((name, value)) = pair.split_once('=') else { continue };
            self.0.retain(|(known, _)| known != name.trim());
            if !attributes.to_ascii_lowercase().contains("max-age=0") {
                self.0.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }

    /// The `Cookie` header.
    pub(super) fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
