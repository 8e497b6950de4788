//! Names of files that stand elsewhere than beside the file. Rule 6 of [`upload`](super) says which of them count where; this is how
//! they are found, and why it is more than a list.
//!
//! 1. *Where may a name stand?* In the target (`target.rs`), in a field of the head (`fields.rs`), or in a parameter of the query, the
//!    form or the cookies (`parameters.rs`). Which parameters and fields, and how certainly, is one table (`places.rs`), which an
//!    uploader is a row of. It has words in it, since parsers disagree about a parameter's own name as well (`spelling.rs`). A
//!    parameter can be JSON that holds the name (`json.rs`).
//! 2. *Is it a program's?* Where nothing but a name stands, all that is blocked counts ([`judge_path`]). What plupload calls `name` may
//!    be the name of a shop called `Allegro.pl`, too: there only what nobody calls anything else counts (`scripts.rs`).
//! 3. *What may come under it?* [`Named`] says it of the head, where the body is still to come. A target and a parameter without a file
//!    are honest more often than not, so text passes under them: JSON and forms, written so that nothing in them runs. A cookie comes
//!    with every request, perhaps from a sibling host: one that would be refused is dropped (`cookies.rs`), or its user would be locked
//!    out.

mod cookies;
mod fields;
mod json;
mod parameters;
mod places;
mod room;
mod scripts;
mod spelling;
mod target;

use super::extension_rules::ExtensionRules;
use super::readings::readings;
use crate::head::RequestHead;
use crate::mode::Mode;
use crate::note::Notes;
use crate::query::Query;
use crate::reason::{Reason, Refusal};

pub(super) use self::parameters::Parameters;
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

/// What a body calls itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Claim<'a> {
    /// A form or JSON, which can be written so that nothing in it runs under a name that these rules let pass.
    Text(&'a ExtensionRules),
    /// The same, but it has to stay as it is.
    FixedText(&'a ExtensionRules),
    Other,
}

/// Judges the names that the head of a request gives to its body, and drops cookies that would give it a harmful one.
///
/// # Errors
/// As [`judge_head`].
pub(super) fn judge_head_of_body(
    head: &mut RequestHead<'_>,
    extensions: &ExtensionRules,
    claim: Claim<'_>,
    mode: Mode,
    notes: &mut Notes,
) -> Result<Option<Named>, Refusal> {
    let mut of_cookie = None;
    if mode == Mode::Enforce {
        let rules = if let Claim::Text(of_text) = claim { of_text } else { extensions };
        cookies::drop_names(head.fields, rules, notes)?;
        of_cookie = cookies::judge(head.fields, extensions).map(Named::File);
    }
    let Some(named) = judge_head(head, extensions)?.or(of_cookie) else { return Ok(None) };
    let is_harmless = match claim {
        Claim::Text(of_text) | Claim::FixedText(of_text) => matches!(judge_head(head, of_text), Ok(None)),
        Claim::Other => false,
    };
    Ok(Some(if is_harmless { Named::Text(named.refusal()) } else { named }))
}

/// Judges the names that the head of a request gives to what may come with it, but for those in cookies.
///
/// # Errors
/// Names of what need not come with it: it has come before, or will come later.
pub(super) fn judge_head(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<Option<Named>, Refusal> {
    target::judge_without_body(head, rules)?;
    let file = judge_query(&Query::of(head.uri), rules)?;
    fields::judge(head.fields, rules)?;
    let body = target::judge(head, rules).err();
    Ok(body.map(Named::Body).or(file.map(Named::File)))
}

/// Many applications store a body that is no form under a name from the query. `Some`: why no file may come with it.
fn judge_query(query: &Query<'_>, rules: &ExtensionRules) -> Result<Option<Refusal>, Refusal> {
    let mut parameters = Parameters::of_programs();
    let mut script = None;
    for (name, value) in query.pairs() {
        let refusal = parameters.judge_encoded(name.as_bytes(), value.as_bytes(), rules)?;
        script = script.or(refusal);
    }
    Ok(script)
}

/// Judges what is nothing but a name, or a path that ends in one. Node 20, Deno and Bun take a byte-order mark off the value of a
/// field.
fn judge_path(name: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
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
