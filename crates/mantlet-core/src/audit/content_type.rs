//! What an answer says about the type of its content.

use http::{HeaderMap, header};

use crate::headers::{ContentTypeOptions, SecurityHeader};

/// The media type without its parameters, lower case. The last that is one counts (Fetch, section 3.7).
pub(super) fn essence(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::CONTENT_TYPE).iter().filter_map(|value| value.to_str().ok());
    let mut types =
        values.flat_map(|value| value.split(',')).map(|value| value.split(';').next().unwrap_or_default().trim());
    types.rfind(|value| value.contains('/') && *value != "*/*").map(str::to_ascii_lowercase)
}

/// Whether browsers are kept from guessing another type. The first field counts (Fetch, section 3.6).
pub(super) fn has_nosniff(headers: &HeaderMap) -> bool {
    headers
        .get(header::X_CONTENT_TYPE_OPTIONS)
        .is_some_and(|value| value.to_str().is_ok_and(|text| ContentTypeOptions::parse(text).is_ok()))
}
