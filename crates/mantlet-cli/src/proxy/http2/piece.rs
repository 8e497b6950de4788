//! [`Piece`]: some bytes of a response in h2's buffer.

use std::rc::Rc;

use bytes::{Buf, Bytes};
use mantlet_http1::COPIED;

use super::streams::Stream;
use crate::proxy::buffers::{Buffers, Loan};

/// Some bytes of a response, which tell their stream when they have left.
#[derive(Debug)]
pub(super) struct Piece {
    bytes: Bytes,
    stream: Rc<Stream>,
    /// The loan of the buffer that it is in.
    _loan: Option<Loan>,
}

impl Piece {
    pub(super) fn new(bytes: Bytes, stream: &Rc<Stream>, buffers: &Rc<Buffers>) -> Self {
        stream.handed_over(bytes.len());
        // A small one is a copy, and keeps no buffer.
        let loan = (bytes.len() > COPIED).then(|| buffers.count());
        Self { bytes, stream: Rc::clone(stream), _loan: loan }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.stream.left(count);
    }
}

/// h2 drops what is left of a stream that was reset.
impl Drop for Piece {
    fn drop(&mut self) {
        self.stream.left(self.bytes.len());
    }
}
