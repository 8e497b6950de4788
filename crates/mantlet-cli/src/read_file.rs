//! Reads a file that a person or an earlier run wrote: all of it, and no more than such a file has.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Why there is no text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// There is nothing of this name.
    Missing,
    /// There is something else, or no leave to read it.
    Other(String),
    /// The first line that is not UTF-8.
    Encoding(usize),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such file"),
            Self::Other(problem) => f.write_str(problem),
            Self::Encoding(line) => write!(f, "line {line} is not UTF-8"),
        }
    }
}

/// Reads at most `most` bytes.
///
/// # Errors
/// When it is no file, is larger, or is not UTF-8.
pub(crate) fn text(path: &Path, most: usize) -> Result<String, Unreadable> {
    String::from_utf8(bytes(path, most)?).map_err(|error| {
        let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        Unreadable::Encoding(before.filter(|byte| **byte == b'\n').count().saturating_add(1))
    })
}

/// Reads at most `most` bytes, of text in any encoding.
///
/// # Errors
/// When it is no file, or is larger.
pub(crate) fn bytes(path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    // A pipe would be waited for, and have nothing when it is read again.
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "a pipe or a device" };
        return Err(Unreadable::Other(format!("it is {what}")));
    }
    let mut bytes = Vec::new();
    let limit = (most as u64).saturating_add(1);
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() > most {
        return Err(Unreadable::Other(format!("it is larger than {} KiB", most / 1024)));
    }
    Ok(bytes)
}

/// A link that leads nowhere is there: somebody wanted a file of this name to hold.
fn unreadable(path: &Path, error: &io::Error) -> Unreadable {
    match error.kind() {
        io::ErrorKind::NotFound if is_there(path) => Unreadable::Other("the link leads to nothing".to_owned()),
        io::ErrorKind::NotFound => Unreadable::Missing,
        _ => Unreadable::Other(error.to_string()),
    }
}

/// Whether something has this name, whatever it is.
pub(crate) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_no_text_is_called_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("text"), "a\nb").unwrap();
        fs::write(path("latin"), b"a\n# \xe4\n").unwrap();
        fs::write(path("large"), "x".repeat(2049)).unwrap();
        fs::create_dir(path("folder")).unwrap();
        symlink(path("gone"), path("dangling")).unwrap();
        symlink(path("text"), path("link")).unwrap();
        let other = |text: &str| Err(Unreadable::Other(text.to_owned()));
        for (name, expected) in [
            ("text", Ok("a\nb".to_owned())),
            ("link", Ok("a\nb".to_owned())),
            ("gone", Err(Unreadable::Missing)),
            ("latin", Err(Unreadable::Encoding(2))),
            ("large", other("it is larger than 2 KiB")),
            ("folder", other("it is a folder")),
            ("dangling", other("the link leads to nothing")),
        ] {
            assert_eq!(text(&path(name), 2048), expected, "{name}");
        }
        assert_eq!(text(Path::new("/dev/zero"), 2048), other("it is a pipe or a device"));
    }
}
