//! [`Places`]: how many are served at once, and how many of them for one client.
//!
//! A limit alone is what an attacker fills to keep everybody else out. So a client gets another place only while it has
//! fewer than a part of those that are free. If that part is a quarter, whoever is alone gets a fifth of all, ten who ask
//! for all of them get a fourteenth each, and four fourteenths are left: the fewer are free, the fewer one may have, and
//! who has none gets the last.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Clients that hold nothing are forgotten whenever as many have come as were there, and at least this many.
const FORGET: usize = 1024;

/// The places of all workers together.
#[derive(Debug)]
pub(crate) struct Places {
    all: usize,
    /// A client may have one of so many parts of what is free.
    parts: usize,
    taken: AtomicUsize,
    clients: Mutex<Clients>,
}

#[derive(Debug, Default)]
struct Clients {
    known: HashMap<IpAddr, Weak<Holder>>,
    /// How many there may be before somebody is forgotten.
    at_most: usize,
}

/// Somebody who may take places.
#[derive(Debug, Clone)]
pub(crate) struct Client(Arc<Holder>);

#[derive(Debug)]
struct Holder {
    places: Arc<Places>,
    held: AtomicUsize,
    /// It speaks for others: what it holds is not held by one.
    is_many: bool,
}

/// A place. It is free again when this is dropped.
#[derive(Debug)]
#[must_use = "a place that nobody keeps is free again"]
pub(crate) struct Place(Client);

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// All are taken.
    ForAll,
    /// This client has so many, and there are not enough for it to have more.
    ForOne(usize),
}

impl Places {
    /// So many places, of which a client may have one of `parts` parts of what is free.
    pub(crate) fn new(all: usize, parts: usize) -> Arc<Self> {
        Arc::new(Self { all, parts, taken: AtomicUsize::default(), clients: Mutex::default() })
    }

    /// Whoever has this address. With IPv6 a customer has a network, and any address in it.
    pub(crate) fn client(self: &Arc<Self>, address: IpAddr) -> Client {
        let address = match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
            v4 @ IpAddr::V4(_) => v4,
        };
        // Whoever panicked with it left it as it should be.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.known.get(&address).and_then(Weak::upgrade) {
            return Client(known);
        }
        if clients.known.len() >= clients.at_most {
            clients.known.retain(|_, client| client.strong_count() > 0);
            clients.at_most = clients.known.len().saturating_mul(2).max(FORGET);
        }
        let client = self.somebody(false);
        clients.known.insert(address, Arc::downgrade(&client.0));
        client
    }

    /// A client that speaks for many: a proxy in front.
    pub(crate) fn many(self: &Arc<Self>) -> Client {
        self.somebody(true)
    }

    fn somebody(self: &Arc<Self>, is_many: bool) -> Client {
        Client(Arc::new(Holder { places: Arc::clone(self), held: AtomicUsize::default(), is_many }))
    }
}

impl Client {
    /// Takes a place, if there is one for this client.
    pub(crate) fn take(&self) -> Result<Place, Full> {
        let Holder { places, held, is_many } = &*self.0;
        let free = places.all.saturating_sub(places.taken.fetch_add(1, Ordering::Relaxed));
        let held = held.fetch_add(1, Ordering::Relaxed);
        // Given back at once where it was one too many.
        let place = Place(self.clone());
        match free {
            0 => Err(Full::ForAll),
            _ if *is_many || held < free.div_ceil(places.parts) => Ok(place),
            _ => Err(Full::ForOne(held)),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Holder { places, held, .. } = &*self.0.0;
        held.fetch_sub(1, Ordering::Relaxed);
        places.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForAll => f.write_str("all places are taken"),
            Self::ForOne(held) => write!(f, "this client has {held} places, too many for what is left"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_by(client: &Client) -> Vec<Place> {
        std::iter::from_fn(|| client.take().ok()).collect()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn whoever_takes_all_leaves_some() {
        for (name, all, parts, greedy, each, left) in [
            ("one", 100, 4, 1, 20, 80),
            ("two", 90, 4, 2, 15, 60),
            ("half", 100, 1, 1, 50, 50),
            ("ten", 110, 1, 10, 10, 10),
            ("few places", 3, 4, 1, 1, 2),
            ("one place", 1, 4, 1, 1, 0),
            ("no places", 0, 4, 1, 0, 0),
        ] {
            let places = Places::new(all, parts);
            let clients: Vec<_> = (0..greedy).map(|last| places.client(IpAddr::from([192, 0, 2, last]))).collect();
            let mut held: Vec<Vec<Place>> = clients.iter().map(|_| Vec::new()).collect();
            // In turns, as much as each of them gets.
            while clients.iter().zip(&mut held).fold(false, |any, (client, held)| match client.take() {
                Ok(place) => {
                    held.push(place);
                    true
                }
                Err(_) => any,
            }) {}
            assert!(held.iter().all(|held| held.len() == each), "{name}: {held:?}");
            let newcomer = places.client(address("198.51.100.1"));
            assert_eq!(newcomer.take().is_ok(), left > 0, "{name}: who comes new");
            let rest = taken_by(&places.many());
            assert_eq!(rest.len(), left, "{name}");
            assert_eq!(newcomer.take().unwrap_err(), Full::ForAll, "{name}");
            drop((held, rest));
            assert_eq!(places.many().take().is_ok(), all > 0, "{name}: given back");
        }
    }

    #[test]
    fn what_is_refused_is_not_held() {
        let places = Places::new(10, 1);
        let client = places.client(address("192.0.2.1"));
        let held = taken_by(&client);
        assert_eq!(held.len(), 5);
        for _ in 0..20 {
            assert_eq!(client.take().unwrap_err(), Full::ForOne(5));
        }
        drop(held);
        assert_eq!(taken_by(&client).len(), 5);
    }

    #[test]
    fn a_client_is_an_address_or_a_network() {
        let places = Places::new(100, 1);
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
        assert!(places.client(address("::ffff:192.0.2.1")).take().is_err(), "IPv4 as a dual-stack socket shows it");
        drop(first);
    }

    #[test]
    fn clients_without_places_are_forgotten() {
        let places = Places::new(100, 1);
        let stays = places.client(address("192.0.2.1"));
        let _held = taken_by(&stays);
        for number in 0..10_000_u32 {
            drop(places.client(IpAddr::from(number.to_be_bytes())));
        }
        assert!(places.clients.lock().unwrap().known.len() <= FORGET);
        assert!(places.client(address("192.0.2.1")).take().is_err(), "who holds some is not");
    }
}
