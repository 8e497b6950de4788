//! [`BodyDecoder`]: takes a body out of the stream it came in (RFC 9112, sections 6 and 7).

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use crate::chunk::{SIZE_DIGITS, check_trailer, parse_size};
use crate::error::BodyError;
use crate::framing::{Framing, Limits};

/// What a call of [`BodyDecoder::decode`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decoded {
    /// Some of the body; never empty. Beyond [`COPIED`] it is a slice of what was read.
    Data(Bytes),
    /// Nothing until more is read.
    NeedMore,
    /// The body is complete. What is left in the buffer belongs to the next message.
    End,
}

/// Pieces of a body up to this size are copied: that costs no more than sharing them would, and the buffer they came in is
/// free for the next read. 4 KiB.
pub const COPIED: usize = 4 * 1024;

/// Decodes one body. Trailers are checked, bounded and dropped, in requests and responses: nothing behind a shield waits
/// for them, and a field that comes after the verdict is a field that nobody judged.
#[derive(Debug)]
pub struct BodyDecoder {
    state: State,
    limits: Limits,
    /// Bytes of the current line that hold no LF: a line that comes byte by byte costs linear work.
    scanned: usize,
    trailers: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Length(u64),
    UntilClose,
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    Trailer,
    Done,
}

impl BodyDecoder {
    /// A decoder for a body with this framing.
    pub fn new(framing: Framing, limits: &Limits) -> Self {
        let state = match framing {
            Framing::None | Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, limits: *limits, scanned: 0, trailers: 0 }
    }

    /// Takes the next piece of the body off the front of `read`.
    ///
    /// # Errors
    /// When the body breaks the grammar or a limit. The connection must be closed.
    pub fn decode(&mut self, read: &mut BytesMut) -> Result<Decoded, BodyError> {
        loop {
            match self.state {
                State::Done => return Ok(Decoded::End),
                State::UntilClose => return Ok(take(read, u64::MAX).map_or(Decoded::NeedMore, Decoded::Data)),
                State::Length(left) => return Ok(self.data(read, left, State::Done, State::Length)),
                State::ChunkData(left) => return Ok(self.data(read, left, State::ChunkEnd, State::ChunkData)),
                State::ChunkSize => {
                    if !self.chunk_size(read)? {
                        return Ok(Decoded::NeedMore);
                    }
                }
                State::ChunkEnd => match &**read {
                    [b'\r', b'\n', ..] => {
                        read.advance(2);
                        self.state = State::ChunkSize;
                    }
                    b"" | b"\r" => return Ok(Decoded::NeedMore),
                    _ => return Err(BodyError::BadLineEnd),
                },
                State::Trailer => {
                    if !self.trailer(read)? {
                        return Ok(Decoded::NeedMore);
                    }
                }
            }
        }
    }

    /// Says that nothing more will come.
    ///
    /// # Errors
    /// [`BodyError::Truncated`] unless the body is complete, or lasts until the connection is closed.
    pub fn end_of_input(&mut self) -> Result<(), BodyError> {
        match self.state {
            State::Done | State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            _ => Err(BodyError::Truncated),
        }
    }

    /// Whether the body is complete. A body with a length is so as soon as its last piece was taken, without a further
    /// call.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn data(&mut self, read: &mut BytesMut, left: u64, end: State, more: fn(u64) -> State) -> Decoded {
        let Some(data) = take(read, left) else {
            return Decoded::NeedMore;
        };
        self.state = match left.saturating_sub(data.len() as u64) {
            0 => end,
            left => more(left),
        };
        Decoded::Data(data)
    }

    /// Reads a size line. Returns whether it was complete.
    fn chunk_size(&mut self, read: &mut BytesMut) -> Result<bool, BodyError> {
        let longest = SIZE_DIGITS.saturating_add(self.limits.chunk_extensions);
        let Some(length) = self.line(read, longest)? else {
            if read.len() <= longest.saturating_add(2) {
                return Ok(false);
            }
            let extended = read.iter().take(SIZE_DIGITS.saturating_add(1)).any(|&byte| byte == b';');
            return Err(if extended { BodyError::ExtensionsTooLarge } else { BodyError::BadChunkSize });
        };
        let (size, extensions) = parse_size(read.get(..length).unwrap_or_default())?;
        self.limits.chunk_extensions =
            self.limits.chunk_extensions.checked_sub(extensions).ok_or(BodyError::ExtensionsTooLarge)?;
        read.advance(length.saturating_add(2));
        self.state = if size == 0 { State::Trailer } else { State::ChunkData(size) };
        Ok(true)
    }

    /// Reads a trailer line, or the empty line after them. Returns whether it was complete.
    fn trailer(&mut self, read: &mut BytesMut) -> Result<bool, BodyError> {
        let Some(length) = self.line(read, self.limits.trailers)? else {
            let too_large = read.len() > self.limits.trailers.saturating_add(2);
            return if too_large { Err(BodyError::TrailersTooLarge) } else { Ok(false) };
        };
        let line = read.get(..length).unwrap_or_default();
        if line.is_empty() {
            self.state = State::Done;
        } else {
            check_trailer(line)?;
            self.limits.trailers =
                self.limits.trailers.checked_sub(length.saturating_add(2)).ok_or(BodyError::TrailersTooLarge)?;
            self.trailers = self.trailers.saturating_add(1);
            if self.trailers > self.limits.fields {
                return Err(BodyError::TrailersTooLarge);
            }
        }
        read.advance(length.saturating_add(2));
        Ok(true)
    }

    /// Looks for the end of a line of at most `longest` bytes. `Some` is its length without CRLF.
    fn line(&mut self, read: &BytesMut, longest: usize) -> Result<Option<usize>, BodyError> {
        let within = read.get(..longest.saturating_add(2)).unwrap_or(read);
        let fresh = within.get(self.scanned..).unwrap_or_default();
        let Some(at) = memchr(b'\n', fresh) else {
            self.scanned = within.len();
            return Ok(None);
        };
        let end = self.scanned.saturating_add(at);
        self.scanned = 0;
        match end.checked_sub(1) {
            Some(length) if within.get(length) == Some(&b'\r') => Ok(Some(length)),
            _ => Err(BodyError::BadLineEnd),
        }
    }
}

/// Splits up to `left` bytes off the front.
fn take(read: &mut BytesMut, left: u64) -> Option<Bytes> {
    let length = usize::try_from(left).unwrap_or(usize::MAX).min(read.len());
    if length > COPIED {
        return Some(read.split_to(length).freeze());
    }
    let piece = read.get(..length).filter(|piece| !piece.is_empty()).map(Bytes::copy_from_slice)?;
    read.advance(length);
    Some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen by changing bytes that were searched already: if nobody searches them again, the change is not noticed.
    #[test]
    fn a_line_that_arrives_byte_by_byte_is_looked_at_once() {
        let mut decoder = BodyDecoder::new(Framing::Chunked, &Limits::default());
        let mut read = BytesMut::new();
        for &byte in b"4;extension=" {
            read.extend_from_slice(&[byte]);
            assert_eq!(decoder.decode(&mut read), Ok(Decoded::NeedMore));
        }
        read.fill(b'\n');
        read.extend_from_slice(b"x\r\n");
        // The line ends at the CRLF, not at one of the line feeds before it. Only then is it read, and is no size line.
        assert_eq!(decoder.decode(&mut read), Err(BodyError::BadChunkSize));
    }
}
