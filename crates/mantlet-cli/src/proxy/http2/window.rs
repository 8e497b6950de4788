//! [`Window`]: how much of the bodies of a connection's requests may come before somebody has read what came.
//!
//! Over HTTP/1.1 a body stays in its socket until it is read. Here all bodies of a connection come through one, so that h2
//! has to take what comes, and keeps it. A body that is read fast needs a wide window to come fast; one that the
//! application does not read fills it. So a connection begins with a narrow one, gets a wide one when enough was read, and
//! only so many connections have a wide one.

use std::cell::{Cell, OnceCell};

use bytes::Buf;
use h2::server::Connection;
use mantlet::pool::{Client, Share};
use tokio::io::{AsyncRead, AsyncWrite};

/// Of all bodies of a connection. One of them can have half of it, so that an upload which the application does not read does
/// not hold up the others. The first large upload of a connection takes one or two more round trips.
pub(super) const NARROW: u32 = 128 * 1024;

/// As much as travels in a tenth of a second at 80 Mbit/s.
const WIDE: u32 = 1024 * 1024;

/// When this much was read, somebody reads: it is what may come of one body without being read.
const ENOUGH: u64 = NARROW as u64 / 2;

/// Connections of all workers that have a wide window: 128 MiB. Those of one client can have half of them.
pub(crate) const WIDE_AT_ONCE: u64 = 128;

/// The window of one connection.
#[derive(Debug)]
pub(super) struct Window {
    /// Bytes of bodies.
    read: Cell<u64>,
    /// Who may have wide ones.
    client: Client,
    wide: OnceCell<Share>,
}

impl Window {
    /// A narrow one.
    pub(super) fn new(client: Client) -> Self {
        Self { read: Cell::default(), client, wide: OnceCell::new() }
    }

    /// This much of a body was read.
    pub(super) fn read(&self, bytes: usize) {
        self.read.set(self.read.get().saturating_add(bytes as u64));
    }

    /// Makes it a wide one, if that is of use and can be. It stays one: what a client was allowed it may send at any time.
    pub(super) fn adapt<T, B>(&self, connection: &mut Connection<T, B>)
    where
        T: AsyncRead + AsyncWrite + Unpin,
        B: Buf,
    {
        // The client may not have heard of the narrow one yet: then the next piece is another chance.
        if self.read.get() >= ENOUGH
            && self.wide.get().is_none()
            && let Ok(share) = self.client.take(1)
            && connection.set_initial_window_size(WIDE / 2).is_ok()
        {
            connection.set_target_window_size(WIDE);
            // There was none before.
            let _ = self.wide.set(share);
        }
    }
}
