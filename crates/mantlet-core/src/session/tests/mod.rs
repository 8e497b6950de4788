mod combinations;
mod folders;
mod learning;
mod own_names;
mod request;
mod response;
mod states;

use std::sync::Arc;

use http::{Method, StatusCode, Uri};
use mantlet_fields::{Fields, Known};

use super::request::Asked;
use super::*;
use crate::cookie::name::Prefix;
use crate::{Mode, Notes, Origin, Reason, RequestHead, ResponseHead, Site};

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
        let notes = &mut Notes::default();
        self.guard.admit(&mut self.memo, &mut head, notes).map_err(|refusal| refusal.reason)?;
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
        let mut head = ResponseHead { status: StatusCode::OK, fields: &mut fields };
        self.guard.dress(&self.memo, &mut head, &self.site, &mut Notes::default());
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
