//! Headers that have one right value: `X-Content-Type-Options` (Fetch) and `X-XSS-Protection` (no standard).

use super::header_value::{InvalidHeader, Words, in_any_case, one_of, ranked, word};

ranked! {
    /// ```text
    /// X-Content-Type-Options: nosniff
    /// ```
    ///
    /// Scripts and styles of another type are not run, and nothing is guessed to be HTML. A script that the application
    /// serves as `text/plain` stops working: that is the point, and the application's to correct.
    ContentTypeOptions, field = XContentTypeOptions, default = NoSniff, read = first {
        /// Types are what they are declared to be.
        NoSniff = "nosniff",
    }
}

ranked! {
    /// ```text
    /// X-XSS-Protection: 0
    /// ```
    ///
    /// Switches off the filter of browsers long gone: it could be made to remove a page's own scripts, and to tell what
    /// is on the page. No other value protects anyone.
    XssProtection, field = XXssProtection, default = Disabled, read = off {
        /// No filter.
        Disabled = "0",
    }
}

/// The first word of the list counts, in any case (Fetch, section 3.6).
fn first<T: Copy>(text: &str, words: &Words<T>) -> Result<T, InvalidHeader> {
    in_any_case(text.split(',').next().unwrap_or(""), words).ok_or_else(|| one_of(words))
}

fn off<T: Copy>(text: &str, words: &Words<T>) -> Result<T, InvalidHeader> {
    word(text, words).map_err(|_| {
        InvalidHeader::new("the filter this field controlled did harm, and no browser has it any more\nfix: \"0\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::SecurityHeader;

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
