mod combinations;
mod folders;
mod request;
mod response;
mod states;

use http::{Method, StatusCode, Uri};

use super::*;
use crate::Origin;

/// One guard before one application, and what both sides of it see.
struct World {
    guard: SessionGuard,
    site: Site,
    memo: SessionMemo,
    /// What the user asks for.
    path: &'static str,
}

impl World {
    fn new(policy: SessionPolicy) -> Self {
        Self::at("https://app.example", policy)
    }

    fn at(origin: &str, policy: SessionPolicy) -> Self {
        let site = Site::new(Origin::parse(origin).unwrap()).with_browsers_paths();
        Self { guard: SessionGuard::new(&policy, Mode::Enforce), site, memo: SessionMemo::default(), path: "/" }
    }

    /// The Cookie lines that the application sees of what the user asks for.
    fn request_lines(&mut self, lines: &[&[u8]]) -> Result<Vec<Vec<u8>>, Reason> {
        let lines = lines.iter().map(|line| ("cookie", *line));
        let user = [("sec-fetch-site", &b"none"[..]), ("sec-fetch-mode", b"navigate")];
        let mut fields = Fields::from_pairs(lines.chain(user)).unwrap();
        self.memo = SessionMemo::default();
        let uri = Uri::from_static(self.path);
        let mut head = RequestHead { method: &Method::GET, uri: &uri, fields: &mut fields, site: &self.site };
        self.guard.on_request(&mut self.memo, &mut head).map_err(|refusal| refusal.reason)?;
        Ok(fields.all(Known::Cookie).map(<[u8]>::to_vec).collect())
    }

    fn request(&mut self, line: &str) -> Result<Option<String>, Reason> {
        let mut lines = self.request_lines(&[line.as_bytes()])?;
        assert!(lines.len() <= 1);
        Ok(lines.pop().map(|line| String::from_utf8(line).unwrap()))
    }

    /// The Set-Cookie lines that the client gets.
    fn response(&self, lines: &[&str]) -> Vec<String> {
        self.response_with(&[], lines).1
    }

    fn response_with(&self, others: &[(&str, &str)], lines: &[&str]) -> (Fields, Vec<String>) {
        let lines = lines.iter().map(|line| ("set-cookie", *line));
        let mut fields = Fields::from_pairs(others.iter().copied().chain(lines)).unwrap();
        self.guard.on_response(
            &self.memo,
            &mut ResponseHead { status: StatusCode::OK, fields: &mut fields },
            &self.site,
        );
        let lines = fields.all(Known::SetCookie).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
        (fields, lines)
    }
}

fn unprefixed() -> SessionPolicy {
    SessionPolicy { prefix: PrefixRule::Off, ..SessionPolicy::default() }
}

fn named(names: &[&str]) -> SessionPolicy {
    let cookies = SessionCookies::Named(names.iter().map(|name| (*name).to_owned()).collect());
    SessionPolicy { cookies, ..SessionPolicy::default() }
}

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

#[test]
fn plain_http_locks_nobody_out() {
    let mut world = World::at("http://localhost:5000", SessionPolicy::default());
    assert_eq!(world.response(&["session=1; Path=/"]), ["session=1; Path=/; HttpOnly; SameSite=Lax"]);
    assert_eq!(world.response(&["a=1; SameSite=None"]), ["a=1; SameSite=None"]);
    assert_eq!(world.request("session=1; __Host-session=2").unwrap().unwrap(), "session=1; __Host-session=2");
    let forced = SessionPolicy { prefix: PrefixRule::Host, ..SessionPolicy::default() };
    let mut world = World::at("http://localhost:5000", forced);
    assert_eq!(world.response(&["session=1; Path=/"]), ["session=1; Path=/; HttpOnly; SameSite=Lax"]);
    assert_eq!(world.request("session=1").unwrap().unwrap(), "session=1", "it could have no prefix");
}

#[test]
fn a_plain_cookie_replaces_the_renamed_one() {
    let mut world = World::new(SessionPolicy::default());
    world.response(&["session=old; Path=/"]);
    assert_eq!(world.request("__Host-session=old").unwrap().unwrap(), "session=old");
    let large = "x".repeat(4085);
    let lines = world.response(&[&format!("session={large}; Path=/")]);
    assert_eq!(
        lines[0],
        format!("session={large}; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "renamed, it would not fit"
    );
    assert_eq!(lines[1], "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None");
    assert_eq!(world.request("session=new").unwrap(), None, "and one without the prefix is not believed for that");
}

#[test]
fn names_travel_both_ways() {
    let mut world = World::new(SessionPolicy::default());
    assert_eq!(world.request("session=1; theme=x").unwrap().unwrap(), "session=1; theme=x", "before the roll-out");
    assert_eq!(world.request("__Host-session=1").unwrap().unwrap(), "session=1; __Host-session=1", "nobody knows yet");
    world.response(&["session=1; Path=/"]);
    for (name, sent, expected) in [
        ("back", "a=1; __Host-session=1; b=2", Some("a=1; session=1; b=2")),
        ("cookie_tossing", "session=evil; __Host-session=good", Some("session=good")),
        ("cookie_tossing, after", "__Host-session=good; session=evil", Some("session=good")),
        ("cookie_tossing, many", "session=evil; session=evil; __Host-session=good", Some("session=good")),
        ("cookie_tossing, case", "SESSION=evil; __Host-session=good", Some("session=good")),
        ("jar_overflow", "session=evil", None),
        ("jar_overflow, with others", "a=1; session=evil; b=2", Some("a=1; b=2")),
        ("another session", "sid=1", Some("sid=1")),
        ("imitated prefix", "__HOST-session=evil", None),
        ("imitated prefix beside", "__HOST-session=evil; __Host-session=good", Some("session=good")),
        ("prefix twice over", "__Host-__Host-session=evil", Some("__Host-__Host-session=evil")),
        ("foreign prefix", "__Secure-session=1", Some("__Secure-session=1")),
        ("perhaps ours", "__Host-theme=1; theme=evil", Some("theme=1; __Host-theme=1")),
        ("not ours", "__Host-csrftoken=1", Some("__Host-csrftoken=1")),
    ] {
        assert_eq!(world.request(sent).unwrap().as_deref(), expected, "{name}");
    }
    assert_eq!(world.request("__Host-session=1; __Host-session=2"), Err(Reason::SessionDuplicateCookie));
}

#[test]
fn what_one_answer_sets_and_removes_elsewhere_stays_set() {
    let (removal, login) = ("session=; Domain=app.example; Path=/; Max-Age=0", "session=2; Path=/");
    for (name, lines) in [
        ("removed first", [removal, login]),
        ("set first", [login, removal]),
        ("removed in a folder", ["session=; Path=/wp/; Max-Age=0", login]),
    ] {
        let mut world = World::new(SessionPolicy::default());
        world.request("__Host-session=1").unwrap();
        let set = world.response(&lines);
        let of_host: Vec<_> = set.iter().filter(|line| line.starts_with("__Host-session=")).collect();
        assert_eq!(of_host, ["__Host-session=2; Path=/; Secure; HttpOnly; SameSite=Lax"], "{name}");
    }
    let mut world = World::new(SessionPolicy::default());
    world.request("__Host-session=1").unwrap();
    let set = world.response(&[login, removal, "session=; Path=/; Max-Age=0"]);
    assert!(
        set.iter().rfind(|line| line.starts_with("__Host-session=")).unwrap().contains("Max-Age=0"),
        "ended after all"
    );
}

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

#[test]
fn a_cookie_bomb_locks_nobody_out() {
    let mut world = World::new(SessionPolicy::default());
    assert!(!world.response_with(&[], &[]).0.contains(Known::ClearSiteData));
    assert!(world.request(&vec!["a=1"; 200].join("; ")).is_err());
    assert_eq!(world.response_with(&[], &[]).0.get_str(Known::ClearSiteData), Some("\"cookies\""));
}

#[test]
fn observing_changes_nothing() {
    for mode in [Mode::Observe, Mode::Off] {
        let mut world = World::new(SessionPolicy { mode: Some(mode), ..SessionPolicy::default() });
        assert_eq!(world.response(&["session=1; Path=/"]), ["session=1; Path=/"]);
        assert_eq!(world.request(";; __Host-session=1; =x").unwrap().unwrap(), ";; __Host-session=1; =x");
        let expected =
            if mode == Mode::Off { Ok(vec![b"sess=1; sess=2".to_vec()]) } else { Err(Reason::SessionDuplicateCookie) };
        assert_eq!(world.request_lines(&[b"sess=1; sess=2"]), expected);
        assert!(!world.response_with(&[], &[]).0.contains(Known::ClearSiteData));
    }
}

#[test]
fn a_route_without_the_guard_still_gets_the_names_it_knows() {
    let (everywhere, seen) = (SessionPolicy::default(), Arc::default());
    let renamed = everywhere.renames_with(Mode::Enforce);
    let mut world = World::new(everywhere.clone());
    world.guard =
        SessionGuard::sharing(&everywhere, Mode::Enforce, &seen, Renaming { prefix: renamed, partitioned: false });
    world.response(&["session=1; Path=/"]);
    for policy in [SessionPolicy { enabled: false, ..everywhere.clone() }, unprefixed()] {
        world.guard =
            SessionGuard::sharing(&policy, Mode::Enforce, &seen, Renaming { prefix: renamed, partitioned: false });
        assert_eq!(world.request("a=1; __Host-session=1").unwrap().unwrap(), "a=1; session=1");
    }
}

#[test]
fn a_route_without_the_guard_sets_and_ends_the_session_of_all_routes() {
    let (everywhere, seen) = (SessionPolicy::default(), Arc::default());
    let renamed = everywhere.renames_with(Mode::Enforce);
    let mut world = World::new(everywhere.clone());
    for mode in [Mode::Observe, Mode::Off] {
        let policy = SessionPolicy { mode: Some(mode), ..everywhere.clone() };
        world.guard =
            SessionGuard::sharing(&policy, Mode::Enforce, &seen, Renaming { prefix: renamed, partitioned: false });
        world.request("__Host-session=1").unwrap();
        assert_eq!(world.response(&["session=2; Path=/"]), ["__Host-session=2; Path=/; Secure"]);
        assert_eq!(
            world.response(&["session=; Path=/; Max-Age=0"]),
            ["__Host-session=; Path=/; Max-Age=0; Secure", "session=; Path=/; Max-Age=0; Secure"]
        );
        for kept in
            ["theme=dark", "=x; SameSite; SameSite=Lax", "__Host-theme=1", "__Host-a=1; Path=/a", "=__Host-session=1"]
        {
            assert_eq!(world.response(&[kept]), [kept]);
        }
        let (fields, _) = world.response_with(&[("cache-control", "public")], &["session=2; Path=/"]);
        assert_eq!(fields.get_str(Known::CacheControl), Some("public"));
    }
    // Not where the policy says so: what is set there has to be believed everywhere.
    let policy = SessionPolicy { mode: Some(Mode::Observe), ..unprefixed() };
    world.guard =
        SessionGuard::sharing(&policy, Mode::Enforce, &seen, Renaming { prefix: renamed, partitioned: false });
    assert_eq!(
        world.response(&["session=3; Path=/"]),
        ["session=3; Path=/", "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None"]
    );
    world.guard =
        SessionGuard::sharing(&everywhere, Mode::Enforce, &seen, Renaming { prefix: renamed, partitioned: false });
    assert_eq!(world.request("session=3").unwrap().unwrap(), "session=3");
}
