//! [`Report`]: the findings of one audit.

use super::{Confidence, Finding, Framework, Severity, Strategy, Verdict};

/// The findings of one audit, in the order of the rules.
#[derive(Debug)]
pub struct Report {
    /// One finding a rule.
    pub findings: Vec<Finding>,
    /// What the site was made with, if it shows.
    pub framework: Option<Framework>,
}

/// How many findings of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Works.
    pub implemented: usize,
    /// Absent or without effect.
    pub missing: usize,
    /// Partly effective.
    pub weak: usize,
    /// Could not be decided.
    pub unknown: usize,
}

impl Report {
    /// Keeps the findings whose id passes.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.findings.retain(|finding| keep(finding.rule.id));
    }

    /// What is missing or weak, the worst first.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        Severity::ALL.into_iter().flat_map(|severity| {
            self.findings.iter().filter(move |finding| finding.verdict.severity() == Some(severity))
        })
    }

    /// The worst that is missing or weak and more than a guess.
    pub fn worst(&self) -> Option<Severity> {
        self.findings
            .iter()
            .filter(|finding| finding.verdict.confidence().is_some_and(|sure| sure > Confidence::Inferred))
            .filter_map(|finding| finding.verdict.severity())
            .max()
    }

    /// How many findings of one strategy are of each kind.
    pub fn counts(&self, strategy: Strategy) -> Counts {
        let mut counts = Counts::default();
        for finding in self.findings.iter().filter(|finding| finding.rule.strategy() == strategy) {
            let count = match finding.verdict {
                Verdict::Implemented if finding.rule.is_discovery() => continue,
                Verdict::Implemented => &mut counts.implemented,
                Verdict::Missing { .. } => &mut counts.missing,
                Verdict::Weak { .. } => &mut counts.weak,
                Verdict::Unknown => &mut counts.unknown,
                Verdict::NotApplicable => continue,
            };
            *count = count.saturating_add(1);
        }
        counts
    }
}
