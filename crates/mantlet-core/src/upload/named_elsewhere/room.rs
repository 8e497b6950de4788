//! [`Room`]: how much text is read for names of files.

use crate::reason::{Reason, Refusal};

/// To read a name in all ways in which others do costs up to 400 ns a byte, so this much costs about 100 ms. A thousand
/// paths of 250 bytes are shorter.
const MAX: usize = 256 * 1024;

/// How much is left of it in one request.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(MAX)
    }
}

impl Room {
    /// Takes as much as a name has bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<(), Refusal> {
        let refusal =
            || Refusal::new(Reason::UploadFieldTooLarge, "names of files that have more than 256 KiB together");
        self.0 = self.0.checked_sub(length).ok_or_else(refusal)?;
        Ok(())
    }
}
