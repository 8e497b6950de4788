//! [`SvelteKitJudge`]: the body that a form of SvelteKit's remote functions sends where its page has a script.
//!
//! Seven bytes stand at its start: the version, the length of its fields, and that of a table which says where each file begins. Then
//! come the fields, with the names and types of the files among them, the table, and the files. Without a table there is no file. A
//! format that is still called an experiment is not worth a second parser for names and contents: a form without files passes, and
//! one with files does not.

use super::{Sink, malformed};
use crate::reason::{Reason, Refusal};

/// Its media type. No other is read so.
pub(super) const MEDIA_TYPE: &[u8] = b"application/x-sveltekit-formdata";

/// The only version there is.
const VERSION: u8 = 0;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct SvelteKitJudge {
    /// How many bytes came.
    at: usize,
}

impl SvelteKitJudge {
    /// Takes the next piece of the body.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        for byte in chunk {
            match self.at {
                0 if *byte != VERSION => return Err(malformed("form of SvelteKit in an unknown version")),
                5 | 6 if *byte != 0 => {
                    return Err(Refusal::new(Reason::UploadMediaType, "form of SvelteKit with files"));
                }
                0..7 => self.at = self.at.saturating_add(1),
                _ => break,
            }
        }
        out.write(chunk)
    }

    /// The body has ended.
    pub(super) fn finish(&self) -> Result<(), Refusal> {
        if self.at < 7 { Err(malformed("form of SvelteKit without its first bytes")) } else { Ok(()) }
    }
}
