//! HTTP/2, spoken by a client that writes its frames by hand: whatever it should not say, it can.

mod bodies;
mod floods;
mod frame;
mod heads;
mod hpack;
mod stalls;
mod stopping;

use std::collections::{BTreeMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use mantlet_corpus::Message;
use rustls::{ClientConnection, StreamOwned};

pub(crate) use self::frame::{ACK, END_HEADERS, END_STREAM, Frame, code, kind, setting};
pub(crate) use self::hpack::Field;
use crate::harness::shield::Shield;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much of a body is sent in one frame: the least that everybody takes.
const PIECE: usize = 16 * 1024;

/// What may be sent before anybody says more (RFC 9113, section 6.9.2).
const WINDOW: i64 = 65_535;

/// What became of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A whole answer.
    Answered(Message),
    /// Its end never came.
    Reset(u32),
    /// The connection ended with this error, or `None`: without a word.
    Connection(Option<u32>),
}

impl Ended {
    pub(crate) fn answer(self) -> Message {
        match self {
            Self::Answered(answer) => answer,
            other => panic!("no answer but {other:?}"),
        }
    }
}

/// A connection. What the other side says about settings and pings is answered, and read data makes room for more.
pub(crate) struct Connection {
    tls: StreamOwned<ClientConnection, TcpStream>,
    read: Vec<u8>,
    /// Frames that came while a body was sent.
    waiting: VecDeque<Frame>,
    next: u32,
    /// What may still be sent, of the connection (0) and of each stream; and how much of one that begins.
    windows: BTreeMap<u32, i64>,
    window: i64,
    /// Whether data that was read makes room for more.
    pub(crate) gives_window: bool,
    /// Whether it says anything by itself.
    pub(crate) answers: bool,
    /// What the other side told us to set.
    pub(crate) settings: Vec<(u16, u32)>,
    error: Option<u32>,
}

impl Connection {
    pub(crate) fn open(shield: &Shield) -> Self {
        Self::with(shield, &[])
    }

    /// With settings beside the one that every answer here needs: no dynamic table.
    pub(crate) fn with(shield: &Shield, settings: &[(u16, u32)]) -> Self {
        let mut connection = Self::silent(shield);
        let all: Vec<u8> = [(setting::HEADER_TABLE_SIZE, 0)]
            .iter()
            .chain(settings)
            .flat_map(|(name, value): &(u16, u32)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        connection.send([PREFACE, &Frame::new(kind::SETTINGS, 0, 0, all).to_bytes()].concat());
        connection
    }

    /// TLS, and not a byte of HTTP/2.
    pub(crate) fn silent(shield: &Shield) -> Self {
        let tls = shield.encrypted(&[b"h2"]);
        Self {
            tls,
            read: Vec::new(),
            waiting: VecDeque::new(),
            next: 1,
            windows: BTreeMap::from([(0, WINDOW)]),
            window: WINDOW,
            gives_window: true,
            answers: true,
            settings: Vec::new(),
            error: None,
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // Whoever has enough closes early: then the rest has nowhere to go.
        let _ = self.tls.write_all(bytes.as_ref());
        let _ = self.tls.flush();
    }

    pub(crate) fn send_frame(&mut self, kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) {
        self.send(Frame::new(kind, flags, stream, payload).to_bytes());
    }

    /// A number for a stream that was not used yet.
    pub(crate) fn stream(&mut self) -> u32 {
        let stream = self.next;
        self.next += 2;
        stream
    }

    /// Opens a stream with these fields; `flags` beside END_HEADERS.
    pub(crate) fn open_stream(&mut self, fields: &[Field], flags: u8) -> u32 {
        let stream = self.stream();
        self.send_block(stream, &hpack::encode(fields), flags);
        stream
    }

    /// Sends fields in as many frames as it takes.
    pub(crate) fn send_block(&mut self, stream: u32, block: &[u8], flags: u8) {
        let mut pieces: Vec<&[u8]> = block.chunks(PIECE).collect();
        let last = pieces.pop().unwrap_or_default();
        let mut bytes = Vec::new();
        let mut kind = (kind::HEADERS, flags);
        for piece in pieces {
            bytes.extend(Frame::new(kind.0, kind.1, stream, piece).to_bytes());
            kind = (kind::CONTINUATION, 0);
        }
        bytes.extend(Frame::new(kind.0, kind.1 | END_HEADERS, stream, last).to_bytes());
        self.send(bytes);
    }

    /// Sends a request without a body, or with one.
    pub(crate) fn request(&mut self, fields: &[Field], body: Option<&[u8]>) -> u32 {
        let Some(body) = body else { return self.open_stream(fields, END_STREAM) };
        let stream = self.open_stream(fields, 0);
        self.send_body(stream, body);
        stream
    }

    /// Sends a body whose end is the stream's, as fast as it is let, and not for longer than somebody wants it.
    pub(crate) fn send_body(&mut self, stream: u32, body: &[u8]) {
        let mut pieces = body.chunks(PIECE).peekable();
        if body.is_empty() {
            return self.send_frame(kind::DATA, END_STREAM, stream, []);
        }
        while let Some(piece) = pieces.next() {
            while self.window_of(stream) < piece.len() as i64 {
                let Some(frame) = self.receive() else { return };
                let is_unwanted = frame.kind == kind::RST_STREAM && frame.stream == stream;
                self.waiting.push_back(frame);
                if is_unwanted {
                    return;
                }
            }
            self.send_data(stream, if pieces.peek().is_none() { END_STREAM } else { 0 }, piece);
        }
    }

    /// Sends a request and waits for what becomes of it.
    pub(crate) fn ask(&mut self, fields: &[Field], body: Option<&[u8]>) -> Ended {
        let stream = self.request(fields, body);
        self.ended(stream)
    }

    /// Reads until a stream has ended. Frames of other streams are forgotten.
    pub(crate) fn ended(&mut self, stream: u32) -> Ended {
        let mut answer = Message::default();
        loop {
            let Some(frame) = self.frame() else { return Ended::Connection(self.error) };
            if frame.stream != stream {
                continue;
            }
            match frame.kind {
                kind::HEADERS => {
                    assert!(frame.flags & END_HEADERS != 0, "answers here are short");
                    answer = head(&frame.payload);
                }
                kind::DATA => answer.body.extend_from_slice(&frame.payload),
                kind::RST_STREAM => return Ended::Reset(frame.number(0)),
                _ => continue,
            }
            // An interim answer does not end anything.
            if frame.flags & END_STREAM != 0 {
                return Ended::Answered(answer);
            }
        }
    }

    /// Reads until there is a frame that is meant; `None` when the connection was closed before.
    pub(crate) fn read_until(&mut self, is_meant: impl Fn(&Frame) -> bool) -> Option<Frame> {
        loop {
            let frame = self.frame()?;
            if is_meant(&frame) {
                return Some(frame);
            }
        }
    }

    /// Whether the other side still listens: it answers a ping.
    pub(crate) fn is_alive(&mut self) -> bool {
        const ASKED: [u8; 8] = *b"are you?";
        self.send_frame(kind::PING, 0, 0, ASKED);
        self.read_until(|frame| frame.kind == kind::PING && frame.flags & ACK != 0 && frame.payload == ASKED).is_some()
    }

    /// Whether the other side has said that it takes no more requests.
    pub(crate) fn was_told_to_leave(&self) -> bool {
        self.error.is_some()
    }

    /// Sends a body until there is no window left, and none comes however often the other side is heard of.
    pub(crate) fn fill_window(&mut self, stream: u32) {
        let mut quiet = 0;
        while quiet < 20 {
            assert!(self.is_alive());
            let window = self.window_of(stream).min(PIECE as i64);
            quiet += 1;
            if window > 0 {
                quiet = 0;
                self.send_data(stream, 0, &vec![0; window as usize]);
            }
        }
    }

    fn window_of(&mut self, stream: u32) -> i64 {
        self.windows[&0].min(*self.windows.entry(stream).or_insert(self.window))
    }

    fn send_data(&mut self, stream: u32, flags: u8, piece: &[u8]) {
        for counted in [0, stream] {
            *self.windows.entry(counted).or_insert(self.window) -= piece.len() as i64;
        }
        self.send_frame(kind::DATA, flags, stream, piece);
    }

    /// Reads to the end of the connection; the error it ended with, if one was said.
    pub(crate) fn closed(&mut self) -> Option<u32> {
        while self.frame().is_some() {}
        self.error
    }

    /// The next frame, whatever it is; `None` once the other side has closed.
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        self.waiting.pop_front().or_else(|| self.receive())
    }

    fn receive(&mut self) -> Option<Frame> {
        let frame = loop {
            if let Some(frame) = self.take_frame() {
                break frame;
            }
            if self.fill() == 0 {
                return None;
            }
        };
        match frame.kind {
            kind::SETTINGS if frame.flags & ACK == 0 => {
                for setting in frame.payload.chunks(6) {
                    let (name, value) = setting.split_at(2);
                    self.heed(
                        u16::from_be_bytes(name.try_into().unwrap()),
                        u32::from_be_bytes(value.try_into().unwrap()),
                    );
                }
                if self.answers {
                    self.send_frame(kind::SETTINGS, ACK, 0, []);
                }
            }
            kind::PING if self.answers && frame.flags & ACK == 0 => {
                self.send_frame(kind::PING, ACK, 0, frame.payload.clone());
            }
            kind::DATA if self.answers && self.gives_window && !frame.payload.is_empty() => {
                let read = (frame.payload.len() as u32).to_be_bytes();
                self.send_frame(kind::WINDOW_UPDATE, 0, 0, read);
                self.send_frame(kind::WINDOW_UPDATE, 0, frame.stream, read);
            }
            kind::WINDOW_UPDATE => {
                *self.windows.entry(frame.stream).or_insert(self.window) += i64::from(frame.number(0));
            }
            kind::GOAWAY => self.error = Some(frame.number(4)),
            _ => {}
        }
        Some(frame)
    }

    fn heed(&mut self, setting: u16, value: u32) {
        self.settings.push((setting, value));
        if setting == setting::INITIAL_WINDOW_SIZE {
            let more = i64::from(value) - std::mem::replace(&mut self.window, i64::from(value));
            self.windows.iter_mut().filter(|(stream, _)| **stream != 0).for_each(|(_, window)| *window += more);
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let (head, rest) = self.read.split_at_checked(9)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let payload = rest.get(..length)?.to_vec();
        let stream = u32::from_be_bytes(head[5..].try_into().unwrap());
        let frame = Frame { kind: head[3], flags: head[4], stream, payload };
        self.read.drain(..9 + length);
        Some(frame)
    }

    /// What the other side said last is read even if it no longer listens to us.
    fn fill(&mut self) -> usize {
        let mut buffer = [0; 64 * 1024];
        let StreamOwned { conn, sock } = &mut self.tls;
        loop {
            match conn.reader().read(&mut buffer) {
                Ok(length) => {
                    self.read.extend_from_slice(&buffer[..length]);
                    return length;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // TLS ended without its goodbye: the other side is gone.
                Err(_) => return 0,
            }
            match conn.read_tls(sock) {
                Ok(_) if conn.process_new_packets().is_ok() => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    panic!("nothing came; so far: {:?}", self.read.escape_ascii().to_string());
                }
                Ok(_) | Err(_) => return 0,
            }
        }
    }
}

fn head(block: &[u8]) -> Message {
    let mut fields: Vec<_> = hpack::decode(block)
        .into_iter()
        .map(|(name, value)| (String::from_utf8_lossy(&name).into_owned(), value))
        .collect();
    let (name, status) = fields.remove(0);
    assert_eq!(name, ":status");
    Message { line: format!("HTTP/1.1 {}", String::from_utf8_lossy(&status)), fields, body: Vec::new() }
}

/// A field.
pub(crate) fn field(name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Field {
    (name.as_ref().to_vec(), value.as_ref().to_vec())
}

/// The fields that a request begins with.
pub(crate) fn asking(method: &str, path: &str) -> Vec<Field> {
    vec![field(":method", method), field(":scheme", "https"), field(":authority", "app.example"), field(":path", path)]
}

/// The same, with more behind.
pub(crate) fn asking_with(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<Field> {
    asking(method, path).into_iter().chain(more.iter().map(|(name, value)| field(name, value))).collect()
}
