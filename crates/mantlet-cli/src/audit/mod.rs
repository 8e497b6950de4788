//! `mantlet audit URL`: which mitigations a site has, which are missing, with proof and fix.
//!
//! This folder looks and asks ([`look`](mod@look) and what it uses); what it saw means is decided by the rules of
//! [`mantlet_core::audit`]; [`report`] says so. Nothing is requested from any other origin. Without `--active` nothing is
//! sent but requests for pages; with it, forms and files that say what they are.

mod args;
mod avoid;
mod browser;
mod client;
mod crawl;
mod csrf;
mod forms;
mod html;
mod initiator;
mod jar;
mod ledger;
mod login;
mod look;
mod options;
mod others;
mod page_forms;
pub(crate) mod report;
mod target;
mod tokens;
mod transport;
mod uploads;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use mantlet_core::audit::{self, Report};

pub(crate) use args::{Args, Format};
pub(crate) use look::{EXIT_INTERRUPTED, Look, look};
pub(crate) use options::Options;
use report::{Reading, json, text};

use crate::failure::{EXIT_USAGE, Failure};
use crate::globals::Globals;
use crate::nearest::{nearest, suggest};

/// Something is missing at or above `--fail-on`.
const EXIT_MISSING: u8 = 1;
/// It could not be audited, or not to the end. As every failure of the command.
const EXIT_NOT_AUDITED: u8 = 3;

/// Runs the command.
pub(crate) fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let options = Options::new(&args)?;
    let outputs = outputs(&args)?;
    check_selection(&args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let look = runtime.block_on(look(&options, &globals.output))?;
    let report = judge(&look, &args);
    let reading = Reading { url: &args.url, look: &look, report: &report, fail_on: args.fail_on.severity() };

    match args.format.unwrap_or(Format::Text) {
        Format::Text => globals.output.result(&text::render(&reading, globals))?,
        Format::Json => globals.output.result(&json::render(&reading)?)?,
    }
    for (path, format) in outputs {
        let content = match format {
            Format::Text => text::render_plain(&reading),
            Format::Json => json::render(&reading)?,
        };
        std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::from(exit_code(&look, &report, &args)))
}

/// Judges what was seen by the selected rules.
pub(crate) fn judge(look: &Look, args: &Args) -> Report {
    let mut report = audit::judge(&look.observation);
    report.retain(|id| {
        (args.select.is_empty() || args.select.iter().any(|prefix| covers(prefix, id)))
            && !args.ignore.iter().any(|prefix| covers(prefix, id))
    });
    report
}

/// What is missing is missing, however much else was seen; but half an audit is no clean one.
fn exit_code(look: &Look, report: &Report, args: &Args) -> u8 {
    match (report.worst(), args.fail_on.severity()) {
        _ if look.is_interrupted => EXIT_INTERRUPTED,
        (Some(worst), Some(fail_on)) if worst >= fail_on => EXIT_MISSING,
        _ if look.observation.cut_short => EXIT_NOT_AUDITED,
        _ => 0,
    }
}

/// Whole words of an id: `csrf` covers `csrf.login`, `csrf.log` does not.
fn covers(prefix: &str, id: &str) -> bool {
    id.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A misspelt id would select nothing, and nothing is always clean.
fn check_selection(args: &Args) -> anyhow::Result<()> {
    for prefix in args.select.iter().chain(&args.ignore) {
        if !audit::RULES.iter().any(|rule| covers(prefix, rule.id)) {
            let failure = Failure::new(format!("no check is called {prefix}")).exit(EXIT_USAGE);
            let failure = suggest(failure, nearest(prefix, audit::RULES.iter().map(|rule| rule.id)));
            return Err(failure.into());
        }
    }
    Ok(())
}

/// The files to write, and in which format. Looked at first: an audit leaves things on its target, and
/// must not do so for a report that is lost.
fn outputs(args: &Args) -> anyhow::Result<Vec<(&Path, Format)>> {
    for path in &args.outputs {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(missing) = folder.filter(|folder| !folder.is_dir()) {
            let failure = format!("cannot write {}: there is no folder {}", path.display(), missing.display());
            return Err(Failure::new(failure).exit(EXIT_USAGE).into());
        }
    }
    args.outputs
        .iter()
        .map(|path| match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => Ok((path.as_path(), Format::Json)),
            Some("txt") => Ok((path.as_path(), Format::Text)),
            _ => Err(Failure::new(format!("no report format has the extension of {}", path.display()))
                .fix("-o audit.json, or -o audit.txt")
                .exit(EXIT_USAGE)
                .into()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_cover_whole_words() {
        for (prefix, id, expected) in [
            ("csrf", "csrf.login", true),
            ("csrf.login", "csrf.login", true),
            ("csrf.log", "csrf.login", false),
            ("cs", "csrf.login", false),
            ("", "csrf.login", false),
        ] {
            assert_eq!(covers(prefix, id), expected, "{prefix} {id}");
        }
    }
}
