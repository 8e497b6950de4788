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
    FrameOptions, field = XFrameOptions, default = SameOrigin, read = strictest {
        /// Only pages of the same origin.
        SameOrigin = "SAMEORIGIN",
        /// Nobody.
        Deny = "DENY",
    }
}

/// Any case. A list of equal words is that word; one of different words blocks all framing if browsers know any of them, were
/// the others empty or nonsense (HTML, section 7.5.1). ALLOW-FROM is what no browser obeys: a page with it can be framed by
/// anyone.
fn strictest(text: &str, words: &Words<FrameOptions>) -> Result<FrameOptions, InvalidHeader> {
    let parts = || text.split(',').map(str::trim_ascii);
    let first = parts().next().unwrap_or_default();
    let option = if parts().all(|part| part.eq_ignore_ascii_case(first)) {
        in_any_case(first, words)
    } else {
        let is_known = |part: &str| in_any_case(part, words).is_some() || part.eq_ignore_ascii_case("ALLOWALL");
        parts().any(is_known).then_some(FrameOptions::Deny)
    };
    option.ok_or_else(|| one_of(words))
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
            ("half a list", "DENY,", Some(FrameOptions::Deny)),
            ("half a list of the weaker word", "SAMEORIGIN,", Some(FrameOptions::Deny)),
            ("a word beside nonsense", "ALLOW-FROM https://a.example, SAMEORIGIN", Some(FrameOptions::Deny)),
            ("allowall twice", "ALLOWALL, allowall", None),
            ("allowall and another", "ALLOWALL, SAMEORIGIN", Some(FrameOptions::Deny)),
            ("only nonsense", "yes, no", None),
            ("quoted", "\"DENY\"", None),
        ] {
            assert_eq!(FrameOptions::parse(text).ok(), expected, "{name}");
        }
    }
}
