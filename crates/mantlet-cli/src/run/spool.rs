//! Whether bodies have somewhere to wait for their verdict.

use mantlet::SpoolSettings;

use crate::failure::Failure;

/// Why larger bodies will be refused. It is no reason not to start: a container whose disk can only be read may hold an app
/// that nobody uploads anything to.
pub(crate) fn unusable_spool(spools: &SpoolSettings) -> Option<Failure> {
    let error = spools.try_out().err()?;
    let what =
        "the folder for temporary files cannot be written: forms and uploads of more than 128 KiB will be refused";
    let found = Failure::new(what).seen(format!("{}: {error}", spools.folder().display()));
    Some(found.fix("let this user write there").fix("set TMPDIR to another folder"))
}
