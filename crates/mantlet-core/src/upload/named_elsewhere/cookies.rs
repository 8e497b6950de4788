//! Cookies that would name the file.
//!
//! PHP without a `php.ini` looks for a parameter in cookies as well, before it takes what the form says, and so do ASP and ASP.NET
//! (`$_REQUEST["name"]`, `Request["name"]`). But a cookie comes with every request, perhaps from a sibling host: to refuse them all
//! would lock its user out. So the request goes on without it.

use mantlet_fields::{Fields, Known};

use super::judge_encoded;
use super::room::Room;
use crate::cookie::request::pairs;
use crate::note::{Note, NoteKind, Notes};
use crate::reason::{Reason, Refusal};
use crate::upload::extension_rules::ExtensionRules;

/// Drops the cookies of a request that would make a script of its file, if an application took them for parameters.
pub(in crate::upload) fn drop_names_in_cookies(
    fields: &mut Fields,
    rules: &ExtensionRules,
    notes: &mut Notes,
) -> Result<(), Refusal> {
    let mut room = Room::default();
    let mut kept = Vec::new();
    let mut dropped = None;
    for pair in fields.all(Known::Cookie).flat_map(pairs) {
        if let Ok(None) = judge_encoded(pair.name, pair.value.unwrap_or_default(), rules, &mut room) {
            kept.push(pair.raw);
        } else {
            dropped = Some(format!("cookie {:?}", String::from_utf8_lossy(pair.name)));
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
