//! [`Process`]: the binary, running.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};

use super::PATIENCE;

/// The binary, running. It is told to end with this value.
pub(crate) struct Process {
    pid: Pid,
    stdout: Arc<Said>,
    stderr: Arc<Said>,
    ended: Receiver<Option<i32>>,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    /// Starts it, and listens to all that it says.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// One that was started already. What it says where no pipe is, nobody hears.
    pub(crate) fn of(mut child: Child) -> Self {
        let (stdout, stdout_ends) = listen(child.stdout.take());
        let (stderr, stderr_ends) = listen(child.stderr.take());
        let pid = Pid::from_child(&child);
        let (tell, ended) = channel();
        thread::spawn(move || {
            // What it said last may be asked for as soon as its end is known.
            let _ = (stdout_ends.join(), stderr_ends.join());
            let _ = tell.send(child.wait().unwrap().code());
        });
        Self { pid, stdout, stderr, ended }
    }

    /// Waits for the next line on stderr that contains this, after those that were waited for.
    pub(crate) fn line(&self, part: &str) -> String {
        self.stderr.line(part)
    }

    /// Waits for the next line on stdout that contains this, after those that were waited for.
    pub(crate) fn out(&self, part: &str) -> String {
        self.stdout.line(part)
    }

    /// Waits until it has said this on stderr, however long ago.
    pub(crate) fn wait_for_log(&self, what: &str) {
        self.stderr.wait_for(what, |said| said.text.contains(what).then_some(()));
    }

    /// What it said on stderr so far.
    pub(crate) fn log(&self) -> String {
        self.stderr.text()
    }

    /// Waits until it listens, and has said so; where a browser finds it.
    pub(crate) fn url(&self) -> String {
        self.stderr.wait_for("where it listens", |said| announced(&said.text))
    }

    /// As [`Self::url`]; only the port.
    pub(crate) fn port(&self) -> u16 {
        self.url().rsplit(':').next().unwrap().parse().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits until it has ended by itself; its exit code.
    pub(crate) fn wait(&self) -> Option<i32> {
        self.ended.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it does not end:\n{}", self.log()))
    }

    /// As [`Self::wait`], with all that it said.
    pub(crate) fn finish(self) -> Finished {
        let code = self.wait().unwrap_or_else(|| panic!("a signal ended it:\n{}", self.log()));
        Finished { code, stdout: self.stdout.text(), stderr: self.stderr.text() }
    }

    /// The most memory it ever had, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid.as_raw_nonzero())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Lets it have this many files from now on, or as many as before.
    pub(crate) fn limit_files(&self, limit: Option<u64>) {
        let own = getrlimit(Resource::Nofile);
        let current = limit.or(own.maximum);
        prlimit(Some(self.pid), Resource::Nofile, Rlimit { current, maximum: own.maximum }).unwrap();
    }

    /// Ends it at once, which leaves an app that it started where it is.
    pub(crate) fn kill(&self) {
        if self.runs() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }

    fn runs(&self) -> bool {
        matches!(self.ended.try_recv(), Err(TryRecvError::Empty))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.runs() {
            // The third one kills an app that does not listen. Two of a kind may arrive as one.
            for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
                let _ = kill_process(self.pid, signal);
            }
        }
        if thread::panicking() {
            eprintln!("mantlet said:\n{}", self.log());
        }
    }
}

/// `  mantlet   http://app.example:PORT  ->  http://…`, which it says when it listens.
fn announced(log: &str) -> Option<String> {
    let (url, _) = log.lines().find_map(|line| line.trim_start().strip_prefix("mantlet ")?.split_once("  ->  "))?;
    Some(url.trim().to_owned())
}

/// What comes out of a pipe until it ends.
#[derive(Default)]
struct Said {
    so_far: Mutex<SoFar>,
    changed: Condvar,
}

#[derive(Default)]
struct SoFar {
    text: String,
    /// How much of it was waited for, line by line.
    heard: usize,
    has_ended: bool,
}

fn listen(pipe: Option<impl Read + Send + 'static>) -> (Arc<Said>, thread::JoinHandle<()>) {
    let said = Arc::new(Said::default());
    let writer = Arc::clone(&said);
    let ends = thread::spawn(move || {
        if let Some(pipe) = pipe {
            let mut reader = BufReader::new(pipe);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                writer.change(|so_far| so_far.text += &line);
                line.clear();
            }
        }
        writer.change(|so_far| so_far.has_ended = true);
    });
    (said, ends)
}

impl Said {
    fn change(&self, change: impl FnOnce(&mut SoFar)) {
        change(&mut self.so_far.lock().unwrap());
        self.changed.notify_all();
    }

    fn text(&self) -> String {
        self.so_far.lock().unwrap().text.clone()
    }

    /// Waits for the next line with this in it.
    fn line(&self, part: &str) -> String {
        self.wait_for(part, |said| {
            let rest = said.text.get(said.heard..)?;
            let mut end = 0;
            let line = rest.split_inclusive('\n').find(|line| {
                end += line.len();
                line.contains(part)
            })?;
            let line = line.to_owned();
            said.heard += end;
            Some(line)
        })
    }

    /// Waits until something can be found in it.
    fn wait_for<T>(&self, what: &str, mut find: impl FnMut(&mut SoFar) -> Option<T>) -> T {
        let mut found = None;
        let waits = |said: &mut SoFar| {
            found = find(said);
            found.is_none() && !said.has_ended
        };
        let (said, _) = self.changed.wait_timeout_while(self.so_far.lock().unwrap(), PATIENCE, waits).unwrap();
        // A panic with the text locked would be another one where it is printed, and abort all tests.
        drop(said);
        found.unwrap_or_else(|| panic!("it never said {what:?}:\n{}", self.text()))
    }
}
