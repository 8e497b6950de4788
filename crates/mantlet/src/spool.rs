//! [`Spool`]: where a body waits for its verdict, in memory while it is small, then in an unlinked temporary file.
//!
//! The file never has a name (so a crash leaves nothing behind, and nobody can swap it between judging and forwarding), is
//! readable by its owner only, and is forwarded from the descriptor that it was written through. Three [pools](Pool) bound
//! what all spools hold together. On disk a client may hold as much as is free, and requests beyond that are refused with
//! 503. Memory is less than that: once it is taken, bodies go to the disk from their first byte. What cannot go there is the
//! field that a judge keeps until it is complete: of that, a client may hold as much as is free, too.
//!
//! Writes go to the page cache from the thread that serves the request, as nginx does: handing each of them to another
//! thread costs more than it saves, measured on bodies of 64 KiB and 10 MiB.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mantlet_core::upload::{Sink, UploadPolicy};
use mantlet_core::{Policy, Reason, Refusal};

use crate::held::{HeldBody, Spooled};
use crate::pool::{Client, Pool, Share};

/// Bodies up to this size do not touch the disk.
const IN_MEMORY: usize = 128 * 1024;

/// What all bodies may hold in memory together: many connections that each begin a small body and never end it must not add
/// up.
const IN_MEMORY_TOGETHER: u64 = 64 << 20;

/// How many fields of the largest size judges may keep together, until they are complete.
const KEPT_TOGETHER: u64 = 1000;

/// Not counted, since most forms come in one piece or two, and are made of smaller fields.
const NOT_COUNTED: usize = 16 * 1024;

/// Small writes to the file are gathered up to this size: a form of many parts would otherwise cost a system call each.
const GATHER: usize = 64 * 1024;

/// A client may hold as much as is free, and so half of it: behind one address may be an office that uploads.
const CLIENTS_DIVISOR: u64 = 1;

/// Where spools are kept and how much they may hold.
#[derive(Debug, Clone)]
pub struct SpoolSettings {
    folder: PathBuf,
    on_disk: Arc<Pool>,
    in_memory: Client,
    kept: Arc<Pool>,
}

impl SpoolSettings {
    /// Spools as (unlinked) files in this folder, together no larger than `quota` bytes, and those of one client no larger
    /// than half of it. Bodies of up to 128 KiB stay in memory, where all together take no more than 64 MiB.
    pub fn new(folder: PathBuf, quota: u64) -> Self {
        let largest_field = UploadPolicy::default().max_field_size.get();
        Self {
            folder,
            on_disk: Pool::new(quota, CLIENTS_DIVISOR),
            in_memory: Pool::new(IN_MEMORY_TOGETHER, 1).client(None),
            kept: Pool::new(largest_field.saturating_mul(KEPT_TOGETHER), CLIENTS_DIVISOR),
        }
    }

    /// In the system's folder for temporary files, as much as `[uploads] spool_quota` says for everywhere; and room for the
    /// largest fields that any route takes.
    pub fn of(policy: &Policy) -> Self {
        let everywhere = &policy.everywhere.upload;
        let fields = policy.routes.iter().map(|route| route.guards.upload.max_field_size.get());
        let largest_field = fields.fold(everywhere.max_field_size.get(), u64::max);
        let kept = Pool::new(largest_field.saturating_mul(KEPT_TOGETHER), CLIENTS_DIVISOR);
        Self { kept, ..Self::new(std::env::temp_dir(), everywhere.spool_quota.get()) }
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a file, as a body would that is not small, and lets it go.
    ///
    /// # Errors
    /// When there can be none: bodies of more than 128 KiB that wait for a verdict would be refused.
    pub fn try_out(&self) -> io::Result<()> {
        tempfile::tempfile_in(&self.folder).map(drop)
    }
}

/// A body on its way in.
#[derive(Debug)]
pub(crate) struct Spool {
    settings: SpoolSettings,
    /// Whose body it is; `None` if that may be many clients.
    client: Option<IpAddr>,
    /// What is not in the file, or not yet.
    memory: Vec<u8>,
    in_memory: Share,
    file: Option<Spooled>,
    /// What its judge keeps.
    kept: Option<Share>,
}

impl Spool {
    pub(crate) fn new(settings: SpoolSettings, client: Option<IpAddr>) -> Self {
        let in_memory = settings.in_memory.empty_share();
        Self { settings, client, memory: Vec::new(), in_memory, file: None, kept: None }
    }

    /// The judge keeps this many bytes, which are on their way here.
    pub(crate) fn account_for(&mut self, kept: usize) -> Result<(), Refusal> {
        let counted = kept.saturating_sub(NOT_COUNTED) as u64;
        if counted == 0 {
            self.kept = None;
            return Ok(());
        }
        let Self { settings, client, kept, .. } = self;
        let kept = kept.get_or_insert_with(|| settings.kept.client(*client).empty_share());
        kept.resize(counted).map_err(|full| Refusal::new(Reason::UploadSpoolFull, format!("bytes of fields: {full}")))
    }

    /// The body is complete and judged: from here on it is read.
    pub(crate) fn into_body(mut self) -> Result<HeldBody, Refusal> {
        if self.file.is_none() {
            return Ok(HeldBody::in_memory(self.memory.into(), self.in_memory));
        }
        self.flush()?;
        match self.file {
            Some(spooled) => Ok(HeldBody::in_file(spooled)),
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
        self.in_memory = self.settings.in_memory.empty_share();
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let folder = self.settings.folder();
        let spooled = match &mut self.file {
            Some(spooled) => spooled,
            None => {
                let file = tempfile::tempfile_in(folder).map_err(|error| unwritable(folder, &error))?;
                self.file.insert(Spooled { file, on_disk: self.settings.on_disk.client(self.client).empty_share() })
            }
        };
        let grown = spooled.on_disk.grow(bytes.len() as u64);
        grown.map_err(|full| Refusal::new(Reason::UploadSpoolFull, format!("bytes on disk: {full}")))?;
        spooled.file.write_all(bytes).map_err(|error| unwritable(folder, &error))
    }

    /// Whether this many more bytes can be kept in memory.
    fn fits_in_memory(&mut self, more: usize) -> bool {
        let bound = if self.file.is_some() { GATHER } else { IN_MEMORY };
        self.memory.len().saturating_add(more) <= bound && self.in_memory.grow(more as u64).is_ok()
    }
}

impl Sink for Spool {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.fits_in_memory(bytes.len()) {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        self.flush()?;
        if bytes.len() < GATHER && self.fits_in_memory(bytes.len()) {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        self.append(bytes)
    }
}

fn unwritable(folder: &Path, error: &io::Error) -> Refusal {
    Refusal::new(Reason::UploadSpoolFull, format!("the spool in {} cannot be written: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spool(quota: u64) -> (Spool, SpoolSettings) {
        let settings = SpoolSettings::new(std::env::temp_dir(), quota);
        (Spool::new(settings.clone(), None), settings)
    }

    /// What is held on disk and in memory.
    fn held(settings: &SpoolSettings) -> (u64, u64) {
        (settings.on_disk.taken(), settings.in_memory.pool().taken())
    }

    #[test]
    fn what_was_written_is_what_is_read_whatever_the_sizes() {
        for sizes in [&[10, 20][..], &[300_000], &[1, 262_144, 1, 70_000, 3, 65_535, 65_536], &[100; 5000]] {
            let (mut spool, settings) = spool(1 << 30);
            let mut expected = Vec::new();
            for (at, size) in sizes.iter().enumerate() {
                let piece = vec![(at % 251) as u8; *size];
                expected.extend_from_slice(&piece);
                spool.write(&piece).unwrap();
            }
            let body = spool.into_body().unwrap();
            assert_eq!(body.length(), expected.len() as u64);
            assert!(body.read_to_end().unwrap() == expected, "{} bytes", expected.len());
            assert_eq!(held(&settings), (0, 0), "all of it is given back");
        }
    }

    #[test]
    fn beyond_the_quota_the_spool_refuses_and_gives_back() {
        let (mut spool, settings) = spool(300_000);
        spool.write(&[1; 290_000]).unwrap();
        assert_eq!(spool.write(&[1; 290_000]).unwrap_err().reason, Reason::UploadSpoolFull);
        drop(spool);
        assert_eq!(held(&settings), (0, 0));
    }

    #[test]
    fn what_one_client_holds_open_leaves_room_for_others() {
        let (_, settings) = spool(1 << 20);
        let of = |client: &str| {
            let mut spool = Spool::new(settings.clone(), Some(client.parse().unwrap()));
            spool.write(&[1; 200_000]).map(|()| spool)
        };
        let greedy: Vec<_> = std::iter::from_fn(|| of("192.0.2.1").ok()).collect();
        assert_eq!(greedy.len(), 2, "half of it");
        assert_eq!(of("192.0.2.1").unwrap_err().reason, Reason::UploadSpoolFull);
        let other = of("192.0.2.2").unwrap();
        assert_eq!(other.into_body().unwrap().length(), 200_000);
        drop(greedy);
        of("192.0.2.1").unwrap();
    }

    #[test]
    fn many_small_bodies_together_go_to_the_disk() {
        let (_, settings) = spool(1 << 30);
        let piece = vec![7; IN_MEMORY];
        let spools: Vec<Spool> = (0..600)
            .map(|_| {
                let mut spool = Spool::new(settings.clone(), None);
                spool.write(&piece).unwrap();
                spool
            })
            .collect();
        let (on_disk, in_memory) = held(&settings);
        assert!(in_memory <= IN_MEMORY_TOGETHER, "{in_memory}");
        assert_eq!(on_disk + in_memory, 600 * IN_MEMORY as u64);
        drop(spools);
        assert_eq!(held(&settings), (0, 0));
    }

    #[test]
    fn fields_that_one_client_does_not_end_leave_room_for_others() {
        let settings = SpoolSettings::of(&Policy::default());
        let of = |client: &str| {
            let mut spool = Spool::new(settings.clone(), Some(client.parse().unwrap()));
            spool.account_for(NOT_COUNTED + (64 << 10)).map(|()| spool)
        };
        let mut greedy: Vec<_> = std::iter::from_fn(|| of("192.0.2.1").ok()).collect();
        assert_eq!(greedy.len(), 500, "half of it");
        let _other = of("192.0.2.2").unwrap();
        assert_eq!(of("192.0.2.1").unwrap_err().reason, Reason::UploadSpoolFull);
        assert!(greedy.iter_mut().all(|spool| spool.account_for(NOT_COUNTED).is_ok()), "the field has ended");
        drop(of("192.0.2.1").unwrap());
        assert_eq!(settings.kept.taken(), 64 << 10, "what the other holds");
    }

    #[test]
    fn a_folder_that_is_not_there_refuses() {
        let mut spool = Spool::new(SpoolSettings::new("/nowhere/at/all".into(), 1 << 30), None);
        assert_eq!(spool.write(&[1; 300_000]).unwrap_err().reason, Reason::UploadSpoolFull);
    }
}
