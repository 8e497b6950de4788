//! The Location of an application that does not know where browsers find it.
//!
//! It is asked over http, at an address of its own. One that believes its connection sends browsers to `http://` and the name
//! it was asked by. That they get to https from there helps only those who look at pages: a script may not be redirected
//! after its preflight, and what comes by way of another scheme comes from another site. One that believes its settings
//! sends them to the address where it listens: past the shield, if they reach it at all. Both lead to this application, so
//! they are corrected, as other proxies do, to the origin that the request was for. Only an application that will be asked by no
//! other name than that of its settings, and says so to a GET, is let have its way: corrected, it would say so for ever.
//!
//! An application on this machine may call it `localhost`, `127.0.0.1` or `[::1]`, where its client does too. To clients
//! from elsewhere these are their own machine, where a native program may wait for its login (RFC 8252, section 7.3): only
//! the address to the letter is taken for this application's then. Every other address stays the application's business.

use http::Method;
use mantlet::Head;
use mantlet_core::Origin;
use mantlet_core::fields::{Fields, Known};

use crate::config::UpstreamUrl;

/// Corrects the answer of the application at `upstream` to what was asked; the forwarding fields in there are our own.
pub(super) fn correct(answer: &mut Fields, asked: &Head, upstream: &UpstreamUrl) {
    if let Some(corrected) = corrected(answer, asked, upstream) {
        // This cannot fail: what is new in it is an origin, and all of that may stand in a field.
        let _ = answer.set_value(Known::Location, &corrected);
    }
}

/// `None`: it leads elsewhere, or is right as it is.
fn corrected(answer: &Fields, asked: &Head, upstream: &UpstreamUrl) -> Option<Vec<u8>> {
    let (http, rest) = answer.only(Known::Location)?.split_at_checked(b"http://".len())?;
    if !http.eq_ignore_ascii_case(b"http://") {
        return None;
    }
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let scheme = asked.fields.only(Known::XForwardedProto)?;
    let host = asked.fields.only(Known::XForwardedHost)?;
    let leads_here =
        authority.eq_ignore_ascii_case(host) || is_address(authority, upstream, host) && !is_asked(path, asked);
    leads_here.then(|| [scheme, b"://", host, path].concat())
}

/// Whether this is what was asked for, and would be again.
fn is_asked(path: &[u8], asked: &Head) -> bool {
    let was_asked = asked.uri.path_and_query().map_or("/", |path| path.as_str()).as_bytes();
    matches!(asked.method, Method::GET | Method::HEAD) && (path == was_asked || path.is_empty() && was_asked == b"/")
}

/// Whether this is where the application listens, in the eyes of a client that asked `host`.
fn is_address(authority: &[u8], upstream: &UpstreamUrl, host: &[u8]) -> bool {
    let UpstreamUrl::Tcp(address) = upstream else { return false };
    let (Some(named), Some(address)) = (origin(authority), origin(address.as_bytes())) else { return false };
    let is_one_machine =
        || named.is_loopback() && address.is_loopback() && origin(host).is_some_and(|host| host.is_loopback());
    named == address || named.port() == address.port() && is_one_machine()
}

fn origin(authority: &[u8]) -> Option<Origin> {
    Origin::parse(&format!("http://{}", std::str::from_utf8(authority).ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a Location in the answer to a request for `host`, from an application at `upstream`.
    fn corrected(site: &str, upstream: &UpstreamUrl, location: &str) -> String {
        let (proto, host) = site.split_once("://").unwrap();
        let fields = Fields::from_pairs([("x-forwarded-proto", proto), ("x-forwarded-host", host)]).unwrap();
        let asked = Head { method: Method::GET, uri: "/asked".parse().unwrap(), fields };
        let mut answer = Fields::from_pairs([("location", location)]).unwrap();
        correct(&mut answer, &asked, upstream);
        answer.get_str(Known::Location).unwrap().to_owned()
    }

    #[test]
    fn the_scheme_of_the_own_address_is_corrected() {
        let upstream = UpstreamUrl::Unix("/run/app.sock".into());
        for (site, location, expected) in [
            ("https://app.example", "http://app.example/a?b#c", "https://app.example/a?b#c"),
            ("https://app.example", "HTTP://App.Example", "https://app.example"),
            ("https://app.example:8443", "http://app.example:8443?a", "https://app.example:8443?a"),
            ("https://[::1]:8443", "http://[::1]:8443/", "https://[::1]:8443/"),
        ] {
            assert_eq!(corrected(site, &upstream, location), expected);
        }
    }

    #[test]
    fn the_address_where_the_application_listens_is_corrected() {
        for (site, address, location, expected) in [
            ("https://app.example", "127.0.0.1:5000", "http://127.0.0.1:5000/a?b#c", "https://app.example/a?b#c"),
            ("https://app.example", "127.0.0.1:5000", "http://127.0.0.1:5000/asked/", "https://app.example/asked/"),
            ("https://app.example", "wiki.internal:80", "http://Wiki.Internal/a", "https://app.example/a"),
            ("https://app.example", "wiki.internal:80", "http://wiki.internal:80", "https://app.example"),
            ("http://localhost:8080", "127.0.0.1:5000", "http://127.0.0.1:5000/", "http://localhost:8080/"),
            ("https://app.localhost:8443", "127.0.0.1:5000", "http://localhost:5000/", "https://app.localhost:8443/"),
            ("https://app.localhost:8443", "localhost:5000", "http://[::1]:5000/", "https://app.localhost:8443/"),
        ] {
            assert_eq!(corrected(site, &UpstreamUrl::Tcp(address.into()), location), expected, "{site} {location}");
        }
    }

    #[test]
    fn every_other_address_stays() {
        for location in [
            "/a",
            "//app.example/a",
            "https://app.example/a",
            "http://other.example/app.example",
            "http://app.example.other/",
            "http://app.example@other.example/",
            "http://app.example\\@other.example/",
            "http://app.example:8080/",
            "http://app.exampl",
            "http://other.example/?next=http://app.example/",
            "http:app.example/",
            "https://127.0.0.1:5000/",
            "http://127.0.0.1:5000/asked",
            "http://127.0.0.1/",
            "http://127.0.0.1:5001/",
            "http://127.0.0.1:5000@other.example/",
            "http://user@127.0.0.1:5000/",
            "http://127.0.0.1:5000\\@other.example/",
            "http://127.0.0.1:05000/",
            // A native program of the client may wait for its login there.
            "http://localhost:5000/",
            "http://[::1]:5000/",
            "",
        ] {
            assert_eq!(
                corrected("https://app.example", &UpstreamUrl::Tcp("127.0.0.1:5000".into()), location),
                location
            );
        }
        let upstream = UpstreamUrl::Unix("/run/app.sock".into());
        assert_eq!(corrected("http://app.example", &upstream, "http://app.example/"), "http://app.example/");
    }
}
