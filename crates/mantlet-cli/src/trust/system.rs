//! The system's trust store: what curl, git, package managers and many languages believe.

use std::path::{Path, PathBuf};

use super::{Change, Root, Step};

/// A kind of store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Store {
    /// Whose.
    pub(super) name: &'static str,
    /// Where an administrator's own certificates go. A system that has this folder has this kind of store.
    folder: &'static str,
    /// What rebuilds the store after an addition, and after a removal.
    rebuild: [&'static [&'static str]; 2],
}

const STORES: [Store; 4] = [
    Store {
        name: "the system's store (Debian, Ubuntu, Alpine)",
        folder: "/usr/local/share/ca-certificates",
        rebuild: [&["update-ca-certificates"], &["update-ca-certificates", "--fresh"]],
    },
    Store {
        name: "the system's store (Fedora, RHEL)",
        folder: "/etc/pki/ca-trust/source/anchors",
        rebuild: [&["update-ca-trust", "extract"], &["update-ca-trust", "extract"]],
    },
    Store {
        name: "the system's store (Arch)",
        folder: "/etc/ca-certificates/trust-source/anchors",
        rebuild: [&["update-ca-trust"], &["update-ca-trust"]],
    },
    Store {
        name: "the system's store (openSUSE)",
        folder: "/usr/share/pki/trust/anchors",
        rebuild: [&["update-ca-certificates"], &["update-ca-certificates"]],
    },
];

const MACOS: Store = Store { name: "the system's keychain", folder: "/Library/Keychains", rebuild: [&[], &[]] };

impl Store {
    /// The store of this machine.
    pub(super) fn detect() -> Option<&'static Self> {
        if cfg!(target_os = "macos") {
            return Some(&MACOS);
        }
        STORES.iter().find(|store| Path::new(store.folder).is_dir())
    }

    /// Whether it may hold this root: macOS does not tell by its files.
    pub(super) fn may_hold(&self, root: &Root) -> bool {
        self == &MACOS || self.place_of(root).exists()
    }

    fn place_of(&self, root: &Root) -> PathBuf {
        Path::new(self.folder).join(format!("mantlet-ca-{}.crt", root.id))
    }

    /// What has to run, as root.
    pub(super) fn steps(&self, root: &Root, change: Change) -> Vec<Step> {
        let certificate = root.path.to_string_lossy();
        if self == &MACOS {
            let keychain = "/Library/Keychains/System.keychain";
            return vec![match change {
                Change::Add => {
                    Step::new("security", &["add-trusted-cert", "-d", "-r", "trustRoot", "-k", keychain, &certificate])
                }
                Change::Remove => Step::new("security", &["remove-trusted-cert", "-d", &certificate]),
            }];
        }
        let target = self.place_of(root);
        let target = target.to_string_lossy();
        let [after_add, after_remove] = self.rebuild;
        let (place, rebuild) = match change {
            Change::Add => (Step::new("install", &["-m", "644", &certificate, &target]), after_add),
            Change::Remove => (Step::new("rm", &["-f", &target]), after_remove),
        };
        let rebuild = match rebuild {
            [program, args @ ..] => Some(Step::new(program, args)),
            [] => None,
        };
        std::iter::once(place).chain(rebuild).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_put_in_is_not_there() {
        let root = Root { path: "/home/a/ca.crt".into(), id: "of-nobody".to_owned() };
        assert!(!STORES[0].may_hold(&root));
        assert!(MACOS.may_hold(&root));
    }

    #[test]
    fn what_is_put_in_is_what_is_taken_out() {
        let root = Root { path: "/home/a b/ca.crt".into(), id: "1a2b3c4d".to_owned() };
        let shown =
            |change| STORES[0].steps(&root, change).iter().map(Step::to_string).collect::<Vec<_>>().join(" && ");
        assert_eq!(
            shown(Change::Add),
            "install -m 644 '/home/a b/ca.crt' /usr/local/share/ca-certificates/mantlet-ca-1a2b3c4d.crt \
             && update-ca-certificates"
        );
        assert_eq!(
            shown(Change::Remove),
            "rm -f /usr/local/share/ca-certificates/mantlet-ca-1a2b3c4d.crt && update-ca-certificates --fresh"
        );
    }
}
