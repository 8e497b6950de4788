//! What becomes of each cookie, over all that can be known of the application and all modes of a route.

use super::super::request::rewrite::Outcome;
use super::*;

/// One sign for each cookie of the header.
fn signs(guard: &SessionGuard, sent: &str) -> String {
    let Ok(judged) = guard.judge(sent.as_bytes(), Asked { path: "/", is_browsers_path: true, prefix: guard.prefix })
    else {
        return "!".to_owned();
    };
    let sign = |outcome| match outcome {
        Outcome::Keep => '=',
        Outcome::KeepLater => '~',
        Outcome::KeepLast => '_',
        Outcome::Drop | Outcome::Withhold => '-',
        Outcome::Rename | Outcome::RenameFirst => '>',
        Outcome::RenameAndKeep => '2',
        Outcome::Refuse => '!',
    };
    judged.outcomes().map(|(_, outcome)| sign(outcome)).collect()
}

/// A guard that saw the application set these cookies.
fn having_seen(policy: SessionPolicy, lines: &[&str]) -> SessionGuard {
    let world = World::new(policy);
    world.response(lines);
    world.guard
}

/// `=` kept, `~` kept behind the other guarded ones, `_` kept behind all others, `-` dropped, `>` renamed, `2` forwarded under
/// both names, `!` the request is refused.
#[test]
fn every_state_by_what_is_known_of_the_application() {
    let (auto, plain, prefixed) = (SessionPolicy::default, "session=1; Domain=app.example", "session=1; Path=/");
    let guards = [
        ("nothing", having_seen(auto(), &[])),
        ("sets it plain", having_seen(auto(), &[plain])),
        ("sets it so that it is renamed", having_seen(auto(), &[prefixed])),
        ("sets it in both ways", having_seen(auto(), &[prefixed, plain])),
        ("calls it so itself", having_seen(auto(), &["__Host-session=1; Path=/"])),
        ("is named in the policy", having_seen(named(&["session"]), &[])),
        ("always gets the prefix", having_seen(SessionPolicy { prefix: PrefixRule::Host, ..auto() }, &[])),
        ("never gets the prefix", having_seen(unprefixed(), &[])),
    ];
    for (sent, expected) in [
        ("session=1", ["=", "=", "-", "=", "=", "=", "-", "="]),
        ("__Host-session=1", ["2", "2", ">", ">", "=", ">", ">", "="]),
        ("session=1; __Host-session=2", ["-2", "-2", "->", "->", "==", "->", "->", "=="]),
        ("__Host-session=1; session=2", ["2-", "2-", ">-", ">-", "==", ">-", ">-", "=="]),
        ("session=1; session=2", ["!", "!", "--", "!", "!", "!", "--", "!"]),
        ("SESSION=1; session=2; session=3", ["!", "!", "---", "!", "!", "!", "---", "!"]),
        ("session.0=1; session.0=2; __Host-session=3", ["--2", "!", "-->", "!", "!", "-->", "-->", "!"]),
        ("__Host-session=1; __Host-session=2", ["!"; 8]),
        ("session=1; session=2; __Host-session=3", ["--2", "--2", "-->", "-->", "!", "-->", "-->", "!"]),
        ("SESSION=1", ["=", "=", "-", "=", "=", "=", "-", "="]),
        ("SESSION=1; __Host-session=2", ["-2", "-2", "->", "->", "==", "->", "->", "=="]),
        ("__HOST-session=1", ["=", "=", "-", "=", "=", "=", "-", "="]),
        ("__HOST-session=1; __Host-session=2", ["-2", "-2", "->", "->", "!", "->", "->", "!"]),
        ("session.0=1", ["=", "=", "-", "=", "=", "=", "-", "="]),
        ("session.0=1; __Host-session=2", ["-2", "=2", "->", "=>", "==", "->", "->", "=="]),
        ("session.0=1; session.1=2", ["==", "==", "--", "==", "==", "==", "--", "=="]),
        ("__Secure-session=1", ["="; 8]),
        ("csrftoken=1", ["="; 8]),
        ("csrftoken=1; csrftoken=2", ["!"; 8]),
        ("__Host-csrftoken=1", ["="; 8]),
        ("__Host-theme=1; theme=2", ["2-", "2-", "2-", "2-", "2-", "==", "2-", "=="]),
        ("theme=1; __Host-theme=2", ["-2", "-2", "-2", "-2", "-2", "==", "-2", "=="]),
        ("__Host-theme=1; THEME=2; %74heme=3", ["2--", "2--", "2--", "2--", "2--", "===", "2--", "==="]),
        ("__Host-theme=1; __Host-theme=2", ["!"; 8]),
        ("__Secure-theme=1; theme=2", ["=="; 8]),
        ("theme=1; theme=2", ["=="; 8]),
        ("theme=12\" vinyl; csrftoken=1", ["_="; 8]),
        ("a=csrftoken=1; csrftoken=2", ["_="; 8]),
        ("csrftoken=1; a=csrftoken=2", ["=="; 8]),
        ("a================; csrftoken=2", ["=="; 8]),
        ("a=================; csrftoken=2", ["_="; 8]),
        ("x_csrftoken=1; csrftoken=2", ["~="; 8]),
        ("csrf=xsrf=1; xsrf=csrf=2", ["~~"; 8]),
        ("x_csrf=1; csrf=2; a=12\" vinyl", ["~=_"; 8]),
        ("__Host-csrf=1; csrf=2", ["=="; 8]),
        ("%73ession=1; theme=2", ["-="; 8]),
        ("..Host-session=1; theme=2", ["-="; 8]),
        ("=session; theme=2", ["-="; 8]),
        ("; theme=2", ["-="; 8]),
    ] {
        for ((known, guard), expected) in guards.iter().zip(expected) {
            assert_eq!(signs(guard, sent), expected, "{sent}, where the application {known}");
        }
    }
}

/// `!` refused, `?` told; else what the application gets.
#[test]
fn every_mode_of_a_route_beside_one_that_renames() {
    let (everywhere, seen) = (SessionPolicy::default(), Arc::default());
    let renamed = everywhere.renames_with(Mode::Enforce);
    let route = |policy: SessionPolicy, origin| {
        let mut world = World::at(origin, everywhere.clone());
        world.guard =
            SessionGuard::sharing(&policy, Mode::Enforce, &seen, Renaming { prefix: renamed, partitioned: false });
        world
    };
    let in_mode = |mode| SessionPolicy { mode: Some(mode), ..everywhere.clone() };
    let (https, http) = ("https://app.example", "http://app.example");
    route(everywhere.clone(), https).response(&["session=1; Path=/"]);
    let mut routes = [
        ("enforces", route(everywhere.clone(), https)),
        ("enforces without a prefix", route(unprefixed(), https)),
        ("observes", route(in_mode(Mode::Observe), https)),
        ("is off", route(in_mode(Mode::Off), https)),
        ("is not there", route(SessionPolicy { enabled: false, ..everywhere.clone() }, https)),
        ("is off, on plain http", route(in_mode(Mode::Off), http)),
    ];
    for (sent, expected) in [
        ("__Host-session=1", ["session=1", "session=1", "session=1", "session=1", "session=1", "__Host-session=1"]),
        (
            "session=1; a=2",
            ["a=2", "session=1; a=2", "session=1; a=2", "session=1; a=2", "session=1; a=2", "session=1; a=2"],
        ),
        (
            "session=1; __Host-session=2",
            ["session=2", "session=2", "session=2", "session=2", "session=2", "session=1; __Host-session=2"],
        ),
        ("=x; a=2", ["a=2", "a=2", "=x; a=2", "=x; a=2", "=x; a=2", "=x; a=2"]),
        (
            "=x; __Host-session=1",
            ["session=1", "session=1", "session=1", "session=1", "session=1", "=x; __Host-session=1"],
        ),
        ("sid=1; sid=2", ["!", "!", "?", "sid=1; sid=2", "sid=1; sid=2", "sid=1; sid=2"]),
        ("sid= 1", ["!", "!", "?", "sid= 1", "sid= 1", "sid= 1"]),
        (
            "sid=1; sid=2; __Host-session=3",
            [
                "!",
                "!",
                "?",
                "sid=1; sid=2; __Host-session=3",
                "sid=1; sid=2; __Host-session=3",
                "sid=1; sid=2; __Host-session=3",
            ],
        ),
    ] {
        for ((name, world), expected) in routes.iter_mut().zip(expected) {
            let got = match (world.request(sent), world.guard.mode()) {
                (Ok(line), _) => line.unwrap_or_default(),
                (Err(_), Mode::Observe) => "?".to_owned(),
                (Err(_), _) => "!".to_owned(),
            };
            assert_eq!(got, expected, "{sent}, where the guard {name}");
        }
    }
}
