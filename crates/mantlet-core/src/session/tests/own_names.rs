//! Applications whose own names for cookies look like what the guard makes of a name.

use super::*;

#[test]
fn an_application_that_prefixes_itself_is_left_alone() {
    let mut world = World::new(SessionPolicy::default());
    let own = "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax";
    assert_eq!(world.response(&[own]), [own]);
    assert_eq!(world.request("__Host-session=1").unwrap().unwrap(), "__Host-session=1");
    // Both names are the application's: two cookies never become one.
    let both = world.response(&[own, "session=2; Path=/"]);
    assert_eq!(both, [own, "session=2; Path=/; Secure; HttpOnly; SameSite=Lax"]);
    assert_eq!(world.request("__Host-session=1; session=2").unwrap().unwrap(), "__Host-session=1; session=2");

    let mut world = World::new(named(&["session", "__Host-session"]));
    assert_eq!(world.request("__Host-session=1; session=2").unwrap().unwrap(), "__Host-session=1; session=2");
    assert!(
        world.response(&["session=2; Path=/"])[0].starts_with("session=2"),
        "the policy says that both are its own"
    );

    let mut world = World::new(named(&["__Host-own"]));
    assert_eq!(world.request("__Host-own=1; own=2").unwrap().unwrap(), "__Host-own=1; own=2");
}

/// As a widespread snippet does: for each cookie that came, one that ends it.
#[test]
fn an_application_that_deletes_whatever_comes_has_no_prefix_of_its_own() {
    for set in ["portal=1; HttpOnly; Path=/", "session=1; Path=/"] {
        let name = set.split_once('=').unwrap().0;
        let renamed = format!("__Host-{name}");
        for sent in [&*renamed, &renamed.to_uppercase(), &renamed.replace("s", "%73"), &renamed.replace("o", "%6F")] {
            let mut world = World::new(SessionPolicy::default());
            let given = world.request(&format!("{sent}=1")).unwrap().unwrap_or_default();
            let ends: Vec<String> = given.split("; ").map(|pair| format!("{pair}; Max-Age=0; Path=/")).collect();
            world.response(&ends.iter().map(|line| &**line).collect::<Vec<_>>());
            world.memo = SessionMemo::default();
            for _ in 0..2 {
                assert!(world.response(&[set])[0].starts_with(&renamed), "after {sent}: {ends:?}");
            }
            assert_eq!(world.request(&format!("{renamed}=1")).unwrap().unwrap(), format!("{name}=1"), "after {sent}");
            assert_eq!(world.request(&format!("{name}=evil")).unwrap(), None, "after {sent}");
        }
    }
}

/// It got the cookie under both names. A stranger would else take the prefix from everybody with one request.
#[test]
fn an_application_that_sets_anew_whatever_cookies_come_shows_no_name_of_its_own() {
    for own in ["session", "__Host-session"] {
        let mut world = World::new(SessionPolicy::default());
        assert_eq!(world.request("__Host-session=x").unwrap().unwrap(), "session=x; __Host-session=x");
        world.response(&["session=x; Path=/; HttpOnly", "__Host-session=x; Path=/; HttpOnly; Secure"]);
        assert_eq!(world.request("__Host-session=x").unwrap().unwrap(), "session=x; __Host-session=x", "{own}");
        world.request("a=1").unwrap();
        let login = format!("{own}=1; Path=/; HttpOnly; Secure; SameSite=Lax");
        assert_eq!(
            world.response(&[&login]).first().unwrap(),
            "__Host-session=1; Path=/; HttpOnly; Secure; SameSite=Lax"
        );
        assert_eq!(world.request("__Host-session=1").unwrap().unwrap(), format!("{own}=1"));
    }
}

/// Whoever was logged in before Mantlet came would be logged out.
#[test]
fn an_application_with_a_prefix_of_its_own_may_remove_the_name_without_it() {
    for own in ["session", "portal"] {
        let (set, removed) =
            (format!("__Host-{own}=2; Path=/; HttpOnly; Secure"), format!("{own}=; Path=/; Max-Age=0; HttpOnly"));
        for lines in [[&set, &removed], [&removed, &set]] {
            let mut world = World::new(SessionPolicy::default());
            world.request(&format!("__Host-{own}=1")).unwrap();
            let sent = world.response(&lines.map(String::as_str));
            let of_the_session = |line: &&String| line.starts_with("__Host-");
            let of_the_session: Vec<_> = sent.iter().filter(of_the_session).collect();
            assert_eq!(of_the_session, [&format!("{set}; SameSite=Lax")], "{lines:?}");
            assert!(sent.contains(&format!("{removed}; Secure; SameSite=Lax")), "{sent:?}");
        }
    }
}

#[test]
fn a_name_that_the_prefix_would_give_another_prefix_comes_back() {
    for policy in [SessionPolicy::default(), SessionPolicy { prefix: PrefixRule::Host, ..SessionPolicy::default() }] {
        let mut world = World::new(policy);
        assert_eq!(world.response(&["Http-sid=1; Path=/"]), ["Http-sid=1; Path=/; Secure; HttpOnly; SameSite=Lax"]);
        assert_eq!(world.request("Http-sid=1").unwrap().unwrap(), "Http-sid=1");
    }
}

#[test]
fn an_application_that_sets_both_forms_keeps_its_plain_one() {
    let mut world = World::new(SessionPolicy::default());
    world.response(&["session=1; Path=/", "session=2; Path=/admin"]);
    assert_eq!(world.request("session=evil").unwrap(), None, "browsers send it below /admin alone");
    world.path = "/admin/users";
    assert_eq!(world.request("session=2").unwrap().unwrap(), "session=2");
}

#[test]
fn a_session_cookie_with_an_escaped_name_of_its_own_comes_back() {
    // js-cookie and others write `my session` so.
    let mut world = World::new(SessionPolicy::default());
    assert_eq!(world.request("my%20session=evil").unwrap(), None, "nobody has seen the application set it");
    assert_eq!(
        world.response(&["my%20session=1; Path=/"]),
        [
            "__Host-my%20session=1; Path=/; Secure; HttpOnly; SameSite=Lax",
            "my%20session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
        ]
    );
    for (name, sent, expected) in [
        ("renamed", "__Host-my%20session=1", Some("my%20session=1")),
        ("planted, alone", "my%20session=evil", None),
        ("planted beside it", "my%20session=evil; __Host-my%20session=1", Some("my%20session=1")),
        ("another spelling", "m%79%20session=evil; __Host-my%20session=1", Some("my%20session=1")),
        ("another session", "%73ess=evil; __Host-my%20session=1", Some("my%20session=1")),
        ("blanks", "__Host-my%20session= 1", None),
    ] {
        assert_eq!(world.request(sent).unwrap().as_deref(), expected, "{name}");
    }
    for (name, line, sent, expected) in [
        ("of other hosts, too", "my%20session=1; Domain=app.example", "my%20session=1", Some("my%20session=1")),
        (
            "its own prefix",
            "__Host-my%20session=1; Path=/; Secure",
            "__Host-my%20session=1",
            Some("__Host-my%20session=1"),
        ),
    ] {
        let mut world = World::new(SessionPolicy::default());
        world.response(&[line]);
        assert_eq!(world.request(sent).unwrap().as_deref(), expected, "{name}");
    }
    let mut by_policy = World::new(named(&["my%20session"]));
    assert_eq!(by_policy.request("__Host-my%20session=1").unwrap().as_deref(), Some("my%20session=1"));
    assert_eq!(by_policy.request("m%79%20session=1").unwrap(), None);
    // Whoever decodes names finds one cookie twice.
    let mut decoding = World::new(SessionPolicy { prefix: PrefixRule::Off, ..named(&["x%2Dsid", "x-sid"]) });
    assert_eq!(decoding.request("x%2Dsid=1; x-sid=evil"), Err(Reason::SessionDuplicateCookie));
}
