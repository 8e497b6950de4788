//! `Referrer-Policy` (W3C Referrer Policy): how much of a page's address other sites learn.

use super::header_value::{InvalidHeader, Words, in_any_case, one_of, ranked};

ranked! {
    /// ```text
    /// Referrer-Policy: strict-origin-when-cross-origin
    /// ```
    ///
    /// The default names what browsers do anyway, so that the old ones do it too. `no-referrer` would be stricter but
    /// makes browsers send `Origin: null` with the site's own forms, and those without Fetch Metadata would then be
    /// refused by the CSRF guard.
    ReferrerPolicy, field = ReferrerPolicy, default = StrictOriginWhenCrossOrigin, read = last_known, several = List,
    stricter = what_both_keep {
        /// The whole address, everywhere.
        UnsafeUrl = "unsafe-url",
        /// The whole address, except from HTTPS to HTTP.
        NoReferrerWhenDowngrade = "no-referrer-when-downgrade",
        /// The whole address to the own origin, the origin to others.
        OriginWhenCrossOrigin = "origin-when-cross-origin",
        /// The origin.
        Origin = "origin",
        /// The whole address to the own origin, the origin to others, nothing from HTTPS to HTTP.
        StrictOriginWhenCrossOrigin = "strict-origin-when-cross-origin",
        /// The origin, nothing from HTTPS to HTTP.
        StrictOrigin = "strict-origin",
        /// The whole address to the own origin, nothing to others.
        SameOrigin = "same-origin",
        /// Nothing.
        NoReferrer = "no-referrer",
    }
}

/// The last word of the list that is known counts: that is how sites name a fallback for old browsers.
fn last_known(text: &str, words: &Words<ReferrerPolicy>) -> Result<ReferrerPolicy, InvalidHeader> {
    text.rsplit(',').find_map(|part| in_any_case(part, words)).ok_or_else(|| one_of(words))
}

/// In the order of the words, but for those of which each keeps something to itself that the other tells.
fn what_both_keep(one: ReferrerPolicy, other: ReferrerPolicy) -> ReferrerPolicy {
    use ReferrerPolicy::{
        NoReferrerWhenDowngrade, Origin, OriginWhenCrossOrigin, StrictOrigin, StrictOriginWhenCrossOrigin,
    };
    match (one.min(other), one.max(other)) {
        (NoReferrerWhenDowngrade, OriginWhenCrossOrigin) => StrictOriginWhenCrossOrigin,
        (NoReferrerWhenDowngrade, Origin) | (Origin, StrictOriginWhenCrossOrigin) => StrictOrigin,
        (_, stricter) => stricter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::SecurityHeader;

    #[test]
    fn the_last_known_word_counts() {
        for (name, text, expected) in [
            ("one", "no-referrer", Some(ReferrerPolicy::NoReferrer)),
            ("fallback first", "no-referrer, strict-origin", Some(ReferrerPolicy::StrictOrigin)),
            ("unknown last", "same-origin, from-the-future", Some(ReferrerPolicy::SameOrigin)),
            ("any case", "Same-Origin", Some(ReferrerPolicy::SameOrigin)),
            ("unknown", "never", None),
            ("a blank beyond ASCII is part of the word", "origin, no-referrer\u{a0}", Some(ReferrerPolicy::Origin)),
            ("empty", "", None),
        ] {
            assert_eq!(ReferrerPolicy::parse(text).ok(), expected, "{name}");
        }
    }

    #[test]
    fn what_leaks_is_weaker() {
        let ours = ReferrerPolicy::default();
        assert_eq!(ReferrerPolicy::UnsafeUrl.stricter(&ours), ours);
        assert_eq!(ReferrerPolicy::NoReferrer.stricter(&ours), ReferrerPolicy::NoReferrer);
        // The one tells the own origin less, the other the network.
        assert_eq!(ReferrerPolicy::Origin.stricter(&ours), ReferrerPolicy::StrictOrigin);
    }
}
