//! [`Section`]: what there is to say about one strategy.

use std::fmt::Write;

use mantlet_core::audit::{Confidence, Counts, Finding, Report, Severity, Strategy, Verdict};

use super::Style;
use super::words::clean;
use crate::output::Color;

/// The findings of one strategy: what is missing, what is unknown, what works.
pub(super) struct Section<'a> {
    pub(super) report: &'a Report,
    pub(super) style: &'a Style<'a>,
    pub(super) strategy: Strategy,
}

impl<'a> Section<'a> {
    pub(super) fn write(&self, text: &mut String) {
        if self.findings().next().is_none() {
            return;
        }
        let heading = self.style.paint(Color::Bold, &format!("{:<23}", self.strategy.name()));
        let _ = writeln!(text, "\n{heading}{}", counted(self.report.counts(self.strategy)));
        let problems = self.report.problems().filter(|finding| finding.rule.strategy() == self.strategy);
        let (shown, collapsed) = split(problems.collect(), self.style.full);
        for (finding, severity) in shown {
            self.problem(text, finding, severity);
        }
        self.unknown(text);
        if !collapsed.is_empty() {
            let lead = format!("{} more, low (-v shows them): ", collapsed.len());
            let ends: Vec<&str> = collapsed.into_iter().map(|finding| self.end(finding)).collect();
            let _ = writeln!(text, "  {:<8}{lead}{}", "...", ends.join(", "));
        }
        self.works(text);
    }

    fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        self.report.findings.iter().filter(|finding| finding.rule.strategy() == self.strategy)
    }

    fn problem(&self, text: &mut String, finding: &Finding, severity: Severity) {
        let width = self.style.id_width();
        let color = match severity {
            Severity::Critical | Severity::High => Color::Red,
            Severity::Medium => Color::Yellow,
            Severity::Low | Severity::Info => Color::Dim,
        };
        let _ = write!(
            text,
            "  {}{:<width$} {}",
            self.style.paint(color, &format!("{:<7} ", severity.as_str())),
            finding.rule.id,
            clean(&finding.summary)
        );
        match finding.verdict.confidence() {
            Some(Confidence::Observed) | None => text.push('\n'),
            Some(other) => {
                let _ = writeln!(text, "      {}", other.as_str());
            }
        }
        let mut detail = |word: &str, what: &str| {
            let _ = writeln!(text, "          {} {}", self.style.paint(Color::Dim, &format!("{word:<5}")), clean(what));
        };
        for line in &finding.seen {
            detail("seen", line);
        }
        if severity >= Severity::High && !finding.rule.threats.is_empty() {
            detail("stops", &finding.rule.threats.join(", "));
        }
        detail("fix", finding.rule.fix);
        if let Some(framework) = self.report.framework
            && let Some(fix) = framework.fix(finding.rule.id)
        {
            detail("", &format!("{}: {fix}", framework.name()));
        }
    }

    /// What could not be decided; where several have one reason, it is said once, unless shown in full.
    fn unknown(&self, text: &mut String) {
        let width = self.style.id_width();
        let mut left: Vec<&Finding> = self.findings().filter(|finding| finding.verdict == Verdict::Unknown).collect();
        while let Some(first) = left.first().copied() {
            let alike = |finding: &&Finding| finding.summary == first.summary && !self.style.full;
            let (together, others): (Vec<_>, Vec<_>) = left.iter().skip(1).copied().partition(alike);
            if together.is_empty() {
                let line = format!("  {:<8}{:<width$} unknown: {}", "?", first.rule.id, clean(&first.summary));
                let _ = writeln!(text, "{}", line.trim_end());
            } else {
                let ends: Vec<&str> = [first].into_iter().chain(together).map(|finding| self.end(finding)).collect();
                let lead = format!("{} unknown, {}: ", ends.len(), clean(&first.summary));
                let _ = writeln!(text, "  {:<8}{lead}{}", "?", ends.join(", "));
            }
            left = others;
        }
    }

    /// What works, by the ends of the ids: the heading says the rest. What works for a part says for which. In full, also what there was nothing to say about.
    fn works(&self, text: &mut String) {
        let width = self.style.id_width();
        let implemented = self.findings().filter(|finding| finding.verdict == Verdict::Implemented);
        let ok = self.style.paint(Color::Green, &format!("{:<8}", "ok"));
        if self.style.full {
            for finding in implemented {
                let _ = writeln!(text, "  {ok}{:<width$} {}", finding.rule.id, clean(&finding.summary));
            }
            for finding in self.findings().filter(|finding| finding.verdict == Verdict::NotApplicable) {
                let _ = writeln!(text, "  {:<8}{:<width$} {}", "-", finding.rule.id, clean(&finding.summary));
            }
            return;
        }
        let (in_part, whole): (Vec<_>, Vec<_>) =
            implemented.filter(|finding| !finding.rule.is_discovery()).partition(|finding| finding.in_part);
        for finding in in_part {
            let _ = writeln!(text, "  {ok}{:<width$} {}", finding.rule.id, clean(&finding.summary));
        }
        let ends: Vec<&str> = whole.into_iter().map(|finding| self.end(finding)).collect();
        if !ends.is_empty() {
            let _ = writeln!(text, "  {ok}{}", ends.join(", "));
        }
    }

    /// An id without what the heading says already.
    fn end(&self, finding: &Finding) -> &'static str {
        let id = finding.rule.id;
        let end = id.strip_prefix(self.strategy.prefix()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(id);
        end.strip_prefix("cookie.").unwrap_or(end)
    }
}

/// What is shown in full, and what only by name: low ones beside others that matter more.
fn split(problems: Vec<&Finding>, full: bool) -> (Vec<(&Finding, Severity)>, Vec<&Finding>) {
    let is_low = |finding: &&Finding| finding.verdict.severity().is_none_or(|severity| severity < Severity::Medium);
    let low = problems.iter().filter(|finding| is_low(finding)).count();
    let collapse = !full && low > 1;
    let (collapsed, shown): (Vec<_>, Vec<_>) = problems.into_iter().partition(|finding| collapse && is_low(finding));
    let with_severity = |finding: &&'_ Finding| finding.verdict.severity().unwrap_or(Severity::Info);
    (shown.into_iter().map(|finding| (finding, with_severity(&finding))).collect(), collapsed)
}

fn counted(counts: Counts) -> String {
    if counts == Counts::default() {
        return "nothing to protect".to_owned();
    }
    let mut line = format!("{} implemented   {} missing", counts.implemented, counts.missing);
    for (count, word) in [(counts.weak, "weak"), (counts.unknown, "unknown")] {
        if count > 0 {
            let _ = write!(line, "   {count} {word}");
        }
    }
    line
}
