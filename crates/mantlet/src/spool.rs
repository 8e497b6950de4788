//! Where a body waits for its verdict: in memory while it is small, then in an unlinked temporary file.
//!
//! The file has no name from the moment it exists (so a crash leaves nothing behind and nobody can swap it between the
//! judging and the forwarding), is readable by its owner only, and is forwarded from the same descriptor that was judged.
//! All spools together may hold [`SpoolSettings::quota`] bytes on disk; beyond that requests are refused with 503.
//!
//! Writes go to the page cache from the thread that serves the request, as nginx does: handing each of them to another
//! thread costs more than it saves, measured on bodies of 64 KiB and 10 MiB.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mantlet_core::upload::Sink;
use mantlet_core::{Reason, Refusal};

use crate::body::HeldBody;

/// Bodies up to this size never touch the disk. With a thousand of them in flight that is 256 MiB of memory at the most.
const IN_MEMORY: usize = 256 * 1024;

/// Small writes to the file are gathered up to this size: a form of many parts would otherwise cost a system call each.
const GATHER: usize = 64 * 1024;

/// Where spools are kept and how much they may hold.
#[derive(Debug, Clone)]
pub struct SpoolSettings {
    /// The folder of the (unlinked) files. Default: the system's folder for temporary files.
    pub folder: PathBuf,
    /// How many bytes all spools may hold on disk together. Default: 4 GiB.
    pub quota: u64,
    used: Arc<AtomicU64>,
}

impl SpoolSettings {
    /// Spools in this folder, together no larger than `quota` bytes.
    pub fn new(folder: PathBuf, quota: u64) -> Self {
        Self { folder, quota, used: Arc::default() }
    }
}

impl Default for SpoolSettings {
    fn default() -> Self {
        Self::new(std::env::temp_dir(), 4 << 30)
    }
}

/// A body on its way in.
#[derive(Debug)]
pub(crate) struct Spool {
    settings: SpoolSettings,
    /// What is not in the file (yet).
    memory: Vec<u8>,
    file: Option<Claimed>,
}

/// A file and the part of the quota it holds.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) file: File,
    pub(crate) length: u64,
    used: Arc<AtomicU64>,
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.used.fetch_sub(self.length, Ordering::Relaxed);
    }
}

impl Spool {
    pub(crate) fn new(settings: SpoolSettings) -> Self {
        Self { settings, memory: Vec::new(), file: None }
    }

    /// The body is complete and judged: from here on it is read.
    pub(crate) fn into_body(mut self) -> Result<HeldBody, Refusal> {
        if self.file.is_none() {
            return Ok(HeldBody::in_memory(self.memory.into()));
        }
        self.flush()?;
        match self.file {
            Some(claimed) => Ok(HeldBody::in_file(claimed)),
            None => Err(Refusal::new(Reason::InternalError, "the spool lost its file")),
        }
    }

    fn flush(&mut self) -> Result<(), Refusal> {
        let gathered = std::mem::take(&mut self.memory);
        self.append(&gathered)?;
        // Its capacity serves the next small writes.
        self.memory = gathered;
        self.memory.clear();
        self.memory.shrink_to(GATHER);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let claimed = match &mut self.file {
            Some(claimed) => claimed,
            None => {
                let file = tempfile::tempfile_in(&self.settings.folder).map_err(|error| full(&error))?;
                self.file.insert(Claimed { file, length: 0, used: Arc::clone(&self.settings.used) })
            }
        };
        let more = bytes.len() as u64;
        let before = claimed.used.fetch_add(more, Ordering::Relaxed);
        // From here on the drop of `claimed` gives back what was taken.
        claimed.length = claimed.length.saturating_add(more);
        if before.saturating_add(more) > self.settings.quota {
            return Err(Refusal::new(Reason::UploadSpoolFull, "the quota of the spool is used up"));
        }
        claimed.file.write_all(bytes).map_err(|error| full(&error))
    }
}

impl Sink for Spool {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let gathered = self.memory.len().saturating_add(bytes.len());
        let bound = if self.file.is_some() { GATHER } else { IN_MEMORY };
        if gathered <= bound {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush()?;
        if bytes.len() < GATHER {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        self.append(bytes)
    }
}

fn full(error: &io::Error) -> Refusal {
    Refusal::new(Reason::UploadSpoolFull, format!("the spool cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(quota: u64) -> (Spool, Arc<AtomicU64>) {
        let settings = SpoolSettings::new(std::env::temp_dir(), quota);
        let used = Arc::clone(&settings.used);
        (Spool::new(settings), used)
    }

    #[test]
    fn what_was_written_is_what_is_read_whatever_the_sizes() {
        for sizes in [&[10, 20][..], &[300_000], &[1, 262_144, 1, 70_000, 3, 65_535, 65_536], &[100; 5000]] {
            let (mut spool, used) = spool(1 << 30);
            let mut expected = Vec::new();
            for (at, size) in sizes.iter().enumerate() {
                let piece = vec![(at % 251) as u8; *size];
                expected.extend_from_slice(&piece);
                spool.write(&piece).unwrap();
            }
            let body = spool.into_body().unwrap();
            assert_eq!(body.length(), expected.len() as u64);
            assert!(body.read_to_end().unwrap() == expected, "{} bytes", expected.len());
            assert_eq!(used.load(Ordering::Relaxed), 0, "the quota is given back");
        }
    }

    #[test]
    fn beyond_the_quota_the_spool_refuses_and_gives_back() {
        let (mut spool, used) = spool(300_000);
        spool.write(&[1; 290_000]).unwrap();
        assert_eq!(spool.write(&[1; 290_000]).unwrap_err().reason, Reason::UploadSpoolFull);
        drop(spool);
        assert_eq!(used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_folder_that_is_not_there_refuses() {
        let mut spool = Spool::new(SpoolSettings::new("/nowhere/at/all".into(), 1 << 30));
        assert_eq!(spool.write(&[1; 300_000]).unwrap_err().reason, Reason::UploadSpoolFull);
    }
}
