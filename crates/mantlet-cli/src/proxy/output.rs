//! [`Output`]: what waits to be written to a socket.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use mantlet_http1::{CHUNK_END, COPIED, Framing, LAST_CHUNK, write_chunk_head};
use tokio::io::AsyncWrite;

use super::buffers::{Buffers, Loan};
use super::socket::Socket;

/// What is to be written, in the order of its fields.
#[derive(Debug)]
pub(crate) struct Output {
    /// Heads and framing, and bodies that are small enough to be copied behind them.
    pub(crate) copied: Vec<u8>,
    /// How much of `copied` was written.
    written: usize,
    /// A piece of a body.
    piece: Bytes,
    /// The loan of the buffer that `piece` is in.
    loan: Option<Loan>,
    /// The end of a chunk, behind `piece`.
    tail: &'static [u8],
    buffers: Rc<Buffers>,
}

impl Output {
    pub(super) fn new(buffers: &Rc<Buffers>) -> Self {
        let buffers = Rc::clone(buffers);
        Self { copied: Vec::new(), written: 0, piece: Bytes::new(), loan: None, tail: b"", buffers }
    }

    /// Whether everything was handed to the socket.
    pub(crate) fn is_flushed(&self) -> bool {
        self.written == self.copied.len() && self.takes_a_piece()
    }

    /// Whether a piece can be [pushed](Self::push): none is waiting.
    pub(crate) fn takes_a_piece(&self) -> bool {
        self.piece.is_empty() && self.tail.is_empty()
    }

    /// Puts a piece of a body behind all that waits. It has to [take](Self::takes_a_piece) one.
    pub(crate) fn push(&mut self, piece: Bytes, framing: Framing) {
        debug_assert!(self.takes_a_piece(), "a piece is still waiting");
        let tail = match framing {
            // An empty chunk would be the end.
            _ if piece.is_empty() => return,
            Framing::Chunked => {
                write_chunk_head(&mut self.copied, piece.len());
                CHUNK_END
            }
            _ => b"",
        };
        // A piece this small is a copy that the decoder made, and keeps no buffer. To copy it again is cheaper than a longer
        // `writev`.
        if piece.len() <= COPIED {
            self.copied.extend_from_slice(&piece);
            self.copied.extend_from_slice(tail);
        } else {
            self.piece = piece;
            self.loan = Some(self.buffers.count());
            self.tail = tail;
        }
    }

    /// Puts the end of a body behind all its pieces. It has to [take](Self::takes_a_piece) one.
    pub(crate) fn end_body(&mut self, framing: Framing) {
        debug_assert!(self.takes_a_piece(), "a piece is still waiting");
        if framing == Framing::Chunked {
            self.copied.extend_from_slice(LAST_CHUNK);
        }
    }

    /// Writes once; something has to wait. Ready with how much the socket took.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, socket: &mut Socket) -> Poll<io::Result<usize>> {
        let copied = self.copied.get(self.written..).unwrap_or_default();
        let socket = Pin::new(socket);
        let taken = if self.takes_a_piece() {
            ready!(socket.poll_write(cx, copied))?
        } else {
            let slices = [IoSlice::new(copied), IoSlice::new(&self.piece), IoSlice::new(self.tail)];
            ready!(socket.poll_write_vectored(cx, &slices))?
        };
        if taken == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        self.advance(taken);
        Poll::Ready(Ok(taken))
    }

    fn advance(&mut self, taken: usize) {
        let of_copied = taken.min(self.copied.len().saturating_sub(self.written));
        self.written = self.written.saturating_add(of_copied);
        let rest = taken.saturating_sub(of_copied);
        let of_piece = rest.min(self.piece.len());
        self.piece.advance(of_piece);
        if self.piece.is_empty() {
            self.loan = None;
        }
        self.tail = self.tail.get(rest.saturating_sub(of_piece)..).unwrap_or_default();
        if self.is_flushed() {
            self.copied.clear();
            self.written = 0;
        }
    }
}
