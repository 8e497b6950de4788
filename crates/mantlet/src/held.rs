//! [`HeldBody`]: a body that was judged, and waits to be read.

use std::fs::File;
use std::io::{self, Read, Seek};

use bytes::Bytes;
use http_body::Frame;

use crate::pool::Share;

/// How much of a spooled body is read at once.
const READ_AT_ONCE: u64 = 64 * 1024;

/// A judged body, waiting to be read: in memory or in an unlinked file.
#[derive(Debug)]
pub struct HeldBody {
    held: Held,
    is_canonical: bool,
}

#[derive(Debug)]
enum Held {
    Memory { bytes: Bytes, _share: Share },
    File { spooled: Spooled, left: u64, rewound: bool },
}

impl HeldBody {
    pub(crate) fn in_memory(bytes: Bytes, share: Share) -> Self {
        Self::new(Held::Memory { bytes, _share: share })
    }

    pub(crate) fn in_file(spooled: Spooled) -> Self {
        let left = spooled.length();
        Self::new(Held::File { spooled, left, rewound: false })
    }

    fn new(held: Held) -> Self {
        Self { held, is_canonical: false }
    }

    /// Says that these are not the client's bytes.
    pub(crate) fn canonical(self) -> Self {
        Self { is_canonical: true, ..self }
    }

    /// Whether this is the canonical form of what was judged, written by us: no client chose how it begins, and it
    /// begins with a boundary or an encoded name, which is no request line.
    pub fn is_canonical(&self) -> bool {
        self.is_canonical
    }

    /// How many bytes are still to be read.
    pub fn length(&self) -> u64 {
        match &self.held {
            Held::Memory { bytes, .. } => bytes.len() as u64,
            Held::File { left, .. } => *left,
        }
    }

    /// The next piece.
    pub(crate) fn read(&mut self) -> io::Result<Option<Frame<Bytes>>> {
        match &mut self.held {
            Held::Memory { bytes, .. } if bytes.is_empty() => Ok(None),
            Held::Memory { bytes, .. } => Ok(Some(Frame::data(std::mem::take(bytes)))),
            Held::File { left: 0, .. } => Ok(None),
            Held::File { spooled, left, rewound } => {
                if !*rewound {
                    spooled.file.rewind()?;
                    *rewound = true;
                }
                let wanted = READ_AT_ONCE.min(*left);
                let mut piece = Vec::with_capacity(usize::try_from(wanted).unwrap_or(usize::MAX));
                (&spooled.file).take(wanted).read_to_end(&mut piece)?;
                if (piece.len() as u64) < wanted {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                *left = left.saturating_sub(wanted);
                Ok(Some(Frame::data(piece.into())))
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn read_to_end(mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(frame) = self.read()? {
            all.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        }
        Ok(all)
    }
}

/// A file, and what it holds of the quota.
#[derive(Debug)]
pub(crate) struct Spooled {
    pub(crate) file: File,
    pub(crate) on_disk: Share,
}

impl Spooled {
    pub(crate) fn length(&self) -> u64 {
        self.on_disk.amount()
    }
}
