//! How long to wait, as flags have it: `40` (seconds), or with a unit as in the policy file, `40s`, `2m`.

use std::time::Duration;

use mantlet_core::duration;

/// The longest that a flag may ask to wait.
const MAX: Duration = Duration::from_secs(86_400);

/// Reads the value of a flag.
///
/// # Errors
/// For what is no time, for none at all, and for more than a day.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let is_bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let wait = if is_bare { duration::parse(&format!("{text}s")) } else { duration::parse(text) };
    wait.ok()
        .filter(|wait| !wait.is_zero() && *wait <= MAX)
        .ok_or_else(|| "write seconds, or a time with its unit, such as 40s or 2m, up to a day".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_unless_it_has_a_unit() {
        for (text, expected) in [
            ("40", Some(Duration::from_secs(40))),
            ("40s", Some(Duration::from_secs(40))),
            ("2m", Some(Duration::from_secs(120))),
            ("500ms", Some(Duration::from_millis(500))),
            ("1d", Some(MAX)),
            ("86401", None),
            ("0", None),
            ("0s", None),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("40 s", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text:?}");
        }
    }
}
