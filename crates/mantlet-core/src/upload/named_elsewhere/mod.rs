//! Names of files that stand elsewhere than beside the file: in the target, in a field of the head, or where an uploader
//! that sends files in pieces puts them.
//!
//! Only what is blocked counts for them: most ends of targets are not names of files, and `PUT /zones/example.com` is an
//! honest one. What plupload calls `name` may be the name of the file, or that of a shop called `Allegro.pl`. There, and in what
//! is called `fileName` or alike, only the ends count that no name of anything else has, and only where a file can be: in a form that
//! holds one, and in any body that is no multipart form, whatever its type says, since who stores a body under
//! `$_GET["name"]` does not ask for it. A `Slug` (AtomPub) is not looked at.

mod fields;
mod form;
mod json;
mod parameters;
mod room;
mod scripts;
mod target;

use std::borrow::Cow;

use super::extension_rules::ExtensionRules;
use crate::head::RequestHead;
use crate::percent;
use crate::reason::{Reason, Refusal};

pub(super) use self::form::NamesInForm;
pub(super) use self::scripts::script_in_query;

/// Judges the names that the head of a request gives to a file.
pub(super) fn judge_head(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    target::judge(head, rules)?;
    parameters::judge_query(head.uri.query().unwrap_or_default(), rules)?;
    fields::judge(head.fields, rules)
}

/// Judges a name, or a path that ends in one. Node 20, Deno and Bun take a byte-order mark off the value of a
/// field.
fn judge_name(name: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    readings(name).try_for_each(|reading| {
        for component in reading.split(['/', '\\']).map(|component| component.trim_matches(is_blank)) {
            if component == ".." {
                return Err(Refusal::new(Reason::UploadFilenameTraversal, format!("file name: {name:?}")));
            }
            rules.judge_target(component)?;
        }
        Ok(())
    })
}

/// Whether the name of a field or parameter ends like one that holds a file's. That of a profile only looks so.
fn ends_in(name: &[u8], ends: &[&[u8]]) -> bool {
    ends.iter().any(|end| name.strip_suffix(*end).is_some_and(|before| !before.ends_with(b"pro")))
}

/// A value, and what it is to applications that take escapes out of what was decoded before.
fn readings(value: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let decoded = value.contains('%').then(|| String::from_utf8_lossy(&percent::decode(value)).into_owned());
    std::iter::once(Cow::Borrowed(value)).chain(decoded.map(Cow::Owned))
}
