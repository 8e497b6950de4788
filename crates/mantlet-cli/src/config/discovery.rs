//! Which policy file holds: one, never merged.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::read_file::is_there;

/// The name looked for.
pub(crate) const FILE_NAME: &str = "mantlet.toml";

/// Where a configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// No file was named or found, or `none` was asked for.
    BuiltIn,
}

impl Source {
    /// A path that the file names, relative to the file's own folder. The empty one stays empty.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        match self {
            Self::File(file) if !path.as_os_str().is_empty() => file.parent().unwrap_or(Path::new("")).join(path),
            Self::File(_) | Self::BuiltIn => path.to_owned(),
        }
    }
}

/// `--config` or MANTLET_CONFIG; else the nearest `mantlet.toml` from the working folder up to the root of its
/// repository; else the user's own; else the built-in policy.
///
/// # Errors
/// When a file was named and is not there.
pub(crate) fn discover(named: Option<&Path>) -> Result<Source, Failure> {
    if let Some(path) = named {
        return named_file(path);
    }
    let folder = std::env::current_dir().unwrap_or_default();
    let found = nearest(&folder).or_else(|| users_own(std::env::var_os("XDG_CONFIG_HOME"), std::env::var_os("HOME")));
    Ok(found.map_or(Source::BuiltIn, Source::File))
}

fn named_file(path: &Path) -> Result<Source, Failure> {
    if path == Path::new("none") || path.as_os_str().is_empty() {
        return Ok(Source::BuiltIn);
    }
    if is_there(path) {
        return Ok(Source::File(path.to_owned()));
    }
    Err(Failure::new(format!("there is no policy file {}", path.display()))
        .fix("mantlet init writes one; --config none takes the built-in policy"))
}

/// What has the name and cannot be read is an error, and no reason to take another policy: somebody relies on this one.
/// Outside of a repository only the working folder counts: what lies above it may be anybody's.
fn nearest(folder: &Path) -> Option<PathBuf> {
    let root = folder.ancestors().find(|ancestor| ancestor.join(".git").exists()).unwrap_or(folder);
    folder
        .ancestors()
        .take_while(|ancestor| ancestor.starts_with(root))
        .map(|ancestor| ancestor.join(FILE_NAME))
        .find(|file| is_there(file))
}

fn users_own(config_home: Option<std::ffi::OsString>, home: Option<std::ffi::OsString>) -> Option<PathBuf> {
    let absolute = |path: std::ffi::OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let base = config_home.and_then(absolute).or_else(|| Some(home.and_then(absolute)?.join(".config")))?;
    Some(base.join("mantlet").join(FILE_NAME)).filter(|file| is_there(file))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_file_up_to_the_repository_root_holds() {
        let top = tempfile::tempdir().unwrap();
        let repository = top.path().join("repository");
        let folder = repository.join("app/templates");
        fs::create_dir_all(&folder).unwrap();
        fs::write(top.path().join(FILE_NAME), "").unwrap();
        assert_eq!(nearest(&folder), None, "no repository: what lies above may be anybody's");
        fs::create_dir(repository.join(".git")).unwrap();
        assert_eq!(nearest(&folder), None, "above the root of the repository nothing counts");
        fs::write(repository.join(FILE_NAME), "").unwrap();
        assert_eq!(nearest(&folder), Some(repository.join(FILE_NAME)));
        fs::write(repository.join("app").join(FILE_NAME), "").unwrap();
        assert_eq!(nearest(&folder), Some(repository.join("app").join(FILE_NAME)));
    }

    #[test]
    fn what_has_the_name_and_is_no_file_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE_NAME);
        std::os::unix::fs::symlink(folder.path().join("gone"), &file).unwrap();
        assert_eq!(nearest(folder.path()), Some(file.clone()));
        assert_eq!(named_file(&file), Ok(Source::File(file)));
    }

    #[test]
    fn a_named_file_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(discover(Some(Path::new("none"))), Ok(Source::BuiltIn));
        assert!(discover(Some(&folder.path().join("gone.toml"))).is_err());
        fs::create_dir(folder.path().join("mantlet")).unwrap();
        let own = folder.path().join("mantlet").join(FILE_NAME);
        assert_eq!(users_own(Some(folder.path().into()), None), None);
        fs::write(&own, "").unwrap();
        assert_eq!(users_own(Some(folder.path().into()), None), Some(own));
    }
}
