//! Cookies that applications take for parameters.
//!
//! PHP without a `php.ini` looks for a parameter in cookies as well, before it takes what a form says, and so do ASP and ASP.NET
//! (`$_REQUEST["name"]`, `Request["name"]`). But a cookie comes with every request, perhaps from a sibling host: to refuse them all
//! would lock its user out. So the request goes on without it.

use mantlet_fields::{Fields, Known};

use super::request::{Pair, pairs};
use crate::note::{Note, NoteKind, Notes};
use crate::reason::{Reason, Refusal};

/// Drops the cookies that would do harm as parameters, and notes one of them.
///
/// # Errors
/// [`Reason::InternalError`], if what is left is no field.
pub(crate) fn drop_harmful(
    fields: &mut Fields,
    mut is_harmful: impl FnMut(&Pair<'_>) -> bool,
    kind: NoteKind,
    notes: &mut Notes,
) -> Result<(), Refusal> {
    let all = || fields.all(Known::Cookie).flat_map(pairs);
    // Most requests have none, and nothing is copied for them.
    let Some(first) = all().position(|pair| is_harmful(&pair)) else { return Ok(()) };
    let mut dropped = String::new();
    let mut kept = Vec::new();
    for (at, pair) in all().enumerate() {
        if at == first || (at > first && is_harmful(&pair)) {
            dropped = format!("cookie {:?}", String::from_utf8_lossy(pair.name));
        } else {
            kept.push(pair.raw);
        }
    }
    let kept = kept.join(&b"; "[..]);
    fields.remove(Known::Cookie);
    if !kept.is_empty() {
        fields.append_value(Known::Cookie, &kept).map_err(|_| Refusal::from(Reason::InternalError))?;
    }
    notes.take(Note::new(kind, dropped));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_harmful_is_dropped_and_the_rest_stays() {
        for (name, lines, kept, noted) in [
            ("none", &["a=1; b=2"][..], &["a=1; b=2"][..], None),
            ("none, two lines", &["a=1", "b=2"], &["a=1", "b=2"], None),
            ("all", &["x=1"], &[], Some("cookie \"x\"")),
            ("the first", &["x=1; a=1;b"], &["a=1; b"], Some("cookie \"x\"")),
            ("two of three, two lines", &["x=1; a=1", "xy=2"], &["a=1"], Some("cookie \"xy\"")),
        ] {
            let mut fields = Fields::from_pairs(lines.iter().map(|line| ("cookie", *line))).unwrap();
            let mut notes = Notes::default();
            let is_harmful = |pair: &Pair<'_>| pair.name.starts_with(b"x");
            drop_harmful(&mut fields, is_harmful, NoteKind::CsrfCookieDropped, &mut notes).unwrap();
            assert!(fields.all(Known::Cookie).eq(kept.iter().map(|line| line.as_bytes())), "{name}");
            assert_eq!(notes.as_slice().first().map(|note| &*note.detail), noted, "{name}");
        }
    }
}
