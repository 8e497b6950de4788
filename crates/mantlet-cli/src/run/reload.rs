//! The policy is read again on SIGHUP and when its file changes, and put in force whole or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use mantlet::Shield;
use mantlet_core::policy::MAX_FILE_SIZE;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::{Notify, mpsc};
use tokio::time::{sleep, timeout};

use super::mode::ModeOverride;
use crate::config::{Config, Source};
use crate::failure::Failure;
use crate::read_file::{self, Unreadable};

/// Editors write a file in several steps; the last one counts.
const SETTLE: Duration = Duration::from_millis(200);

/// How often the file is read without being told of a change. Nobody tells of one behind a link, on another machine, or in a folder
/// that was put in the place of the watched one; and the system may have no more watches to give.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Each refused visitor is sent one.
const MAX_PAGE_SIZE: usize = 1 << 20;

/// Puts policies in force.
#[derive(Debug)]
pub(super) struct Reloader {
    named: Option<PathBuf>,
    mode: ModeOverride,
    current: Config,
    shield: Shield,
}

impl Reloader {
    pub(super) fn new(named: Option<PathBuf>, mode: ModeOverride, current: Config, shield: Shield) -> Self {
        Self { named, mode, current, shield }
    }

    /// Reads the policy again. A policy that does not hold is reported, and the one in force stays.
    pub(super) fn reload(&mut self) {
        match self.try_reload() {
            Ok(()) => {}
            Err(failure) => tracing::error!("the policy in force stays: {failure}"),
        }
    }

    fn try_reload(&mut self) -> Result<(), Failure> {
        let fresh = match &self.current.source {
            // If it is gone, that is an error: nobody asked for another policy.
            Source::File(path) => Config::read(path)?,
            Source::BuiltIn => Config::load(self.named.as_deref())?,
        };
        let page = csrf_page(&fresh)?;
        for place in needs_restart(&self.current, &fresh) {
            tracing::warn!("{place} has changed: that needs a restart");
        }
        self.shield.swap(&self.mode.apply(&fresh.policy));
        self.shield.set_csrf_page(page);
        tracing::info!(policy = fresh.source_name(), changed = fresh.policy != self.current.policy, "policy reloaded");
        // What needs a restart is still as it was at the start: say so again next time.
        self.current = Config { policy: fresh.policy, source: fresh.source, text: fresh.text, ..self.current.clone() };
        Ok(())
    }
}

fn needs_restart(current: &Config, fresh: &Config) -> Vec<&'static str> {
    let quota = |config: &Config| config.policy.everywhere.upload.spool_quota;
    let places = [
        ("[server]", current.server != fresh.server),
        ("[tls]", current.tls != fresh.tls),
        ("[log]", current.log != fresh.log),
        ("[uploads] spool_quota", quota(current) != quota(fresh)),
    ];
    places.into_iter().filter(|(_, changed)| *changed).map(|(place, _)| place).collect()
}

/// The page that `[csrf] error_page` names, relative to the policy file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn csrf_page(config: &Config) -> Result<Option<String>, Failure> {
    let name = &config.policy.everywhere.csrf.error_page;
    if name.is_empty() {
        return Ok(None);
    }
    let path = config.source.resolve(Path::new(name));
    read_file::text(&path, MAX_PAGE_SIZE)
        .map(Some)
        .map_err(|problem| Failure::new(format!("cannot read [csrf] error_page {}: {problem}", path.display())))
}

/// Tells when the policy file may have changed.
#[derive(Debug)]
pub(super) struct FileWatch {
    changes: mpsc::Receiver<()>,
    /// Watches as long as it lives. `None`: there is no file, or the system cannot watch it.
    _watcher: Option<RecommendedWatcher>,
}

impl FileWatch {
    /// Watches the file of this configuration.
    pub(super) fn start(config: &Config) -> Self {
        Self::looking(config, LOOK_EVERY)
    }

    fn looking(config: &Config, every: Duration) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let Source::File(file) = &config.source else { return Self { changes, _watcher: None } };
        let seen = Arc::new(Notify::new());
        let watcher = watch(file, Arc::clone(&seen))
            .inspect_err(|error| tracing::warn!(%error, "cannot watch the policy file, and looks at it every 10 s"))
            .ok();
        // It may have changed since it was read.
        seen.notify_one();
        let mut known = Ok(config.text.clone());
        let file = file.clone();
        tokio::spawn(async move {
            loop {
                let _ = timeout(every, seen.notified()).await;
                // Other files of the folder change too, and some editors touch a file they do not change. If it is gone
                // for longer than that, whoever removed it may think that its policy went with it.
                let now = settled(&file).await;
                if now != known {
                    known = now;
                    if sender.send(()).await.is_err() {
                        return;
                    }
                }
            }
        });
        Self { changes, _watcher: watcher }
    }

    /// Waits for the next change. May be dropped and called again.
    pub(super) async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// Reads it when nobody has changed it for a moment.
async fn settled(file: &Path) -> Result<String, Unreadable> {
    let mut before = read_file::text(file, MAX_FILE_SIZE);
    loop {
        sleep(SETTLE).await;
        let now = read_file::text(file, MAX_FILE_SIZE);
        if now == before {
            return now;
        }
        before = now;
    }
}

/// The folder is watched and not the file: editors and orchestrators put a new file in its place.
fn watch(file: &Path, seen: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            seen.notify_one();
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use mantlet_core::Mode;

    use super::*;

    fn config(text: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mantlet.toml");
        fs::write(&file, text).unwrap();
        Config::read(&file).unwrap()
    }

    #[test]
    fn sections_that_need_a_restart_are_named() {
        let current = config("");
        assert!(needs_restart(&current, &config("mode = 'observe'")).is_empty());
        let fresh = config("[tls]\nmode = 'off'\n[log]\naccess = false\n[uploads]\nspool_quota = '1GiB'");
        assert_eq!(needs_restart(&current, &fresh), ["[tls]", "[log]", "[uploads] spool_quota"]);
    }

    #[test]
    fn a_policy_that_does_not_hold_leaves_the_old_one_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mantlet.toml");
        fs::write(&file, "mode = 'observe'").unwrap();
        let current = Config::read(&file).unwrap();
        let shield = Shield::new(&current.policy);
        let mut reloader = Reloader::new(Some(file.clone()), ModeOverride(None), current.clone(), shield);
        for broken in ["mode = 'observer'", "[csrf]\nerror_page = 'gone.html'", "[server]\nlisten = 1"] {
            fs::write(&file, broken).unwrap();
            assert!(reloader.try_reload().is_err(), "{broken}");
            assert_eq!(reloader.current, current, "{broken}");
        }
        fs::remove_file(&file).unwrap();
        assert!(reloader.try_reload().is_err(), "gone");
        assert_eq!(reloader.current, current, "gone");
        fs::write(&file, "mode = 'off'").unwrap();
        reloader.try_reload().unwrap();
        assert_eq!(reloader.current.policy.everywhere.mode, Mode::Off);
    }

    #[tokio::test]
    async fn a_file_put_in_its_place_is_a_change_and_a_neighbour_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mantlet.toml");
        fs::write(&file, "").unwrap();
        let mut watch = FileWatch::start(&Config::read(&file).unwrap());
        fs::write(folder.path().join("neighbour"), "x").unwrap();
        let next = folder.path().join("next");
        fs::write(&next, "mode = 'off'").unwrap();
        fs::rename(&next, &file).unwrap();
        watch.changed().await;
        assert!(watch.changes.try_recv().is_err(), "one change is one change");
    }

    #[tokio::test]
    async fn a_change_that_nobody_tells_of_is_found() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (file, real) = (folder.path().join("mantlet.toml"), elsewhere.path().join("real.toml"));
        fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &file).unwrap();
        let mut watch = FileWatch::looking(&Config::read(&file).unwrap(), Duration::from_millis(20));
        sleep(SETTLE * 3).await;
        assert!(watch.changes.try_recv().is_err(), "nothing has changed");
        fs::write(&real, "mode = 'off'").unwrap();
        watch.changed().await;
    }
}
