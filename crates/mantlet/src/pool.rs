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
    pub fn empty_share(&self) -> Share {
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
mod tests {
    use super::*;

    fn taken_by(client: &Client) -> Vec<Share> {
        std::iter::from_fn(|| client.take(1).ok()).collect()
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn whoever_takes_all_leaves_some() {
        for (name, capacity, divisor, greedy, each, left) in [
            ("one", 100, 4, 1, 20, 80),
            ("two", 90, 4, 2, 15, 60),
            ("half", 100, 1, 1, 50, 50),
            ("ten", 110, 1, 10, 10, 10),
            ("few places", 3, 4, 1, 1, 2),
            ("one place", 1, 4, 1, 1, 0),
            ("no places", 0, 4, 1, 0, 0),
        ] {
            let places = Pool::new(capacity, divisor);
            let clients: Vec<_> =
                (0..greedy).map(|last| places.client(Some(IpAddr::from([192, 0, 2, last])))).collect();
            let mut held: Vec<Vec<Share>> = clients.iter().map(|_| Vec::new()).collect();
            // In turns, as much as each of them gets.
            while clients.iter().zip(&mut held).fold(false, |any, (client, held)| match client.take(1) {
                Ok(place) => {
                    held.push(place);
                    true
                }
                Err(_) => any,
            }) {}
            assert!(held.iter().all(|held| held.len() == each), "{name}: {held:?}");
            let newcomer = places.client(address("198.51.100.1"));
            assert_eq!(newcomer.take(1).is_ok(), left > 0, "{name}: who comes new");
            let rest = taken_by(&places.client(None));
            assert_eq!(rest.len(), left, "{name}");
            assert_eq!(newcomer.take(1).unwrap_err(), Full::ForAll, "{name}");
            drop((held, rest));
            assert_eq!(places.client(None).take(1).is_ok(), capacity > 0, "{name}: given back");
        }
    }

    #[test]
    fn what_is_refused_is_not_held() {
        let places = Pool::new(10, 1);
        let client = places.client(address("192.0.2.1"));
        let held = taken_by(&client);
        assert_eq!(held.len(), 5);
        for _ in 0..20 {
            assert_eq!(client.take(1).unwrap_err(), Full::ForOne(5));
        }
        drop(held);
        assert_eq!(taken_by(&client).len(), 5);
    }

    #[test]
    fn a_share_grows_as_far_as_it_may() {
        let bytes = Pool::new(1000, 1);
        let (client, other) = (bytes.client(address("192.0.2.1")), bytes.client(address("192.0.2.2")));
        assert_eq!(client.take(501).unwrap_err(), Full::ForOne(0), "at once");
        let (mut first, mut second) = (client.empty_share(), client.empty_share());
        first.grow(300).unwrap();
        second.grow(200).unwrap();
        for (name, share) in [("one", &mut first), ("the other", &mut second)] {
            assert_eq!(share.grow(1).unwrap_err(), Full::ForOne(500), "{name}");
        }
        assert_eq!((first.amount(), second.amount()), (300, 200));
        let rest = other.take(250).unwrap();
        assert_eq!(other.take(251).unwrap_err(), Full::ForAll);
        drop(first);
        second.grow(1).unwrap();
        drop((second, rest));
        assert_eq!(bytes.client(None).take(1000).unwrap().amount(), 1000);
        assert_eq!(bytes.client(None).take(u64::MAX).unwrap_err(), Full::ForAll);
        assert_eq!(bytes.taken(), 0);
    }

    #[test]
    fn threads_leave_what_was_there() {
        for divisor in [0, 1, 4] {
            let places = Pool::new(64, divisor);
            std::thread::scope(|scope| {
                for last in 0..4 {
                    let places = &places;
                    scope.spawn(move || {
                        for _ in 0..2_000 {
                            let client = places.client(Some(IpAddr::from([192, 0, 2, last % 2])));
                            let mut share = client.empty_share();
                            while share.grow(3).is_ok() && share.amount() < 30 {}
                            assert!(share.amount() <= 64);
                        }
                    });
                }
            });
            assert_eq!(places.taken(), 0, "{divisor}");
            assert!(places.client(address("192.0.2.0")).take(1).is_ok(), "{divisor}");
        }
    }

    #[test]
    fn a_client_is_an_address_or_a_network() {
        let places = Pool::new(100, 1);
        let first = taken_by(&places.client(address("2001:db8::1")));
        for (name, other, has_own) in [
            ("the same network", "2001:db8::ffff:1", false),
            ("another network", "2001:db8:0:1::1", true),
            ("IPv4", "192.0.2.1", true),
        ] {
            let taken = taken_by(&places.client(address(other)));
            assert_eq!(!taken.is_empty(), has_own, "{name}");
        }
        let _v4 = taken_by(&places.client(address("192.0.2.1")));
        assert!(places.client(address("::ffff:192.0.2.1")).take(1).is_err(), "IPv4 as a dual-stack socket shows it");
        drop(first);
    }

    #[test]
    fn clients_without_places_are_forgotten() {
        let places = Pool::new(100, 1);
        let stays = places.client(address("192.0.2.1"));
        let _held = taken_by(&stays);
        for number in 0..10_000_u32 {
            drop(places.client(Some(IpAddr::from(number.to_be_bytes()))));
        }
        assert!(places.clients.lock().unwrap().known.len() <= FORGET_AT_LEAST);
        assert!(places.client(address("192.0.2.1")).take(1).is_err(), "who holds some is not");
    }
}
