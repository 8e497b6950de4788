//! Sessions of folders, as servlet containers have them.

use super::*;

const ROOT_SET: &str = "JSESSIONID=1; Path=/; HttpOnly";
const SET: &str = "JSESSIONID=2; Path=/app; HttpOnly";

impl World {
    /// One that saw the application set these cookies, each in an answer of its own.
    fn having_set(lines: &[&str]) -> Self {
        let mut world = Self::new(SessionPolicy::default());
        world.ask("/", "a=1").unwrap();
        lines.iter().for_each(|line| drop(world.response(&[line])));
        world
    }

    /// What the application gets of a cookie header at this path.
    fn ask(&mut self, path: &'static str, sent: &str) -> Result<String, Reason> {
        self.path = path;
        self.request(sent).map(Option::unwrap_or_default)
    }
}

#[test]
fn what_the_application_gets_of_folders() {
    use Reason::{SessionDuplicateCookie as Twice, SessionMalformedCookie as Malformed};
    let inner = "JSESSIONID=3; Path=/app/inner/; HttpOnly";
    let mut world = World::having_set(&[ROOT_SET, SET, inner]);
    let all = "__Host-JSESSIONID=1; __Host-~app!JSESSIONID=2; __Host-~app~inner~!JSESSIONID=3; a=1";
    let own = "__Host-~app!JSESSIONID=2";
    for (name, path, sent, expected) in [
        ("the root", "/", all, Ok("JSESSIONID=1; a=1")),
        ("the folder, the deepest first", "/app", all, Ok("JSESSIONID=2; JSESSIONID=1; a=1")),
        ("a page of it", "/app/page", all, Ok("JSESSIONID=2; JSESSIONID=1; a=1")),
        ("a folder of it without its slash", "/app/inner", all, Ok("JSESSIONID=2; JSESSIONID=1; a=1")),
        ("a folder of it", "/app/inner/x", all, Ok("JSESSIONID=3; JSESSIONID=2; JSESSIONID=1; a=1")),
        ("a name that begins alike", "/apple", own, Ok("")),
        ("in another case", "/APP/page", own, Ok("")),
        ("a parameter, which browsers take for a part of the name", "/app;x/page", own, Ok("")),
        ("escaped", "/%61pp/page", own, Ok("")),
        ("two slashes before it", "//app/page", own, Ok("")),
        ("two behind it", "/app//page", own, Ok("JSESSIONID=2")),
        ("the query", "/?/app/page", own, Ok("")),
        ("planted in the folder", "/app/page", "JSESSIONID=evil", Ok("")),
        ("planted in the folder below it", "/app/inner/x", "JSESSIONID=evil", Ok("")),
        ("planted beside", "/app/page", "JSESSIONID=evil; __Host-~app!JSESSIONID=2", Ok("JSESSIONID=2")),
        ("twice", "/app/page", "__Host-~app!JSESSIONID=2; __Host-~app!JSESSIONID=3", Err(Twice)),
        ("twice, elsewhere", "/x", "__Host-~app!JSESSIONID=2; __Host-~app!JSESSIONID=3; a=1", Ok("a=1")),
        ("another spelling of the prefix", "/app/page", "__HOST-~app!JSESSIONID=2", Ok("__HOST-~app!JSESSIONID=2")),
        (
            "another spelling of the folder",
            "/app/page",
            "__Host-~+61pp!JSESSIONID=2",
            Ok("~+61pp!JSESSIONID=2; __Host-~+61pp!JSESSIONID=2"),
        ),
        ("an imitation", "/app/page", "..Host-~app!JSESSIONID=2", Ok("")),
        ("what another folder's value has in it", "/x", "__Host-~app!JSESSIONID=\"; a=1", Ok("a=1")),
        ("without a value", "/app/page", "__Host-~app!JSESSIONID", Err(Malformed)),
        ("blanks", "/app/page", "__Host-~app!JSESSIONID= 2", Err(Malformed)),
        ("a namesake", "/app/page", "xJSESSIONID=evil; __Host-~app!JSESSIONID=2", Ok("JSESSIONID=2; xJSESSIONID=evil")),
    ] {
        assert_eq!(world.ask(path, sent), expected.map(str::to_owned), "{name}");
    }
}

#[test]
fn how_the_session_of_a_folder_leaves() {
    let plain = "JSESSIONID=2; Path=/app; HttpOnly; Secure; SameSite=Lax";
    let renamed = "__Host-~app!JSESSIONID=2; HttpOnly; Path=/; Secure; SameSite=Lax";
    let over = "JSESSIONID=; Path=/app; HttpOnly; Max-Age=0; Secure; SameSite=Lax";
    for (name, path, sent, set, expected) in [
        ("in the folder", "/app/login", "a=1", SET, &[renamed][..]),
        ("outside of it", "/login", "a=1", SET, &[renamed]),
        ("over that from before", "/app/login", "JSESSIONID=1", SET, &[renamed, over]),
        ("beside that of the root", "/app/login", "__Host-JSESSIONID=1", SET, &[renamed]),
        (
            "for more than the host",
            "/app/login",
            "a=1",
            "JSESSIONID=2; Path=/app; Domain=app.example; HttpOnly",
            &["JSESSIONID=2; Path=/app; Domain=app.example; HttpOnly; Secure; SameSite=Lax"],
        ),
        (
            "its end",
            "/app/logout",
            "__Host-~app!JSESSIONID=2",
            "JSESSIONID=; Path=/app; Max-Age=0",
            &[
                "__Host-~app!JSESSIONID=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
                "JSESSIONID=; Path=/app; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
            ],
        ),
        (
            "its end by the folder of the page",
            "/app/logout",
            "__Host-~app!JSESSIONID=2",
            "JSESSIONID=; Max-Age=0",
            &[
                "JSESSIONID=; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
                "__Host-~app!JSESSIONID=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=None",
            ],
        ),
        (
            "the end of that of the root",
            "/app/logout",
            "__Host-~app!JSESSIONID=2; __Host-JSESSIONID=1",
            "JSESSIONID=; Path=/; Max-Age=0",
            &[
                "__Host-JSESSIONID=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
                "JSESSIONID=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
            ],
        ),
        (
            "a name that says nothing",
            "/app/login",
            "a=1",
            "shelf=1; Path=/app; HttpOnly",
            &["shelf=1; Path=/app; HttpOnly; Secure; SameSite=Lax"],
        ),
        (
            "a name that some application decodes",
            "/app/login",
            "a=1",
            "%73ession=1; Path=/app",
            &["%73ession=1; Path=/app; Secure; SameSite=Lax"],
        ),
        (
            "a name that looks like a folder",
            "/login",
            "a=1",
            "~app!session=1; Path=/; HttpOnly",
            &["~app!session=1; Path=/; HttpOnly; Secure; SameSite=Lax"],
        ),
        (
            "a Path of other bytes",
            "/app/login",
            "a=1",
            "session=1; Path=/b\u{e9}",
            &["session=1; Path=/b\u{e9}; Secure; HttpOnly; SameSite=Lax"],
        ),
    ] {
        let mut world = World::new(SessionPolicy::default());
        world.ask(path, sent).unwrap();
        assert_eq!(world.response(&[set]), expected, "{name}");
    }
    let mut unknown = World::new(SessionPolicy::default());
    unknown.site.has_browsers_paths = false;
    unknown.ask("/login", "a=1").unwrap();
    assert_eq!(unknown.response(&[SET]), [plain], "where the application's path may be none of the browser's");
}

/// Asked by some through a proxy that may take a prefix off, and by others without.
#[test]
fn what_is_planted_in_a_folder_is_told_only_by_the_paths_of_browsers() {
    let mut world = World::having_set(&[SET]);
    assert_eq!(world.ask("/app/page", "JSESSIONID=1").unwrap(), "");
    world.site.has_browsers_paths = false;
    assert_eq!(world.ask("/app/page", "JSESSIONID=1").unwrap(), "JSESSIONID=1");
}

#[test]
fn a_session_from_before_is_believed_until_its_folder_was_seen() {
    let mut world = World::new(SessionPolicy::default());
    assert_eq!(world.ask("/app/page", "JSESSIONID=1").unwrap(), "JSESSIONID=1");
    world.response(&["JSESSIONID=2; Path=/other"]);
    assert_eq!(world.ask("/app/page", "JSESSIONID=1").unwrap(), "JSESSIONID=1");
    world.response(&[SET]);
    assert_eq!(world.ask("/app/page", "JSESSIONID=1").unwrap(), "");
    assert_eq!(world.ask("/app/page", "JSESSIONID.0=1").unwrap(), "", "what is put together with it");
}

/// Nothing has to be known for that: nobody else has such names, and browsers keep others from setting them.
#[test]
fn the_session_of_a_folder_outlives_what_was_seen() {
    let mut world = World::new(SessionPolicy::default());
    assert_eq!(world.ask("/app/page", "__Host-~app!shelf=2; shelf=evil").unwrap(), "shelf=2");
    let end = world.response(&["shelf=; Path=/app; Max-Age=0"]);
    assert!(end.iter().any(|line| line.starts_with("__Host-~app!shelf=; Max-Age=0; Path=/; Secure")), "{end:?}");
}

#[test]
fn folders_that_are_made_up_stay_few() {
    let mut world = World::new(SessionPolicy::default());
    world.ask("/", "a=1").unwrap();
    let set = |number: usize| world.response(&[&format!("session=1; Path=/{number}")]).remove(0);
    let renamed = (0..100).map(set).filter(|line| line.starts_with("__Host-")).count();
    assert_eq!(renamed, 16);
    let long = format!("session=1; Path=/{}", "x".repeat(256));
    assert_eq!(world.response(&[&long]), [format!("{long}; Secure; HttpOnly; SameSite=Lax")]);
}

#[test]
fn nobody_makes_plain_cookies_of_a_folder_believed_by_a_long_one() {
    let mut world = World::having_set(&["session=1; Path=/app"]);
    let long = format!("session={}; Path=/app", "x".repeat(4080));
    assert_eq!(world.response(&[&long]), [format!("{long}; Secure; HttpOnly; SameSite=Lax")]);
    assert_eq!(world.ask("/app/page", "session=evil").unwrap(), "");
}

/// The application has them under their own names alone, whatever the mode of a route.
#[test]
fn routes_that_do_less_get_the_sessions_of_their_folder() {
    let seen = Arc::<Seen>::default();
    let elsewhere = Renaming { prefix: Some(Prefix::Host), partitioned: false };
    for (mode, prefix) in
        [(Mode::Off, PrefixRule::Auto), (Mode::Observe, PrefixRule::Auto), (Mode::Enforce, PrefixRule::Off)]
    {
        let policy = SessionPolicy { prefix, ..SessionPolicy::default() };
        let guard = SessionGuard::sharing(&policy, mode, &seen, elsewhere);
        let mut world = World { guard, ..World::new(policy) };
        assert_eq!(world.ask("/app/page", "__Host-~app!JSESSIONID=2").unwrap(), "JSESSIONID=2", "{mode:?} {prefix:?}");
        assert_eq!(world.ask("/page", "__Host-~app!JSESSIONID=2; a=1").unwrap(), "a=1", "{mode:?} {prefix:?}");
    }
}

/// Servers take these for paths of the folder, and browsers do not send its own cookie there.
#[test]
fn what_is_planted_is_told_however_the_folder_is_written() {
    let mut world = World::having_set(&[SET, "session=1; Path=/shop/"]);
    for (name, path, sent) in [
        ("escaped", "/%61pp/page", "JSESSIONID=evil"),
        ("in another case", "/APP/page", "JSESSIONID=evil"),
        ("a parameter", "/app;x/page", "JSESSIONID=evil"),
        ("an escaped parameter", "/app%3Bx/page", "JSESSIONID=evil"),
        ("a parameter of the folder itself", "/app;x", "JSESSIONID=evil"),
        ("two slashes", "//app/page", "JSESSIONID=evil"),
        ("an escaped slash", "/app%2Fpage", "JSESSIONID=evil"),
        ("a way around", "/x/..;/app/page", "JSESSIONID=evil"),
        ("without its slash", "/shop", "session=evil"),
        ("an escape of what is above ASCII", "/app/caf%e9", "JSESSIONID=evil"),
    ] {
        assert_eq!(world.ask(path, sent).unwrap(), "", "{name}");
    }
    for (name, path) in [("another folder", "/apple/page"), ("the root", "/"), ("deeper", "/x/app/page")] {
        assert_eq!(world.ask(path, "JSESSIONID=1").unwrap(), "JSESSIONID=1", "{name}");
    }
}

#[test]
fn folders_stay_few_however_many_cookies_have_them() {
    let mut world = World::new(SessionPolicy::default());
    world.ask("/", "a=1").unwrap();
    for name in ["session", "PHPSESSID", "JSESSIONID"] {
        let set = |number: usize| world.response(&[&format!("{name}=1; Path=/{number}")]).remove(0);
        let renamed = (0..20).map(set).filter(|line| line.starts_with("__Host-")).count();
        assert_eq!(renamed, if name == "JSESSIONID" { 0 } else { 16 }, "{name}");
    }
}
