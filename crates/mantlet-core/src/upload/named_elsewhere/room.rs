//! [`Room`]: how much text is read for names of files. To read one in all ways in which others do is dear, and who sends it chooses how
//! much there is.

use crate::reason::{Reason, Refusal};

/// What is left to be read of one place in a request.
#[derive(Debug)]
pub(super) struct Room {
    of: usize,
    left: usize,
}

impl Room {
    /// 256 KiB for a form. A thousand paths of 250 bytes are shorter.
    pub(super) fn of_form() -> Self {
        Self::new(256 * 1024)
    }

    /// 8 KiB for a target, a query, the cookies, or the fields of the head. No path of a file has more than 4 KiB, and most servers take
    /// no more than 8 for the whole head.
    pub(super) fn of_head() -> Self {
        Self::new(8 * 1024)
    }

    fn new(of: usize) -> Self {
        Self { of, left: of }
    }

    /// Takes what one name needs.
    pub(super) fn take(&mut self, length: usize) -> Result<(), Refusal> {
        let refusal = || {
            let kib = self.of / 1024;
            Refusal::new(Reason::UploadFieldTooLarge, format!("names of files that have more than {kib} KiB together"))
        };
        self.left = self.left.checked_sub(length).ok_or_else(refusal)?;
        Ok(())
    }
}
