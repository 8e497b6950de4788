//! One rule a file, or a small themed file; this is their table.

mod csrf;
mod headers;
mod transport;
mod upload;

use super::Rule;

/// Every rule, in the order of the report.
pub static RULES: &[&Rule] = &[
    // --- csrf ---
    &csrf::forms::FOUND,
    &csrf::forms::TOKEN,
    &csrf::request::CROSS_SITE,
    &csrf::request::LOGIN,
    &csrf::request::UPLOAD,
    &csrf::origin::NULL,
    &csrf::origin::LOOKALIKE,
    &csrf::origin::ABSENT,
    // --- headers ---
    &headers::sniffing::NOSNIFF,
    &headers::isolation::PERMISSIONS_POLICY,
    &headers::isolation::COOP,
    &headers::isolation::CORP,
    &headers::sniffing::DISCLOSURE,
    &headers::coverage::ERRORS,
    &headers::sniffing::DUPLICATE,
    // --- transport ---
    &transport::https::AVAILABLE,
    &transport::https::CERTIFICATE,
    &transport::https::REDIRECT,
    &transport::host::UNKNOWN,
    // --- upload ---
    &upload::endpoint::FOUND,
    &upload::endpoint::CONTROL,
    &upload::endpoint::SIZE_LIMIT,
    &upload::types::HTML,
    &upload::types::SVG,
    &upload::types::SERVER_SCRIPT,
    &upload::types::DOUBLE,
    &upload::types::CASE,
    &upload::types::MISMATCH,
    &upload::names::TRAVERSAL,
    &upload::serving::NOSNIFF,
];
