//! Structured fields (RFC 8941): items and dictionaries of them, as browsers read them.
//!
//! One mistake voids a field as a whole, so reading too much would believe in values that protect nobody, and reading
//! too little would drop what the application had closed. Parameters must be well made, and say nothing here. What
//! RFC 9651 adds (dates, display strings) voids a field in browsers of today.

use mantlet_fields::is_token_byte;

/// A bare item, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bare<'a> {
    /// `self`, `*`
    Token(&'a str),
    /// With its quotes.
    String(&'a str),
    /// A number, a truth, bytes. Empty where a dictionary has a key alone.
    Other(&'a str),
}

/// The bare item of a field that is one.
pub(super) fn item(text: &str) -> Option<Bare<'_>> {
    let mut rest = Cursor(text.trim_matches(' '));
    let item = rest.item()?;
    rest.0.is_empty().then_some(item)
}

/// The members of a field that is a dictionary, each with its item or those of its inner list.
pub(super) fn dictionary(text: &str) -> Option<Vec<(&str, Vec<Bare<'_>>)>> {
    let mut rest = Cursor(text.trim_matches(' '));
    let mut members = Vec::new();
    while !rest.0.is_empty() {
        members.push((rest.key()?, rest.member()?));
        rest.skip(&[' ', '\t']);
        if rest.0.is_empty() {
            break;
        }
        rest.eat(',').then_some(())?;
        rest.skip(&[' ', '\t']);
        // Nothing may be missing behind a comma.
        (!rest.0.is_empty()).then_some(())?;
    }
    Some(members)
}

/// What is still to be read.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn eat(&mut self, expected: char) -> bool {
        let rest = self.0.strip_prefix(expected);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip(&mut self, blanks: &[char]) {
        self.0 = self.0.trim_start_matches(blanks);
    }

    /// All bytes of a kind that come next.
    fn take_while(&mut self, is_wanted: impl Fn(u8) -> bool) -> &'a str {
        self.take(self.0.bytes().position(|byte| !is_wanted(byte)).unwrap_or(self.0.len())).unwrap_or("")
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn key(&mut self) -> Option<&'a str> {
        let starts_well = self.0.starts_with(|c: char| c.is_ascii_lowercase() || c == '*');
        starts_well.then(|| {
            self.take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.' | b'*'))
        })
    }

    fn member(&mut self) -> Option<Vec<Bare<'a>>> {
        if !self.eat('=') {
            self.parameters()?;
            return Some(vec![Bare::Other("")]);
        }
        if !self.eat('(') {
            return Some(vec![self.item()?]);
        }
        let mut items = Vec::new();
        loop {
            self.skip(&[' ']);
            if self.eat(')') {
                self.parameters()?;
                return Some(items);
            }
            items.push(self.item()?);
            self.0.starts_with([' ', ')']).then_some(())?;
        }
    }

    fn item(&mut self) -> Option<Bare<'a>> {
        let item = self.bare()?;
        self.parameters()?;
        Some(item)
    }

    fn parameters(&mut self) -> Option<()> {
        while self.eat(';') {
            self.skip(&[' ']);
            self.key()?;
            if self.eat('=') {
                self.bare()?;
            }
        }
        Some(())
    }

    fn bare(&mut self) -> Option<Bare<'a>> {
        match self.0.bytes().next()? {
            b'"' => self.string().map(Bare::String),
            b'?' => self.take(2).filter(|truth| matches!(*truth, "?0" | "?1")).map(Bare::Other),
            b':' => self.bytes().map(Bare::Other),
            b'-' | b'0'..=b'9' => self.number().map(Bare::Other),
            b'*' | b'a'..=b'z' | b'A'..=b'Z' => {
                Some(Bare::Token(self.take_while(|b| is_token_byte(b) || matches!(b, b':' | b'/'))))
            }
            _ => None,
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        let mut is_escaped = false;
        for (at, byte) in self.0.bytes().enumerate().skip(1) {
            match byte {
                b'"' | b'\\' if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => return self.take(at.saturating_add(1)),
                b' '..=b'~' if !is_escaped => {}
                _ => return None,
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a str> {
        let end = self.0.bytes().skip(1).position(|byte| byte == b':')?;
        let taken = self.take(end.saturating_add(2))?;
        let base64 = taken.trim_matches(':');
        base64.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).then_some(taken)
    }

    /// At most 15 digits, of which 12 before a point and one to three behind it.
    fn number(&mut self) -> Option<&'a str> {
        let whole = self.0;
        self.eat('-');
        let digits = self.take_while(|byte| byte.is_ascii_digit()).len();
        let is_valid = if self.eat('.') {
            let decimals = self.take_while(|byte| byte.is_ascii_digit()).len();
            (1..=12).contains(&digits) && (1..=3).contains(&decimals)
        } else {
            (1..=15).contains(&digits)
        };
        let taken = whole.strip_suffix(self.0)?;
        is_valid.then_some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_parameter_voids_the_item() {
        for (name, text, is_valid) in [
            ("none", "a", true),
            ("a word", "a;b=c", true),
            ("a string", "a; b-1_=\"c\"", true),
            ("a flag", "a;b", true),
            ("upper case", "a;bC=d", false),
            ("begins with a digit", "a;1b=c", false),
            ("a space in a key", "a;b c=d", false),
            ("no value", "a;b=", false),
            ("no key", "a;", false),
            ("an empty string", "a;b=\"\"", true),
            ("a value with a space", "a;b=c d", false),
            ("a string with a space", "a; b=\"c d\"", true),
            ("a string with escapes", "a; b=\"c\\\"\\\\\"", true),
            ("a string with another escape", "a; b=\"\\c\"", false),
            ("a number", "a;b=12", true),
            ("a number below zero", "a;b=-12", true),
            ("too many digits", "a;b=1234567890123456", false),
            ("a fraction", "a;b=1.5", true),
            ("half a fraction", "a;b=1.", false),
            ("too fine a fraction", "a;b=1.2345", false),
            ("a truth", "a;b=?1", true),
            ("bytes", "a;b=:YQ==:", true),
            ("half of some bytes", "a;b=:YQ==", false),
            ("no bytes", "a;b=:Y*:", false),
            ("a date", "a;b=@5", false),
            ("a number and more", "a;b=1c", false),
            ("a space before the semicolon", "a ;b=c", false),
            ("a space before the second", "a;b=c ;d", false),
            ("a tab behind it", "a;\tb=c", false),
            ("half a string", "a;b=\"c", false),
            ("one of several", "a;b=c;D", false),
        ] {
            assert_eq!(item(text), is_valid.then_some(Bare::Token("a")), "{name}");
        }
    }

    #[test]
    fn one_mistake_voids_the_dictionary() {
        use Bare::{Other, String, Token};
        for (name, text, expected) in [
            (
                "items and lists",
                "a=b, c=(\"d\" 1)",
                Some(vec![("a", vec![Token("b")]), ("c", vec![String("\"d\""), Other("1")])]),
            ),
            ("a key alone", "a;b=c", Some(vec![("a", vec![Other("")])])),
            ("all that a key may be", "*_-.1=a", Some(vec![("*_-.1", vec![Token("a")])])),
            ("parameters inside", "a=(b;c d);e", Some(vec![("a", vec![Token("b"), Token("d")])])),
            (
                "blanks",
                "  a=( b  c )\t,\tb=c  ",
                Some(vec![("a", vec![Token("b"), Token("c")]), ("b", vec![Token("c")])]),
            ),
            ("commas and brackets in quotes", "a=(\",)\")", Some(vec![("a", vec![String("\",)\"")])])),
            ("an escape of a letter", "a=\"\\x\"\"", None),
            ("empty", "", Some(vec![])),
            ("nothing behind a comma", "a=b,", None),
            ("nothing before a comma", ",a=b", None),
            ("no comma", "a=b c=d", None),
            ("a blank beside the sign", "a= b", None),
            ("a tab in a list", "a=(b\tc)", None),
            ("no blank in a list", "a=(b\"c\")", None),
            ("a list in a list", "a=((b))", None),
            ("an open list", "a=(b", None),
            ("beyond ASCII", "a=b, c=\u{e9}", None),
        ] {
            assert_eq!(dictionary(text), expected, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[a-c=()\"*;:?.,\\\\ \té1-]{0,32}") {
            let _ = (item(&text), dictionary(&text));
        }
    }
}
