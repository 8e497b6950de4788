//! [`PolicyError`]: where in the policy file, what is wrong, what to write instead.

use std::fmt;

/// One mistake in a policy file.
///
/// Its `Display` starts with the line, so that a host that knows the file's name writes `error: mantlet.toml:{error}`:
///
/// ```text
/// error: mantlet.toml:31: unknown key `same_sites` in [csrf]
///   did you mean `same_site`?
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, in one line.
    pub help: Option<String>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)?;
        if let Some(help) = &self.help {
            write!(f, "\n  {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// Every mistake found in a policy file, in the order of the file. Never empty.
///
/// Of one section no more than twenty are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors(Vec<PolicyError>);

impl PolicyErrors {
    /// `Ok` when there is nothing to report.
    pub(super) fn of(errors: Vec<PolicyError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(errors.into_iter().collect()) }
    }

    /// The mistakes.
    pub fn iter(&self) -> std::slice::Iter<'_, PolicyError> {
        self.0.iter()
    }
}

impl FromIterator<PolicyError> for PolicyErrors {
    /// Of at least one.
    fn from_iter<I: IntoIterator<Item = PolicyError>>(errors: I) -> Self {
        let mut errors: Vec<PolicyError> = errors.into_iter().collect();
        errors.sort_by_key(|error| (error.line, error.column));
        // A mistake of the base shows again in each route that inherits it; the sort kept the base's words first.
        errors.dedup_by_key(|error| (error.line, error.column));
        Self(errors)
    }
}

impl From<PolicyError> for PolicyErrors {
    fn from(error: PolicyError) -> Self {
        Self(vec![error])
    }
}

impl<'a> IntoIterator for &'a PolicyErrors {
    type Item = &'a PolicyError;
    type IntoIter = std::slice::Iter<'a, PolicyError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for PolicyErrors {
    type Item = PolicyError;
    type IntoIter = std::vec::IntoIter<PolicyError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyErrors {}
