//! One rule a file, or a small themed file; this is their table.

mod csrf;
mod headers;
mod session;
mod transport;
mod upload;

use super::Rule;

/// Every rule, in the order of the report.
pub static RULES: &[&Rule] = &[
    // --- session ---
    &session::identified::IDENTIFIED,
    &session::attributes::SECURE,
    &session::attributes::HTTPONLY,
    &session::attributes::SAMESITE,
    &session::attributes::SAMESITE_NONE,
    &session::attributes::SAMESITE_INVALID,
    &session::naming::PREFIX,
    &session::naming::PREFIX_BROKEN,
    &session::naming::DOMAIN,
    &session::keeping::PLAIN_HTTP,
    &session::keeping::LIFETIME,
    &session::keeping::SIZE,
    &session::keeping::DUPLICATE,
    &session::keeping::CACHEABLE,
    &session::attributes::OTHER_SECURE,
    &session::attributes::PARTITIONED,
    // --- csrf ---
    &csrf::forms::FOUND,
    &csrf::forms::TOKEN,
    &csrf::request::CROSS_SITE,
    &csrf::request::LOGIN,
    &csrf::request::UPLOAD,
    &csrf::origin::NULL,
    &csrf::origin::LOOKALIKE,
    &csrf::origin::ABSENT,
    &csrf::method::GET,
    &csrf::method::OVERRIDE,
    // --- headers ---
    &headers::csp_presence::PRESENT,
    &headers::csp_presence::REPORT_ONLY,
    &headers::csp_weakness::UNSAFE_INLINE,
    &headers::csp_nonce::NONCE,
    &headers::csp_weakness::UNSAFE_EVAL,
    &headers::csp_weakness::WILDCARD,
    &headers::csp_weakness::BYPASS_HOST,
    &headers::csp_weakness::OBJECT_SRC,
    &headers::csp_weakness::BASE_URI,
    &headers::csp_weakness::FORM_ACTION,
    &headers::sniffing::NOSNIFF,
    &headers::framing::FRAMING,
    &headers::framing::INVALID,
    &headers::referrer::REFERRER_POLICY,
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
    &transport::hsts::PRESENT,
    &transport::hsts::MAX_AGE,
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
