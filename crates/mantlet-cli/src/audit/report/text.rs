//! The report for people: per strategy what is missing, the worst first, each with proof and fix; then what works.

mod end;
mod section;
mod words;

use std::fmt::Write;

use mantlet_core::audit::{Severity, Strategy};
use section::Section;
use words::{clean, folded, plural};

use super::Reading;
use crate::globals::Globals;
use crate::output::{Color, Output};

/// Room for the ids that are usually shown, and for all of them.
const ID_WIDTH: usize = 27;
const LONGEST_ID: usize = 31;

/// How it is shown.
struct Style<'a> {
    output: Option<&'a Output>,
    /// Show what is below medium, and what works, in full.
    full: bool,
}

impl Style<'_> {
    /// Where the sentence about a finding begins.
    const fn id_width(&self) -> usize {
        if self.full { LONGEST_ID } else { ID_WIDTH }
    }

    fn paint(&self, color: Color, word: &str) -> String {
        self.output.map_or_else(|| word.to_owned(), |output| output.paint(color, word))
    }
}

/// For the terminal.
pub(crate) fn render(reading: &Reading<'_>, globals: &Globals) -> String {
    let full = globals.verbose > 0 || reading.fail_on.is_some_and(|level| level <= Severity::Low);
    let text = write(reading, &Style { output: Some(&globals.output), full });
    globals.output.columns().map_or(text.clone(), |columns| folded(&text, columns))
}

/// For a file.
pub(crate) fn render_plain(reading: &Reading<'_>) -> String {
    write(reading, &Style { output: None, full: true })
}

fn write(reading: &Reading<'_>, style: &Style<'_>) -> String {
    // Writing to a String cannot fail; results of write! are dropped for that reason.
    let mut text = head(reading, style);
    for strategy in Strategy::ALL {
        Section { report: reading.report, style, strategy }.write(&mut text);
    }
    end::write(&mut text, reading, style.full);
    text
}

fn head(reading: &Reading<'_>, style: &Style<'_>) -> String {
    let look = reading.look;
    let observation = &look.observation;
    let mut text =
        format!("\n{} {}   {}", style.paint(Color::Bold, "mantlet"), env!("CARGO_PKG_VERSION"), clean(reading.url));
    if let Some(software) = look.software() {
        let _ = write!(text, "   {}", clean(&software));
    }
    let mode = if observation.active.is_some() { "active probes" } else { "passive" };
    let uploads = observation.forms.iter().filter(|form| form.file_field().is_some()).count();
    let _ = writeln!(
        text,
        "\n{mode}   {}, {}, {}   {} in {:.1} s   requests go only to this host",
        plural(look.pages(), "page"),
        plural(observation.forms.len(), "form"),
        plural(uploads, "upload field"),
        plural(usize::try_from(look.requests).unwrap_or(usize::MAX), "request"),
        look.took.as_secs_f32(),
    );
    if observation.cut_short {
        let (what, more) = if look.is_interrupted {
            ("it was interrupted", "")
        } else {
            ("the time was over", " (--max-time TIME allows more)")
        };
        let _ =
            writeln!(text, "note      {what} before all was seen: what is called missing is, the rest may be{more}");
    }
    if let (0, Some(first)) = (look.pages(), observation.responses.first()) {
        let (what, advice) = match (first.header("content-type"), first.header("location")) {
            (Some(kind), _) if first.status.is_success() => {
                (format!(" with {}", clean(kind)), "give the address of one")
            }
            (_, Some(to)) => (format!(" to {}", clean(to)), "audit where it leads"),
            _ => (String::new(), "give the address of one"),
        };
        let _ = writeln!(
            text,
            "note      GET {} answers {}{what}, so no page was seen: {advice}, or log in with --login",
            clean(&first.path),
            first.status.as_u16(),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_room() {
        assert!(mantlet_core::audit::RULES.iter().all(|rule| rule.id.len() <= LONGEST_ID));
    }
}
