//! What an answer says about the type of its content.

use http::{HeaderMap, header};

use crate::headers::{ContentTypeOptions, SecurityHeader};

/// The media type without its parameters, lower case.
pub(super) fn essence(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Whether browsers are kept from guessing another type. The first field counts (Fetch, section 3.6).
pub(super) fn has_nosniff(headers: &HeaderMap) -> bool {
    headers
        .get(header::X_CONTENT_TYPE_OPTIONS)
        .is_some_and(|value| value.to_str().is_ok_and(|text| ContentTypeOptions::parse(text).is_ok()))
}
