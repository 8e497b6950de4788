//! [`Wire`]: a socket with what was read ahead, and what waits to be written.

use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWrite};

use super::buffers::{Buffers, Expected, Loan};
use super::output::Output;
use super::socket::{Heard, Socket};

/// A socket, what was read from it and not yet taken, and what is to be written to it.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: Socket,
    /// Read, not yet taken.
    pub(crate) input: BytesMut,
    /// The loan of the buffer that `input` is in.
    loan: Option<Loan>,
    expected: Expected,
    pub(crate) output: Output,
    buffers: Rc<Buffers>,
}

impl Wire {
    pub(crate) fn new(socket: Socket, buffers: &Rc<Buffers>) -> Self {
        Self {
            socket,
            input: BytesMut::new(),
            loan: None,
            expected: Expected::Body,
            output: Output::new(buffers),
            buffers: Rc::clone(buffers),
        }
    }

    /// Says what is read next.
    pub(crate) fn expect(&mut self, expected: Expected) {
        self.expected = expected;
    }

    /// Reads more input. Ready with the number of bytes; 0 is the end.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.input.capacity() == 0 {
            // While there is nothing to read, no buffer is needed.
            ready!(self.socket.poll_readable(cx))?;
        }
        if self.input.capacity().saturating_sub(self.input.len()) < self.expected.room() {
            self.make_room();
        }
        let read = pin!(self.socket.read_buf(&mut self.input)).poll(cx);
        if read.is_pending() {
            self.rest();
        }
        read
    }

    fn make_room(&mut self) {
        if self.input.len() >= self.expected.room() {
            // A long head. It has a bound.
            return self.input.reserve(self.input.len());
        }
        let (next, loan) = self.buffers.lend(self.expected);
        let mut full = std::mem::replace(&mut self.input, next);
        self.input.extend_from_slice(&full);
        full.clear();
        self.buffers.take_back(full, std::mem::replace(&mut self.loan, loan));
    }

    /// Nothing is expected for a while: buffers go back to those who need them.
    pub(crate) fn rest(&mut self) {
        if self.input.is_empty() {
            self.buffers.take_back(std::mem::take(&mut self.input), self.loan.take());
        }
    }

    /// Writes what is waiting. Ready when all of it was written; `progress` is told how much each write took.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>, mut progress: impl FnMut(usize)) -> Poll<io::Result<()>> {
        while !self.output.is_flushed() {
            progress(ready!(self.output.poll_write(cx, &mut self.socket))?);
        }
        // TLS gathers records.
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    /// What the peer has said while nothing was expected of it, as far as is known without asking the kernel.
    pub(crate) fn listen(&mut self) -> Heard {
        if self.input.is_empty() { self.socket.listen() } else { Heard::Bytes }
    }

    /// Ends our side of the conversation.
    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }

    /// The socket, and what was read ahead.
    pub(crate) fn into_parts(self) -> (Socket, BytesMut) {
        (self.socket, self.input)
    }
}
