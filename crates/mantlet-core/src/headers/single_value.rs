//! Headers that have one right value: `X-Content-Type-Options` (Fetch) and `X-XSS-Protection` (no standard).

use super::header_value::{InvalidHeader, SecurityHeader, exact, ranked};

ranked! {
    /// ```text
    /// X-Content-Type-Options: nosniff
    /// ```
    ///
    /// Scripts and styles of another type are not run, and nothing is guessed to be HTML. A script that the application
    /// serves as `text/plain` stops working: that is the point, and the application's to correct.
    ContentTypeOptions, "X-Content-Type-Options", NoSniff {
        /// Types are what they are declared to be.
        NoSniff = "nosniff",
    }
}

impl SecurityHeader for ContentTypeOptions {
    const NAME: &'static str = "X-Content-Type-Options";

    /// The first word of the list counts, in any case (Fetch, section 3.6).
    fn parse(text: &str) -> Result<Self, InvalidHeader> {
        exact(&text.split(',').next().unwrap_or("").to_ascii_lowercase(), Self::WORDS)
    }

    fn stricter(&self, _: &Self) -> Self {
        *self
    }
}

ranked! {
    /// ```text
    /// X-XSS-Protection: 0
    /// ```
    ///
    /// Switches off the filter of browsers long gone: it could be made to remove a page's own scripts, and to tell what
    /// is on the page. No other value protects anyone.
    XssProtection, "X-XSS-Protection", Disabled {
        /// No filter.
        Disabled = "0",
    }
}

impl SecurityHeader for XssProtection {
    const NAME: &'static str = "X-XSS-Protection";

    fn parse(text: &str) -> Result<Self, InvalidHeader> {
        exact(text, Self::WORDS).map_err(|_| {
            InvalidHeader::new("the filter this field controlled did harm, and no browser has it any more\nfix: \"0\"")
        })
    }

    fn stricter(&self, _: &Self) -> Self {
        *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_value_counts() {
        assert!(ContentTypeOptions::parse("NoSniff").is_ok());
        assert!(ContentTypeOptions::parse("nosniff, x").is_ok());
        assert!(ContentTypeOptions::parse("x, nosniff").is_err());
        assert!(ContentTypeOptions::parse("no-sniff").is_err());
        assert!(XssProtection::parse(" 0 ").is_ok());
        assert!(XssProtection::parse("1; mode=block").is_err());
    }
}
