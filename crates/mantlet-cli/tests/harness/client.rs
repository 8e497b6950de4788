//! A client that sends whatever bytes a test wants.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use mantlet_corpus::Message;
use rustix::net::sockopt::set_socket_linger;

use super::PATIENCE;

/// A connection to the shield.
pub(crate) struct Client<S = TcpStream> {
    stream: S,
    read: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Self {
        Self::over(socket(port))
    }

    /// Sends from another thread, for bodies that nobody may want to read. The rest is not sent once the other side has
    /// closed.
    pub(crate) fn send_meanwhile(&self, bytes: Vec<u8>) -> std::thread::JoinHandle<()> {
        let mut stream = self.stream.try_clone().unwrap();
        std::thread::spawn(move || {
            let _ = stream.write_all(&bytes);
        })
    }

    /// Whether something has come, or the other side has closed.
    pub(crate) fn has_something(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let has_something = self.stream.peek(&mut [0]).is_ok();
        self.stream.set_nonblocking(false).unwrap();
        has_something
    }

    /// The connection itself.
    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Breaks the connection off.
    pub(crate) fn reset(self) {
        set_socket_linger(&self.stream, Some(Duration::ZERO)).unwrap();
    }

    /// Disappears without a word: what was not read is answered with a reset.
    pub(crate) fn abort(self) {
        drop(self.stream);
    }
}

impl<S: Read + Write> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self { stream, read: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // Whoever refuses early closes early: then the rest of a request has nowhere to go.
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Reads one whole answer; interim ones count.
    pub(crate) fn answer(&mut self) -> Message {
        let answer = self.try_answer();
        answer.unwrap_or_else(|| panic!("the connection was closed in the middle of an answer: {:?}", self.seen()))
    }

    /// As [`Self::answer`]; `None` when the other side closes before its end.
    pub(crate) fn try_answer(&mut self) -> Option<Message> {
        loop {
            let is_delimited = self.head().is_some_and(|head| {
                head.values("content-length").next().is_some()
                    || head.values("transfer-encoding").next().is_some()
                    || matches!(head.status(), Some(100..=199 | 204 | 304))
            });
            if is_delimited && let Ok((message, rest)) = Message::read(&self.read) {
                self.read = rest.to_vec();
                return Some(message);
            }
            if self.fill() == 0 {
                let (message, rest) = Message::read(&self.read).ok()?;
                self.read = rest.to_vec();
                return Some(message);
            }
        }
    }

    /// Reads the head of an answer and leaves its body on the connection.
    pub(crate) fn answer_head(&mut self) -> Message {
        let head = self.try_answer_head();
        head.unwrap_or_else(|| panic!("the connection was closed in the middle of a head: {:?}", self.seen()))
    }

    /// As [`Self::answer_head`]; `None` when the other side closes before its end.
    pub(crate) fn try_answer_head(&mut self) -> Option<Message> {
        loop {
            if let Some(head) = self.head() {
                let end = self.read.windows(4).position(|window| window == b"\r\n\r\n")?;
                self.read.drain(..end + 4);
                return Some(head);
            }
            if self.fill() == 0 {
                return None;
            }
        }
    }

    /// Reads until `what` has come, and takes everything up to its end.
    pub(crate) fn read_until(&mut self, what: &str) -> String {
        loop {
            if let Some(at) = self.read.windows(what.len()).position(|window| window == what.as_bytes()) {
                let taken: Vec<u8> = self.read.drain(..at + what.len()).collect();
                return String::from_utf8_lossy(&taken).into_owned();
            }
            assert_ne!(self.fill(), 0, "the connection was closed before {what:?}: {:?}", self.seen());
        }
    }

    /// Everything until the other side closes.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.fill() > 0 {}
        std::mem::take(&mut self.read)
    }

    /// Reads and forgets up to this many bytes; how many there were.
    pub(crate) fn skip(&mut self, length: u64) -> u64 {
        let mut skipped = std::mem::take(&mut self.read).len() as u64;
        let mut buffer = vec![0; 1 << 20];
        while skipped < length {
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(read) => skipped += read as u64,
            }
        }
        skipped
    }

    fn head(&self) -> Option<Message> {
        Message::read_head(&self.read).ok()
    }

    fn seen(&self) -> String {
        self.read.escape_ascii().to_string()
    }

    fn fill(&mut self) -> usize {
        let mut buffer = [0; 64 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(length) => {
                    self.read.extend_from_slice(&buffer[..length]);
                    return length;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    panic!("nothing came within {PATIENCE:?}; so far: {:?}", self.seen());
                }
                // A reset, or TLS ended without its goodbye: the other side is gone.
                Err(_) => return 0,
            }
        }
    }
}

/// A connection of this machine.
pub(crate) fn socket(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A request with these field lines.
pub(crate) fn get(fields: &str) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nHost: app.example\r\n{fields}\r\n\r\n").into_bytes()
}

/// A request with these field lines and this body.
pub(crate) fn post(fields: &str, body: &str) -> Vec<u8> {
    format!("POST /api HTTP/1.1\r\nHost: app.example\r\n{fields}\r\n\r\n{body}").into_bytes()
}

/// The answers in what a connection carried until it was closed.
pub(crate) fn answers(mut bytes: &[u8]) -> Vec<Message> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let (answer, rest) =
            Message::read(bytes).unwrap_or_else(|error| panic!("{error} in {:?}", bytes.escape_ascii().to_string()));
        answers.push(answer);
        bytes = rest;
    }
    answers
}
