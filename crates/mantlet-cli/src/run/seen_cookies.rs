//! [`SeenCookies`]: what the shield saw of the app's session cookies, kept for the next run. It then refuses planted ones from
//! its first request on.

use std::fmt::Write;
use std::future::Future;
use std::time::Duration;

use anyhow::Context;
use mantlet::Shield;
use ring::digest::{SHA256, digest};

use super::plan::{Plan, Target};
use super::supervisor::every;
use crate::tls::state::StateFolder;

/// An app sets few names, and all of them soon.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// How long another shield may keep the folder locked. The thread that waits is the one that hears signals, and it tries again.
const LOCK_TIMEOUT: Duration = Duration::from_millis(200);

/// A file of names for one app under one host name.
#[derive(Debug)]
pub(super) struct SeenCookies {
    shield: Shield,
    /// `None`: the environment names none.
    folder: Option<StateFolder>,
    name: String,
    /// What is in the file.
    kept: String,
    /// Whether it could not be written when that was last tried.
    is_failing: bool,
}

impl SeenCookies {
    /// Tells the shield what an earlier run saw.
    pub(super) fn recall(plan: &Plan, shield: Shield) -> Self {
        Self::recall_from(StateFolder::locate().ok(), file_name(&plan.url, &plan.target), shield)
    }

    fn recall_from(folder: Option<StateFolder>, name: String, shield: Shield) -> Self {
        let read = folder.as_ref().map_or(Ok(None), |folder| folder.read(&name));
        let kept = read.unwrap_or_else(|error| {
            tracing::warn!("what an earlier run saw of session cookies is forgotten: {error:#}");
            None
        });
        if kept.as_ref().is_some_and(|kept| !kept.ends_with('\n')) {
            tracing::warn!("some of what an earlier run saw of session cookies is forgotten: {name} has lost its end");
        }
        let kept = kept.unwrap_or_default();
        shield.recall_cookies(&kept);
        Self { shield, folder, name, kept, is_failing: false }
    }

    /// Writes down what is seen while the shield works, and what was at its end.
    pub(super) async fn keep_during<T>(mut self, work: impl Future<Output = T>) -> T {
        let mut ticks = every(KEEP_EVERY);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    self.keep();
                    return done;
                }
                _ = ticks.tick() => self.keep(),
            }
        }
    }

    fn keep(&mut self) {
        let seen = self.shield.seen_cookies();
        if seen.is_empty() || seen == self.kept {
            return;
        }
        // It is tried again and again, and told once: a disk that is full may not stay so.
        let written = self.write();
        match &written {
            Ok(()) if self.is_failing => tracing::info!("what was seen of session cookies is kept after all"),
            Err(error) if !self.is_failing => {
                tracing::warn!("what was seen of session cookies will be forgotten at the end of this run: {error:#}");
            }
            Ok(()) | Err(_) => {}
        }
        self.is_failing = written.is_err();
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let folder = self.folder.as_ref().context("neither XDG_STATE_HOME nor HOME is set to an absolute path")?;
        folder.create()?;
        let _lock = folder.lock_within(LOCK_TIMEOUT)?;
        // Another shield in front of the same app may have written there meanwhile. What cannot be read is lost either way.
        if let Ok(Some(others)) = folder.read(&self.name) {
            self.shield.recall_cookies(&others);
        }
        let seen = self.shield.seen_cookies();
        folder.write(&self.name, &seen)?;
        self.kept = seen;
        Ok(())
    }
}

/// Cookies know no ports, so the host name is what they belong to. An app that is started is known by its folder.
fn file_name(url: &str, target: &Target) -> String {
    let host = url.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let app = match target {
        Target::App(_) => std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default(),
        Target::Upstream(upstream) => upstream.to_string(),
    };
    let digest = digest(&SHA256, format!("{}\n{app}", host.map_or(url, |(host, _)| host)).as_bytes());
    digest.as_ref().iter().take(8).fold("cookies-".to_owned(), |mut name, byte| {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use mantlet::{Disclosure, SpoolSettings};
    use mantlet_core::Policy;

    use super::*;

    fn shield() -> Shield {
        let policy = Policy::default();
        Shield::with(&policy, SpoolSettings::of(&policy), Disclosure::Nothing)
    }

    fn cookies(folder: &StateFolder) -> SeenCookies {
        SeenCookies::recall_from(Some(folder.clone()), "cookies".to_owned(), shield())
    }

    fn sees(cookies: &SeenCookies, name: &str) {
        cookies.shield.recall_cookies(&format!("renamed {name}\n"));
    }

    #[test]
    fn what_could_not_be_kept_is_kept_as_soon_as_it_can_be() {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(&parent.path().join("mantlet"));
        // Root may write to any folder, and nobody below a file.
        fs::write(parent.path().join("mantlet"), "").unwrap();
        let mut cookies = cookies(&folder);
        sees(&cookies, "sid");
        cookies.keep();
        assert!(cookies.is_failing);
        fs::remove_file(parent.path().join("mantlet")).unwrap();
        cookies.keep();
        assert!(!cookies.is_failing);
        assert_eq!(folder.read("cookies").unwrap().as_deref(), Some("renamed sid\n"));
    }

    #[test]
    fn what_is_locked_is_kept_later() {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(parent.path());
        let lock = folder.lock().unwrap();
        let mut cookies = cookies(&folder);
        sees(&cookies, "sid");
        cookies.keep();
        assert!(cookies.is_failing);
        drop(lock);
        cookies.keep();
        assert_eq!(folder.read("cookies").unwrap().as_deref(), Some("renamed sid\n"));
    }

    #[test]
    fn two_shields_of_one_app_keep_what_either_saw() {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(parent.path());
        let mut shields = [cookies(&folder), cookies(&folder)];
        for (at, name) in [(0, "first"), (1, "second"), (0, "third")] {
            sees(&shields[at], name);
            shields[at].keep();
        }
        assert_eq!(cookies(&folder).shield.seen_cookies(), "renamed first\nrenamed third\nrenamed second\n");
    }

    #[test]
    fn what_is_left_of_a_file_is_recalled_and_the_file_made_whole() {
        let parent = tempfile::tempdir().unwrap();
        let folder = StateFolder::at(parent.path());
        for (name, left, expected) in [
            ("cut", "renamed sid\nplain oth", Some("renamed sid\nrenamed new\n")),
            ("empty", "", Some("renamed new\n")),
            ("not text", "\u{0}\n", Some("renamed new\n")),
        ] {
            fs::write(folder.file("cookies"), left).unwrap();
            let mut cookies = cookies(&folder);
            sees(&cookies, "new");
            cookies.keep();
            assert_eq!(folder.read("cookies").unwrap().as_deref(), expected, "{name}");
        }
    }
}
