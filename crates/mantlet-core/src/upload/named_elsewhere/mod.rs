//! Names of files that stand elsewhere than beside the file: in the target, in a field of the head, or where an uploader
//! that sends files in pieces puts them. Rule 6 of [`upload`](super) says which of them count where.
//!
//! - `target.rs`, `fields.rs`: what the head says of a file that is the body. Only what is blocked counts, since most targets are no
//!   names of files: `PUT /zones/example.com` is honest. A `Slug` (AtomPub) is not looked at.
//! - `places.rs`: which parameters hold a name, and how certainly; `spelling.rs`: what parsers make of a parameter's own name.
//! - `parameters.rs`: what their values are judged by. What plupload calls `name` may be the name of the file, or that of a shop called
//!   `Allegro.pl`: only what nobody calls anything else counts (`scripts.rs`), and only where a file can be.
//! - `cookies.rs`: cookies that some applications take for parameters are dropped, not refused.

mod cookies;
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
use crate::head::RequestHead;
use crate::reason::{Reason, Refusal};
use crate::{percent, query};

pub(super) use self::cookies::{drop_names_in_cookies, judge_cookies};
pub(super) use self::form::NamesInForm;
pub(super) use self::scripts::judge_field_of_file;

/// What the head of a request calls by the name of a program, and why that may not come.
#[derive(Debug)]
pub(super) enum Named {
    /// The body.
    Body(Refusal),
    /// A file, if the body is one or holds one.
    File(Refusal),
    /// Either of them. It would be harmless as a form or JSON, and this body says that it is.
    Text(Refusal),
}

impl Named {
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Self::Body(refusal) | Self::File(refusal) | Self::Text(refusal) => refusal,
        }
    }
}

/// Judges the names that the head of a request gives to what may come with it.
///
/// # Errors
/// Names of what need not come with it: it has come before, or will come later.
pub(super) fn judge_head(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<Option<Named>, Refusal> {
    target::judge_without_body(head, rules)?;
    let file = judge_query(&query::of(head.uri), rules)?;
    fields::judge(head.fields, rules)?;
    let body = target::judge(head, rules).err();
    Ok(body.map(Named::Body).or(file.map(Named::File)))
}

/// Many applications store a body that is no form under a name from the query. People do not write it.
fn judge_query(query: &str, rules: &ExtensionRules) -> Result<Option<Refusal>, Refusal> {
    let mut room = Room::default();
    let mut script = None;
    for (name, value) in query::pairs(query) {
        let refusal = judge_encoded(name.as_bytes(), value.as_bytes(), rules, &mut room)?;
        script = script.or(refusal);
    }
    Ok(script)
}

/// Judges a parameter of the query, or what PHP takes for one. `Some`: why no file may come with it.
fn judge_encoded(
    name: &[u8],
    value: &[u8],
    rules: &ExtensionRules,
    room: &mut Room,
) -> Result<Option<Refusal>, Refusal> {
    let Some(holds) = held(&String::from_utf8_lossy(&percent::decode_form(name))) else { return Ok(None) };
    let value = percent::decode_form(value);
    parameters::judge(holds, &String::from_utf8_lossy(&value), Certainty::FileName, rules, room)
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
