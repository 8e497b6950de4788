//! Session cookies that cannot be stolen, read or planted.

pub(super) mod attributes;
pub(super) mod identified;
pub(super) mod keeping;
pub(super) mod naming;

use crate::audit::Evidence;
use crate::audit::evidence::CookieSet;
use crate::audit::outcome::Outcome;

/// Judges every session cookie, each time it was set: one that is bad is enough.
fn judge_each(
    evidence: &Evidence<'_>,
    is_bad: impl Fn(&CookieSet<'_>) -> bool,
    summary: impl Fn(&str) -> String,
    good: &str,
) -> Outcome {
    if evidence.sessions().next().is_none() {
        return Outcome::absent("no session cookie was seen");
    }
    judge_any(evidence.sessions().filter(|set| is_bad(set)), summary, good)
}

/// Judges a mistake: whoever does not make it has not thereby protected anything.
fn judge_mistake<'e, 'a: 'e>(
    mut bad: impl Iterator<Item = &'e CookieSet<'a>>,
    summary: impl Fn(&str) -> String,
) -> Outcome {
    match bad.next() {
        Some(set) => Outcome::missing(summary(&set.name())).seen(set.proof()),
        None => Outcome::absent("nothing of the kind was seen"),
    }
}

/// Judges cookies that are bad, if there are any.
fn judge_any<'e, 'a: 'e>(
    mut bad: impl Iterator<Item = &'e CookieSet<'a>>,
    summary: impl Fn(&str) -> String,
    good: &str,
) -> Outcome {
    match bad.next() {
        Some(set) => Outcome::missing(summary(&set.name())).seen(set.proof()),
        None => Outcome::implemented(good),
    }
}
