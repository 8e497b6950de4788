//! The report for programs, as `docs/audit.md` describes it. Within one schema version fields are only ever added.

use mantlet_core::audit::{Active, Finding, Framework, Severity, Verdict};
use serde::Serialize;

use super::Reading;

const SCHEMA: &str = "mantlet.audit/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: &'static str,
    target: &'a str,
    origin: String,
    mode: &'static str,
    /// `false`: the time was over before all was seen and tried.
    complete: bool,
    framework: Option<&'static str>,
    pages: usize,
    forms: usize,
    requests: u64,
    duration_ms: u128,
    summary: Summary,
    findings: Vec<Entry<'a>>,
    /// What the audit left on the target.
    left: Vec<String>,
    /// What it passed over.
    untried: Vec<Untried<'a>>,
    refused: Refused,
}

#[derive(Serialize)]
struct Untried<'a> {
    what: &'a str,
    why: &'a str,
}

/// What the site refused of what was forged.
#[derive(Serialize)]
struct Refused {
    requests: usize,
    files: usize,
}

#[derive(Serialize)]
struct Summary {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
    unknown: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    strategy: &'a str,
    verdict: &'a str,
    severity: Option<&'a str>,
    confidence: Option<&'a str>,
    title: &'a str,
    summary: &'a str,
    seen: &'a [String],
    threats: &'a [&'a str],
    fix: &'a str,
    fix_in_framework: Option<&'a str>,
    policy_key: &'a str,
    standards: &'a [&'a str],
}

/// Writes the report.
///
/// # Errors
/// Never for what an audit holds; the serialiser's signature asks for it.
pub(crate) fn render(reading: &Reading<'_>) -> anyhow::Result<String> {
    let observation = &reading.look.observation;
    let (requests, files) = observation.active.as_ref().map(Active::refusals).unwrap_or_default();
    let document = Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        target: reading.url,
        origin: observation.origin.to_string(),
        mode: if observation.active.is_some() { "active" } else { "passive" },
        complete: !observation.cut_short,
        framework: reading.report.framework.map(Framework::name),
        pages: reading.look.pages(),
        forms: observation.forms.len(),
        requests: reading.look.requests,
        duration_ms: reading.look.took.as_millis(),
        summary: Summary {
            critical: reading.count(Severity::Critical),
            high: reading.count(Severity::High),
            medium: reading.count(Severity::Medium),
            low: reading.count(Severity::Low),
            info: reading.count(Severity::Info),
            unknown: reading.report.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown).count(),
        },
        findings: reading.report.findings.iter().map(|finding| entry(finding, reading.report.framework)).collect(),
        left: reading.look.ledger.left.iter().map(ToString::to_string).collect(),
        untried: reading.look.ledger.untried.iter().map(|(what, why)| Untried { what, why }).collect(),
        refused: Refused { requests, files },
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn entry(finding: &Finding, framework: Option<Framework>) -> Entry<'_> {
    Entry {
        id: finding.rule.id,
        strategy: finding.rule.strategy().prefix(),
        verdict: finding.verdict.as_str(),
        severity: finding.verdict.severity().map(Severity::as_str),
        confidence: finding.verdict.confidence().map(mantlet_core::audit::Confidence::as_str),
        title: finding.rule.title,
        summary: &finding.summary,
        seen: &finding.seen,
        threats: finding.rule.threats,
        fix: finding.rule.fix,
        fix_in_framework: framework.and_then(|framework| framework.fix(finding.rule.id)),
        policy_key: finding.rule.key,
        standards: finding.rule.standards,
    }
}
