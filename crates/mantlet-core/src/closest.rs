//! The word that was probably meant by one that nobody knows.

/// The known name that was probably meant: equal but for case and separators, or a few letters away.
pub(crate) fn closest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Nothing that long is a misspelling, and the distance costs the product of both lengths.
    if typed.len() > 64 {
        return None;
    }
    let fold = |name: &str| name.to_ascii_lowercase().replace(['-', '_', ' '], "");
    let typed = fold(typed);
    known
        .map(|name| (strsim::damerau_levenshtein(&typed, &fold(name)), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).clamp(1, 4))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
