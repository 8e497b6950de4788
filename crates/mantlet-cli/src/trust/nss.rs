//! The browsers' own stores on Linux: databases of NSS, one for Chromium and one for each profile of Firefox.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Change, Root, Step};
use crate::failure::Failure;

/// Where Chromium keeps its database, older place first.
const CHROMIUM: [&str; 3] = [".pki/nssdb", ".local/share/pki/nssdb", "snap/chromium/current/.pki/nssdb"];
/// Where Firefox keeps its profiles.
const FIREFOX: [&str; 4] = [
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
];

/// How much the browsers' stores are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// As far as there are any.
    IfAny,
    /// They were asked for by name: a missing tool is an error, and a missing database of Chromium is made.
    ByName,
}

/// Changes every database of this user; returns those that are now as was asked.
pub(super) fn change(root: &Root, change: Change, wanted: Wanted) -> anyhow::Result<Vec<PathBuf>> {
    let Some(home) = std::env::var_os("HOME").map(PathBuf::from) else {
        return match wanted {
            Wanted::IfAny => Ok(Vec::new()),
            Wanted::ByName => Err(Failure::new("cannot find the stores of your browsers: HOME is not set").into()),
        };
    };
    let mut databases = databases(&home);
    if databases.is_empty() && wanted == Wanted::IfAny {
        return Ok(databases);
    }
    if !has_certutil() {
        if wanted == Wanted::IfAny {
            return Ok(Vec::new());
        }
        return Err(Failure::new("cannot change the stores of your browsers: certutil is not installed")
            .fix("apt install libnss3-tools   (dnf install nss-tools, pacman -S nss)")
            .into());
    }
    if databases.is_empty() && change == Change::Add {
        databases.push(create(&home)?);
    }
    let name = format!("Mantlet local CA {}", root.id);
    let mut changed = Vec::new();
    for database in databases {
        let place = format!("sql:{}", database.display());
        match (change, is_there(&place, &name)) {
            (Change::Remove, false) => continue,
            (Change::Remove, true) => Step::new("certutil", &["-D", "-d", &place, "-n", &name]).run()?,
            (Change::Add, true) => {}
            (Change::Add, false) => {
                let certificate = root.path.to_string_lossy();
                Step::new("certutil", &["-A", "-d", &place, "-t", "C,,", "-n", &name, "-i", &certificate]).run()?;
            }
        }
        changed.push(database);
    }
    Ok(changed)
}

fn databases(home: &Path) -> Vec<PathBuf> {
    let profiles = FIREFOX.iter().filter_map(|place| fs::read_dir(home.join(place)).ok()).flatten();
    CHROMIUM
        .iter()
        .map(|place| home.join(place))
        .chain(profiles.filter_map(|entry| Some(entry.ok()?.path())))
        .filter(|folder| folder.join("cert9.db").is_file())
        .collect()
}

/// Chromium makes its database on its first start; before that we make it where it will look.
fn create(home: &Path) -> anyhow::Result<PathBuf> {
    let folder = home.join(".pki/nssdb");
    fs::create_dir_all(&folder)?;
    Step::new("certutil", &["-N", "-d", &format!("sql:{}", folder.display()), "--empty-password"]).run()?;
    Ok(folder)
}

fn has_certutil() -> bool {
    Command::new("certutil").arg("-H").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn is_there(place: &str, name: &str) -> bool {
    Command::new("certutil")
        .args(["-L", "-d", place, "-n", name])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|done| done.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_of_all_browsers_are_found() {
        let home = tempfile::tempdir().unwrap();
        for folder in [".pki/nssdb", ".mozilla/firefox/abc.default", "snap/firefox/common/.mozilla/firefox/x"] {
            let folder = home.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("cert9.db"), "").unwrap();
        }
        fs::create_dir_all(home.path().join(".mozilla/firefox/Crash Reports")).unwrap();
        assert_eq!(databases(home.path()).len(), 3);
    }
}
