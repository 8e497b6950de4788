//! Whether bodies have somewhere to wait for their verdict.

use mantlet::{Mode, Policy, SpoolSettings};

use crate::failure::Failure;

/// Why larger bodies will be refused. It is no reason not to start: a container whose disk can only be read may hold an app
/// that nobody uploads anything to.
pub(crate) fn unusable_spool(policy: &Policy) -> Option<Failure> {
    let mut guards = policy.routes.iter().map(|route| &route.guards).chain([&policy.everywhere]);
    if !guards.any(|guards| guards.modes().iter().any(|(guard, mode)| *guard == "uploads" && *mode != Mode::Off)) {
        return None;
    }
    let spools = SpoolSettings::of(policy);
    let error = spools.try_out().err()?;
    let what =
        "the folder for temporary files cannot be written: forms and uploads of more than 128 KiB will be refused";
    let found = Failure::new(what).seen(format!("{}: {error}", spools.folder().display()));
    Some(found.fix("let this user write there").fix("set TMPDIR to another folder"))
}
