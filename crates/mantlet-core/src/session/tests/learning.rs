//! What is learnt of an application's cookies, and what is not.

use super::*;

#[test]
fn names_that_say_nothing_crowd_out_no_session() {
    let mut world = World::new(SessionPolicy::default());
    for number in 0..40 {
        let line = format!("viewed_{number}=1; Path=/; HttpOnly");
        world.response(&[&line]);
        world.response(&[&line]);
    }
    world.response(&["session=1; Path=/"]);
    assert_eq!(world.request("session=evil").unwrap(), None);
}

#[test]
fn nobody_makes_plain_cookies_believed_by_a_long_one() {
    let mut world = World::new(SessionPolicy::default());
    world.response(&["session=1; Path=/"]);
    assert_eq!(world.request("session=evil").unwrap(), None);
    let long = format!("session={}; Path=/", "x".repeat(4085));
    assert_eq!(world.response(&[&long]), [format!("{long}; Secure; HttpOnly; SameSite=Lax")]);
    assert_eq!(world.request("session=evil").unwrap(), None, "after one that is too long for the prefix");
    world.response(&["session=1; Path=/app"]);
    assert_eq!(world.request("session=evil").unwrap(), None, "after one that the application set elsewhere");
    world.response(&["session=1; Path=/; Domain=app.example"]);
    assert_eq!(world.request("session=1").unwrap().unwrap(), "session=1", "after one that the application set so");
}

/// What Go, Node and PHP set if nobody says otherwise.
#[test]
fn a_session_without_a_path_is_of_the_folder_that_set_it() {
    let ask = |world: &mut World, path, cookie| {
        world.path = path;
        world.request(cookie)
    };
    let mut world = World::new(SessionPolicy::default());
    assert_eq!(ask(&mut world, "/login", "a=1; session=old").unwrap().unwrap(), "a=1; session=old", "from before");
    let set = [
        "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax",
        "session=; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
    ];
    assert_eq!(world.response(&["session=1"]), set);
    assert_eq!(ask(&mut world, "/shop/cart", "session=evil").unwrap(), None);
    assert_eq!(ask(&mut world, "/account/login", "__Host-session=1").unwrap().unwrap(), "session=1");
    assert_eq!(world.response(&["session=2"]), ["session=2; Secure; HttpOnly; SameSite=Lax"], "a cookie of the folder");
    let both = "session=2; __Host-session=1";
    assert_eq!(ask(&mut world, "/account/page", both).unwrap().unwrap(), "session=2; session=1", "as without a shield");
    assert_eq!(ask(&mut world, "/account/page", "session=2").unwrap().unwrap(), "session=2");
    assert_eq!(ask(&mut world, "/shop/cart", "session=evil").unwrap(), None);
    assert_eq!(ask(&mut world, "/shop/cart", "session=evil; __Host-session=1").unwrap().unwrap(), "session=1");
}

/// A prefix taken off the path on its way here would make of a folder's cookie one of the host.
#[test]
fn a_session_without_a_path_stays_plain_where_the_path_may_be_another() {
    let mut world = World::new(SessionPolicy::default());
    (world.path, world.site.has_browsers_paths) = ("/login", false);
    world.request("a=1").unwrap();
    assert_eq!(world.response(&["session=1"]), ["session=1; Secure; HttpOnly; SameSite=Lax"]);
    assert_eq!(world.response(&["portal=1; HttpOnly"]), ["portal=1; HttpOnly; Secure; SameSite=Lax"]);
    world.response(&["session=1; Path=/"]);
    assert_eq!(world.request("session=1").unwrap().unwrap(), "session=1");
}

#[test]
fn a_session_without_a_path_that_is_set_anywhere_may_go_anywhere() {
    for (name, line) in [("by its name", "session=1"), ("as one", "portal=1; HttpOnly")] {
        let mut world = World::new(SessionPolicy::default());
        let cookie = line.split(';').next().unwrap();
        for path in ["/login", "/login", "/1/x", "/2/x", "/3/x", "/4/x", "/5/x", "/6/x", "/7/x"] {
            world.path = path;
            world.request("a=1").unwrap();
            world.response(&[line]);
        }
        world.path = "/8/x";
        assert_eq!(world.request(cookie).unwrap(), None, "{name}: not known yet");
        world.response(&[line]);
        for path in ["/7/x", "/8/x", "/9/x", "/"] {
            world.path = path;
            assert_eq!(world.request(cookie).unwrap().as_deref(), Some(cookie), "{name} {path}");
        }
    }
}

#[test]
fn a_piece_of_a_session_is_believed_no_more_than_the_whole() {
    for (name, set, planted) in [
        ("piece of a whole", "authjs.session-token=1; Path=/", "authjs.session-token.0=evil; a=1"),
        ("whole of pieces", "authjs.session-token.0=1; Path=/", "authjs.session-token=evil; a=1"),
        ("another piece", "authjs.session-token.0=1; Path=/", "authjs.session-token.1=evil; a=1"),
        ("whatever begins so", "authjs.session-token=1; Path=/", "authjs.session-tokenX=evil; a=1"),
        (
            "whatever begins so, of its predecessor",
            "next-auth.session-token=1; Path=/",
            "next-auth.session-token-=evil; a=1",
        ),
        ("behind two underscores", "__session=1; Path=/; HttpOnly", "__session__0=evil; a=1"),
        ("behind an underscore", "_oauth2_proxy=1; Path=/", "_oauth2_proxy_0=evil; a=1"),
        ("how many there are", "mod_auth_openidc_session=1; Path=/", "mod_auth_openidc_session_chunks=1; a=1"),
    ] {
        let mut world = World::new(SessionPolicy::default());
        assert_eq!(world.request(planted).unwrap().unwrap(), planted, "{name}: nobody knows yet");
        world.response(&[set]);
        assert_eq!(world.request(planted).unwrap().unwrap(), "a=1", "{name}");
    }
    let mut world = World::new(SessionPolicy::default());
    let pieces = ["session.0=1; Path=/", "session.1=2; Path=/"];
    assert_eq!(world.response(&pieces).len(), 2);
    let sent = "__Host-session.0=1; __Host-session.1=2";
    assert_eq!(world.request(sent).unwrap().unwrap(), "session.0=1; session.1=2", "both of an honest one");
}

/// A stranger can have as many made up for him as he likes.
#[test]
fn names_made_up_for_one_visitor_do_not_hide_the_one_that_is_renewed() {
    let mut world = World::new(SessionPolicy::default());
    let set = "portal=1; HttpOnly; Path=/";
    world.response(&[set]);
    (0..100).for_each(|visit| drop(world.response(&[&format!("state-{visit}=1; HttpOnly; Path=/")])));
    world.request("__Host-portal=1").unwrap();
    world.response(&[set]);
    assert_eq!(world.request("portal=evil").unwrap(), None);
}

#[test]
fn a_name_that_says_nothing_is_ended_after_it_was_set_once() {
    let world = World::new(SessionPolicy::default());
    let end = "portal=; Max-Age=0; Path=/";
    assert_eq!(world.response(&[end]), [format!("{end}; Secure; SameSite=Lax")], "nobody knows of it");
    world.response(&["portal=1; HttpOnly; Path=/"]);
    let ends = world.response(&[end]);
    assert_eq!(ends, ["__Host-", ""].map(|prefix| format!("{prefix}{end}; Secure; HttpOnly; SameSite=Lax")));
}
