use proptest::prelude::*;

use super::*;

#[test]
fn attributes_are_filled_in() {
    for (name, line, expected) in [
        ("bare session", "sess=1", "sess=1; Secure; HttpOnly; SameSite=Lax"),
        ("host-only session", "sess=1; Path=/", "__Host-sess=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
        (
            "session with a Domain",
            "sess=1; Domain=app.example; Path=/",
            "sess=1; Domain=app.example; Path=/; Secure; HttpOnly; SameSite=Lax",
        ),
        ("session below a path", "sess=1; Path=/app", "sess=1; Path=/app; Secure; HttpOnly; SameSite=Lax"),
        (
            "session that says all",
            "a=1; Secure; HttpOnly; SameSite=Strict; Path=/x",
            "a=1; Secure; HttpOnly; SameSite=Strict; Path=/x",
        ),
        ("embedded widget", "w=1; SameSite=None; Secure", "w=1; SameSite=None; Secure"),
        ("widget without Secure", "w=1; SameSite=None", "w=1; SameSite=None; Secure"),
        ("CSRF cookie for scripts", "csrftoken=1; Path=/", "csrftoken=1; Path=/; Secure; SameSite=Lax"),
        ("XSRF-TOKEN", "XSRF-TOKEN=1", "XSRF-TOKEN=1; Secure; SameSite=Lax"),
        ("foreign", "theme=dark; Path=/", "theme=dark; Path=/; Secure; SameSite=Lax"),
        ("unknown SameSite", "a=1; SameSite=foo", "a=1; Secure; SameSite=Lax"),
        ("empty SameSite", "a=1; SameSite=", "a=1; Secure; SameSite=Lax"),
        ("two SameSite", "a=1; SameSite=None; SameSite=Strict", "a=1; SameSite=Strict; Secure"),
        ("repeated flags", "a=1; secure; Secure; SECURE", "a=1; SECURE; SameSite=Lax"),
        ("partitioned", "a=1; Partitioned; SameSite=None", "a=1; Partitioned; SameSite=None; Secure"),
        (
            "__Host- with a Domain",
            "__Host-s=1; Domain=app.example; Secure; Path=/",
            "__Host-s=1; Secure; Path=/; SameSite=Lax",
        ),
        ("__Host- with a Path", "__Host-s=1; Path=/x", "__Host-s=1; Path=/; Secure; SameSite=Lax"),
        ("__host- in another case", "__host-s=1", "__host-s=1; Path=/; Secure; SameSite=Lax"),
        ("__Secure-", "__Secure-s=1; Domain=app.example", "__Secure-s=1; Domain=app.example; Secure; SameSite=Lax"),
        ("__Http-", "__Http-s=1", "__Http-s=1; Secure; HttpOnly; SameSite=Lax"),
        ("value with separators", "a=\"x,y=z\"; Priority=High", "a=\"x,y=z\"; Priority=High; Secure; SameSite=Lax"),
    ] {
        assert_eq!(World::new(SessionPolicy::default()).response(&[line]), [expected], "{name}");
    }
}

#[test]
fn secure_stays_as_it_is_where_the_policy_says_so() {
    let policy = SessionPolicy { secure: false, http_only: false, prefix: PrefixRule::Off, ..SessionPolicy::default() };
    for (line, expected) in [
        ("sess=1", "sess=1; SameSite=Lax"),
        ("a=1; SameSite=None", "a=1; SameSite=None; Secure"),
        ("a=1; Partitioned; SameSite=Lax", "a=1; Partitioned; SameSite=Lax; Secure"),
        ("__Secure-a=1; SameSite=Lax", "__Secure-a=1; SameSite=Lax; Secure"),
    ] {
        assert_eq!(World::new(policy.clone()).response(&[line]), [expected]);
    }
}

#[test]
fn lines_keep_order_and_number() {
    let world = World::new(SessionPolicy::default());
    assert_eq!(
        world.response(&["b=1; Secure; SameSite=Lax", "=__Host-sess=evil", "sess=2; Path=/", "b=3"]),
        [
            "b=1; Secure; SameSite=Lax",
            "__Host-sess=2; Path=/; Secure; HttpOnly; SameSite=Lax",
            "b=3; Secure; SameSite=Lax"
        ]
    );
}

#[test]
fn options_of_the_response() {
    let strict = SessionPolicy { same_site: SameSite::Strict, same_site_none: SameSiteNone::Lax, ..unprefixed() };
    assert_eq!(World::new(strict.clone()).response(&["a=1"]), ["a=1; Secure; SameSite=Strict"]);
    assert_eq!(World::new(strict).response(&["a=1; SameSite=None"]), ["a=1; Secure; SameSite=Lax"]);

    let partitioned = SessionPolicy { partitioned: Partitioned::Add, ..unprefixed() };
    assert_eq!(
        World::new(partitioned.clone()).response(&["a=1; SameSite=None"]),
        ["a=1; SameSite=None; Secure; Partitioned"]
    );
    assert_eq!(World::new(partitioned).response(&["a=1"]), ["a=1; Secure; SameSite=Lax"]);

    let secure = SessionPolicy { prefix: PrefixRule::Secure, ..SessionPolicy::default() };
    assert_eq!(
        World::new(secure).response(&["sid=1; Domain=app.example"]),
        ["__Secure-sid=1; Domain=app.example; Secure; HttpOnly; SameSite=Lax"]
    );

    let host = SessionPolicy { prefix: PrefixRule::Host, ..SessionPolicy::default() };
    assert_eq!(
        World::new(host).response(&["sid=1; Domain=app.example; Path=/x"]),
        ["__Host-sid=1; Path=/; Secure; HttpOnly; SameSite=Lax"]
    );

    let strip = SessionPolicy { domain: Domain::Strip, ..SessionPolicy::default() };
    assert_eq!(
        World::new(strip.clone()).response(&["sid=1; Domain=app.example; Path=/x"]),
        [
            "sid=1; Path=/x; Secure; HttpOnly; SameSite=Lax",
            "sid=; Domain=app.example; Path=/x; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
        ],
        "the one with a Domain is removed, or browsers would send both"
    );
    assert_eq!(
        World::new(strip).response(&["theme=1; Domain=app.example"]),
        ["theme=1; Domain=app.example; Secure; SameSite=Lax"]
    );
}

#[test]
fn a_lifetime_has_a_bound() {
    let policy = SessionPolicy { max_age: MaxAge::AtMost(std::time::Duration::from_secs(3600)), ..unprefixed() };
    let world = World::new(policy);
    let date = [("date", "Sun, 06 Nov 1994 08:00:00 GMT")];
    let rest = "; Secure; HttpOnly; SameSite=Lax";
    for (name, line, expected) in [
        ("longer", "sid=1; Max-Age=99999", "sid=1; Max-Age=3600"),
        ("shorter", "sid=1; Max-Age=60", "sid=1; Max-Age=60"),
        ("with the browser", "sid=1", "sid=1"),
        ("deletion", "sid=; Max-Age=0", "sid=; Max-Age=0"),
        (
            "shorter date",
            "sid=1; Expires=Sun, 06 Nov 1994 08:30:00 GMT",
            "sid=1; Expires=Sun, 06 Nov 1994 08:30:00 GMT",
        ),
        (
            "longer date",
            "sid=1; Expires=Sun, 06 Nov 1994 09:30:00 GMT",
            "sid=1; Expires=Sun, 06 Nov 1994 09:30:00 GMT; Max-Age=3600",
        ),
        (
            "deletion by date",
            "sid=1; Expires=Sun, 06 Nov 1994 07:00:00 GMT",
            "sid=1; Expires=Sun, 06 Nov 1994 07:00:00 GMT",
        ),
    ] {
        assert_eq!(world.response_with(&date, &[line]).1, [format!("{expected}{rest}")], "{name}");
    }
    assert_eq!(world.response(&["theme=1; Max-Age=99999"]), ["theme=1; Max-Age=99999; Secure; SameSite=Lax"]);
}

#[test]
fn deletions_match_what_they_delete() {
    let rest = "Secure; HttpOnly; SameSite=Lax";
    for expiry in
        ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Mon, 11-Oct-1999 21:00:00 GMT; Max-Age=-1"]
    {
        let world = World::new(SessionPolicy::default());
        assert_eq!(
            world.response(&[&format!("session=; {expiry}; Path=/")]),
            [format!("__Host-session=; {expiry}; Path=/; {rest}"), format!("session=; {expiry}; Path=/; {rest}")],
        );
        assert_eq!(
            world.response(&[&format!("session=; {expiry}; Domain=app.example; Path=/")]),
            [format!("session=; {expiry}; Domain=app.example; Path=/; {rest}")],
        );
    }
}

#[test]
fn a_deletion_without_a_path_deletes_what_browsers_delete() {
    let (set, line) = ("sid=1; Path=/", "sid=; Max-Age=0");
    let plain = "sid=; Max-Age=0; Secure; HttpOnly; SameSite=Lax";
    let renamed = "__Host-sid=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax";
    let in_passing = "__Host-sid=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=None";
    for (name, path, knows_paths, was_seen, expected) in [
        ("of the root", "/logout", true, true, &[renamed, plain][..]),
        ("of a folder, where there is none", "/account/logout", true, true, &[plain]),
        ("the same after a restart", "/account/logout", true, false, &[plain]),
        ("of nobody knows what", "/logout", false, true, &[plain, in_passing]),
    ] {
        let mut world = World::new(SessionPolicy::default());
        (world.path, world.site.has_browsers_paths) = (path, knows_paths);
        if was_seen {
            world.response(&[set]);
        }
        world.request("__Host-sid=1").unwrap();
        assert_eq!(world.response(&[line]), expected, "{name}");
    }
}

#[test]
fn sessions_stay_out_of_caches() {
    let world = World::new(SessionPolicy::default());
    let cached = [("cache-control", "public, max-age=600"), ("surrogate-control", "max-age=600")];
    for (name, line, expected) in [
        ("session", "session=1; Path=/", "no-store"),
        ("deletion", "session=; Max-Age=0", "no-store"),
        ("own prefix", "__Host-sid=1", "no-store"),
        ("foreign", "theme=dark", "public, max-age=600"),
    ] {
        assert_eq!(world.response_with(&cached, &[line]).0.get_str(Known::CacheControl), Some(expected), "{name}");
    }
    let world = World::new(SessionPolicy { no_store: false, ..SessionPolicy::default() });
    assert_eq!(
        world.response_with(&cached, &["session=1"]).0.get_str(Known::CacheControl),
        Some("public, max-age=600")
    );
}

proptest! {
    /// Hardening a hardened response changes nothing more.
    #[test]
    fn hardening_is_idempotent(attributes in prop::collection::vec(prop::sample::select(vec![
        "Path=/", "Path=/x", "Domain=app.example", "Secure", "HttpOnly", "SameSite=None", "SameSite=x", "Partitioned", "Max-Age=5", "x=y"
    ]), 0..5), name in prop::sample::select(vec!["session", "theme", "csrftoken", "__Host-x", "__Secure-sid"])) {
        let once = World::new(unprefixed()).response(&[&format!("{name}=1; {}", attributes.join("; "))]);
        let again = World::new(unprefixed()).response(&once.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(once, again);
    }
}
