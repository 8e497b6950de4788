//! The end of the report: how much is missing, what was not tried, and what to do next.

use std::fmt::Write;

use mantlet_core::audit::{Severity, Verdict};

use super::words::{clean, plural};
use crate::audit::ledger::Remains;
use crate::audit::report::Reading;

/// How much is missing, what was refused, left and passed over, and what to do next.
pub(super) fn write(text: &mut String, reading: &Reading<'_>, full: bool) {
    summary(text, reading);
    refused(text, reading);
    left(text, reading, full);
    untried(text, reading, full);
    next(text, reading);
}

fn summary(text: &mut String, reading: &Reading<'_>) {
    let count = |severity| reading.count(severity);
    let unknown = reading.report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown).count();
    let _ = write!(
        text,
        "\nmissing or weak   {} critical   {} high   {} medium   {} low",
        count(Severity::Critical),
        count(Severity::High),
        count(Severity::Medium),
        count(Severity::Low).saturating_add(count(Severity::Info)),
    );
    let _ = writeln!(text, "{}", if unknown > 0 { format!("        unknown {unknown}") } else { String::new() });
}

fn refused(text: &mut String, reading: &Reading<'_>) {
    let (requests, files) =
        reading.look.observation.active.as_ref().map(mantlet_core::audit::Active::refusals).unwrap_or_default();
    if requests > 0 || files > 0 {
        let _ =
            writeln!(text, "refused while testing: {}, {}", plural(requests, "forged request"), plural(files, "file"));
    }
}

fn left(text: &mut String, reading: &Reading<'_>, full: bool) {
    let ledger = &reading.look.ledger;
    let (files, effects): (Vec<_>, Vec<_>) = ledger.left.iter().partition(|left| matches!(left, Remains::File(_)));
    let are_shown = full || files.len() == 1;
    if !are_shown && !files.is_empty() {
        let (count, prefix) = (files.len(), ledger.marks.prefix());
        let _ = writeln!(text, "left on the target: up to {count} small files, sent as {prefix}*   (-v lists them)");
    }
    for one in files.into_iter().filter(|_| are_shown).chain(effects) {
        let _ = writeln!(text, "left on the target: {}", clean(&one.to_string()));
    }
}

/// How many are listed beside what matters more.
const UNTRIED_AT_MOST: usize = 3;

fn untried(text: &mut String, reading: &Reading<'_>, full: bool) {
    let untried = reading.look.ledger.untried.iter();
    let hidden = if full { 0 } else { untried.len().saturating_sub(UNTRIED_AT_MOST) };
    let shown = untried.len().saturating_sub(hidden);
    for (what, why) in untried.take(shown) {
        let _ = writeln!(text, "not tried: {}   {why}", clean(what));
    }
    if hidden > 0 {
        let _ = writeln!(text, "not tried: {hidden} more   (-v lists them)");
    }
}

fn next(text: &mut String, reading: &Reading<'_>) {
    let observation = &reading.look.observation;
    let mut steps: Vec<(String, &str)> = Vec::new();
    if let Some(worst) = reading.report.problems().next() {
        if observation.loopback && observation.origin.scheme() == mantlet_core::origin::Scheme::Http {
            let command = format!("mantlet run --upstream {}", observation.origin);
            steps.push((command, "shields this app with everything above"));
        }
        steps.push((format!("mantlet explain {}", worst.rule.id), "what it means and how to fix it"));
    }
    if observation.active.is_none() && !observation.forms.is_empty() {
        steps.push((format!("mantlet audit {} --active", clean(reading.url)), "also tries forms and uploads"));
    }
    let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    for (at, (command, why)) in steps.iter().enumerate() {
        let lead = if at == 0 { "\nNext  " } else { "      " };
        let _ = writeln!(text, "{lead} {command:<width$}   {why}");
    }
}
