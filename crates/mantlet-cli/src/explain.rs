//! `mantlet explain ID`: what a refusal's reason, a note in the log or an audit's check means and what can be done about it, offline.

use std::process::ExitCode;

use mantlet_core::audit::{self, Framework, Rule};
use mantlet_core::{NoteKind, Reason};

use crate::failure::{EXIT_USAGE, Failure};
use crate::fold::fold;
use crate::globals::Globals;
use crate::nearest::{nearest, suggest};
use crate::output::{Color, Output};

/// Lines of so many read well.
const COLUMNS: usize = 95;

/// `mantlet explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A code from the log (csrf.cross-site) or the id of a check (session.cookie.secure); without one, all are listed
    pub(crate) id: Option<String>,
}

/// Prints one page, or the list of all codes.
pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let text = match &args.id {
        None => list(&globals.output),
        Some(id) => explain(id, &globals.output)?,
    };
    globals.output.result(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn explain(id: &str, output: &Output) -> Result<String, Failure> {
    let wanted = id.trim().to_ascii_lowercase();
    if let Some(reason) = Reason::ALL.iter().find(|reason| reason.code() == wanted) {
        return Ok(reason_page(*reason, output));
    }
    if let Some(kind) = NoteKind::ALL.iter().find(|kind| kind.code() == wanted) {
        return Ok(note_page(*kind, output));
    }
    match audit::rule(&wanted) {
        Some(rule) => Ok(check_page(rule, output)),
        None => Err(unknown(&wanted)),
    }
}

fn reason_page(reason: Reason, output: &Output) -> String {
    let code = output.paint(Color::Bold, reason.code());
    let page = mantlet_core::reason::explain(reason.code()).unwrap_or_default();
    format!("{code}   a refusal, answered with {}\n\n{}\n\n{page}\n", reason.status(), reason.meaning())
}

fn note_page(kind: NoteKind, output: &Output) -> String {
    let code = output.paint(Color::Bold, kind.code());
    let page = mantlet_core::reason::explain(kind.code()).unwrap_or_default();
    format!("{code}   a note in the log\n\n{}\n\n{page}\n", kind.meaning())
}

fn check_page(rule: &Rule, output: &Output) -> String {
    let id = output.paint(Color::Bold, rule.id);
    let mut text = format!("{id}   a check of the audit, {}\n\n{}.\n\n", rule.severity, rule.title);
    fold(rule.about, 0, COLUMNS, &mut text);
    text.push('\n');
    let mut rows = vec![("stops", rule.threats.join(", ")), ("fix", rule.fix.to_owned())];
    for framework in Framework::ALL {
        rows.push((framework.name(), framework.fix(rule.id).unwrap_or_default().to_owned()));
    }
    rows.push(("mantlet", rule.key.to_owned()));
    rows.push(("standards", rule.standards.join(", ")));
    text.push('\n');
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{name:<11}{value}\n"));
    }
    text
}

fn list(output: &Output) -> String {
    let width = codes().map(str::len).max().unwrap_or(0);
    let mut text = output.paint(Color::Bold, "Refusals") + "\n";
    for reason in Reason::ALL {
        text.push_str(&format!("{:<width$}  {}  {}\n", reason.code(), reason.status().as_u16(), reason.meaning()));
    }
    text.push_str(&format!("\n{}\n", output.paint(Color::Bold, "Notes in the log")));
    for kind in NoteKind::ALL {
        text.push_str(&format!("{:<width$}  {}\n", kind.code(), kind.meaning()));
    }
    text.push_str(&format!("\n{}\n", output.paint(Color::Bold, "Checks of the audit")));
    for rule in audit::RULES {
        text.push_str(&format!("{:<width$}  {:<8}  {}\n", rule.id, rule.severity, rule.title));
    }
    text
}

/// Everything that can be explained.
fn codes() -> impl Iterator<Item = &'static str> {
    let reasons = Reason::ALL.iter().map(|reason| reason.code());
    let notes = NoteKind::ALL.iter().map(|kind| kind.code());
    reasons.chain(notes).chain(audit::RULES.iter().map(|rule| rule.id))
}

fn unknown(id: &str) -> Failure {
    let failure = Failure::new(format!("there is no code or check `{id}`")).exit(EXIT_USAGE);
    let below: Vec<&str> =
        codes().filter(|code| code.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'))).collect();
    if !below.is_empty() {
        return failure.seen(format!("these begin so: {}", below.join(", ")));
    }
    suggest(failure, meant(id))
}

/// The code that is meant, as far as one can tell: the nearest spelling, or the only one with that ending.
fn meant(id: &str) -> Option<&'static str> {
    let mut with_ending = codes().filter(|code| code.split_once('.').is_some_and(|(_, rest)| rest == id));
    with_ending.next().or_else(|| nearest(id, codes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_code_meets_the_right_one() {
        for (typed, expected) in [
            ("csrf.crosssite", Some("csrf.cross-site")),
            ("cross-site", Some("csrf.cross-site")),
            ("upload.file-to-large", Some("upload.file-too-large")),
            ("session.cookie.sekure", Some("session.cookie.secure")),
            ("banana", None),
        ] {
            assert_eq!(meant(typed), expected, "{typed}");
        }
    }
}
