//! Cookies that would name the file.
//!
//! One that an application takes [for a parameter](crate::cookie::parameters) would. The request goes on without it, or, if its body is
//! nothing but text, without what would run in that.

use mantlet_fields::{Fields, Known};

use super::parameters::Parameters;
use crate::cookie::parameters::drop_harmful;
use crate::cookie::request::{Pair, pairs};
use crate::note::{NoteKind, Notes};
use crate::reason::Refusal;
use crate::upload::extension_rules::ExtensionRules;

/// Drops the cookies of a request that would make a program of its body, if an application took them for parameters.
pub(super) fn drop_names(fields: &mut Fields, rules: &ExtensionRules, notes: &mut Notes) -> Result<(), Refusal> {
    let mut parameters = Parameters::of_programs();
    let names_program = |pair: &Pair<'_>| !matches!(judge_pair(pair, rules, &mut parameters), Ok(None));
    drop_harmful(fields, names_program, NoteKind::UploadCookieDropped, notes)
}

/// Why one of them would make a program of the body.
pub(super) fn judge(fields: &Fields, rules: &ExtensionRules) -> Option<Refusal> {
    let mut parameters = Parameters::of_programs();
    let mut pairs = fields.all(Known::Cookie).flat_map(pairs);
    pairs.find_map(|pair| judge_pair(&pair, rules, &mut parameters).unwrap_or_else(Some))
}

fn judge_pair(
    pair: &Pair<'_>,
    rules: &ExtensionRules,
    parameters: &mut Parameters,
) -> Result<Option<Refusal>, Refusal> {
    parameters.judge_encoded(pair.name, pair.value.unwrap_or_default(), rules)
}
