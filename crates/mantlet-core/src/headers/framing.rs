//! `X-Frame-Options` (RFC 7034, HTML): who may put a page into a frame.
//!
//! Browsers that know `frame-ancestors` of an enforced CSP ignore this field, so the two must say the same: a `DENY`
//! beside `frame-ancestors 'self'` is in truth `SAMEORIGIN`. See [`csp`](super::csp) for how that is kept.

use super::header_value::{InvalidHeader, Words, in_any_case, one_of, ranked};

ranked! {
    /// ```text
    /// X-Frame-Options: SAMEORIGIN
    /// ```
    ///
    /// The default is SAMEORIGIN: pages that frame each other keep working, clickjacking from elsewhere does not.
    FrameOptions, XFrameOptions, SameOrigin, strictest {
        /// Only pages of the same origin.
        SameOrigin = "SAMEORIGIN",
        /// Nobody.
        Deny = "DENY",
    }
}

/// Any case. A list of equal words is that word, a list of different ones blocks all framing (HTML, section 7.7).
/// ALLOW-FROM is what no browser obeys: a page with it can be framed by anyone.
fn strictest(text: &str, words: &Words<FrameOptions>) -> Result<FrameOptions, InvalidHeader> {
    let parts = text.split(',').map(|part| in_any_case(part, words));
    parts.reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other))).flatten().ok_or_else(|| one_of(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::SecurityHeader;

    #[test]
    fn values_are_read_as_browsers_do() {
        for (name, text, expected) in [
            ("deny", "DENY", Some(FrameOptions::Deny)),
            ("any case", "sameOrigin", Some(FrameOptions::SameOrigin)),
            ("equal words", "SAMEORIGIN, SAMEORIGIN", Some(FrameOptions::SameOrigin)),
            ("different words block", "SAMEORIGIN, DENY", Some(FrameOptions::Deny)),
            ("allow_from_fails_open", "ALLOW-FROM https://partner.example", None),
            ("allowall", "ALLOWALL", None),
            ("empty", "", None),
            ("half a list", "DENY,", None),
            ("quoted", "\"DENY\"", None),
        ] {
            assert_eq!(FrameOptions::parse(text).ok(), expected, "{name}");
        }
    }
}
