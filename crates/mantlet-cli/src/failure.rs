//! [`Failure`]: what failed, what was seen, what to do. And which exit code says so.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::output::Output;

/// Wrong usage, or a policy that does not hold.
pub(crate) const EXIT_USAGE: u8 = 2;
/// `run`: Mantlet failed, before or beside the app. As `env`, `timeout` and `docker run` have it.
pub(crate) const EXIT_RUN_FAILED: u8 = 125;
/// `run`: the command is there but cannot be executed.
pub(crate) const EXIT_NOT_EXECUTABLE: u8 = 126;
/// `run`: there is no such command.
pub(crate) const EXIT_NOT_FOUND: u8 = 127;

/// A failure as the user reads it: lower case, no exclamation marks, and ending in something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    what: String,
    seen: Vec<String>,
    fixes: Vec<String>,
    code: Option<u8>,
}

impl Failure {
    /// What failed, in one line.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), seen: Vec::new(), fixes: Vec::new(), code: None }
    }

    /// What was seen that explains it.
    pub(crate) fn seen(mut self, line: impl Into<String>) -> Self {
        self.seen.push(line.into());
        self
    }

    /// Something to do about it; several are alternatives.
    pub(crate) fn fix(mut self, line: impl Into<String>) -> Self {
        self.fixes.push(line.into());
        self
    }

    /// An exit code other than the command's usual one.
    pub(crate) fn exit(mut self, code: u8) -> Self {
        self.code = Some(code);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for line in &self.seen {
            write!(f, "\n  {line}")?;
        }
        for (at, fix) in self.fixes.iter().enumerate() {
            let lead = if at == 0 { "fix:" } else { "  or" };
            write!(f, "\n  {lead} {fix}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Tells the user, and picks the exit code.
pub(crate) fn report(problem: &anyhow::Error, usual: u8, output: &Output) -> ExitCode {
    if is_broken_pipe(problem) {
        // `mantlet explain … | head`: the reader has what it wanted.
        return ExitCode::SUCCESS;
    }
    let failure = problem.downcast_ref::<Failure>();
    match failure {
        Some(failure) => output.error(failure),
        None => output.error(&format!("{problem:#}")),
    }
    ExitCode::from(failure.and_then(|failure| failure.code).unwrap_or(usual))
}

fn is_broken_pipe(problem: &anyhow::Error) -> bool {
    problem.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_as_what_seen_fix() {
        let failure = Failure::new("the app did not open port 49721 within 60 s")
            .seen("it is listening on 127.0.0.1:5000 instead (it ignores PORT)")
            .fix("mantlet run -- python manage.py runserver {port}")
            .fix("mantlet run --upstream http://127.0.0.1:5000");
        assert_eq!(
            failure.to_string(),
            "the app did not open port 49721 within 60 s\n  \
             it is listening on 127.0.0.1:5000 instead (it ignores PORT)\n  \
             fix: mantlet run -- python manage.py runserver {port}\n    \
             or mantlet run --upstream http://127.0.0.1:5000"
        );
    }
}
