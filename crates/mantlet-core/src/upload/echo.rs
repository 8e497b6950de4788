//! [`Echo`]: the boundary of a form that occurs where no part begins.

use memchr::memmem::Finder;

use super::canonical::Boundary;
use super::malformed;
use super::part_head::PartHead;
use crate::reason::Refusal;

/// Listens for the boundary inside of a part, however it is cut.
#[derive(Debug)]
pub(super) struct Echo {
    /// Finds the boundary. Sanic splits a body at it, and looks for no dashes before.
    needle: Finder<'static>,
    /// The last bytes, one less than the needle has.
    tail: Vec<u8>,
}

impl Echo {
    /// What every part has in its header lines.
    const LINES: &str = "Content-Disposition: form-data; name=\"\"; filename=\"\"\r\nContent-Type:";

    pub(super) fn new(boundary: &Boundary) -> Self {
        Self { needle: Finder::new(boundary.to_string().as_bytes()).into_owned(), tail: Vec::new() }
    }

    pub(super) fn begin(&mut self, head: &PartHead) -> Result<(), Refusal> {
        self.tail.clear();
        let sent = [head.filename.as_deref(), head.essence.as_deref()].into_iter().flatten();
        let occurs = |text: &str| self.needle.find(text.as_bytes()).is_some();
        if [Self::LINES, &head.name].into_iter().chain(sent).any(occurs) {
            return Err(malformed("the boundary occurs in the header lines of a part"));
        }
        Ok(())
    }

    pub(super) fn listen(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let keep = self.needle.needle().len().saturating_sub(1);
        let length = self.tail.len();
        self.tail.extend_from_slice(bytes.get(..keep).unwrap_or(bytes));
        if self.needle.find(&self.tail).is_some() || self.needle.find(bytes).is_some() {
            return Err(malformed("the boundary occurs in the content of a part"));
        }
        self.tail.truncate(length);
        self.tail.extend_from_slice(bytes.get(bytes.len().saturating_sub(keep)..).unwrap_or(bytes));
        let surplus = self.tail.len().saturating_sub(keep);
        self.tail.drain(..surplus);
        Ok(())
    }
}
