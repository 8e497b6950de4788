use http::{Method, StatusCode, Uri};
use proptest::prelude::*;

use super::*;
use crate::Origin;

/// One guard before one application, and what both sides of it see.
struct World {
    guard: SessionGuard,
    site: Site,
    memo: SessionMemo,
}

impl World {
    fn new(policy: SessionPolicy) -> Self {
        Self::at("https://app.example", policy)
    }

    fn at(origin: &str, policy: SessionPolicy) -> Self {
        let site = Site::new(Origin::parse(origin).unwrap());
        Self { guard: SessionGuard::new(&policy, Mode::Enforce), site, memo: SessionMemo::default() }
    }

    /// The Cookie lines that the application sees.
    fn request_lines(&mut self, lines: &[&[u8]]) -> Result<Vec<Vec<u8>>, Reason> {
        let mut fields = Fields::from_pairs(lines.iter().map(|line| ("cookie", line))).unwrap();
        self.memo = SessionMemo::default();
        let mut head =
            RequestHead { method: &Method::GET, uri: &Uri::from_static("/"), fields: &mut fields, site: &self.site };
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
fn nobody_makes_plain_cookies_believed_by_a_long_one() {
    let mut world = World::new(SessionPolicy::default());
    world.response(&["session=1; Path=/"]);
    assert_eq!(world.request("session=evil").unwrap(), None);
    let long = format!("session={}; Path=/", "x".repeat(4085));
    assert_eq!(world.response(&[&long]), [format!("{long}; Secure; HttpOnly; SameSite=Lax")]);
    assert_eq!(world.request("session=evil").unwrap(), None, "after one that is too long for the prefix");
    world.response(&["session=1; Path=/app"]);
    assert_eq!(world.request("session=1").unwrap().unwrap(), "session=1", "after one that the application set so");
}

#[test]
fn a_piece_of_a_session_is_believed_no_more_than_the_whole() {
    for (name, set, planted) in [
        ("piece of a whole", "authjs.session-token=1; Path=/", "authjs.session-token.0=evil; a=1"),
        ("whole of pieces", "authjs.session-token.0=1; Path=/", "authjs.session-token=evil; a=1"),
        ("another piece", "authjs.session-token.0=1; Path=/", "authjs.session-token.1=evil; a=1"),
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
            "sid=1; Domain=app.example; Path=/x; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
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
    // Express clears a cookie without saying which path it had.
    let mut world = World::new(SessionPolicy::default());
    world.request("__Host-sid=1").unwrap();
    assert_eq!(
        world.response(&["sid=; Max-Age=0"]),
        [format!("sid=; Max-Age=0; {rest}"), format!("__Host-sid=; Path=/; Max-Age=0; {rest}")]
    );
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
    assert_eq!(lines[1], "__Host-session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
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
        ("not ours", "__Host-theme=1", Some("__Host-theme=1")),
    ] {
        assert_eq!(world.request(sent).unwrap().as_deref(), expected, "{name}");
    }
    assert_eq!(world.request("__Host-session=1; __Host-session=2"), Err(Reason::SessionDuplicateCookie));
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

    let mut world = World::new(named(&["__Host-own"]));
    assert_eq!(world.request("__Host-own=1; own=2").unwrap().unwrap(), "__Host-own=1; own=2");
}

#[test]
fn a_name_in_the_policy_settles_what_it_is() {
    let mut world = World::new(named(&["login"]));
    assert_eq!(world.request("__Host-login=1").unwrap().unwrap(), "login=1");
    assert_eq!(world.request("session=1; session=2").unwrap().unwrap(), "session=1; session=2");
    assert_eq!(world.request("login=1; login=2"), Err(Reason::SessionDuplicateCookie));
}

#[test]
fn an_application_that_sets_both_forms_keeps_its_plain_one() {
    let mut world = World::new(SessionPolicy::default());
    world.response(&["session=1; Path=/", "session=2; Path=/admin"]);
    assert_eq!(world.request("session=2").unwrap().unwrap(), "session=2");
}

#[test]
fn a_forced_prefix_believes_no_plain_cookie() {
    let mut world = World::new(SessionPolicy { prefix: PrefixRule::Host, ..SessionPolicy::default() });
    assert_eq!(world.request("session=evil"), Ok(None));
    assert_eq!(world.request("a=1; session=evil; __Host-session=2").unwrap().unwrap(), "a=1; session=2");
    assert_eq!(world.request("csrftoken=1").unwrap().unwrap(), "csrftoken=1");
}

#[test]
fn two_readings_are_refused() {
    use Reason::*;
    for (name, sent, expected) in [
        ("cookie_tossing", &b"sess=evil; sess=good"[..], SessionDuplicateCookie),
        ("csrf_cookie_tossing", b"csrftoken=a; csrftoken=b", SessionDuplicateCookie),
        ("prefixed twice", b"__Host-s=a; __Host-s=b", SessionDuplicateCookie),
        ("one to ASP.NET", b"sess=a; SESS=b", SessionDuplicateCookie),
        ("one to PHP", b"laravel.session=a; laravel_session=b", SessionDuplicateCookie),
        ("cookie_sandwich", b"$Version=1; p=\"start; sess=good; q=end\"", SessionMalformedCookie),
        ("cookie_sandwich without $Version", b"p=\"start; sess=good; q=end\"", SessionMalformedCookie),
        ("cookie_sandwich behind padding", b"p=\"a\"=\"; sess=good; q=end\"", SessionMalformedCookie),
        ("cookie_sandwich behind an unquoted =", b"p=a=\"; sess=good; q=end\"", SessionMalformedCookie),
        ("cookie_sandwich by an escape", b"p=\"start\\\"; sess=good; q=\"", SessionMalformedCookie),
        ("cookie_sandwich inside a value", b"p=a q=\"start; sess=good; r=end\"", SessionMalformedCookie),
        ("only $Version", b"$version=1; sess=good", SessionMalformedCookie),
        ("blank before $Version", b"  $Version=1; sess=good", SessionMalformedCookie),
        ("unicode_prefix_smuggling", b"\xe2\x80\x80__Host-s=evil; __Host-s=good", SessionMalformedCookie),
        ("latin1_prefix_smuggling", b"\xa0__Host-s=evil", SessionMalformedCookie),
        ("blank after the name", b"sess =evil", SessionMalformedCookie),
        ("blank in the name", b"s ess=evil", SessionMalformedCookie),
        ("tab before the name", b"a=1;\tsess=evil", SessionMalformedCookie),
        ("two blanks before the name", b"a=1;  sess=evil", SessionMalformedCookie),
        ("blank before the value", b"sess= evil", SessionMalformedCookie),
        ("quoted name", b"\"sess\"=evil", SessionMalformedCookie),
        ("array in PHP", b"PHPSESSID[x]=evil; PHPSESSID=good", SessionMalformedCookie),
        ("bracket in PHP", b"laravel[session=evil", SessionMalformedCookie),
        ("a name and nothing else", b"sess; a=1", SessionMalformedCookie),
        ("second pair after a blank", b"x=a sess=evil; sess=good", SessionMalformedCookie),
        ("second pair after a comma", b"x=a, sess=evil", SessionMalformedCookie),
    ] {
        let mut world = World::new(unprefixed());
        assert_eq!(world.request_lines(&[sent]), Err(expected), "{name}");
    }
}

#[test]
fn what_some_servers_only_might_read_is_dropped() {
    for (name, sent, expected) in [
        ("nameless", "=sess=evil; sess=good", Some("sess=good")),
        ("percent", "%73ess=evil; sess=good", Some("sess=good")),
        ("percent, alone", "%73ess=evil", None),
        ("empty pairs", ";; a=1; ; b=2;", Some("a=1; b=2")),
        ("nothing", ";;;", None),
    ] {
        assert_eq!(World::new(unprefixed()).request(sent).unwrap().as_deref(), expected, "{name}");
    }
}

#[test]
fn a_session_cookie_with_an_escaped_name_of_its_own_comes_back() {
    // js-cookie and others write `my session` so.
    let mut world = World::new(SessionPolicy::default());
    assert_eq!(world.request("my%20session=evil").unwrap(), None, "nobody has seen the application set it");
    assert_eq!(
        world.response(&["my%20session=1; Path=/"]),
        ["__Host-my%20session=1; Path=/; Secure; HttpOnly; SameSite=Lax"]
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
    let mut by_policy = World::new(named(&["my%20session"]));
    assert_eq!(by_policy.request("__Host-my%20session=1").unwrap().as_deref(), Some("my%20session=1"));
    assert_eq!(by_policy.request("m%79%20session=1").unwrap(), None);
    // Whoever decodes names finds one cookie twice.
    let mut decoding = World::new(SessionPolicy { prefix: PrefixRule::Off, ..named(&["x%2Dsid", "x-sid"]) });
    assert_eq!(decoding.request("x%2Dsid=1; x-sid=evil"), Err(Reason::SessionDuplicateCookie));
}

#[test]
fn honest_cookies_pass_byte_for_byte() {
    for sent in [
        &b"session=1"[..],
        b"a={\"x\":1}; session=2",
        b"a=b,c; session=%65vil",
        b"a=\"b c\"; session=\"quoted\"",
        b"a=\"YQ==\"; session=\"eyJ1IjoiYWRhIn0=\"",
        b"a=[1, 2, {\"k\": \"v w\"}]; session=2",
        b"messages=\"[[\\\"a\\\"\\054 1]]\"; sessionid=2",
        b"a=1;b=2;session=3",
        b"foo; a=b=c; session=1==",
        b"n\xc3\xa4me=w\xc3\xa4rt; session=1",
        b"a[b]=1; c d=2; session=1",
        b"dup=1; dup=2; session=1",
        b"$Version=1; a=b",
        b"p=\"open; a=b",
        b"r=/login?session=1&x=y; session=1",
        b"_ga=GA1.2.3; _gid=x; theme=dark; csrftoken=abc; sessionid=def",
    ] {
        let mut world = World::new(unprefixed());
        assert_eq!(world.request_lines(&[sent]), Ok(vec![sent.to_vec()]), "{}", sent.escape_ascii());
    }
}

#[test]
fn lines_are_joined_before_they_are_judged() {
    let mut world = World::new(unprefixed());
    assert_eq!(world.request_lines(&[b"a=1", b"session=2", b"b=3"]), Ok(vec![b"a=1; session=2; b=3".to_vec()]));
    assert_eq!(world.request_lines(&[b"session=1", b"session=2"]), Err(Reason::SessionDuplicateCookie));
    assert_eq!(world.request_lines(&[b"p=\"x", b"session=2", b"q=\""]), Err(Reason::SessionMalformedCookie));
}

#[test]
fn cookie_bomb() {
    let many = |count: usize| vec!["a=1"; count].join("; ");
    let mut world = World::new(SessionPolicy::default());
    assert!(world.request(&many(180)).is_ok());
    assert_eq!(world.request(&many(181)), Err(Reason::SessionTooManyCookies));
    assert!(world.request(&format!("a={}", "x".repeat(16 * 1024 - 2))).is_ok());
    assert_eq!(world.request(&format!("a={}", "x".repeat(16 * 1024 - 1))), Err(Reason::SessionTooManyCookies));
    let sessions: Vec<String> = (0..33).map(|n| format!("app{n}_session=1")).collect();
    assert_eq!(world.request(&sessions.join("; ")), Err(Reason::SessionTooManyCookies));
}

#[test]
fn a_cookie_bomb_locks_nobody_out() {
    let mut world = World::new(SessionPolicy::default());
    assert!(!world.response_with(&[], &[]).0.contains(Known::ClearSiteData));
    assert!(world.request(&vec!["a=1"; 200].join("; ")).is_err());
    assert_eq!(world.response_with(&[], &[]).0.get_str(Known::ClearSiteData), Some("\"cookies\""));
}

#[test]
fn duplicates_can_be_dropped() {
    let mut world = World::new(SessionPolicy { duplicates: Duplicates::DropBoth, ..unprefixed() });
    assert_eq!(world.request("sess=evil; a=1; sess=good").unwrap().unwrap(), "a=1");
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

#[test]
fn observing_changes_nothing() {
    for mode in [Mode::Observe, Mode::Off] {
        let mut world = World::new(SessionPolicy { mode: Some(mode), ..SessionPolicy::default() });
        assert_eq!(world.response(&["session=1; Path=/"]), ["session=1; Path=/"]);
        assert_eq!(world.request(";; __Host-session=1; =x").unwrap().unwrap(), ";; __Host-session=1; =x");
        let expected =
            if mode == Mode::Off { Ok(vec![b"sess=1; sess=2".to_vec()]) } else { Err(Reason::SessionDuplicateCookie) };
        assert_eq!(world.request_lines(&[b"sess=1; sess=2"]), expected);
    }
}

#[test]
fn a_route_without_the_guard_still_gets_the_names_it_knows() {
    let (everywhere, seen) = (SessionPolicy::default(), Arc::default());
    let renamed = everywhere.renames_with(Mode::Enforce);
    let mut world = World::new(everywhere.clone());
    world.guard = SessionGuard::sharing(&everywhere, Mode::Enforce, &seen, renamed);
    world.response(&["session=1; Path=/"]);
    for policy in [SessionPolicy { enabled: false, ..everywhere.clone() }, unprefixed()] {
        world.guard = SessionGuard::sharing(&policy, Mode::Enforce, &seen, renamed);
        assert_eq!(world.request("a=1; __Host-session=1").unwrap().unwrap(), "a=1; session=1");
    }
}

proptest! {
    #[test]
    fn no_cookie_panics_or_grows_without_bound(line in prop::collection::vec(prop::num::u8::ANY, 0..200)) {
        if Fields::from_pairs([("cookie", &line)]).is_ok() {
            let mut world = World::new(SessionPolicy::default());
            if let Ok(lines) = world.request_lines(&[&line]) {
                let after: usize = lines.iter().map(Vec::len).sum();
                prop_assert!(after <= line.len().saturating_mul(2).saturating_add(2));
            }
        }
    }

    /// What was judged once is judged the same again: the application's header holds nothing that would be changed.
    #[test]
    fn judging_is_idempotent(pairs in prop::collection::vec(prop::sample::select(vec![
        "sess=1", "session=2", "__Host-session=3", "__Host-sid=4", " sess=x", "=y", "", "%73ess=z", "a=\"b\"", "c", "SESS=q", "d={\"e\":1}"
    ]), 0..6)) {
        let mut world = World::new(named(&["session", "sess"]));
        if let Ok(Some(once)) = world.request(&pairs.join(";")) {
            let mut plain = World::new(SessionPolicy { prefix: PrefixRule::Off, ..named(&["session", "sess"]) });
            prop_assert_eq!(plain.request(&once), Ok(Some(once.clone())));
        }
    }

    /// Whatever stands around it: what an application could read as its session came with the prefix.
    #[test]
    fn nothing_else_is_read_as_the_session(pieces in prop::collection::vec(prop::sample::select(vec![
        "session", "__Host-session", "=", "=", "=", "; ", "; ", ";", " ", ",", "\t", "\"", "\\", "a", "evil", "good", "SESSION", "session.0",
        "%73ession", "$Version=1", ".", "[", "session=evil; ", "__Host-session=good; ", "__HOST-session=evil; ", "..Host-session=evil; ",
    ]), 1..12)) {
        let mut world = World::new(SessionPolicy::default());
        world.response(&["session=1; Path=/"]);
        let sent = pieces.concat();
        let sent = sent.trim_matches([' ', '\t']);
        if let Ok(Some(seen)) = world.request(sent) {
            for pair in seen.split(';') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let name = name.trim_matches([' ', '\t', '"', ',', '\\']).replace("%73", "s");
                if name.trim_end_matches(".0").eq_ignore_ascii_case("session") {
                    let came_with_prefix = |pair: &str| {
                        let pair = pair.trim_start_matches(' ');
                        pair.strip_prefix("__Host-session=").or(pair.strip_prefix("__Host-session.0=")) == Some(value)
                    };
                    prop_assert!(sent.split(';').any(came_with_prefix), "{pair} of {sent}");
                }
            }
        }
    }

    /// Splitting a header into lines changes nothing.
    #[test]
    fn crumbs_are_one_header(pairs in prop::collection::vec("[a-z\"= ]{0,12}|sess=[a-z]{1,3}", 1..6)) {
        let pairs: Vec<&str> = pairs.iter().map(|pair| pair.trim_matches(' ')).collect();
        let lines: Vec<&[u8]> = pairs.iter().map(|pair| pair.as_bytes()).collect();
        let mut world = World::new(unprefixed());
        prop_assert_eq!(world.request_lines(&lines).map(|l| l.concat()), world.request_lines(&[pairs.join("; ").as_bytes()]).map(|l| l.concat()));
    }

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
