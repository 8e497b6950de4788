//! What the audit says: a [`Finding`] is one [`Rule`] judged on one target.

use std::fmt;

use super::Evidence;
use super::redact::without_secrets;

/// One check: what it asks, why that matters, and how to put it right.
///
/// The id is public API: never renamed, never reused.
#[derive(Debug)]
pub struct Rule {
    /// `session.cookie.secure`. The first word is the strategy's.
    pub id: &'static str,
    /// How bad it is when the mitigation is missing.
    pub severity: Severity,
    /// One line that is true when the mitigation works.
    pub title: &'static str,
    /// What goes wrong without it, and how the audit decides.
    pub about: &'static str,
    /// The attacks it stops, by their usual names.
    pub threats: &'static [&'static str],
    /// The fix in the application, in the words of HTTP. What a [`Framework`](super::Framework) calls it is its business.
    pub fix: &'static str,
    /// The key of the policy that does it from outside; empty when none does.
    pub key: &'static str,
    /// Requirements and weaknesses it belongs to: OWASP ASVS 5.0 (`V3.3.1`), CWE.
    pub standards: &'static [&'static str],
    /// The judgement.
    pub(super) judge: fn(&Evidence<'_>) -> Outcome,
}

impl Rule {
    /// It finds what other rules judge; that it did is no mitigation.
    pub fn is_discovery(&self) -> bool {
        self.threats.is_empty()
    }

    /// The mitigation strategy that this check belongs to.
    pub fn strategy(&self) -> Strategy {
        let prefix = self.id.split('.').next().unwrap_or_default();
        Strategy::ALL.into_iter().find(|strategy| strategy.prefix() == prefix).unwrap_or(Strategy::Headers)
    }
}

/// A group of checks; the first word of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strategy {
    /// Session cookies that cannot be stolen, read or planted.
    Session,
    /// Requests forged by other sites.
    Csrf,
    /// What browsers are told to refuse.
    Headers,
    /// The way there.
    Transport,
    /// Files from strangers.
    Upload,
}

impl Strategy {
    /// In the order of the report.
    pub const ALL: [Self; 5] = [Self::Session, Self::Csrf, Self::Headers, Self::Transport, Self::Upload];

    /// The first word of its ids.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Csrf => "csrf",
            Self::Headers => "headers",
            Self::Transport => "transport",
            Self::Upload => "upload",
        }
    }

    /// As a heading.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "Session cookies",
            Self::Csrf => "CSRF",
            Self::Headers => "Security headers",
            Self::Transport => "HTTPS",
            Self::Upload => "Uploads",
        }
    }
}

/// How bad it is. Ordered: `Info < Critical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Depth of defence.
    Low,
    /// Helps an attack that needs something else.
    Medium,
    /// An attack on a user works.
    High,
    /// An attack on the server works.
    Critical,
}

impl Severity {
    /// From the worst down.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// In words; colour never carries it alone.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// One level lower; there is nothing below info.
    pub const fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How sure it is. Ordered: `Inferred < Confirmed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// From names and patterns. Shown, never a reason to fail.
    Inferred,
    /// Read directly from an answer.
    Observed,
    /// A control passed, and the forged request had the same effect.
    Confirmed,
}

impl Confidence {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inferred => "inferred",
            Self::Observed => "observed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The mitigation works: seen or proven.
    Implemented,
    /// Absent, or present without effect.
    Missing {
        /// How bad it is here.
        severity: Severity,
        /// How sure that is.
        confidence: Confidence,
    },
    /// Present and partly effective.
    Weak {
        /// How bad it is here: one level below missing.
        severity: Severity,
        /// How sure that is.
        confidence: Confidence,
    },
    /// It could not be decided.
    Unknown,
    /// There is nothing to protect.
    NotApplicable,
}

impl Verdict {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Implemented => "implemented",
            Self::Missing { .. } => "missing",
            Self::Weak { .. } => "weak",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not applicable",
        }
    }

    /// How bad it is, when something is missing or weak.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Missing { severity, .. } | Self::Weak { severity, .. } => Some(severity),
            Self::Implemented | Self::Unknown | Self::NotApplicable => None,
        }
    }

    /// How sure it is, when something is missing or weak.
    pub const fn confidence(self) -> Option<Confidence> {
        match self {
            Self::Missing { confidence, .. } | Self::Weak { confidence, .. } => Some(confidence),
            Self::Implemented | Self::Unknown | Self::NotApplicable => None,
        }
    }
}

/// One rule judged on one target.
#[derive(Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What it found.
    pub verdict: Verdict,
    /// One sentence about this target. Never holds a secret.
    pub summary: String,
    /// The proof, a line each. Never holds a secret.
    pub seen: Vec<String>,
}

/// What a rule's judgement returns: a verdict in the rule's own severity, until it says otherwise.
#[derive(Debug)]
pub(super) struct Outcome {
    kind: Kind,
    severity: Option<Severity>,
    confidence: Confidence,
    summary: String,
    seen: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Implemented,
    Missing,
    Weak,
    Unknown,
    NotApplicable,
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

    fn new(kind: Kind, summary: impl Into<String>) -> Self {
        Self { kind, severity: None, confidence: Confidence::Observed, summary: summary.into(), seen: Vec::new() }
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

    /// Of two outcomes of one rule, the one that matters more.
    pub(super) fn rank(&self) -> u8 {
        match self.kind {
            Kind::NotApplicable => 0,
            Kind::Implemented => 1,
            Kind::Unknown => 2,
            Kind::Weak => 3,
            Kind::Missing => 4,
        }
    }

    pub(super) fn of(self, rule: &'static Rule) -> Finding {
        let confidence = self.confidence;
        let verdict = match self.kind {
            Kind::Implemented => Verdict::Implemented,
            Kind::Missing => Verdict::Missing { severity: self.severity.unwrap_or(rule.severity), confidence },
            Kind::Weak => Verdict::Weak { severity: self.severity.unwrap_or(rule.severity.lowered()), confidence },
            Kind::Unknown => Verdict::Unknown,
            Kind::NotApplicable => Verdict::NotApplicable,
        };
        let seen = self.seen.iter().map(|line| without_secrets(line)).collect();
        Finding { rule, verdict, summary: without_secrets(&self.summary), seen }
    }
}
