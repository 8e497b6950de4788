//! [`Lines`]: finds where a head ends, however it arrives.

use memchr::memchr_iter;

use crate::error::{HeadError, HeadErrorKind};
use crate::framing::Limits;

/// The ends of the lines seen so far. Each byte of a head is looked at once, in whatever pieces it comes.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// For each line the offset after its CRLF. At most `limits.fields` + 1 of them; kept between heads, so that a
    /// connection pays for it once.
    ends: Vec<usize>,
    scanned: usize,
}

impl Lines {
    /// Looks for the empty line. `Some` is the length of the head with it.
    pub(crate) fn find_end(&mut self, read: &[u8], limits: &Limits) -> Result<Option<usize>, HeadError> {
        let within = read.get(..limits.head).unwrap_or(read);
        let fresh = within.get(self.scanned..).unwrap_or_default();
        let mut start = self.ends.last().copied().unwrap_or(0);
        for at in memchr_iter(b'\n', fresh) {
            let end = self.scanned.saturating_add(at).saturating_add(1);
            match within.get(start..end) {
                Some(b"\r\n") => {
                    self.scanned = 0;
                    return Ok(Some(end));
                }
                Some([.., b'\r', b'\n']) => {}
                _ => return Err(self.error(HeadErrorKind::BareLf)),
            }
            if self.ends.len() > limits.fields {
                return Err(self.error(HeadErrorKind::TooManyFields));
            }
            self.ends.push(end);
            start = end;
        }
        self.scanned = within.len();
        if read.len() >= limits.head {
            return Err(self.error(HeadErrorKind::HeadTooLarge));
        }
        Ok(None)
    }

    /// Offsets after the CRLF of each line but the last, empty one.
    pub(crate) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// Whether nothing of the next head was looked at yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.scanned == 0
    }

    /// Makes ready for the next head.
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.scanned = 0;
    }

    fn error(&self, kind: HeadErrorKind) -> HeadError {
        HeadError { kind, line: self.ends.len().saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was looked at may change without being noticed: nobody looks again.
    #[test]
    fn a_head_that_arrives_byte_by_byte_is_looked_at_once() {
        let limits = Limits::default();
        let mut lines = Lines::default();
        let mut read = Vec::new();
        for &byte in b"GET / HTTP/1.1\r\nHost: a\r\n\r" {
            read.push(byte);
            assert_eq!(lines.find_end(&read, &limits), Ok(None));
            if byte == b'/' {
                read.fill(b'\n');
            }
        }
        read.push(b'\n');
        assert_eq!(lines.find_end(&read, &limits), Ok(Some(read.len())));
        assert_eq!(lines.ends(), [16, 25]);
    }
}
