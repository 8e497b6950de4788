//! [`HiddenHead`]: what Kore (C) takes for the head of a part, in the content of another.
//!
//! It cuts a line at its colons and leaves out one that has more than the first, as that of `name="form:photo"` (Faces) has. The part
//! has no head then, and its content is searched for the next one.

use memchr::memchr2;

use super::malformed;
use super::part_head::PartHead;
use crate::reason::Refusal;

/// In lower case, and without what Kore passes over behind the colon: blanks, and an empty piece of what it cuts at colons and
/// semicolons.
const HEAD: &[u8] = b"content-disposition:form-data";

/// Listens for a head inside of a part, however it is cut.
#[derive(Debug)]
pub(super) struct HiddenHead {
    /// How much of [`HEAD`] was heard.
    heard: usize,
}

impl HiddenHead {
    /// `None` for a part whose own head is read by all.
    pub(super) fn behind(head: &PartHead) -> Option<Self> {
        let has_colon = head.name.contains(':') || head.filename.as_ref().is_some_and(|name| name.contains(':'));
        has_colon.then_some(Self { heard: 0 })
    }

    pub(super) fn listen(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut rest = bytes;
        loop {
            // Most of a file is no beginning of a head.
            if self.heard == 0 {
                let begins = memchr2(b'c', b'C', rest).unwrap_or(rest.len());
                rest = rest.get(begins..).unwrap_or_default();
            }
            let Some((byte, behind)) = rest.split_first() else { return Ok(()) };
            self.hear(byte.to_ascii_lowercase())?;
            rest = behind;
        }
    }

    fn hear(&mut self, byte: u8) -> Result<(), Refusal> {
        let (heard, rest) = HEAD.split_at_checked(self.heard).unwrap_or_default();
        let is_passed_over = byte.is_ascii_whitespace() || matches!(byte, 0x0b | b':' | b';');
        self.heard = match rest.first() {
            Some(next) if *next == byte => self.heard.saturating_add(1),
            _ if is_passed_over && heard.ends_with(b":") => self.heard,
            // No other of its letters is its first.
            _ => usize::from(HEAD.first() == Some(&byte)),
        };
        if self.heard == HEAD.len() {
            return Err(malformed("the head of a part inside of one whose name has a colon"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_heard_however_it_is_written_and_cut() {
        for (name, content, expected) in [
            ("a head", "x\r\nContent-Disposition: form-data; name=\"g\"; filename=\"q.php\"\r\n\r\n", true),
            ("another case", "CONTENT-disposition:FORM-data;", true),
            ("blanks", "content-disposition:\t \x0b form-data", true),
            ("another colon", "content-disposition:: form-data", true),
            ("a semicolon before the word", "content-disposition: ;form-data", true),
            ("its beginning twice", "ccontent-disposition: form-data", true),
            ("an e-mail", "Content-Disposition: attachment; filename=\"form-data\"", false),
            ("a blank before the colon", "content-disposition : form-data", false),
            ("talk of it", "the content-disposition of form-data", false),
            ("nothing", "", false),
        ] {
            let mut whole = HiddenHead { heard: 0 };
            assert_eq!(whole.listen(content.as_bytes()).is_err(), expected, "{name}");
            let mut cut = HiddenHead { heard: 0 };
            let was_heard = content.as_bytes().chunks(1).any(|byte| cut.listen(byte).is_err());
            assert_eq!(was_heard, expected, "{name}, byte by byte");
        }
    }
}
