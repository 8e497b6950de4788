//! The policy file: what is read, and how mistakes are reported.
#![cfg(feature = "toml")]
#![allow(clippy::expect_used, reason = "a helper of tests may fail its test")]

use mantlet_core::policy::{DEFAULT_TOML, MAX_FILE_SIZE, MAX_ROUTES, PolicyFile};
use mantlet_core::{Mode, Policy};

/// The report of a file with mistakes in it.
fn report(text: &str) -> String {
    PolicyFile::parse(text).expect_err("the file has a mistake").to_string()
}

#[test]
fn an_empty_file_is_the_built_in_policy() {
    assert_eq!(Policy::from_toml(""), Ok(Policy::default()));
    assert_eq!(Policy::from_toml("version = 1"), Ok(Policy::default()));
}

#[test]
fn the_built_in_policy_as_a_file_is_the_built_in_policy() {
    assert_eq!(Policy::from_toml(DEFAULT_TOML), Ok(Policy::default()));
}

#[test]
fn the_built_in_policy_as_a_file_has_every_key() {
    for section in ["session", "csrf", "headers", "headers.csp", "uploads"] {
        let report = report(&format!("[{section}]\nxxxxxxxxxxxxxxxxxxxxxxxx = 1"));
        let (_, known) = report.split_once("known here: ").expect(&report);
        let (_, text) = DEFAULT_TOML.split_once(&format!("\n[{section}]\n")).expect(section);
        let text = text.split("\n[").next().unwrap();
        for key in known.split(", ").map(|key| key.trim_matches('`')) {
            // A guard's mode is for those who want another than the one at the top.
            let is_there = key == "mode" && section != "headers.csp"
                || text.lines().any(|line| line.starts_with(&format!("{key} = ")))
                || DEFAULT_TOML.contains(&format!("\n[{section}.{key}]\n"));
            assert!(is_there, "{key} of [{section}]");
        }
    }
}

#[test]
fn every_default_has_its_reason() {
    const PAGE: &str = include_str!("../../../docs/defaults.md");
    for section in ["session", "csrf", "headers", "headers.csp", "uploads"] {
        let report = report(&format!("[{section}]\nxxxxxxxxxxxxxxxxxxxxxxxx = 1"));
        let (_, known) = report.split_once("known here: ").expect(&report);
        let (_, page) = PAGE.split_once(&format!("\n## `[{section}]`\n")).expect(section);
        let page = page.split("\n## ").next().unwrap();
        let of_all_guards = ["`enabled`", "`mode`", "`csp`"];
        for key in known.split(", ").filter(|key| !of_all_guards.contains(key)) {
            assert!(page.contains(key), "{key} of [{section}]");
        }
    }
}

#[test]
fn what_the_comments_show_can_be_used() {
    let (_, routes) = DEFAULT_TOML.split_once("# [[route]]").unwrap();
    let routes = format!("# [[route]]{routes}").replace("\n# ", "\n").replace("# [[route]]", "[[route]]");
    let policy = Policy::from_toml(&routes).unwrap();
    assert_eq!(policy.routes.len(), 2);
}

#[test]
fn mistakes_are_reported_with_line_and_remedy() {
    for (name, text, expected) in [
        ("misspelt key", "\n[csrf]\nmodes = \"off\"", "3: unknown key `modes` in [csrf]\n  did you mean `mode`?"),
        ("misspelt value", "mode = \"observer\"", "1: `mode` is not \"observer\"\n  did you mean \"observe\"?"),
        ("unknown value", "mode = \"x\"", "1: `mode` is not \"x\"\n  it is one of \"off\", \"observe\", \"enforce\""),
        (
            "a size in decimal",
            "[uploads]\nmax_file_size = \"16MB\"",
            "2: `max_file_size`: not a size with its unit: \"16MB\"\n  \
             fix: a whole number and one of B, KiB, MiB, GiB, such as \"16MiB\"",
        ),
        (
            "a time without its unit",
            "[session]\nmax_age = \"3600\"",
            "2: `max_age`: not a time with its unit: \"3600\"\n  \
             fix: a whole number and one of ms, s, m, h, d, such as \"30s\"",
        ),
        ("wrong type", "mode = 1", "1: `mode` takes text in quotes, not 1"),
        (
            "a page in place of its origin",
            "[csrf]\ntrusted_origins = [\"https://sso.example/login\"]",
            "2: `trusted_origins`: an origin, not a URL: \"https://sso.example/login\"\n  fix: \"https://sso.example\"",
        ),
        (
            "a page of a shell",
            "[csrf]\ntrusted_origins = [\"capacitor://localhost/\"]",
            "2: `trusted_origins`: an origin, not a URL: \"capacitor://localhost/\"\n  fix: \"capacitor://localhost\"",
        ),
        (
            "a misspelt https",
            "[csrf]\ntrusted_origins = [\"htps://sso.example\"]",
            "2: `trusted_origins`: no page has the scheme of \"htps://sso.example\"\n  fix: \"https://sso.example\"",
        ),
        (
            "a misspelt http, with a path",
            "[csrf]\ntrusted_origins = [\"htp://localhost:3000/\"]",
            "2: `trusted_origins`: no page has the scheme of \"htp://localhost:3000/\"\n  fix: \"http://localhost:3000\"",
        ),
        (
            "a socket",
            "[csrf]\ntrusted_origins = [\"wss://app.example/ws\"]",
            "2: `trusted_origins`: the origin of a WebSocket is that of its page, not \"wss://app.example/ws\"\n  \
             fix: \"https://app.example\"",
        ),
        (
            "an opaque origin",
            "[csrf]\ntrusted_origins = [\"null\"]",
            "2: `trusted_origins`: \"null\" is no origin: browsers say `null` there, and any page can have them say it",
        ),
        (
            "files",
            "[csrf]\ntrusted_origins = [\"file:///index.html\"]",
            "2: `trusted_origins`: \"file:///index.html\" is no origin: browsers say `null` there, and any page can have them \
             say it",
        ),
        (
            "a scheme in capitals",
            "[csrf]\ntrusted_origins = [\"Capacitor://localhost\"]",
            "2: `trusted_origins`: not as browsers write it: \"Capacitor://localhost\"\n  fix: \"capacitor://localhost\"",
        ),
        (
            "every extension",
            "[csrf]\ntrusted_origins = [\"chrome-extension://*\"]",
            "2: `trusted_origins`: not an origin: \"chrome-extension://*\"\n  fix: scheme://host[:port]",
        ),
        (
            "a host",
            "[csrf]\ntrusted_origins = [\"sso.example\"]",
            "2: `trusted_origins`: not an origin: \"sso.example\"\n  fix: scheme://host[:port]",
        ),
        (
            "a size that is a number",
            "[uploads]\nmax_file_size = 16777216",
            "2: `max_file_size` takes a size with its unit, such as \"16MiB\", not 16777216",
        ),
        ("a number below zero", "[uploads]\nmax_files = -1", "2: `max_files` takes a whole number from 0, not -1"),
        (
            "a size without quotes",
            "[uploads]\nmax_file_size = 16MiB # a file",
            "2: not TOML: string values must be quoted, expected literal string\n  write: max_file_size = \"16MiB\"",
        ),
        (
            "a truth as Python writes it",
            "[uploads]\nenabled = False",
            "2: not TOML: invalid boolean, expected `false`\n  write: enabled = false",
        ),
        (
            "a number that TOML does not know",
            "[uploads]\nmax_files = 007",
            "2: not TOML: unexpected leading zero, expected nothing",
        ),
        (
            "a source without quotes of its own",
            "[headers.csp.floor]\nbase-uri = [\"'self'\"]\nobject-src = [\"self\"]",
            "3: `object-src`: without its quotes self is a host\n  fix: \"'self'\"",
        ),
        (
            "a number in quotes",
            "[uploads]\nmax_files = \"10\"",
            "2: `max_files` takes a whole number, not \"10\"\n  write: max_files = 10",
        ),
        (
            "true in quotes",
            "[csrf]\nenabled = \"true\"",
            "2: `enabled` takes true or false, not \"true\"\n  write: enabled = true",
        ),
        (
            "one of a list",
            "[csrf]\nexempt = \"/a\"",
            "2: `exempt` takes a list, not \"/a\"\n  write: exempt = [\"/a\"]",
        ),
        ("no number at all", "[uploads]\nmax_files = \"x\"", "2: `max_files` takes a whole number, not \"x\""),
        (
            "a header that is switched on",
            "[headers]\nX-Frame-Options = true",
            "2: `X-Frame-Options`: true says nothing\n  fix: the header's value, or false",
        ),
        (
            "a header in numbers",
            "[headers]\nX-XSS-Protection = 0",
            "2: `X-XSS-Protection` takes text in quotes, or false, not 0",
        ),
        (
            "the header before Permissions-Policy",
            "[headers]\nPermissions-Policy = \"camera 'none'\"",
            "2: `Permissions-Policy`: not a feature and its list: camera 'none'\n  fix: \"camera=()\" or \"camera=(self)\"",
        ),
        (
            "a blank beside the equals sign",
            "[headers]\nPermissions-Policy = \"usb=(), camera= (self)\"",
            "2: `Permissions-Policy`: not a feature and its list: camera= (self)\n  fix: such as \"camera=(), fullscreen=(self)\"",
        ),
        (
            "planned word",
            "[headers.csp]\ninline = \"nonce\"",
            "2: `inline`: \"nonce\" is not in this version\n  fix: \"hash\"",
        ),
        (
            "a directive without brackets",
            "[headers.csp.directives]\nimg-src = \"'self'\"",
            "2: `img-src` takes a list of texts, or false, not \"'self'\"",
        ),
        (
            "misspelt list",
            "[uploads]\nblocked_extensions = \"defualt\"",
            "2: `blocked_extensions` takes \"default\" or a list of extensions, not \"defualt\"",
        ),
        ("misspelt section", "[upload]", "1: unknown key `upload` at the top of the file\n  did you mean `uploads`?"),
        ("planned section", "[dashboard]", "1: `dashboard` is not in this version\n  fix: leave it out"),
        (
            "planned key",
            "[uploads]\nscanner = 'off'",
            "2: `uploads.scanner` is not in this version\n  fix: leave it out",
        ),
        ("planned subsection", "[session.seal]", "1: `session.seal` is not in this version\n  fix: leave it out"),
        (
            "planned subsection of a route",
            "[[route]]\npath = \"/\"\nsession.seal.enabled = true",
            "3: `session.seal` is not in this version\n  fix: leave it out",
        ),
        ("another version", "version = 2", "1: this is not version 1 of the policy file\n  fix: version = 1"),
        (
            "a version that is text",
            "version = \"1\"",
            "1: this is not version 1 of the policy file\n  fix: version = 1",
        ),
        ("route without path", "[[route]]", "1: a route needs a `path`\n  for example path = \"/webhooks/*\""),
        ("one route as a section", "[route]\npath = \"/\"", "1: `route` is a list of sections\n  fix: [[route]]"),
        (
            "a header that speaks for another guard, removed",
            "[headers]\nremove = [\"Server\", \"Cache-Control\"]",
            "2: `remove`: Cache-Control discloses nothing, and responses break without it",
        ),
        (
            "a header that is sent, removed",
            "[headers]\nremove = [\"x-frame-options\"]",
            "2: `remove`: X-Frame-Options is sent all the same, and where the app is stricter that is lost\n  \
             fix: leave it out, or X-Frame-Options = false, so that nobody sends it",
        ),
        ("relative path", "[[route]]\npath = \"x\"", "2: `path`: a path pattern starts with `/`"),
        (
            "a path with a query",
            "[[route]]\npath = \"/a?x=1\"",
            "2: `path`: a path ends where its query begins\n  fix: \"/a\", for any query (a question mark is `%3F`)",
        ),
        (
            "a route that repeats another",
            "[[route]]\npath = \"/a\"\n[[route]]\npath = \"/a\"",
            "4: `path`: no request gets here: the route of \"/a\" comes first and has them all\n  \
             fix: put this route before it, or leave it out",
        ),
        (
            "a route behind a wider one",
            "[[route]]\npath = \"/a/*\"\n[[route]]\npath = \"/a/b\"",
            "4: `path`: no request gets here: the route of \"/a/*\" comes first and has them all\n  \
             fix: put this route before it, or leave it out",
        ),
        (
            "a route that repeats another in another case",
            "path_case = \"ignore\"\n[[route]]\npath = \"/a\"\n[[route]]\npath = \"/A\"",
            "5: `path`: no request gets here: the route of \"/a\" comes first and has them all\n  \
             fix: put this route before it, or leave it out",
        ),
        (
            "another prefix on a route",
            "[session]\nprefix = \"__Secure-\"\n[[route]]\npath = \"/a\"\nsession.prefix = \"__Host-\"",
            "5: `prefix`: a cookie has one name on all paths, and another prefix elsewhere: what is set here would not be believed \
             there\n  fix: one prefix, in [session]",
        ),
        (
            "a prefix that another route does not have",
            "[[route]]\npath = \"/a\"\nsession.prefix = \"off\"\n[[route]]\npath = \"/b\"\nsession.prefix = \"__Host-\"",
            "6: `prefix`: a cookie has one name on all paths, and another prefix elsewhere: what is set here would not be believed \
             there\n  fix: one prefix, in [session]",
        ),
        (
            "other session cookies on a route",
            "[[route]]\npath = \"/a\"\nsession.cookies = [\"sid\"]",
            "3: `cookies`: a cookie has one name on all paths, so it is a session cookie on all of them or on none\n  \
             fix: name all of them in [session]",
        ),
        (
            "a page for refusals on a route",
            "[[route]]\npath = \"/a\"\n[route.csrf]\nerror_page = \"a.html\"",
            "4: `error_page`: it is one for the whole site\n  \
             fix: take it out of the [[route]] sections; {reason} in the page says what was refused",
        ),
        (
            "a spool for a route",
            "[[route]]\npath = \"/a\"\nuploads.spool_quota = \"1GiB\"",
            "3: `spool_quota`: it is one for the whole site\n  fix: spool_quota in [uploads]",
        ),
        (
            "misspelt key in a route",
            "[[route]]\npath = \"/x\"\ncsrf.modes = \"off\"",
            "3: unknown key `modes` in [route.csrf]\n  did you mean `mode`?",
        ),
        (
            "host's section in a route",
            "[[route]]\npath = \"/x\"\n[route.tls]",
            "3: unknown key `tls` in [[route]]\n  known here: `path`, `mode`, `session`, `csrf`, `headers`, `uploads`",
        ),
        (
            "a section that is an empty list",
            "uploads = []",
            "1: `uploads` takes a section, not a list\n  fix: [uploads]",
        ),
        ("a list of sections", "\n[[csrf]]\nmode = 'off'", "2: `csrf` takes a section, not a list\n  fix: [csrf]"),
        ("a list in place of keys", "csrf = [false]", "1: `csrf` takes a section, not a list\n  fix: [csrf]"),
        ("a section that is a value", "csrf = true", "1: `csrf` takes a section, not true"),
        (
            "files that no client may fill the spool with",
            "[uploads]\nmax_request_size = \"3GiB\"\nmax_file_size = \"3GiB\"",
            "3: `max_file_size`: files of 3GiB contradict spool_quota = \"4GiB\", half of which one client may fill\n  \
             fix: raise spool_quota",
        ),
        (
            "a spool that is too small for one file",
            "[uploads]\nspool_quota = \"20MiB\"",
            "2: `spool_quota`: files of 16MiB contradict spool_quota = \"20MiB\", half of which one client may fill\n  \
             fix: raise spool_quota",
        ),
        (
            "two mistakes",
            "mode = 1\n[nonsense]\n",
            "1: `mode` takes text in quotes, not 1\n\
            2: unknown key `nonsense` at the top of the file\n  \
            known here: `version`, `mode`, `ambiguous_paths`, `path_case`, `route`, `session`, `csrf`, `headers`, `uploads`, `server`, `tls`, `log`",
        ),
    ] {
        assert_eq!(report(text), expected, "{name}");
    }
}

#[test]
fn text_that_is_not_toml_is_reported_with_its_line() {
    let report = report("mode = \"enforce\"\n[csrf\n");
    assert!(report.starts_with("2: not TOML: "), "{report}");
}

#[test]
fn a_mistake_of_the_base_is_not_repeated_for_each_route() {
    let report = report("[csrf]\nmodes = 1\n[[route]]\npath = \"/a\"\n[[route]]\npath = \"/b\"\n");
    assert_eq!(report.matches("unknown key").count(), 1, "{report}");
}

#[test]
fn routes_edit_what_holds_everywhere() {
    let policy = Policy::from_toml(
        r#"
        mode = "observe"
        [csrf]
        mode = "enforce"
        [[route]]
        path = "/webhooks/*"
        csrf.mode = "off"
        [[route]]
        path = "/admin/*"
        mode = "enforce"
        "#,
    )
    .unwrap();
    assert_eq!(policy.everywhere.mode, Mode::Observe);
    assert_eq!(policy.everywhere.csrf.mode, Some(Mode::Enforce));
    let [webhooks, admin] = policy.routes.as_slice() else { panic!("{:?}", policy.routes) };
    assert_eq!((webhooks.guards.mode, webhooks.guards.csrf.mode), (Mode::Observe, Some(Mode::Off)));
    assert_eq!((admin.guards.mode, admin.guards.csrf.mode), (Mode::Enforce, None));
}

#[test]
fn a_route_may_repeat_what_is_one_for_all_paths() {
    for text in [
        "[session]\nprefix = \"__Secure-\"\ncookies = [\"sid\"]\n[csrf]\nerror_page = \"a.html\"\n[uploads]\nspool_quota = \"1GiB\"\n\
         [[route]]\npath = \"/a\"\nsession.prefix = \"__Secure-\"\nsession.cookies = [\"sid\"]\ncsrf.error_page = \"a.html\"\n\
         uploads.spool_quota = \"1GiB\"",
        // What is set there without a prefix is seen, and believed everywhere.
        "[[route]]\npath = \"/a\"\nsession.prefix = \"off\"",
        "[[route]]\npath = \"/a\"\nsession.prefix = \"__Host-\"",
    ] {
        assert!(PolicyFile::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn a_host_reads_its_own_sections() {
    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Server {
        listen: String,
    }
    let file = PolicyFile::parse("[server]\nlisten = \"127.0.0.1:1\"\n[tls]\nmodus = 1").unwrap();
    assert_eq!(file.section::<Server>("server").unwrap().listen, "127.0.0.1:1");
    assert_eq!(file.section::<Server>("log").unwrap(), Server::default());
    assert_eq!(
        file.section::<Server>("tls").unwrap_err().to_string(),
        "4: unknown key `modus` in [tls]\n  known here: `listen`"
    );
}

#[test]
fn size_routes_and_depth_are_bounded() {
    let large = "#".repeat(MAX_FILE_SIZE + 1);
    assert_eq!(report(&large), "1: the file is larger than 1 MiB");
    let routes = "[[route]]\npath = \"/\"\n".repeat(MAX_ROUTES + 1);
    assert_eq!(report(&routes), "2001: more than 1000 routes");
    let key = format!("{}b = 1", "a.".repeat(400_000));
    assert_eq!(report(&key), "1: not TOML: recursion limit");
    // Below the limits of brackets and of dots, but each level of the one has all of the other.
    let both = format!("x = {}1{}", format!("{{{}b = ", "a.".repeat(70)).repeat(70), "}".repeat(70));
    assert_eq!(report(&both), "1: nested deeper than any policy is");
    assert_eq!(report(&format!("{both}\n[broken")), "1: nested deeper than any policy is");
    let deep = format!("x = {}{}", "[".repeat(50), "]".repeat(50));
    assert_eq!(report(&deep), "1: nested deeper than any policy is");
}
