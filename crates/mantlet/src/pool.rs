//! [`Pool`]: a limited resource that all clients share, and how much of it one of them may hold.
//!
//! A limit alone is what an attacker fills to keep everybody else out. So a client may hold no more than what is free,
//! divided by a constant of the pool. If that is 4, a client that is alone gets a fifth of the pool; ten clients that ask for
//! all of it get a fourteenth each, and four fourteenths stay free. The less is free, the less one client may hold, and the
//! last of it goes to one that holds nothing.
//!
//! ```
//! use mantlet::pool::Pool;
//!
//! let places = Pool::new(100, 1);
//! let client = places.client("192.0.2.1".parse().ok());
//! let half = client.take(50)?;
//! assert!(client.take(1).is_err());
//! drop(half);
//! # Ok::<(), mantlet::pool::Full>(())
//! ```

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Clients that hold nothing are forgotten each time the number of known ones has doubled, but not before there are this many.
const FORGET_AT_LEAST: usize = 1024;

/// Places, bytes, or whatever else is limited; shared by all threads.
#[derive(Debug)]
pub struct Pool {
    capacity: u64,
    /// A client may hold what is free, divided by this.
    divisor: u64,
    taken: AtomicU64,
    clients: Mutex<Clients>,
}

#[derive(Debug, Default)]
struct Clients {
    known: HashMap<IpAddr, Weak<Holder>>,
    /// With this many, those that hold nothing are forgotten.
    forget_at: usize,
}

/// One client of a [`Pool`].
#[derive(Debug, Clone)]
pub struct Client(Arc<Holder>);

#[derive(Debug)]
struct Holder {
    pool: Arc<Pool>,
    held: AtomicU64,
    /// `None`: many clients behind a proxy, or nobody knows who. Only the capacity bounds what they hold.
    address: Option<IpAddr>,
}

/// A part of a [`Pool`] that a client holds. It is free again when this is dropped.
#[derive(Debug)]
#[must_use = "a share that nobody keeps is free again"]
pub struct Share {
    client: Client,
    amount: u64,
}

/// Why a client gets no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Not enough is free.
    ForAll,
    /// This client holds this much already, too much for what is free.
    ForOne(u64),
}

impl Pool {
    /// A pool of this capacity, of which a client may hold as much as is free, divided by `divisor` (0 counts as 1).
    pub fn new(capacity: u64, divisor: u64) -> Arc<Self> {
        Arc::new(Self { capacity, divisor: divisor.max(1), taken: AtomicU64::default(), clients: Mutex::default() })
    }

    /// The client with this address. With IPv6 it is a network of 64 bits: one customer can use any address in it. `None`:
    /// nobody knows whose address it is, or it is that of a proxy in front, which speaks for many; then only the capacity
    /// bounds what it may hold.
    pub fn client(self: &Arc<Self>, address: Option<IpAddr>) -> Client {
        let address = match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V6(v6)) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            Some(v4 @ IpAddr::V4(_)) => v4,
            None => return self.new_client(None),
        };
        // No panic can leave it half changed.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.known.get(&address).and_then(Weak::upgrade) {
            return Client(known);
        }
        if clients.known.len() >= clients.forget_at {
            clients.known.retain(|_, client| client.strong_count() > 0);
            clients.forget_at = clients.known.len().saturating_mul(2).max(FORGET_AT_LEAST);
        }
        let client = self.new_client(Some(address));
        clients.known.insert(address, Arc::downgrade(&client.0));
        client
    }

    /// How much is taken.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    fn new_client(self: &Arc<Self>, address: Option<IpAddr>) -> Client {
        Client(Arc::new(Holder { pool: Arc::clone(self), held: AtomicU64::default(), address }))
    }
}

impl Client {
    /// Takes this much.
    ///
    /// # Errors
    /// When not enough is free, or it would be too much for one client.
    pub fn take(&self, amount: u64) -> Result<Share, Full> {
        let mut share = self.empty_share();
        share.grow(amount)?;
        Ok(share)
    }

    /// The pool that it takes from.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.0.pool
    }

    /// A share of nothing, which can [grow](Share::grow).
    pub(crate) fn empty_share(&self) -> Share {
        Share { client: self.clone(), amount: 0 }
    }
}

impl Share {
    /// Takes this much more.
    ///
    /// # Errors
    /// As [`Client::take`]. The share is then as large as before.
    pub fn grow(&mut self, more: u64) -> Result<(), Full> {
        let Holder { pool, held, address } = &*self.client.0;
        if more > pool.capacity {
            // Adding it first, as below, would make everybody else find the pool full for a moment.
            return Err(Full::ForAll);
        }
        let free = pool.capacity.saturating_sub(pool.taken.fetch_add(more, Ordering::Relaxed));
        let held = held.fetch_add(more, Ordering::Relaxed);
        // The rule is that of taking one at a time: it looks at what was free before the last one.
        let free_for_the_last = free.saturating_sub(more.saturating_sub(1));
        let verdict = if more > free {
            Err(Full::ForAll)
        } else if address.is_none() || held.saturating_add(more) <= free_for_the_last.div_ceil(pool.divisor) {
            Ok(())
        } else {
            Err(Full::ForOne(held))
        };
        match verdict {
            Ok(()) => self.amount = self.amount.saturating_add(more),
            Err(_) => self.client.0.give_back(more),
        }
        verdict
    }

    /// Takes more, or gives some back, until it is this much.
    ///
    /// # Errors
    /// As [`Share::grow`].
    pub fn resize(&mut self, amount: u64) -> Result<(), Full> {
        if amount > self.amount {
            return self.grow(amount.saturating_sub(self.amount));
        }
        self.client.0.give_back(self.amount.saturating_sub(amount));
        self.amount = amount;
        Ok(())
    }

    /// The client's address (with IPv6 the first of its network), if it is known to be one client.
    pub fn client(&self) -> Option<IpAddr> {
        self.client.0.address
    }

    /// How much it is.
    pub fn amount(&self) -> u64 {
        self.amount
    }
}

impl Holder {
    fn give_back(&self, amount: u64) {
        self.held.fetch_sub(amount, Ordering::Relaxed);
        self.pool.taken.fetch_sub(amount, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.client.0.give_back(self.amount);
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForAll => f.write_str("not enough is free"),
            Self::ForOne(held) => write!(f, "this client holds {held} already, too much for what is free"),
        }
    }
}

impl std::error::Error for Full {}

#[cfg(test)]
mod tests;
