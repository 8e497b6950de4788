//! [`Lines`]: when a head that comes in pieces is worth reading again.

use memchr::memchr;

use crate::error::HeadErrorKind;
use crate::framing::Limits;

/// What has come of a head. Almost every head comes in one piece and is read in one walk. One that does not is read again
/// from its start whenever another of its lines is complete, so at most once a field and never for less than a line; bytes
/// without a line end are looked at once.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Bytes that were read, or hold no line end.
    seen: usize,
}

impl Lines {
    /// What of the input can be the head, if there is anything new in it to read.
    pub(crate) fn fresh<'a>(&mut self, read: &'a [u8], limits: &Limits) -> Option<&'a [u8]> {
        let within = read.get(..limits.head).unwrap_or(read);
        let fresh = within.get(self.seen..).unwrap_or_default();
        (self.seen == 0 || memchr(b'\n', fresh).is_some()).then_some(within)
    }

    /// The head is not complete: waits for more of it.
    pub(crate) fn wait(&mut self, read: &[u8], limits: &Limits) -> Result<(), HeadErrorKind> {
        self.seen = read.len();
        if read.len() >= limits.head { Err(HeadErrorKind::HeadTooLarge) } else { Ok(()) }
    }

    /// Makes ready for the next head.
    pub(crate) fn clear(&mut self) {
        self.seen = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen by changing bytes that were searched already: if nobody searches them again, the change is not noticed.
    #[test]
    fn bytes_without_a_line_end_are_looked_at_once() {
        let limits = Limits::default();
        let mut lines = Lines::default();
        let mut read = Vec::new();
        for &byte in b"GET / HTTP/1.1\r" {
            read.push(byte);
            assert_eq!(lines.fresh(&read, &limits).is_some(), byte == b'G');
            assert_eq!(lines.wait(&read, &limits), Ok(()));
            read.fill(b'\n');
        }
        read.push(b'\n');
        assert_eq!(lines.fresh(&read, &limits), Some(&*read));
    }
}
