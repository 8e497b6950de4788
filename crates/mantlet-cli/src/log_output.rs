//! The log on its way to standard error.
//!
//! Whoever reads it may stop: a pipe whose reader hangs, a terminal that was told to wait. Writing then waits too, and so would
//! all that writes: the threads that serve, and the one that listens for signals. So one thread writes, and nobody else
//! waits. Lines for which there is no room are dropped and counted, and the log says so when it is read again.

use std::io::{self, Write};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

/// How much may wait to be written: ten seconds of a busy log.
const ROOM: usize = 4 << 20;

/// How long the end of the program waits for the last lines to be read.
const LAST_LINES: Duration = Duration::from_secs(1);

/// There is one standard error.
static STDERR: LogOutput = LogOutput::new();
static THREAD: Once = Once::new();

/// Says these lines, soon, and leaves nothing in `lines`.
pub(crate) fn say(lines: &mut String) {
    start();
    STDERR.add(lines.as_bytes());
    lines.clear();
}

/// Waits until all is written, or nobody seems to read it.
pub(crate) fn finish() {
    STDERR.wait_until_written(LAST_LINES);
}

fn start() {
    THREAD.call_once(|| {
        let thread = std::thread::Builder::new().name("log".to_owned());
        // Without a thread there is no log. The shield stands all the same.
        let _ = thread.spawn(|| STDERR.write_all_to(&mut io::stderr()));
    });
}

/// For the events of [`crate::logging`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Events;

impl Write for Events {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        start();
        STDERR.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct LogOutput {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug)]
struct Waiting {
    text: Vec<u8>,
    lost: u64,
    is_writing: bool,
}

impl LogOutput {
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
        let output = LogOutput::new();
        let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
        for _ in 0..ROOM / 1024 {
            output.add(&line);
        }
        assert_eq!(output.lock().lost, 0);
        output.add(b"a\nb\n");
        output.wait_until_written(Duration::from_millis(1));
        let (text, lost) = output.take();
        assert_eq!((text.len(), lost), (ROOM, 2));
        assert!(output.lock().text.is_empty(), "there is room again");
    }
}
