//! [`StateFolder`]: what outlives a run, readable by its owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::fs::{Access, OFlags, access};

use crate::failure::Failure;
use crate::read_file::{self, Unreadable};

/// What is kept in one file comes to far less.
const MAX_FILE: usize = 1024 * 1024;

/// Whoever has the lock needs it for an instant, unless it stands still.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
const LOCK_EVERY: Duration = Duration::from_millis(20);

/// `$XDG_STATE_HOME/mantlet`, mode 0700.
#[derive(Debug, Clone)]
pub(crate) struct StateFolder(PathBuf);

impl StateFolder {
    /// Where it is, whether or not it exists yet.
    ///
    /// # Errors
    /// When the environment says neither where state belongs nor where home is.
    pub(crate) fn locate() -> Result<Self, Failure> {
        Self::locate_in(std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"))
    }

    fn locate_in(state_home: Option<std::ffi::OsString>, home: Option<std::ffi::OsString>) -> Result<Self, Failure> {
        // The specification has relative paths ignored.
        let absolute = |path: std::ffi::OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
        let base = state_home.and_then(absolute).or_else(|| Some(home.and_then(absolute)?.join(".local/state")));
        match base {
            Some(base) => Ok(Self(base.join("mantlet"))),
            None => Err(Failure::new("no folder to keep the local certificate authority in")
                .seen("neither XDG_STATE_HOME nor HOME is set to an absolute path")
                .fix("set XDG_STATE_HOME, or do without TLS: --http")),
        }
    }

    #[cfg(test)]
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folder if it is not there, and keeps others out of it.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        let context = || format!("cannot keep state in {}", self.0.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(|error| self.not_kept(&error))?;
        let mode = fs::metadata(&self.0).with_context(context)?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700)).with_context(context)?;
        }
        Ok(())
    }

    /// Whether it could be made, or written to. Changes nothing.
    pub(crate) fn probe(&self) -> Result<(), Failure> {
        let existing = self.0.ancestors().find(|path| path.exists()).unwrap_or(&self.0);
        access(existing, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| self.not_kept(&error.into()))
    }

    fn not_kept(&self, error: &io::Error) -> Failure {
        Failure::new(format!("cannot keep state in {}: {error}", self.0.display()))
            .fix("set XDG_STATE_HOME to a folder that this user may write to, or do without TLS: --http")
    }

    /// Keeps other processes out until the file is dropped, so that two first runs do not make two authorities.
    pub(crate) fn lock(&self) -> anyhow::Result<File> {
        self.lock_within(LOCK_TIMEOUT)
    }

    /// The same for somebody who cannot wait for long.
    pub(crate) fn lock_within(&self, timeout: Duration) -> anyhow::Result<File> {
        let path = self.file("lock");
        let context = || format!("cannot lock {}", path.display());
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            // A pipe of that name would be waited for.
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(&path)
            .with_context(context)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error).with_context(context),
                Err(TryLockError::WouldBlock) if begun.elapsed() < timeout => sleep(LOCK_EVERY),
                Err(TryLockError::WouldBlock) => {
                    return Err(Failure::new(format!("another mantlet keeps {} locked", path.display()))
                        .fix("end it, or let it go on if it was stopped")
                        .into());
                }
            }
        }
    }

    /// Writes a file whole or not at all, readable by its owner alone.
    pub(crate) fn write(&self, name: &str, content: &str) -> anyhow::Result<()> {
        let path = self.file(name);
        let fresh = self.file(&format!("{name}.{}.new", std::process::id()));
        write_new(&fresh, content)
            .and_then(|()| fs::rename(&fresh, &path))
            .inspect_err(|_| {
                let _ = fs::remove_file(&fresh);
            })
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads a file; `None` when it is not there.
    pub(crate) fn read(&self, name: &str) -> anyhow::Result<Option<String>> {
        let path = self.file(name);
        match read_file::text(&path, MAX_FILE) {
            Ok(content) => Ok(Some(content)),
            Err(Unreadable::Missing) => Ok(None),
            Err(problem) => bail!("cannot read {}: {problem}", path.display()),
        }
    }
}

fn write_new(path: &Path, content: &str) -> io::Result<()> {
    // Left over from a process of the same number that was killed in between.
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_found_as_xdg_says() {
        for (name, state_home, home, expected) in [
            ("state home", Some("/s"), Some("/h"), Some("/s/mantlet")),
            ("home", None, Some("/h"), Some("/h/.local/state/mantlet")),
            ("relative is ignored", Some("s"), Some("/h"), Some("/h/.local/state/mantlet")),
            ("nothing", None, None, None),
            ("empty", Some(""), Some(""), None),
        ] {
            let found = StateFolder::locate_in(state_home.map(Into::into), home.map(Into::into));
            assert_eq!(found.ok().map(|folder| folder.0), expected.map(PathBuf::from), "{name}");
        }
    }

    #[test]
    fn folder_and_files_are_for_their_owner_alone() {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(&parent.path().join("mantlet"));
        fs::create_dir(&folder.0).unwrap();
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755)).unwrap();
        folder.create().unwrap();
        folder.write("ca.key", "secret").unwrap();
        folder.write("ca.key", "another").unwrap();
        assert_eq!(fs::metadata(&folder.0).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(folder.file("ca.key")).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(folder.read("ca.key").unwrap().as_deref(), Some("another"));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_known_before() {
        let parent = tempfile::tempdir().unwrap();
        File::create(parent.path().join("file")).unwrap();
        for (name, path, is_good) in [("not made yet", "a/b", true), ("below a file", "file/b", false)] {
            let folder = StateFolder::at(&parent.path().join(path));
            assert_eq!(folder.probe().is_ok(), is_good, "{name}");
            assert_eq!(folder.create().is_ok(), is_good, "{name}");
        }
    }

    #[test]
    fn nobody_waits_for_ever_for_the_lock() {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(parent.path());
        let lock = folder.lock().unwrap();
        let failure = folder.lock_within(Duration::ZERO).unwrap_err().to_string();
        assert!(failure.contains("/lock locked"), "{failure}");
        drop(lock);
        folder.lock().unwrap();
        fs::remove_file(folder.file("lock")).unwrap();
        std::process::Command::new("mkfifo").arg(folder.file("lock")).status().unwrap();
        assert!(folder.lock().is_err(), "a pipe");
    }

    #[test]
    fn a_file_that_grew_beyond_all_measure_is_not_read() {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(parent.path());
        for (length, is_read) in [(MAX_FILE, true), (MAX_FILE + 1, false)] {
            let file = File::create(folder.file("cookies")).unwrap();
            file.set_len(length as u64).unwrap();
            assert_eq!(folder.read("cookies").is_ok(), is_read, "{length}");
        }
    }
}
