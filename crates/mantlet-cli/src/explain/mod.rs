//! `mantlet explain ID`: what a refusal's reason means and what can be done about it, offline.

use std::process::ExitCode;

use mantlet_core::Reason;

use crate::cli::{ExplainArgs, Globals};
use crate::failure::{EXIT_USAGE, Failure};
use crate::output::{Color, Output};

/// Prints one page, or the list of all codes.
pub(crate) fn run(args: &ExplainArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let text = match &args.id {
        None => list(&globals.output),
        Some(id) => explain(id, &globals.output)?,
    };
    globals.output.result(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn explain(id: &str, output: &Output) -> Result<String, Failure> {
    let wanted = id.trim().to_ascii_lowercase();
    match Reason::ALL.iter().find(|reason| reason.code() == wanted) {
        Some(reason) => Ok(reason_page(*reason, output)),
        None => Err(unknown(&wanted)),
    }
}

fn reason_page(reason: Reason, output: &Output) -> String {
    let code = output.paint(Color::Bold, reason.code());
    let page = mantlet_core::reason::explain(reason.code()).unwrap_or_default();
    format!("{code}   a refusal, answered with {}\n\n{}\n\n{page}\n", reason.status(), reason.meaning())
}

fn list(output: &Output) -> String {
    let width = Reason::ALL.iter().map(|reason| reason.code().len()).max().unwrap_or(0);
    let mut text = String::new();
    for reason in Reason::ALL {
        let code = output.paint(Color::Bold, reason.code());
        let gap = " ".repeat(width.saturating_sub(reason.code().len()));
        text.push_str(&format!("{code}{gap}  {}  {}\n", reason.status().as_u16(), reason.meaning()));
    }
    text
}

fn unknown(id: &str) -> Failure {
    let failure = Failure::new(format!("there is no reason code or check id `{id}`")).exit(EXIT_USAGE);
    match nearest(id) {
        Some(code) => failure.seen(format!("did you mean `{code}`?")),
        None => failure.fix("mantlet explain lists them all"),
    }
}

/// The code that is meant, as far as one can tell: the nearest spelling, or the only one with that ending.
fn nearest(id: &str) -> Option<&'static str> {
    let codes = || Reason::ALL.iter().map(|reason| reason.code());
    let mut with_ending = codes().filter(|code| code.split_once('.').is_some_and(|(_, rest)| rest == id));
    with_ending.next().or_else(|| {
        codes()
            .map(|code| (strsim::jaro_winkler(id, code), code))
            .filter(|(similarity, _)| *similarity > 0.85)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, code)| code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_code_meets_the_right_one() {
        for (typed, meant) in [
            ("csrf.crosssite", Some("csrf.cross-site")),
            ("cross-site", Some("csrf.cross-site")),
            ("upload.file-to-large", Some("upload.file-too-large")),
            ("banana", None),
        ] {
            assert_eq!(nearest(typed), meant, "{typed}");
        }
    }
}
