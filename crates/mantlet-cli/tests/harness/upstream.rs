//! Applications behind the shield: one that records what it sees, and ones that follow a script.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use mantlet_corpus::{Case, Message};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

use super::PATIENCE;

/// An application on a port of its own. It lives as long as the test's process.
#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) port: u16,
    seen: Arc<Seen>,
    /// Keeps a port on which nobody listens from everybody else.
    _placeholder: Option<Arc<Socket>>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    bytes: AtomicUsize,
    requests: Mutex<Vec<Message>>,
    /// What the recorder answers.
    answer: Mutex<Vec<u8>>,
    changed: Condvar,
}

impl Upstream {
    /// Records whole requests and answers each with what was set, at first [`Case::DEFAULT_RESPONSE`].
    pub(crate) fn recording() -> Self {
        let seen = Arc::new(Seen::default());
        *seen.answer.lock().unwrap() = Case::DEFAULT_RESPONSE.to_vec();
        Self::serve(seen, |stream, seen, _| record(stream, seen))
    }

    /// Hands each connection to a script, with its number from 0.
    pub(crate) fn scripted(script: impl Fn(Connection, usize) + Send + Sync + 'static) -> Self {
        Self::serve(Arc::default(), move |stream, seen, number| {
            script(Connection { stream, seen, read: Vec::new() }, number);
        })
    }

    /// A port where nobody listens, and nobody can as long as this is there.
    pub(crate) fn nowhere() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        let port = socket.local_addr().unwrap().as_socket().unwrap().port();
        Self { _placeholder: Some(Arc::new(socket)), ..Self::at(port) }
    }

    /// An application that somebody else runs.
    pub(crate) fn at(port: u16) -> Self {
        Self { port, seen: Arc::default(), _placeholder: None }
    }

    fn serve(seen: Arc<Seen>, script: impl Fn(TcpStream, Arc<Seen>, usize) + Send + Sync + 'static) -> Self {
        raise_limit_of_files();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(script);
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&shared));
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    // The shield tries at its start whether anybody is here, and says nothing.
                    if matches!(stream.peek(&mut [0]), Ok(1..)) {
                        let number = seen.connections.fetch_add(1, Ordering::SeqCst);
                        script(stream, seen, number);
                    }
                });
            }
        });
        Self { port, seen, _placeholder: None }
    }

    /// What the recorder answers from now on.
    pub(crate) fn answer(&self, bytes: impl AsRef<[u8]>) {
        *self.seen.answer.lock().unwrap() = bytes.as_ref().to_vec();
    }

    /// Takes the whole requests seen so far.
    pub(crate) fn take(&self) -> Vec<Message> {
        self.seen.bytes.store(0, Ordering::SeqCst);
        std::mem::take(&mut self.seen.requests.lock().unwrap())
    }

    /// Takes the only request.
    pub(crate) fn only(&self) -> Message {
        let mut requests = self.take();
        assert_eq!(requests.len(), 1, "the application saw {requests:?}");
        requests.remove(0)
    }

    /// How many bytes came since the last [`Self::take`].
    pub(crate) fn bytes(&self) -> usize {
        self.seen.bytes.load(Ordering::SeqCst)
    }

    /// How many connections were opened over which something came.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// How many whole requests were seen since they were last taken.
    pub(crate) fn seen(&self) -> usize {
        self.seen.requests.lock().unwrap().len()
    }

    /// Waits until this many whole requests were seen.
    pub(crate) fn wait_for(&self, count: usize) {
        let requests = self.seen.requests.lock().unwrap();
        let (requests, wait) =
            self.seen.changed.wait_timeout_while(requests, PATIENCE, |requests| requests.len() < count).unwrap();
        assert!(!wait.timed_out(), "the application saw only {requests:?}");
    }
}

/// Tests run side by side, and some hold hundreds of connections to the end: the usual limit of 1024 files is too few for that.
fn raise_limit_of_files() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

fn record(mut stream: TcpStream, seen: Arc<Seen>) {
    let mut read = Vec::new();
    let mut buffer = [0; 64 * 1024];
    loop {
        while let Ok((request, rest)) = Message::read(&read) {
            read = rest.to_vec();
            seen.requests.lock().unwrap().push(request);
            seen.changed.notify_all();
            let answer = seen.answer.lock().unwrap().clone();
            if stream.write_all(&answer).is_err() || closes(&answer) {
                return;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(length) => {
                seen.bytes.fetch_add(length, Ordering::SeqCst);
                read.extend_from_slice(&buffer[..length]);
            }
        }
    }
}

/// An answer without a length ends with its connection.
fn closes(answer: &[u8]) -> bool {
    let Ok(head) = Message::read_head(answer) else { return true };
    let is_empty = matches!(head.status(), Some(100..=199 | 204 | 304));
    let has = |name: &str| head.values(name).next().is_some();
    has("connection") || !(is_empty || has("content-length") || has("transfer-encoding"))
}

/// One connection of a scripted application.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    seen: Arc<Seen>,
    read: Vec<u8>,
}

impl Connection {
    /// Reads one whole request; `None` when the shield closes before that.
    pub(crate) fn request(&mut self) -> Option<Message> {
        loop {
            if let Ok((request, rest)) = Message::read(&self.read) {
                self.read = rest.to_vec();
                self.seen.requests.lock().unwrap().push(request.clone());
                self.seen.changed.notify_all();
                return Some(request);
            }
            self.fill()?;
        }
    }

    /// Waits for the first bytes of a request; `None` when the shield closes before any.
    pub(crate) fn begun(&mut self) -> Option<()> {
        if self.read.is_empty() { self.fill() } else { Some(()) }
    }

    /// Reads the head of a request and leaves its body on the connection.
    pub(crate) fn request_head(&mut self) -> Option<Message> {
        loop {
            if let Ok(head) = Message::read_head(&self.read) {
                let end = self.read.windows(4).position(|window| window == b"\r\n\r\n")?;
                self.read.drain(..end + 4);
                return Some(head);
            }
            self.fill()?;
        }
    }

    /// The next bytes, whatever they are; `None` when the shield has closed.
    pub(crate) fn piece(&mut self) -> Option<Vec<u8>> {
        if self.read.is_empty() {
            self.fill()?;
        }
        Some(std::mem::take(&mut self.read))
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// Sends this again and again, until the shield has closed.
    pub(crate) fn send_for_ever(&mut self, bytes: &[u8]) {
        while self.stream.write_all(bytes).is_ok() {}
    }

    fn fill(&mut self) -> Option<()> {
        let mut buffer = [0; 64 * 1024];
        let length = self.stream.read(&mut buffer).ok().filter(|length| *length > 0)?;
        self.seen.bytes.fetch_add(length, Ordering::SeqCst);
        self.read.extend_from_slice(&buffer[..length]);
        Some(())
    }
}
