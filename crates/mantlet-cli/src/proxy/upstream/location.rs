//! The Location of an application that does not know that browsers come over https.
//!
//! It is asked over http, so it sends browsers to `http://` and the name it was asked by. That they get to https from there
//! helps only those who look at pages: a script may not be redirected after its preflight, and what comes by way of
//! another scheme comes from another site. So the scheme is corrected, as other proxies do, where host and port are those that
//! the request was for. Every other address stays the application's business.

use mantlet_core::fields::{Fields, Known};

/// Corrects the answer to what was asked; the forwarding fields in there are our own.
pub(super) fn correct(answer: &mut Fields, asked: &Fields) {
    if asked.only(Known::XForwardedProto) != Some(b"https") {
        return;
    }
    if let Some(corrected) = asked.only(Known::XForwardedHost).and_then(|host| over_https(answer, host)) {
        // It is longer by one letter, and holds nothing that a field could not.
        let _ = answer.set_value(Known::Location, &corrected);
    }
}

/// The Location with the other scheme, if it leads to this host and port.
fn over_https(answer: &Fields, host: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = answer.only(Known::Location)?.split_at_checked(b"http://".len())?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let leads_here = scheme.eq_ignore_ascii_case(b"http://") && rest.get(..end)?.eq_ignore_ascii_case(host);
    leads_here.then(|| [b"https://", rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(proto: &str, host: &str, location: &str) -> String {
        let asked = Fields::from_pairs([("x-forwarded-proto", proto), ("x-forwarded-host", host)]).unwrap();
        let mut answer = Fields::from_pairs([("location", location)]).unwrap();
        correct(&mut answer, &asked);
        answer.get_str(Known::Location).unwrap().to_owned()
    }

    #[test]
    fn the_scheme_of_the_own_address_is_corrected() {
        for (host, location, expected) in [
            ("app.example", "http://app.example/a?b#c", "https://app.example/a?b#c"),
            ("app.example", "HTTP://App.Example", "https://App.Example"),
            ("app.example:8443", "http://app.example:8443?a", "https://app.example:8443?a"),
            ("[::1]:8443", "http://[::1]:8443/", "https://[::1]:8443/"),
        ] {
            assert_eq!(corrected("https", host, location), expected);
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
            "",
        ] {
            assert_eq!(corrected("https", "app.example", location), location);
        }
        assert_eq!(corrected("http", "app.example", "http://app.example/"), "http://app.example/");
    }
}
