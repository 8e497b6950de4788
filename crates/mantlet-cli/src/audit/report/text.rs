//! The report for people: per strategy what is missing, the worst first, each with proof and fix; then what works.

mod end;

use std::fmt::Write;

use mantlet_core::audit::{Confidence, Counts, Finding, Severity, Strategy, Verdict};

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
    write(reading, &Style { output: Some(&globals.output), full })
}

/// For a file.
pub(crate) fn render_plain(reading: &Reading<'_>) -> String {
    write(reading, &Style { output: None, full: true })
}

fn write(reading: &Reading<'_>, style: &Style<'_>) -> String {
    // Writing to a String cannot fail; results of write! are dropped for that reason.
    let mut text = head(reading, style);
    for strategy in Strategy::ALL {
        section(&mut text, reading, style, strategy);
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
            ("the time was over", " (--max-time S allows more)")
        };
        let _ =
            writeln!(text, "note      {what} before all was seen: what is called missing is, the rest may be{more}");
    }
    if let (0, Some(first)) = (look.pages(), observation.responses.first()) {
        let _ = writeln!(
            text,
            "note      GET {} answers {}{}, so no page was seen: give the address of one, or log in with --login",
            clean(&first.path),
            first.status.as_u16(),
            match first.header("content-type") {
                Some(kind) if first.status.is_success() => format!(" with {}", clean(kind)),
                _ => String::new(),
            },
        );
    }
    text
}

fn section(text: &mut String, reading: &Reading<'_>, style: &Style<'_>, strategy: Strategy) {
    let of_strategy = |finding: &&Finding| finding.rule.strategy() == strategy;
    if !reading.report.findings.iter().any(|finding| of_strategy(&finding)) {
        return;
    }
    let counts = reading.report.counts(strategy);
    let _ = writeln!(text, "\n{}{}", style.paint(Color::Bold, &format!("{:<23}", strategy.name())), counted(counts));
    let (shown, collapsed) = split(reading.report.problems().filter(of_strategy).collect(), style.full);
    for (finding, severity) in shown {
        problem(text, reading, style, finding, severity);
    }
    unknown(text, reading, style, strategy);
    if !collapsed.is_empty() {
        let lead = format!("{} more, low (-v shows them): ", collapsed.len());
        let ends: Vec<&str> = collapsed.iter().map(|finding| end(finding, strategy)).collect();
        list(text, &format!("{:<8}", "..."), &lead, &ends);
    }
    works(text, reading, style, strategy);
}

/// What could not be decided; where several have one reason, it is said once, unless shown in full.
fn unknown(text: &mut String, reading: &Reading<'_>, style: &Style<'_>, strategy: Strategy) {
    let width = style.id_width();
    let mut left: Vec<&Finding> = reading
        .report
        .findings
        .iter()
        .filter(|finding| finding.rule.strategy() == strategy && finding.verdict == Verdict::Unknown)
        .collect();
    while let Some(first) = left.first().copied() {
        let alike = |finding: &&Finding| finding.summary == first.summary && !style.full;
        let (together, others): (Vec<_>, Vec<_>) = left.iter().skip(1).copied().partition(alike);
        if together.is_empty() {
            let line = format!("  {:<8}{:<width$} unknown: {}", "?", first.rule.id, clean(&first.summary));
            let _ = writeln!(text, "{}", line.trim_end());
        } else {
            let ends: Vec<&str> = [first].into_iter().chain(together).map(|finding| end(finding, strategy)).collect();
            let lead = format!("{} unknown, {}: ", ends.len(), clean(&first.summary));
            list(text, &format!("{:<8}", "?"), &lead, &ends);
        }
        left = others;
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

fn problem(text: &mut String, reading: &Reading<'_>, style: &Style<'_>, finding: &Finding, severity: Severity) {
    let width = style.id_width();
    let color = match severity {
        Severity::Critical | Severity::High => Color::Red,
        Severity::Medium => Color::Yellow,
        Severity::Low | Severity::Info => Color::Dim,
    };
    let _ = write!(
        text,
        "  {}{:<width$} {}",
        style.paint(color, &format!("{:<7} ", severity.as_str())),
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
        let _ = writeln!(text, "          {} {}", style.paint(Color::Dim, &format!("{word:<5}")), clean(what));
    };
    for line in &finding.seen {
        detail("seen", line);
    }
    if severity >= Severity::High && !finding.rule.threats.is_empty() {
        detail("stops", &finding.rule.threats.join(", "));
    }
    detail("fix", finding.rule.fix);
    if let Some(framework) = reading.report.framework
        && let Some(fix) = framework.fix(finding.rule.id)
    {
        detail("", &format!("{}: {fix}", framework.name()));
    }
}

/// What works, by the ends of the ids: the heading says the rest. In full, also what there was nothing to say about.
fn works(text: &mut String, reading: &Reading<'_>, style: &Style<'_>, strategy: Strategy) {
    let width = style.id_width();
    let implemented = reading
        .report
        .findings
        .iter()
        .filter(|finding| finding.rule.strategy() == strategy && finding.verdict == Verdict::Implemented);
    let ok = style.paint(Color::Green, &format!("{:<8}", "ok"));
    if style.full {
        for finding in implemented {
            let _ = writeln!(text, "  {ok}{:<width$} {}", finding.rule.id, clean(&finding.summary));
        }
        let others = reading.report.findings.iter().filter(|finding| finding.rule.strategy() == strategy);
        for finding in others.filter(|finding| finding.verdict == Verdict::NotApplicable) {
            let _ = writeln!(text, "  {:<8}{:<width$} {}", "-", finding.rule.id, clean(&finding.summary));
        }
        return;
    }
    let ends: Vec<&str> =
        implemented.filter(|finding| !finding.rule.is_discovery()).map(|finding| end(finding, strategy)).collect();
    list(text, &ok, "", &ends);
}

/// An id without what the heading says already.
fn end(finding: &Finding, strategy: Strategy) -> &'static str {
    let id = finding.rule.id;
    let end = id.strip_prefix(strategy.prefix()).and_then(|rest| rest.strip_prefix('.')).unwrap_or(id);
    end.strip_prefix("cookie.").unwrap_or(end)
}

/// A first column, and words beside it in lines that fit.
fn list(text: &mut String, column: &str, lead: &str, words: &[&str]) {
    for (at, line) in wrapped(lead, words).iter().enumerate() {
        let _ = writeln!(text, "  {}{line}", if at == 0 { column } else { "        " });
    }
}

/// Words with commas, behind a lead, in lines that fit a terminal.
fn wrapped(lead: &str, words: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = lead.to_owned();
    for (at, word) in words.iter().enumerate() {
        if !line.is_empty() && line.len().saturating_add(word.len()) > 88 {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
        if at.saturating_add(1) < words.len() {
            line.push_str(", ");
        }
    }
    if !words.is_empty() {
        lines.push(line);
    }
    lines
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// What a site says must not steer the terminal, nor turn round what stands beside it.
fn clean(text: &str) -> String {
    let turns =
        |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_cannot_steer_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\nc\u{9b}"), "a?[2Jb?c?");
        assert_eq!(clean("\u{202e}gnissim\u{2066}"), "?gnissim?");
    }

    #[test]
    fn every_id_has_room() {
        assert!(mantlet_core::audit::RULES.iter().all(|rule| rule.id.len() <= LONGEST_ID));
    }

    #[test]
    fn long_lists_are_wrapped() {
        let words = vec!["coverage.errors"; 8];
        let lines = wrapped("8 more: ", &words);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= 90 && !line.ends_with(' ')), "{lines:?}");
        assert!(wrapped("none", &[]).is_empty());
    }
}
