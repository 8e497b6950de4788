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
        let clients: Vec<_> = (0..greedy).map(|last| places.client(Some(IpAddr::from([192, 0, 2, last])))).collect();
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
