//! Responses that set a session cookie stay out of caches: whoever gets one from a cache gets the session with it.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::fields;

/// Whether a field tells caches of one kind something other than `Cache-Control` (RFC 9213 and its forerunners).
fn is_targeted(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "cdn-cache-control"
            | "cloudflare-cdn-cache-control"
            | "edge-control"
            | "netlify-cdn-cache-control"
            | "surrogate-control"
            | "vercel-cdn-cache-control"
            | "x-accel-expires"
    )
}

/// Sees to it that no shared cache keeps the response. What the application says stays if that is enough.
pub(super) fn forbid_storing(headers: &mut HeaderMap) {
    fields::remove_all(headers, is_targeted);
    if !is_private(headers) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Whether `private` or `no-store` is said, and nothing against it. `private="field"` is less than `private`; since no
/// directive of use here is quoted, a field with quotes is not enough.
pub(crate) fn is_private(headers: &HeaderMap) -> bool {
    let mut is_private = false;
    for value in headers.get_all(header::CACHE_CONTROL) {
        if value.as_bytes().contains(&b'"') {
            return false;
        }
        for directive in value.as_bytes().split(|byte| *byte == b',') {
            let name = directive.split(|byte| *byte == b'=').next().unwrap_or(directive).trim_ascii();
            if name.eq_ignore_ascii_case(b"public") || name.eq_ignore_ascii_case(b"s-maxage") {
                return false;
            }
            is_private |= directive.trim_ascii().eq_ignore_ascii_case(b"private")
                || directive.trim_ascii().eq_ignore_ascii_case(b"no-store");
        }
    }
    is_private
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_application_says_stays_if_it_is_enough() {
        for (said, expected) in [
            (&[][..], &["no-store"][..]),
            (&["private"], &["private"]),
            (&["Private, max-age=5"], &["Private, max-age=5"]),
            (&["no-cache", "no-store"], &["no-cache", "no-store"]),
            (&["public, max-age=600"], &["no-store"]),
            (&["PUBLIC"], &["no-store"]),
            (&["private, s-maxage=5"], &["no-store"]),
            (&["private", "public"], &["no-store"]),
            (&["max-age=5"], &["no-store"]),
            (&["no-cache"], &["no-store"]),
            (&["private=\"set-cookie\""], &["no-store"]),
            (&["private=x"], &["no-store"]),
            (&["x=\"a, private\""], &["no-store"]),
        ] {
            let mut headers = HeaderMap::new();
            for value in said {
                headers.append(header::CACHE_CONTROL, HeaderValue::from_static(value));
            }
            headers.insert("cdn-cache-control", HeaderValue::from_static("public"));
            forbid_storing(&mut headers);
            assert_eq!(headers.get_all(header::CACHE_CONTROL).iter().collect::<Vec<_>>(), expected, "{said:?}");
            assert!(!headers.contains_key("cdn-cache-control"));
        }
    }
}
