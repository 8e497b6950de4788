//! Requests that ask the application to take them for another method.
//!
//! A link is a GET and safe to follow; `GET /account?_method=DELETE` is neither in an application that listens to it, and
//! `POST /files/a.php?_method=PUT` puts a file there.

use std::sync::LazyLock;

use http::Uri;
use mantlet_fields::{Fields, Known, NameSet};
use memchr::memmem::Finder;

use crate::query::{self, Query};

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

/// What Play 1 and its kin look for anywhere in the query, with an expression, and what has to stand behind it.
const ANYWHERE: &str = "x-http-method-override=";
const ASKED_FOR: [&str; 4] = ["PUT", "POST", "PATCH", "DELETE"];

/// Whether the request asks to be taken for another method, in a field or in its query.
pub(crate) fn asks(fields: &Fields, uri: &Uri) -> bool {
    fields.contains_any(&FIELDS) || {
        let query = Query::of(uri);
        is_anywhere_in(&query) || query.pairs().any(|(name, value)| is_asked_by(name, value, &query))
    }
}

/// Whether a parameter of this query asks, in a spelling that some framework reads as one of [`PARAMETERS`]. To ask for GET is to
/// ask for nothing: manuals of HTTP interfaces have links with `?http_method=GET`.
pub(crate) fn is_asked_by(name: &str, value: &str, query: &Query<'_>) -> bool {
    let asks_for_get = || value.eq_ignore_ascii_case("GET") && !name.contains(['[', '%']) && !query.has_semicolon;
    is_parameter(name.as_bytes()) && !asks_for_get()
}

/// Whether the query asks somewhere in its text.
pub(crate) fn is_anywhere_in(query: &Query<'_>) -> bool {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(ANYWHERE));
    let query = query.as_str();
    let behind = |at: usize| query.get(at..).and_then(|rest| rest.strip_prefix(ANYWHERE));
    let asks = |at| behind(at).is_some_and(|rest| ASKED_FOR.iter().any(|method| rest.starts_with(method)));
    FINDER.find_iter(query.as_bytes()).any(asks)
}

/// Whether a parameter of this name asks, whatever its value.
pub(crate) fn is_parameter(name: &[u8]) -> bool {
    begins_as_parameter(name) && PARAMETERS.iter().any(|parameter| query::is_read_as(name, parameter))
}

/// Whether a name in a Cookie header may be one. All headers are asked, and of hardly one it is true.
pub(crate) fn may_be_in_cookies(header: &[u8]) -> bool {
    let mut rest = header;
    loop {
        while let [b' ' | b'\t', behind @ ..] = rest {
            rest = behind;
        }
        if begins_as_parameter(rest) {
            return true;
        }
        let Some(behind) = memchr::memchr(b';', rest).and_then(|end| rest.get(end..)) else { return false };
        rest = behind.get(1..).unwrap_or_default();
    }
}

fn begins_as_parameter(name: &[u8]) -> bool {
    matches!(name.first(), Some(b'_' | b'.' | b'[' | b']' | b'%' | b'+' | b'?' | b'h' | b'H' | b'x' | b'X'))
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
            ("ax-http-method-override=GET&bx-http-method-override=PATCH", true),
            ("a=x-http-method-override", false),
            ("ax-http-method-override=GET", false),
            ("_method=GET", false),
            ("http_method=get", false),
            ("_method=GET&_method=PUT", true),
            ("_method=GET,PUT", true),
            ("_method=GET;a", true),
            ("_method[]=GET", true),
            ("_method=HEAD", true),
            ("%_method=PUT", false),
            ("method=PUT", false),
            ("payment_method=card", false),
            ("_methods=1", false),
            ("q=_method", false),
            ("", false),
        ] {
            let uri = Uri::try_from(format!("/?{query}")).unwrap();
            assert_eq!(asks(&Fields::default(), &uri), expected, "{query}");
        }
    }
}
