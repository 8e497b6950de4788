//! What the audit says: a [`Finding`] is one [`Rule`] judged on one target.

use std::fmt;

use super::Rule;

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
    pub(crate) const fn lowered(self) -> Self {
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
    /// It holds for a part of what was found: the summary says for which.
    pub in_part: bool,
}
