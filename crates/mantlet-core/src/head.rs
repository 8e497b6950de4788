//! [`RequestHead`] and [`ResponseHead`]: what a guard gets to see.

use http::{Method, StatusCode, Uri};
use mantlet_fields::Fields;

use crate::site::Site;

/// The head of a request, as a guard may see and edit it.
#[derive(Debug)]
pub struct RequestHead<'a> {
    /// The method, exactly as sent.
    pub method: &'a Method,
    /// The target. Guards match on a normalised reading of its path.
    pub uri: &'a Uri,
    /// The header fields. Guards rename cookies back and drop what must not reach the application.
    pub fields: &'a mut Fields,
    /// Where the browser believes it is.
    pub site: &'a Site,
}

/// The head of a response, as a guard may see and edit it.
#[derive(Debug)]
pub struct ResponseHead<'a> {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub fields: &'a mut Fields,
}
