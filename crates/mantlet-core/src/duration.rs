//! Times as the policy file writes them: a whole number and a unit, `"10s"`, `"30m"`, `"12h"`, `"7d"`.
//!
//! Fields stay [`std::time::Duration`]; the file's form is `#[serde(deserialize_with = "duration::deserialize")]`.

use std::fmt;
use std::time::Duration;

/// The longest time that is read: a hundred years. What is meant to be endless has a word of its own where it is allowed.
pub const MAX: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Text that is not a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDuration(String);

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a time with its unit: \"{}\"\nfix: a whole number and one of ms, s, m, h, d, such as \"30s\"",
            self.0
        )
    }
}

impl std::error::Error for InvalidDuration {}

/// Reads a time.
///
/// # Errors
/// Without a unit, with a sign, a fraction or a second unit, and above [`MAX`].
pub fn parse(text: &str) -> Result<Duration, InvalidDuration> {
    let invalid = || InvalidDuration(text.chars().take(64).collect());
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?);
    let number: u64 = number.parse().map_err(|_| invalid())?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    let duration = match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => seconds(60),
        "h" => seconds(3_600),
        "d" => seconds(86_400),
        _ => None,
    };
    duration.filter(|duration| *duration <= MAX).ok_or_else(invalid)
}

/// Writes a time in its largest whole unit. Anything below a millisecond is cut off.
pub fn render(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration.subsec_millis() > 0 {
        return format!("{}ms", duration.as_millis());
    }
    for (each, unit) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
        if seconds > 0 && seconds.is_multiple_of(each) {
            return format!("{}{unit}", seconds.div_euclid(each));
        }
    }
    format!("{seconds}s")
}

/// The policy file's form, for `#[serde(deserialize_with = "…")]`.
///
/// # Errors
/// When the value is not text, or not a time.
#[cfg(feature = "toml")]
pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    struct Visitor;
    impl serde::de::Visitor<'_> for Visitor {
        type Value = Duration;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a time with its unit, such as \"30s\"")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
            parse(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "toml")]
    fn a_number_is_told_that_it_lacks_its_unit() {
        #[derive(Debug, serde::Deserialize)]
        struct Waits {
            #[serde(deserialize_with = "deserialize")]
            wait: Duration,
        }
        assert_eq!(toml::from_str::<Waits>("wait = \"30s\"").unwrap().wait, Duration::from_secs(30));
        let error = toml::from_str::<Waits>("wait = 30").unwrap_err();
        assert!(error.message().contains("a time with its unit"), "{error}");
    }

    #[test]
    fn times_have_one_unit() {
        for (name, text, expected) in [
            ("seconds", "10s", Some(Duration::from_secs(10))),
            ("milliseconds", "250ms", Some(Duration::from_millis(250))),
            ("minutes", "30m", Some(Duration::from_secs(1_800))),
            ("hours", "12h", Some(Duration::from_secs(43_200))),
            ("days", "7d", Some(Duration::from_secs(604_800))),
            ("zero", "0s", Some(Duration::ZERO)),
            ("no unit", "10", None),
            ("no number", "s", None),
            ("empty", "", None),
            ("sign", "-1s", None),
            ("plus", "+1s", None),
            ("fraction", "1.5h", None),
            ("space", "10 s", None),
            ("two units", "1h30m", None),
            ("upper case is ambiguous with months", "1M", None),
            ("not ASCII", "1\u{b5}s", None),
            ("longer than a life", "99999d", None),
            ("does not fit", "99999999999999999999d", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn render_is_read_back(millis in 0_u64..3_000_000_000) {
            let duration = Duration::from_millis(millis);
            assert_eq!(parse(&render(duration)), Ok(duration));
        }

        #[test]
        fn no_text_panics(text in ".{0,32}") {
            let _ = parse(&text);
        }
    }
}
