//! Cookies that would name the file.
//!
//! PHP without a `php.ini` looks for a parameter in cookies as well, before it takes what the form says, and so do ASP and ASP.NET
//! (`$_REQUEST["name"]`, `Request["name"]`). But a cookie comes with every request, perhaps from a sibling host: to refuse them all
//! would lock its user out. So the request goes on without it, or, if its body is nothing but text, without what would run in that.

use mantlet_fields::{Fields, Known};

use super::judge_encoded;
use super::room::Room;
use crate::cookie::request::{Pair, pairs};
use crate::note::{Note, NoteKind, Notes};
use crate::reason::{Reason, Refusal};
use crate::upload::extension_rules::ExtensionRules;

/// Drops the cookies of a request that would make a program of its body, if an application took them for parameters.
pub(in crate::upload) fn drop_names_in_cookies(
    fields: &mut Fields,
    rules: &ExtensionRules,
    notes: &mut Notes,
) -> Result<(), Refusal> {
    let mut room = Room::default();
    let mut kept = Vec::new();
    let mut dropped = None;
    for pair in fields.all(Known::Cookie).flat_map(pairs) {
        match judge(&pair, rules, &mut room) {
            Ok(None) => kept.push(pair.raw),
            Ok(Some(_)) | Err(_) => dropped = Some(format!("cookie {:?}", String::from_utf8_lossy(pair.name))),
        }
    }
    let Some(dropped) = dropped else { return Ok(()) };
    let kept = kept.join(&b"; "[..]);
    fields.remove(Known::Cookie);
    if !kept.is_empty() {
        fields.append_value(Known::Cookie, &kept).map_err(|_| Refusal::from(Reason::InternalError))?;
    }
    notes.take(Note::new(NoteKind::UploadCookieDropped, dropped));
    Ok(())
}

/// Why one of them would make a program of the body.
pub(in crate::upload) fn judge_cookies(fields: &Fields, rules: &ExtensionRules) -> Option<Refusal> {
    let mut room = Room::default();
    let mut pairs = fields.all(Known::Cookie).flat_map(pairs);
    pairs.find_map(|pair| judge(&pair, rules, &mut room).unwrap_or_else(Some))
}

fn judge(pair: &Pair<'_>, rules: &ExtensionRules, room: &mut Room) -> Result<Option<Refusal>, Refusal> {
    judge_encoded(pair.name, pair.value.unwrap_or_default(), rules, room)
}
