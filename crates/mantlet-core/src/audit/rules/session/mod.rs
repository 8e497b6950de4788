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
    bad: impl Iterator<Item = &'e CookieSet<'a>>,
    summary: impl Fn(&str) -> String,
) -> Outcome {
    missing(bad, summary).unwrap_or_else(|| Outcome::absent("nothing of the kind was seen"))
}

/// Judges cookies that are bad, if there are any.
fn judge_any<'e, 'a: 'e>(
    bad: impl Iterator<Item = &'e CookieSet<'a>>,
    summary: impl Fn(&str) -> String,
    good: &str,
) -> Outcome {
    missing(bad, summary).unwrap_or_else(|| Outcome::implemented(good))
}

/// A site with more of them is shown a part; it will fix all.
const COOKIES_AT_MOST: usize = 5;

/// Every bad cookie by its name, with a proof for each. `None`: there is none.
fn missing<'e, 'a: 'e>(
    bad: impl Iterator<Item = &'e CookieSet<'a>>,
    summary: impl Fn(&str) -> String,
) -> Option<Outcome> {
    let mut each: Vec<&CookieSet<'_>> = Vec::new();
    for set in bad {
        if each.len() < COOKIES_AT_MOST && each.iter().all(|known| known.cookie.name() != set.cookie.name()) {
            each.push(set);
        }
    }
    let (first, others) = each.split_first()?;
    let mut said = summary(&first.name());
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|set| format!("`{}`", set.name())).collect();
        said.push_str(&format!("; the same holds for {}", names.join(", ")));
    }
    Some(each.iter().fold(Outcome::missing(said), |outcome, set| outcome.seen(set.proof())))
}
