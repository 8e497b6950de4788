//! Standard error: the one way there, for the log and for all else that is said.
//!
//! Whoever reads it may stop: a pipe whose reader hangs, a terminal that was told to wait. Writing then waits too, and so would
//! all that writes: the threads that serve, and the one that listens for signals. So one thread writes, and nobody else
//! waits. Lines for which there is no room are dropped and counted, and the log says so when it is read again.

use std::io::{self, Write};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// How much may wait to be written: ten seconds of a busy log.
const ROOM: usize = 4 << 20;

/// How long the end of the program waits for the last lines to be read.
const LAST_LINES: Duration = Duration::from_secs(1);

/// There is one standard error.
static QUEUE: Queue = Queue::new();
static HAS_THREAD: OnceLock<bool> = OnceLock::new();

/// Says these lines, soon.
pub(crate) fn say(lines: &str) {
    // It cannot fail.
    let _ = LogWriter.write_all(lines.as_bytes());
}

/// Waits until all is written, or nobody seems to read it.
pub(crate) fn finish() {
    QUEUE.wait_until_written(LAST_LINES);
}

/// For the events of [`crate::logging`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if has_thread() {
            QUEUE.add(lines);
        } else {
            // To have whoever speaks wait is better than silence. If it cannot be written, there is nobody left to tell.
            let _ = io::stderr().write_all(lines);
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether there is a thread that writes. The first call starts it.
fn has_thread() -> bool {
    *HAS_THREAD.get_or_init(|| {
        let thread = std::thread::Builder::new().name("stderr".to_owned());
        thread.spawn(|| QUEUE.write_all_to(&mut io::stderr())).is_ok()
    })
}

/// Lines on their way to the thread that writes.
#[derive(Debug)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug)]
struct Waiting {
    text: Vec<u8>,
    lost: u64,
    is_writing: bool,
}

impl Queue {
    const fn new() -> Self {
        Self { waiting: Mutex::new(Waiting { text: Vec::new(), lost: 0, is_writing: false }), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, lines: &[u8]) {
        let mut waiting = self.lock();
        if waiting.text.len().saturating_add(lines.len()) > ROOM {
            let count = lines.iter().filter(|byte| **byte == b'\n').count();
            waiting.lost = waiting.lost.saturating_add(count as u64);
        } else {
            waiting.text.extend_from_slice(lines);
        }
        drop(waiting);
        self.changed.notify_all();
    }

    /// Writes what comes, for ever.
    fn write_all_to(&self, to: &mut impl Write) {
        loop {
            let (text, lost) = self.take();
            // A log that cannot be written must not stop the shield.
            let _ = to.write_all(&text);
            self.lock().is_writing = false;
            self.changed.notify_all();
            if lost > 0 {
                tracing::warn!("{lost} lines of the log were lost here: nobody read it");
            }
        }
    }

    fn take(&self) -> (Vec<u8>, u64) {
        let is_idle = |waiting: &mut Waiting| waiting.text.is_empty();
        let mut waiting = self.changed.wait_while(self.lock(), is_idle).unwrap_or_else(PoisonError::into_inner);
        waiting.is_writing = true;
        (mem::take(&mut waiting.text), mem::take(&mut waiting.lost))
    }

    fn wait_until_written(&self, limit: Duration) {
        let is_waiting = |waiting: &mut Waiting| waiting.is_writing || !waiting.text.is_empty();
        drop(self.changed.wait_timeout_while(self.lock(), limit, is_waiting));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_does_not_wait_and_what_is_lost_is_counted() {
        let queue = Queue::new();
        let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
        for _ in 0..ROOM / 1024 {
            queue.add(&line);
        }
        assert_eq!(queue.lock().lost, 0);
        queue.add(b"a\nb\n");
        queue.wait_until_written(Duration::from_millis(1));
        let (text, lost) = queue.take();
        assert_eq!((text.len(), lost), (ROOM, 2));
        assert!(queue.lock().text.is_empty(), "there is room again");
    }
}
