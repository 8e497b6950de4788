//! [`Rule`]: one check, and the [`Strategy`] it belongs to.

use super::Evidence;
use super::finding::Severity;
use super::outcome::Outcome;

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
