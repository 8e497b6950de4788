//! Fields that are for the next hop only (RFC 9110, section 7.6.1), in both directions.

use http::header::{self, HeaderMap, HeaderName};
use mantlet_core::{Reason, Refusal, fields};
use mantlet_http1::ConnectionOptions;

/// Whether a field is for the connection, named by a Connection line or not.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Whether a field is for us, or does harm where it is read: `Expect` was answered by the guards before the body was
/// invited in, and `Proxy` becomes the variable `HTTP_PROXY` in some servers ("httpoxy").
fn ends_here(name: &HeaderName) -> bool {
    matches!(name.as_str(), "expect" | "proxy")
}

/// A Connection line may not take a field away that a guard or the application relies on.
///
/// # Errors
/// [`Reason::RequestMalformed`] when it names one.
pub(crate) fn strip_request(headers: &mut HeaderMap, connection: &ConnectionOptions) -> Result<(), Refusal> {
    for name in &connection.nominated {
        if is_protected(name) {
            return Err(Refusal::new(Reason::RequestMalformed, format!("Connection names {name}")));
        }
        headers.remove(name);
    }
    fields::remove_all(headers, |name| is_hop_by_hop(name) || ends_here(name));
    Ok(())
}

/// Takes an application's fields for the connection to us out of its response.
pub(crate) fn strip_response(headers: &mut HeaderMap, connection: &ConnectionOptions) {
    for name in &connection.nominated {
        headers.remove(name);
    }
    fields::remove_all(headers, is_hop_by_hop);
}

fn is_protected(name: &HeaderName) -> bool {
    let text = name.as_str();
    [header::HOST, header::COOKIE, header::ORIGIN, header::REFERER, header::AUTHORIZATION, header::EXPECT]
        .contains(name)
        || ["sec-", "content-", "x-forwarded", "forwarded", "x-csrf", "x-xsrf", "x-http-method", "x-method"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn connection(options: &str) -> ConnectionOptions {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONNECTION, HeaderValue::from_str(options).unwrap());
        mantlet_http1::connection_options(&headers).unwrap()
    }

    #[test]
    fn a_connection_line_cannot_delete_what_guards_rely_on() {
        for name in ["host", "Cookie", "origin", "Sec-Fetch-Site", "X-Forwarded-For", "content-type", "authorization"] {
            let refused = strip_request(&mut HeaderMap::new(), &connection(name)).unwrap_err();
            assert_eq!(refused.reason, Reason::RequestMalformed, "{name}");
        }
    }

    #[test]
    fn fields_of_the_hop_go_no_further() {
        let mut headers = HeaderMap::new();
        for name in ["keep-alive", "te", "upgrade", "proxy-authorization", "proxy", "x-hop", "expect", "x-stays"] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("1"));
        }
        strip_request(&mut headers, &connection("close, X-Hop")).unwrap();
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-stays"]);
    }
}
