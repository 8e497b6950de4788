//! The application behind both proxies: one thread, one epoll loop, one fixed answer.
//!
//! It reads each request whole, by its Content-Length or its chunks, and answers with the same bytes. It believes its
//! clients: they are the two proxies.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;

use anyhow::{Context, Result};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(0);
/// Large enough for an upload to need few reads.
const READ: usize = 1 << 20;

/// `bench-upstream PORT SIZE`: serves a body of SIZE bytes until it is killed.
pub(crate) fn serve(arguments: &[String]) -> Result<()> {
    let port: u16 = arguments.first().context("no port")?.parse()?;
    let size: usize = arguments.get(1).context("no size")?.parse()?;
    let answer = answer(size);
    let mut listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)))?;
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut connections: HashMap<Token, Connection> = HashMap::new();
    let mut next = 1;
    let mut buffer = vec![0; READ];
    loop {
        if let Err(error) = poll.poll(&mut events, None)
            && error.kind() != ErrorKind::Interrupted
        {
            return Err(error.into());
        }
        for event in &events {
            if event.token() != LISTENER {
                let connection = connections.get_mut(&event.token());
                if connection.is_some_and(|connection| connection.turn(&mut buffer, &answer).is_err()) {
                    connections.remove(&event.token());
                }
                continue;
            }
            while let Ok((mut stream, _)) = listener.accept() {
                let token = Token(next);
                next += 1;
                stream.set_nodelay(true)?;
                poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
                connections.insert(token, Connection::new(stream));
            }
        }
    }
}

/// Eight fields, one of them a cookie, as an application of some years sends them.
fn answer(size: usize) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nServer: app/1.0\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n\
         Content-Type: text/html; charset=utf-8\r\nContent-Length: {size}\r\nCache-Control: private, max-age=0\r\n\
         Vary: Accept-Encoding\r\nX-Request-Id: 7f3a01c2\r\nSet-Cookie: session=31d4d96e407aad42; Path=/\r\n\r\n"
    )
    .into_bytes();
    answer.extend(b"abcdefghijklmnopqrstuvwxyz".iter().cycle().take(size));
    answer
}

struct Connection {
    stream: TcpStream,
    body: Body,
    /// The head, or the last bytes of a chunked body: what does not yet tell where the request ends.
    partial: Vec<u8>,
    /// How much of the answer is written, when one is due.
    written: Option<usize>,
}

enum Body {
    /// Reading a head.
    None,
    /// So many bytes are still to come.
    Length(u64),
    /// Until the last chunk.
    Chunked,
}

/// The connection is done with.
struct Closed;

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self { stream, body: Body::None, partial: Vec::new(), written: None }
    }

    fn turn(&mut self, buffer: &mut [u8], answer: &[u8]) -> Result<(), Closed> {
        loop {
            if !self.write(answer)? {
                return Ok(());
            }
            match self.stream.read(buffer) {
                Ok(0) => return Err(Closed),
                Ok(length) => self.take(&buffer[..length])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(Closed),
            }
        }
    }

    /// Writes what is due; false when the socket is full.
    fn write(&mut self, answer: &[u8]) -> Result<bool, Closed> {
        while let Some(written) = self.written {
            match self.stream.write(&answer[written..]) {
                Ok(length) if written + length == answer.len() => self.written = None,
                Ok(length) => self.written = Some(written + length),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(_) => return Err(Closed),
            }
        }
        Ok(true)
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Closed> {
        match self.body {
            Body::Length(left) => self.left(left.checked_sub(bytes.len() as u64).ok_or(Closed)?),
            Body::Chunked => self.chunked(bytes),
            Body::None if self.partial.is_empty() => self.head(bytes)?,
            Body::None => {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(bytes);
                self.head(&whole)?;
            }
        }
        Ok(())
    }

    fn head(&mut self, bytes: &[u8]) -> Result<(), Closed> {
        let Some(end) = find(bytes, b"\r\n\r\n") else {
            self.partial = bytes.to_vec();
            return Ok(());
        };
        let (head, body) = bytes.split_at(end + 4);
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        if head.contains("\r\ntransfer-encoding: chunked") {
            self.chunked(body);
            return Ok(());
        }
        let length = head.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.split('\r').next());
        let length: u64 = length.map_or(Ok(0), str::parse).map_err(|_| Closed)?;
        self.left(length.checked_sub(body.len() as u64).ok_or(Closed)?);
        Ok(())
    }

    fn left(&mut self, left: u64) {
        self.body = if left == 0 { Body::None } else { Body::Length(left) };
        self.written = (left == 0).then_some(0);
    }

    fn chunked(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(&bytes[bytes.len().saturating_sub(5)..]);
        let tail = self.partial.split_off(self.partial.len().saturating_sub(5));
        let is_whole = tail == b"0\r\n\r\n";
        self.partial = if is_whole { Vec::new() } else { tail };
        self.body = if is_whole { Body::None } else { Body::Chunked };
        self.written = is_whole.then_some(0);
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
