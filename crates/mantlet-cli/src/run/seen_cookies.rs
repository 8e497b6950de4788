//! [`SeenCookies`]: what the shield saw of the app's session cookies, kept for the next run. It then refuses planted ones from
//! its first request on.

use std::fmt::Write;
use std::future::Future;
use std::time::Duration;

use mantlet::Shield;
use ring::digest::{SHA256, digest};

use super::plan::{Plan, Target};
use super::supervisor::every;
use crate::tls::state::StateFolder;

/// An app sets few names, and all of them soon.
const KEEP_EVERY: Duration = Duration::from_secs(10);

/// A file of names for one app under one host name.
#[derive(Debug)]
pub(super) struct SeenCookies {
    shield: Shield,
    name: String,
    /// What is in the file, or could not be written to it.
    kept: String,
}

impl SeenCookies {
    /// Tells the shield what an earlier run saw.
    pub(super) fn recall(plan: &Plan, shield: Shield) -> Self {
        let name = file_name(&plan.url, &plan.target);
        let read = StateFolder::locate().map_or(Ok(None), |folder| folder.read(&name));
        let kept = read.unwrap_or_else(|error| {
            tracing::warn!("what an earlier run saw of session cookies is forgotten: {error:#}");
            None
        });
        let kept = kept.unwrap_or_default();
        shield.recall_cookies(&kept);
        Self { shield, name, kept }
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
        if let Err(error) = self.write(&seen) {
            tracing::warn!("what was seen of session cookies will be forgotten at the end of this run: {error:#}");
        }
        self.kept = seen;
    }

    fn write(&self, seen: &str) -> anyhow::Result<()> {
        let folder = StateFolder::locate()
            .map_err(|_| anyhow::anyhow!("neither XDG_STATE_HOME nor HOME is set to an absolute path"))?;
        folder.create()?;
        folder.write(&self.name, seen)
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
