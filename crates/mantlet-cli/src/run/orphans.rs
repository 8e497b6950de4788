//! Processes that the app leaves behind, and that nobody else waits for.

use std::io;

use rustix::process::{Pid, WaitOptions, waitpid};
use tokio::signal::unix::{SignalKind, signal};

use super::sockets;

/// Makes us the parent of every process that the app starts and leaves behind, as the first process of a container is
/// anyway: they are then seen, and waited for. Elsewhere than on Linux they are init's.
pub(super) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Where the kernel does not let us, they are init's as well.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Waits for orphans as they end, and never for the app itself: its status is waited for elsewhere.
pub(super) fn reap_orphans(app: u32) -> io::Result<()> {
    let own = std::process::id();
    let mut ended = signal(SignalKind::child())?;
    tokio::spawn(async move {
        loop {
            for zombie in sockets::zombies_of(own).into_iter().filter(|pid| *pid != app) {
                if let Some(pid) = i32::try_from(zombie).ok().and_then(Pid::from_raw) {
                    // Gone already is as good.
                    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
                }
            }
            if ended.recv().await.is_none() {
                return;
            }
        }
    });
    Ok(())
}
