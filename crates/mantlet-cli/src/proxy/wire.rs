//! [`Wire`]: a socket with what was read ahead, and what waits to be written.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use mantlet_http1::{CHUNK_END, COPIED, Framing, LAST_CHUNK, write_chunk_head};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::buffers::{Buffers, Expected, Loan};
use super::socket::Socket;

/// A socket, what was read from it and not yet taken, and what is to be written to it.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: Socket,
    /// Read, not yet taken.
    pub(crate) input: BytesMut,
    /// The loan of the buffer that `input` is in.
    loan: Option<Loan>,
    expected: Expected,
    /// To be written: heads and framing, and bodies that are small enough to be copied behind them.
    pub(crate) output: Vec<u8>,
    /// How much of `output` was written.
    written: usize,
    /// To be written after `output`: a piece of a body.
    piece: Bytes,
    /// The loan of the buffer that `piece` is in.
    piece_loan: Option<Loan>,
    /// To be written after `piece`.
    tail: &'static [u8],
    buffers: Rc<Buffers>,
}

impl Wire {
    pub(crate) fn new(socket: Socket, buffers: &Rc<Buffers>) -> Self {
        Self {
            socket,
            input: BytesMut::new(),
            loan: None,
            expected: Expected::Body,
            output: Vec::new(),
            written: 0,
            piece: Bytes::new(),
            piece_loan: None,
            tail: b"",
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

    /// Whether everything was handed to the socket.
    pub(crate) fn is_flushed(&self) -> bool {
        self.written == self.output.len() && self.takes_a_piece()
    }

    /// Whether a piece can be [pushed](Self::push): none is waiting.
    pub(crate) fn takes_a_piece(&self) -> bool {
        self.piece.is_empty() && self.tail.is_empty()
    }

    /// Nothing is expected for a while: buffers go back to those who need them.
    pub(crate) fn rest(&mut self) {
        if self.input.is_empty() {
            self.buffers.take_back(std::mem::take(&mut self.input), self.loan.take());
        }
    }

    /// Puts a piece of a body behind `output`. The wire has to [take](Self::takes_a_piece) one.
    pub(crate) fn push(&mut self, piece: Bytes, framing: Framing) {
        debug_assert!(self.takes_a_piece(), "a piece is still waiting");
        let tail = match framing {
            // An empty chunk would be the end.
            _ if piece.is_empty() => return,
            Framing::Chunked => {
                write_chunk_head(&mut self.output, piece.len());
                CHUNK_END
            }
            _ => b"",
        };
        // A piece this small is a copy that the decoder made, and keeps no buffer. To copy it again is cheaper than a longer
        // `writev`.
        if piece.len() <= COPIED {
            self.output.extend_from_slice(&piece);
            self.output.extend_from_slice(tail);
        } else {
            self.piece = piece;
            self.piece_loan = Some(self.buffers.count());
            self.tail = tail;
        }
    }

    /// Puts the end of a body behind all its pieces. The wire has to [take](Self::takes_a_piece) one.
    pub(crate) fn end_body(&mut self, framing: Framing) {
        debug_assert!(self.takes_a_piece(), "a piece is still waiting");
        if framing == Framing::Chunked {
            self.output.extend_from_slice(LAST_CHUNK);
        }
    }

    /// Writes what is waiting. Ready when all of it was written; `progress` is told how much
    /// each write took.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>, mut progress: impl FnMut(usize)) -> Poll<io::Result<()>> {
        while !self.is_flushed() {
            let head = self.output.get(self.written..).unwrap_or_default();
            let slices = [IoSlice::new(head), IoSlice::new(&self.piece), IoSlice::new(self.tail)];
            let taken = if self.takes_a_piece() {
                ready!(Pin::new(&mut self.socket).poll_write(cx, head))?
            } else {
                ready!(Pin::new(&mut self.socket).poll_write_vectored(cx, &slices))?
            };
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            progress(taken);
            self.advance(taken);
        }
        self.output.clear();
        self.written = 0;
        match &mut self.socket {
            // TLS gathers records; the others have nothing to flush.
            Socket::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Socket::Tcp(_) | Socket::Unix(_) => Poll::Ready(Ok(())),
        }
    }

    fn advance(&mut self, taken: usize) {
        let of_output = taken.min(self.output.len().saturating_sub(self.written));
        self.written = self.written.saturating_add(of_output);
        let rest = taken.saturating_sub(of_output);
        let of_piece = rest.min(self.piece.len());
        self.piece.advance(of_piece);
        if self.piece.is_empty() {
            self.piece_loan = None;
        }
        self.tail = self.tail.get(rest.saturating_sub(of_piece)..).unwrap_or_default();
    }

    /// Whether the peer has neither said anything nor gone, as far as is known without asking the kernel.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let heard = match &mut self.socket {
            Socket::Tcp(stream) => stream.try_read(&mut byte),
            Socket::Unix(stream) => stream.try_read(&mut byte),
            Socket::Tls(stream) => {
                let mut nobody = Context::from_waker(Waker::noop());
                match Pin::new(stream).poll_read(&mut nobody, &mut ReadBuf::new(&mut byte)) {
                    Poll::Ready(read) => read.map(|()| 1),
                    Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
                }
            }
        };
        self.input.is_empty() && heard.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
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
