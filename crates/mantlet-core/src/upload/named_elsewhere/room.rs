//! [`Room`]: how much text is read for names of files. To read one in all ways in which others do is dear, and who sends it chooses how
//! much there is.

use crate::reason::{Reason, Refusal};

/// What a name costs at least, in bytes, however short it is.
const LEAST: usize = 64;

/// What is left to be read of one place in a request.
#[derive(Debug)]
pub(super) struct Room {
    of: usize,
    left: usize,
}

impl Room {
    /// 256 KiB for a form, or 4096 names. A thousand paths of 250 bytes are shorter.
    pub(super) fn of_form() -> Self {
        Self::new(256 * 1024)
    }

    /// 8 KiB for a target, a query, the cookies, or the fields of the head, or 128 names. No path of a file has more than 4 KiB, and most
    /// servers take no more than 8 for the whole head.
    pub(super) fn of_head() -> Self {
        Self::new(8 * 1024)
    }

    fn new(of: usize) -> Self {
        Self { of, left: of }
    }

    /// Takes what one name needs.
    ///
    /// # Errors
    /// There is not so much left.
    pub(super) fn take(&mut self, length: usize) -> Result<(), Refusal> {
        let refusal = || {
            let kib = self.of / 1024;
            Refusal::new(Reason::UploadFieldTooLarge, format!("more than {kib} KiB of names of files"))
        };
        self.left = self.left.checked_sub(length.max(LEAST)).ok_or_else(refusal)?;
        Ok(())
    }
}
