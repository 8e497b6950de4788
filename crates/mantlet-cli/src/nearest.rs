//! What was meant by a code or an id that does not exist.

use crate::failure::Failure;

/// How alike two words are that may be the same, misspelt.
const ALIKE: f64 = 0.85;

/// The one that is spelt most like what was typed, if any is alike.
pub(crate) fn nearest(typed: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    known
        .map(|id| (strsim::jaro_winkler(typed, id), id))
        .filter(|(similarity, _)| *similarity > ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, id)| id)
}

/// Says what may have been meant, or where all of them are listed.
pub(crate) fn suggest(failure: Failure, meant: Option<&str>) -> Failure {
    match meant {
        Some(id) => failure.seen(format!("did you mean `{id}`?")),
        None => failure.fix("mantlet explain lists them all"),
    }
}
