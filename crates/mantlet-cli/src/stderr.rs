//! Standard error: the one way there, for the log and for all else that is said.
//!
//! Whoever reads it may stop: a pipe whose reader hangs, a terminal that was told to wait. Writing then waits too, and so would
//! all that writes: the threads that serve, and the one that listens for signals. So one thread writes, and nobody else
//! waits. Lines for which there is no room, here or on the disk that they go to, are dropped and counted, and the log says so
//! as soon as it can.

use std::io::{self, ErrorKind, Write};
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// How much may wait to be written: ten seconds of a busy log.
const ROOM: usize = 4 << 20;

/// How long the end of the program waits for the last lines to be read.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How long the thread rests when the pipe is full and was told not to wait. That is for all who have it, and may have been the
/// app.
const REST: Duration = Duration::from_millis(10);

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
        let thread = thread::Builder::new().name("stderr".to_owned());
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
        let mut lines = Lines { to, is_cut: false, lost: 0, why: None };
        loop {
            let (text, unread) = self.take();
            // A log that cannot be written must not stop the shield.
            let is_written = lines.write(&text);
            self.lock().is_writing = false;
            self.changed.notify_all();
            if unread > 0 {
                tracing::warn!("{unread} lines of the log were lost here: nobody read it");
            }
            // Not as long as nothing can be written: this line would be the next one that is lost.
            if is_written && let Some(why) = lines.why.take() {
                tracing::warn!("{} lines of the log were lost before this: {why}", mem::take(&mut lines.lost));
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

/// Writes lines, and counts those that it cannot write.
#[derive(Debug)]
struct Lines<'a, W> {
    to: &'a mut W,
    /// Whether the last line was written in part.
    is_cut: bool,
    lost: usize,
    why: Option<io::Error>,
}

impl<W: Write> Lines<'_, W> {
    /// Whether all could be written.
    fn write(&mut self, text: &[u8]) -> bool {
        let mut rest = text;
        if let Err(error) = self.try_write(&mut rest) {
            self.lost = self.lost.saturating_add(rest.iter().filter(|byte| **byte == b'\n').count());
            self.why = Some(error);
            return false;
        }
        true
    }

    fn try_write(&mut self, rest: &mut &[u8]) -> io::Result<()> {
        if self.is_cut {
            // Nobody shall take the next line for the rest of that one.
            self.write_some(b"\n")?;
        }
        while !rest.is_empty() {
            let written = self.write_some(rest)?;
            *rest = rest.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    fn write_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.to.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.is_cut = bytes.get(written.saturating_sub(1)) != Some(&b'\n');
                    return Ok(written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(REST),
                Err(error) => return Err(error),
            }
        }
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

    /// Takes so many bytes at each call, or fails.
    struct Takes(Vec<Result<usize, ErrorKind>>, Vec<u8>);

    impl Write for Takes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let most = if self.0.is_empty() { bytes.len() } else { self.0.remove(0)? };
            let taken = bytes.get(..most).unwrap_or(bytes);
            self.1.extend_from_slice(taken);
            Ok(taken.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_cannot_be_written_is_counted_and_begins_no_line() {
        let full = || Err(ErrorKind::StorageFull);
        for (name, takes, expected, lost) in [
            ("written", vec![], "a1\nb2\nc3\n", 0),
            ("in_pieces", vec![Ok(1), Ok(4)], "a1\nb2\nc3\n", 0),
            (
                "told_not_to_wait",
                vec![Err(ErrorKind::WouldBlock), Ok(1), Err(ErrorKind::WouldBlock)],
                "a1\nb2\nc3\n",
                0,
            ),
            ("interrupted", vec![Err(ErrorKind::Interrupted)], "a1\nb2\nc3\n", 0),
            ("full", vec![full()], "c3\n", 2),
            ("full_in_a_line", vec![Ok(1), full()], "a\nc3\n", 2),
            ("full_between_lines", vec![Ok(3), full()], "a1\nc3\n", 1),
            ("full_for_long", vec![Ok(1), full(), full()], "a", 3),
            ("takes_nothing", vec![Ok(0)], "c3\n", 2),
        ] {
            let mut to = Takes(takes, Vec::new());
            let mut lines = Lines { to: &mut to, is_cut: false, lost: 0, why: None };
            for text in ["a1\nb2\n", "c3\n"] {
                lines.write(text.as_bytes());
            }
            assert_eq!((lines.lost, lines.why.is_some()), (lost, lost > 0), "{name}");
            assert_eq!(String::from_utf8_lossy(&to.1), expected, "{name}");
        }
    }
}
