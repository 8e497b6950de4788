//! Says what the audit found: [`text`] for people, [`json`] for programs. The format never changes the exit code.

pub(crate) mod json;
pub(crate) mod text;

use mantlet_core::audit::{Report, Severity};

use super::Look;

/// Everything a report is written from.
pub(crate) struct Reading<'a> {
    /// The site, as it was typed.
    pub(crate) url: &'a str,
    pub(crate) look: &'a Look,
    pub(crate) report: &'a Report,
    /// `--fail-on`.
    pub(crate) fail_on: Option<Severity>,
}

impl Reading<'_> {
    /// How many are missing or weak at one level.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.report.problems().filter(|finding| finding.verdict.severity() == Some(severity)).count()
    }
}
