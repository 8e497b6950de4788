//! [`Outcome`]: what a rule says of a target, before it is a finding.

use super::Rule;
use super::finding::{Confidence, Finding, Severity, Verdict};
use super::redact::{shortened, without_secrets};

/// What a rule's judgement returns: a verdict in the rule's own severity, until it says otherwise.
#[derive(Debug)]
pub(super) struct Outcome {
    kind: Kind,
    severity: Option<Severity>,
    confidence: Confidence,
    summary: String,
    seen: Vec<String>,
    in_part: bool,
}

/// Why nothing is known of what an audit did not get to.
pub(super) const CUT_SHORT: &str = "the time was over before all was seen";

/// Why nothing is known of what only a person can send.
pub(super) const CAPTCHA: &str = "it asks for a CAPTCHA, which only a person passes";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Implemented,
    Missing,
    Weak,
    Unknown,
    NotApplicable,
    Absent,
}

impl Outcome {
    pub(super) fn implemented(summary: impl Into<String>) -> Self {
        Self::new(Kind::Implemented, summary)
    }

    pub(super) fn missing(summary: impl Into<String>) -> Self {
        Self::new(Kind::Missing, summary)
    }

    pub(super) fn weak(summary: impl Into<String>) -> Self {
        Self::new(Kind::Weak, summary)
    }

    /// `because` completes "unknown: …".
    pub(super) fn unknown(because: impl Into<String>) -> Self {
        Self::new(Kind::Unknown, because)
    }

    pub(super) fn not_applicable(because: impl Into<String>) -> Self {
        Self::new(Kind::NotApplicable, because)
    }

    /// There is nothing to judge, as far as was seen.
    pub(super) fn absent(because: impl Into<String>) -> Self {
        Self::new(Kind::Absent, because)
    }

    fn new(kind: Kind, summary: impl Into<String>) -> Self {
        Self {
            kind,
            severity: None,
            confidence: Confidence::Observed,
            summary: summary.into(),
            seen: Vec::new(),
            in_part: false,
        }
    }

    /// Another severity than the rule's.
    pub(super) fn at(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    pub(super) fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    pub(super) fn seen(mut self, line: impl Into<String>) -> Self {
        self.seen.push(line.into());
        self
    }

    /// It holds for a part of what was found, and its summary says for which.
    pub(super) fn in_part(mut self) -> Self {
        self.in_part = true;
        self
    }

    /// Of two outcomes of one rule, the one that matters more.
    pub(super) fn rank(&self) -> u8 {
        match self.kind {
            Kind::NotApplicable | Kind::Absent => 0,
            Kind::Implemented => 1,
            Kind::Unknown => 2,
            Kind::Weak => 3,
            Kind::Missing => 4,
        }
    }

    /// What was not seen by somebody who left early, or could not read, may be there all the same.
    pub(super) fn seen_in_part(mut self, why: &str) -> Self {
        if self.kind == Kind::Absent {
            self.kind = Kind::Unknown;
            self.summary = why.to_owned();
        }
        self
    }

    pub(super) fn of(self, rule: &'static Rule) -> Finding {
        let confidence = self.confidence;
        let verdict = match self.kind {
            Kind::Implemented => Verdict::Implemented,
            Kind::Missing => Verdict::Missing { severity: self.severity.unwrap_or(rule.severity), confidence },
            Kind::Weak => Verdict::Weak { severity: self.severity.unwrap_or(rule.severity.lowered()), confidence },
            Kind::Unknown => Verdict::Unknown,
            Kind::NotApplicable | Kind::Absent => Verdict::NotApplicable,
        };
        let shown = |text: &str| shortened(&without_secrets(text));
        let seen = self.seen.iter().map(|line| shown(line)).collect();
        Finding { rule, verdict, summary: shown(&self.summary), seen, in_part: self.in_part }
    }
}
