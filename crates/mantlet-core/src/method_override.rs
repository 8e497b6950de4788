//! Requests that ask the application to take them for another method.
//!
//! A link is a GET and safe to follow; `GET /account?_method=DELETE` is neither in an application that listens to it, and
//! `POST /files/a.php?_method=PUT` puts a file there.

use http::Uri;
use mantlet_fields::{Fields, Known, NameSet};

use crate::query;

/// The fields that frameworks listen to.
pub(crate) const FIELDS: NameSet =
    NameSet::of(&[Known::XHttpMethod, Known::XHttpMethodOverride, Known::XMethodOverride]);

/// The query parameters that frameworks listen to, in lower case.
const PARAMETERS: [&[u8]; 9] = [
    b"_method",
    b"http_method",
    b"__method",
    b"__method_override__",
    b"_httpmethod",
    b"x-http-method",
    b"x-http-method-override",
    b"x-method-override",
    b"x-tunneled-method",
];

/// What Play 1 and its kin look for anywhere in the query, with an expression.
const ANYWHERE: &[u8] = b"x-http-method-override=";

/// Whether the request asks to be taken for another method, in a field or in its query.
pub(crate) fn asks(fields: &Fields, uri: &Uri) -> bool {
    fields.contains_any(&FIELDS) || uri.query().is_some_and(in_query)
}

/// Whether one of the parameters is in the query, in a spelling that some framework reads as it.
pub(crate) fn in_query(query: &str) -> bool {
    query::pairs(query).any(|(name, _)| is_one_of(&PARAMETERS, name))
        || memchr::memmem::find(query.as_bytes(), ANYWHERE).is_some()
}

/// Whether a cookie of this name asks: without a `php.ini`, PHP looks for parameters in cookies as well (`$_REQUEST`), and so do
/// frameworks of it.
pub(crate) fn in_cookie(name: &[u8]) -> bool {
    // All of a request are asked, and hardly one begins like that.
    let begins_so =
        name.first().is_some_and(|byte| matches!(byte, b'_' | b'.' | b'[' | b'%' | b'+' | b'h' | b'H' | b'x' | b'X'));
    begins_so && std::str::from_utf8(name).is_ok_and(|name| is_one_of(&PARAMETERS, name))
}

fn is_one_of(parameters: &[&[u8]], name: &str) -> bool {
    parameters.iter().any(|parameter| query::is_read_as(name, parameter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_however_they_are_spelt() {
        for (query, expected) in [
            ("_method=PUT", true),
            ("a=1&_method=DELETE", true),
            ("__method=PUT", true),
            ("_METHOD=PUT", true),
            ("_method", true),
            ("%5Fmethod=PUT", true),
            ("_m%65thod=PUT", true),
            ("a=1;_method=PUT", true),
            ("_method[]=PUT", true),
            ("X-HTTP-Method-Override=PUT", true),
            ("x-http-method=PUT", true),
            ("__METHOD_OVERRIDE__=PUT", true),
            ("_HttpMethod=PATCH", true),
            (".method=PUT", true),
            ("+_method=PUT", true),
            ("_.method=PUT", true),
            ("_method%00x=PUT", true),
            ("x-tunneled-method=PUT", true),
            ("http_method=DELETE", true),
            ("HTTP.method=DELETE", true),
            ("ax-http-method-override=PUT", true),
            ("a=x-http-method-override=PUT", true),
            ("a=x-http-method-override", false),
            ("%_method=PUT", false),
            ("method=PUT", false),
            ("payment_method=card", false),
            ("_methods=1", false),
            ("q=_method", false),
            ("", false),
        ] {
            assert_eq!(in_query(query), expected, "{query}");
        }
    }

    #[test]
    fn cookies_ask_as_queries_do() {
        for (name, expected) in [
            ("_method", true),
            (".METHOD", true),
            ("_method[]", true),
            ("%5fmethod", true),
            ("X-HTTP-Method-Override", true),
            ("method", false),
            ("_methods", false),
            ("payment_method", false),
        ] {
            assert_eq!(in_cookie(name.as_bytes()), expected, "{name}");
        }
    }
}
