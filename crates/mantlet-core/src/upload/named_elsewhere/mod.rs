//! Names of files that stand elsewhere than beside the file: in the target, in a field of the head, or where an uploader
//! that sends files in pieces puts them. Rule 6 of [`upload`](super) says which of them count where.
//!
//! - `target.rs`, `fields.rs`: what the head says of a file that is the body. Only what is blocked counts, since most targets are no
//!   names of files: `PUT /zones/example.com` is honest. A `Slug` (AtomPub) is not looked at.
//! - `places.rs`: which parameters hold a name, and how certainly; `spelling.rs`: what parsers make of a parameter's own name.
//! - `parameters.rs`: what their values are judged by. What plupload calls `name` may be the name of the file, or that of a shop called
//!   `Allegro.pl`: only what nobody calls anything else counts (`scripts.rs`), and only where a file can be.

mod fields;
mod form;
mod json;
mod parameters;
mod places;
mod room;
mod scripts;
mod spelling;
mod target;

use self::places::held;
use self::room::Room;
use self::scripts::Certainty;
use super::extension_rules::ExtensionRules;
use super::readings::readings;
use mantlet_fields::Known;

use crate::head::RequestHead;
use crate::reason::{Reason, Refusal};
use crate::{cookie, percent, query};

pub(super) use self::form::NamesInForm;
pub(super) use self::scripts::judge_field_of_file;

/// Judges the names that the head of a request gives to a file. `Some`: why no file may come with it.
pub(super) fn judge_head(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<Option<Refusal>, Refusal> {
    target::judge(head, rules)?;
    let script = judge_parameters(head, rules)?;
    fields::judge(head.fields, rules)?;
    Ok(script)
}

/// Many applications store a body that is no form under a name from the query. PHP without a `php.ini`, ASP and ASP.NET look for a
/// parameter in cookies as well (`$_REQUEST["name"]`, `Request["name"]`). People do not write either.
fn judge_parameters(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<Option<Refusal>, Refusal> {
    let in_query =
        query::pairs(head.uri.query().unwrap_or_default()).map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let cookies = head.fields.all(Known::Cookie).flat_map(cookie::request::pairs);
    let in_cookies = cookies.map(|pair| (pair.name, pair.value.unwrap_or_default()));
    let mut room = Room::default();
    let mut script = None;
    for (name, value) in in_query.chain(in_cookies) {
        let decoded = |text| percent::decode_form(text).collect::<Vec<_>>();
        let Some(holds) = held(&String::from_utf8_lossy(&decoded(name))) else { continue };
        let value = decoded(value);
        let refusal =
            parameters::judge(holds, &String::from_utf8_lossy(&value), Certainty::FileName, rules, &mut room)?;
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
