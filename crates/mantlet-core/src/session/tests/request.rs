use proptest::prelude::*;

use super::*;

#[test]
fn a_name_in_the_policy_settles_what_it_is() {
    let mut world = World::new(named(&["login"]));
    assert_eq!(world.request("__Host-login=1").unwrap().unwrap(), "login=1");
    assert_eq!(world.request("session=1; session=2").unwrap().unwrap(), "session=1; session=2");
    assert_eq!(world.request("login=1; login=2"), Err(Reason::SessionDuplicateCookie));
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
        ("separator before $Version", b"@$Version=1; sess=good", SessionMalformedCookie),
        ("separator behind a comma in a value", b"a=1,@sess=evil", SessionMalformedCookie),
        ("separators and blanks behind a comma in a value", b"a=1, {:sess=evil", SessionMalformedCookie),
        ("separator behind a comma in a name", b"a,?sess=evil", SessionMalformedCookie),
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
        ("an escaped sign", "sess%3devil=1; sess=good", Some("sess=good")),
        ("an escaped sign, and no other", "%73ess%3Devil", None),
        ("an escaped sign behind what nobody guards", "a%3Dsess=1", Some("a%3Dsess=1")),
        ("empty pairs", ";; a=1; ; b=2;", Some("a=1; b=2")),
        ("nothing", ";;;", None),
        ("a plus before the name", "+sess=evil; a=1", Some("a=1")),
        ("pluses before an escape", "++%73ess=evil", None),
        ("a plus before a prefix", "+__Host-sess=evil", None),
        ("a plus before an imitated prefix", "+..Host-sess=evil", None),
        ("a plus before what nobody guards", "+a=1", Some("+a=1")),
        ("a prefix and no name", "__Secure-=sess=evil", Some("__Secure-=sess=evil")),
    ] {
        assert_eq!(World::new(unprefixed()).request(sent).unwrap().as_deref(), expected, "{name}");
    }
}

/// Tomcat before 8.5 skips separators before a name, PicoLisp takes off a `$`, and libsoup a `*`.
#[test]
fn a_session_beside_signs_that_few_take_off_is_dropped() {
    let seen = World::new(SessionPolicy::default());
    seen.response(&["SESSION=1; Path=/; HttpOnly"]);
    for mut world in [
        seen,
        World::new(named(&["SESSION"])),
        World::new(SessionPolicy { prefix: PrefixRule::Off, ..named(&["SESSION"]) }),
    ] {
        for name in [
            "@SESSION",
            ":SESSION",
            " /SESSION",
            "({<\"SESSION",
            "@session",
            "?__Host-SESSION",
            "@__Host-other",
            "$SESSION",
            "$%53ession",
            "SESSION*",
            "SESSION* ",
        ] {
            assert_eq!(world.request(&format!("a=1; {name}=evil")).unwrap().as_deref(), Some("a=1"), "{name}");
        }
        for name in
            ["@shop:other", "@scope/SESSIONS", "xSESSION", ":other", "$other", "$SESSIONS", "other*", "SESSION*x"]
        {
            let sent = format!("a=1; {name}=1");
            assert_eq!(world.request(&sent).unwrap().as_deref(), Some(&*sent), "{name}");
        }
    }
}

/// Clojure's Ring searches the header for `NAME=VALUE`, and takes the last; ASP.NET Core does where a value is none of a cookie's.
#[test]
fn a_session_that_a_search_would_find_is_dropped() {
    let hiding = [
        "x=1 (ring-session=evil",
        "x=1,=ring-session=evil",
        "x=1 =ring-session=evil",
        "x=1\"=ring-session=evil",
        "x=1\\=ring-session=evil",
        "x={\"u\":\"/?ring-session=evil\"}",
        "x:ring-session=evil",
        "x@ring-session=evil",
        "csrftoken=1 (ring-session=evil",
        "x=1?ring-session=\"evil\"",
        "x==ring-session=\"evil\"",
        "x=1 (__Host-ring-session=evil",
    ];
    let seen = World::new(SessionPolicy::default());
    seen.response(&["ring-session=1; Path=/; HttpOnly"]);
    let unseen = World::new(SessionPolicy::default());
    for (mut world, good) in [(seen, "ring-session=good"), (unseen, "ring-session=good; __Host-ring-session=good")] {
        for hidden in hiding {
            for sent in [format!("__Host-ring-session=good; {hidden}"), format!("{hidden}; __Host-ring-session=good")] {
                assert_eq!(world.request(&sent).unwrap().as_deref(), Some(good), "{sent}");
            }
        }
        for honest in ["r={\"u\":\"/?session=1\"}", "r=/?ring-session=1", "r=\"/?ring-session=1\"", "koa:sess=1"] {
            let sent = format!("__Host-ring-session=good; {honest}");
            assert_eq!(world.request(&sent).unwrap(), Some(format!("{good}; {honest}")), "{sent}");
        }
    }
}

/// A sibling host can set the wide one, but not what would be found in it.
#[test]
fn a_session_that_a_search_would_find_in_another_is_dropped() {
    let mut world = World::new(SessionPolicy::default());
    let wide = "sso_session=1; Path=/; HttpOnly; Domain=app.example";
    world.response(&["ring-session=1; Path=/; HttpOnly", wide, "koa:sess=1; Path=/; HttpOnly; Domain=app.example"]);
    for (beside, expected) in [
        ("sso_session=1 (ring-session=evil", ""),
        ("koa:sess=1 (ring-session=evil", ""),
        ("sso_session=1 (sso_session=1", "; sso_session=1 (sso_session=1"),
        ("koa:sess=1 (x=1", "; koa:sess=1 (x=1"),
    ] {
        let sent = format!("__Host-ring-session=good; {beside}");
        assert_eq!(world.request(&sent).unwrap(), Some(format!("ring-session=good{expected}")), "{sent}");
    }
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
        b"@shop:session=1; @auth=2; r=\"?session=1\"",
        b"p=\"open; a=b",
        b"session=1; r=/login?session=1&x=y",
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
    let sessions: Vec<String> = (0..65).map(|n| format!("app{n}_session=1")).collect();
    assert_eq!(world.request(&sessions.join("; ")), Err(Reason::SessionTooManyCookies));
    let pages: Vec<String> = (0..100).map(|n| format!("__Host-viewed{n}=1")).collect();
    let both: Vec<String> = (0..100).map(|n| format!("viewed{n}=1; __Host-viewed{n}=1")).collect();
    let (pages, both) = (pages.join("; "), both.join("; "));
    let got = world.request(&format!("{pages}; __Host-session=1; session=evil")).unwrap().unwrap();
    assert_eq!(got, format!("{both}; session=1; __Host-session=1"), "one for each page");
    let others: String = (0..40).map(|n| format!("__Secure-a{n}=1; ")).collect();
    let got = world.request(&format!("portal=evil; {others}__Host-portal=1; %70ortal=evil")).unwrap().unwrap();
    assert_eq!(got, format!("{others}portal=1; __Host-portal=1"), "planted beside many others");
}

#[test]
fn duplicates_can_be_dropped() {
    let mut world = World::new(SessionPolicy { duplicates: Duplicates::DropBoth, ..unprefixed() });
    assert_eq!(world.request("sess=evil; a=1; sess=good").unwrap().unwrap(), "a=1");
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
}
