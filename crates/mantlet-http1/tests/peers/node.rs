//! Node's server, whose parser is llhttp, on loopback.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::BytesMut;
use http::{HeaderMap, Method};
use mantlet_http1::{Limits, ResponseParser};

use crate::reading::Reading;

/// A running server. It ends with the test: its input does.
pub(crate) struct Node {
    port: u16,
    _process: Child,
}

impl Node {
    /// Starts it. Fails without Node: a comparison that is skipped is none.
    pub(crate) fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/node.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test compares with Node: install `node`");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { port: line.trim().parse().expect("node prints its port"), _process: process }
    }

    /// Opens a connection.
    pub(crate) fn connect(&self) -> Talk {
        let socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let parser = ResponseParser::new(Limits { head: 1 << 20, ..Limits::default() });
        Talk { socket, parser, read: BytesMut::new() }
    }
}

/// A connection to Node.
pub(crate) struct Talk {
    socket: TcpStream,
    parser: ResponseParser,
    read: BytesMut,
}

/// What Node answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What it read, and whether it waits for more.
    Reading(Reading, bool),
    /// An error, or nothing.
    Refusal,
}

impl Talk {
    /// Sends bytes. Node may refuse and close before it has read them all.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes);
    }

    /// Says that nothing more will come.
    pub(crate) fn finish(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Waits for the next answer.
    pub(crate) fn answer(&mut self) -> Answer {
        let mut piece = [0; 4096];
        loop {
            // As if to HEAD: an answer that tells a reading has no body, and nothing is read behind another one.
            match self.parser.parse(&mut self.read, &Method::HEAD).unwrap() {
                Some(head) if head.status.is_informational() => continue,
                Some(head) => {
                    let headers = HeaderMap::from(&head.fields);
                    let text = headers.get("x-read").map(|text| text.to_str().unwrap());
                    return text.map_or(Answer::Refusal, |text| Answer::Reading(reading(text), head.persistent));
                }
                None => {}
            }
            match self.socket.read(&mut piece) {
                Ok(0) => return Answer::Refusal,
                Ok(length) => self.read.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Answer::Refusal,
                Err(error) => panic!("node hangs: {error}"),
            }
        }
    }
}

fn reading(text: &str) -> Reading {
    let mut parts = text.split('.').map(unhex);
    let mut next = || parts.next().unwrap();
    let (method, target, body) = (latin1(&next()), latin1(&next()), next());
    let rest: Vec<_> = parts.collect();
    let fields = rest.chunks(2).map(|pair| (latin1(&pair[0]).to_ascii_lowercase(), pair[1].clone())).collect();
    Reading::new(&method, &target, fields, body)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
