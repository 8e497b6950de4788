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
mod places;
mod room;
mod scripts;
mod spelling;
mod target;

use self::room::Room;
use self::scripts::Certainty;
use super::extension_rules::ExtensionRules;
use super::readings::readings;
use crate::head::RequestHead;
use crate::reason::{Reason, Refusal};
use crate::{percent, query};

pub(super) use self::form::NamesInForm;

/// Judges the names that the head of a request gives to a file. `Some`: why no file may come with it.
pub(super) fn judge_head(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<Option<Refusal>, Refusal> {
    target::judge(head, rules)?;
    let script = judge_query(head.uri.query().unwrap_or_default(), rules)?;
    fields::judge(head.fields, rules)?;
    Ok(script)
}

/// Many applications store a body that is no form under a name from there. People do not write it.
fn judge_query(query: &str, rules: &ExtensionRules) -> Result<Option<Refusal>, Refusal> {
    let mut room = Room::default();
    let mut script = None;
    for (name, value) in query::pairs(query) {
        let [name, value] = [name, value].map(|text| percent::decode_form(text.as_bytes()).collect::<Vec<_>>());
        let [name, value] = [&name, &value].map(|text| String::from_utf8_lossy(text));
        let refusal = parameters::judge(&name, &value, Certainty::FileName, rules, &mut room)?;
        script = script.or(refusal);
    }
    Ok(script)
}

/// Judges a name, or a path that ends in one. Node 20, Deno and Bun take a byte-order mark off the value of a
/// field.
fn judge_name(name: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    for reading in readings(name) {
        for component in reading.split(['/', '\\']).map(|component| component.trim_matches(is_blank)) {
            if component == ".." {
                return Err(Refusal::new(Reason::UploadFilenameTraversal, format!("file name: {name:?}")));
            }
            rules.judge_reading(component)?;
        }
    }
    Ok(())
}
