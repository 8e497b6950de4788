//! `Strict-Transport-Security` (RFC 6797): come back over HTTPS only.

use std::fmt;

use mantlet_fields::{Known, is_token_byte};

use super::header_value::{InvalidHeader, SecurityHeader, Several};

/// ```text
/// Strict-Transport-Security: max-age=31536000; includeSubDomains
/// ```
///
/// The default is a year with subdomains: what ASVS asks for at level 2, and without subdomains a sibling host on plain
/// HTTP can still plant cookies. `preload` is hard to undo and therefore nobody's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrictTransportSecurity {
    /// For how long, in seconds. 0 makes browsers forget.
    pub max_age: u64,
    /// Also for every name below this one.
    pub include_subdomains: bool,
    /// The owner wants to be on the browsers' built-in list. Not part of the RFC; ignored by browsers themselves.
    pub preload: bool,
}

const YEAR: u64 = 31_536_000;

impl Default for StrictTransportSecurity {
    fn default() -> Self {
        Self { max_age: YEAR, include_subdomains: true, preload: false }
    }
}

impl SecurityHeader for StrictTransportSecurity {
    const NAME: Known = Known::StrictTransportSecurity;
    /// RFC 6797, section 8.1.
    const SEVERAL: Several = Several::First;

    /// RFC 6797, section 6.1: names in any case, each at most once, values may be quoted, unknown names are ignored. What has not
    /// the shape of a directive voids the field.
    fn parse(text: &str) -> Result<Self, InvalidHeader> {
        let mut max_age = None;
        let mut include_subdomains = false;
        let mut preload = false;
        for directive in text.split(';').map(str::trim_ascii).filter(|directive| !directive.is_empty()) {
            let (name, value) = match directive.split_once('=') {
                Some((name, value)) => (name.trim_ascii(), Some(value.trim_ascii())),
                None => (directive, None),
            };
            if name.eq_ignore_ascii_case("max-age") {
                if max_age.replace(seconds(value.unwrap_or(""))?).is_some() {
                    return Err(InvalidHeader::new("max-age stands twice"));
                }
            } else if name.eq_ignore_ascii_case("includeSubDomains") {
                once(&mut include_subdomains, name, value)?;
            } else if name.eq_ignore_ascii_case("preload") {
                once(&mut preload, name, value)?;
            } else if !is_token(name) || !value.is_none_or(is_token_or_string) {
                return Err(InvalidHeader::new(format!("not a directive: {directive}")));
            }
        }
        let Some(max_age) = max_age else {
            return Err(InvalidHeader::new("max-age is missing\nfix: \"max-age=31536000; includeSubDomains\""));
        };
        Ok(Self { max_age, include_subdomains, preload })
    }

    /// One that says `preload` too early, for hours or without subdomains, is not made fit for the browsers' list by what
    /// the other says: anybody may hand the name in, and it takes months to get it off.
    fn stricter(&self, other: &Self) -> Self {
        Self {
            max_age: self.max_age.max(other.max_age),
            include_subdomains: self.include_subdomains || other.include_subdomains,
            preload: self.is_fit_for_the_list() || other.is_fit_for_the_list(),
        }
    }
}

impl StrictTransportSecurity {
    fn is_fit_for_the_list(&self) -> bool {
        self.preload && self.include_subdomains && self.max_age >= YEAR
    }
}

/// Digits, possibly in quotes. More of them than fit is forever, here: Firefox ignores such a field.
fn seconds(value: &str) -> Result<u64, InvalidHeader> {
    let digits = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(InvalidHeader::new("max-age takes seconds\nfix: \"max-age=31536000; includeSubDomains\""));
    }
    Ok(digits.parse().unwrap_or(u64::MAX))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_or_string(text: &str) -> bool {
    let string = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    is_token(text) || string.is_some_and(|string| !string.contains(['"', '\\']))
}

fn once(flag: &mut bool, name: &str, value: Option<&str>) -> Result<(), InvalidHeader> {
    if *flag {
        return Err(InvalidHeader::new(format!("{name} stands twice")));
    }
    if value.is_some() {
        return Err(InvalidHeader::new(format!("{name} takes no value")));
    }
    *flag = true;
    Ok(())
}

impl fmt::Display for StrictTransportSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max-age={}", self.max_age)?;
        if self.include_subdomains {
            f.write_str("; includeSubDomains")?;
        }
        if self.preload {
            f.write_str("; preload")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_browsers_do() {
        for (name, text, expected) in [
            ("plain", "max-age=1", Some("max-age=1")),
            ("any case and order", "INCLUDESUBDOMAINS; Max-Age=1", Some("max-age=1; includeSubDomains")),
            ("quoted", "max-age=\"31536000\"", Some("max-age=31536000")),
            ("spaces and empty directives", " ; max-age = 1 ;; ", Some("max-age=1")),
            ("unknown directive", "max-age=1; foo=bar", Some("max-age=1")),
            ("preload", "max-age=1; preload", Some("max-age=1; preload")),
            ("forget", "max-age=0", Some("max-age=0")),
            ("more than fits", "max-age=99999999999999999999", Some("max-age=18446744073709551615")),
            ("no max-age", "includeSubDomains", None),
            ("no value", "max-age", None),
            ("negative", "max-age=-1", None),
            ("twice", "max-age=1; max-age=2", None),
            ("flag twice", "max-age=1; preload; preload", None),
            ("flag with value", "max-age=1; includeSubDomains=true", None),
            ("joined by comma", "max-age=1, max-age=2", None),
            ("unknown flag", "max-age=1; foo", Some("max-age=1")),
            ("unknown, quoted", "max-age=1; foo=\"a, b\"", Some("max-age=1")),
            ("no token", "max-age=1; includeSubDomains; @bad", None),
            ("two words", "max-age=1; foo=a b", None),
            ("half a string", "max-age=1; foo=\"a", None),
            ("no name", "max-age=1; =1", None),
            ("empty", "", None),
        ] {
            let read = StrictTransportSecurity::parse(text).ok().map(|value| value.to_string());
            assert_eq!(read.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn forgetting_is_the_weakest() {
        let forget = StrictTransportSecurity::parse("max-age=0").unwrap();
        let ours = StrictTransportSecurity::default();
        assert_eq!(forget.stricter(&ours), ours);
    }

    #[test]
    fn nobody_is_put_on_the_list_who_is_not_ready() {
        for (name, app, expected) in [
            ("ready", "max-age=31536000; includeSubDomains; preload", true),
            ("for a minute", "max-age=60; includeSubDomains; preload", false),
            ("without subdomains", "max-age=63072000; preload", false),
            ("forgotten", "max-age=0; includeSubDomains; preload", false),
        ] {
            let app = StrictTransportSecurity::parse(app).unwrap();
            let ours = StrictTransportSecurity::default();
            assert_eq!([app.stricter(&ours).preload, ours.stricter(&app).preload], [expected; 2], "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn render_is_read_back(max_age: u64, include_subdomains: bool, preload: bool) {
            let value = StrictTransportSecurity { max_age, include_subdomains, preload };
            assert_eq!(StrictTransportSecurity::parse(&value.to_string()), Ok(value));
        }

        #[test]
        fn no_text_panics(text in ".{0,64}") {
            let _ = StrictTransportSecurity::parse(&text);
        }
    }
}
