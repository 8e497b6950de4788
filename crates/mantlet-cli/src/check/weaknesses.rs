//! Everything that a policy sets and that lets more pass than the built-in one does, or less than it seems to say. Each has
//! its reasons; whoever reads the policy next year should see it all at once.

mod headers;
mod lists;
mod sizes;
mod words;

use headers::{of_csp, of_fields};
use lists::{of_cookies, of_extensions, of_requests};
use mantlet_core::policy::{AmbiguousPaths, GuardPolicies, PathCase};
use mantlet_core::{Mode, Policy};
use sizes::of_sizes;
use words::of_words;

use super::stricter::is_stricter;
use crate::failure::Failure;

/// What holds everywhere first, then what a route adds to it.
pub(super) fn of(policy: &Policy) -> Vec<Failure> {
    let everywhere = of_guards(&policy.everywhere);
    let mut found: Vec<Failure> = everywhere.iter().map(Failure::new).collect();
    if policy.ambiguous_paths == AmbiguousPaths::Allow {
        found.push(Failure::new(
            "ambiguous_paths = \"allow\": /admin%2Fx may be /admin/x to the app, and is on no route here",
        ));
    }
    for route in &policy.routes {
        let here = of_guards(&route.guards);
        let own = here.iter().filter(|weakness| !everywhere.contains(weakness));
        found.extend(own.map(|weakness| Failure::new(format!("on {}: {weakness}", route.path))));
        let lacks_weakness = everywhere.iter().any(|weakness| !here.contains(weakness));
        if lacks_weakness || is_stricter(&route.guards, &policy.everywhere) {
            let spelling = match policy.path_case {
                _ if policy.everywhere.mode != Mode::Enforce => {
                    "some apps take //admin or /admin.json for /admin, and where everything is observed nothing refuses that"
                }
                PathCase::Exact => "some apps take /ADMIN for /admin (path_case = \"ignore\" says so), or /admin.json",
                PathCase::Ignore => "some apps take /admin.json or /admin;x for /admin",
            };
            found.push(
                Failure::new(format!(
                    "on {}: stricter than everywhere, for this spelling of the path only",
                    route.path
                ))
                .fix(format!("set everywhere what is strict, and let routes loosen it: {spelling}")),
            );
        }
    }
    found
}

fn of_guards(guards: &GuardPolicies) -> Vec<String> {
    let modes = guards.modes().into_iter().filter_map(|(guard, mode)| match mode {
        Mode::Enforce => None,
        Mode::Observe => Some(format!("{guard} only observes: it refuses and changes nothing")),
        Mode::Off => Some(format!("{guard} is off")),
    });
    modes
        .chain(of_words(guards))
        .chain(of_cookies(&guards.session.cookies))
        .chain(of_requests(&guards.csrf))
        .chain(of_fields(&guards.headers))
        .chain(of_csp(&guards.headers.csp))
        .chain(of_extensions(&guards.upload))
        .chain(of_sizes(&guards.upload))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_policy_has_none_and_what_is_set_is_told_where_it_is_set() {
        for (name, text, expected) in [
            ("built-in", "", &[][..]),
            ("mode", "csrf.mode = 'observe'", &["csrf only observes: it refuses and changes nothing"]),
            ("enabled", "uploads.enabled = false", &["uploads is off"]),
            ("route", "[[route]]\npath = '/hooks/*'\ncsrf.enabled = false", &["on /hooks/*: csrf is off"]),
            ("inherited", "csrf.enabled = false\n[[route]]\npath = '/x'", &["csrf is off"]),
            (
                "a stricter route",
                "csrf.enabled = false\n[[route]]\npath = '/admin'\ncsrf.enabled = true",
                &["csrf is off", "on /admin: stricter than everywhere, for this spelling of the path only"],
            ),
            (
                "php, in vain",
                "uploads.allowed_extensions = ['png', 'php']",
                &["[uploads] allowed_extensions: php is refused all the same: blocked_extensions wins"],
            ),
            (
                "svg, in vain",
                "uploads.allowed_extensions = ['svg']",
                &["[uploads] allowed_extensions: svg is refused all the same: active_content wins"],
            ),
            (
                "a form posted in clear",
                "csrf.trusted_origins = ['http://sso.example', 'https://pay.example']",
                &[
                    "[csrf] trusted_origins: http://sso.example is plain HTTP: whoever is on the network may speak for it",
                ],
            ),
            (
                "a method that is not judged",
                "csrf.safe_methods = ['GET', 'LOCK']",
                &["[csrf] safe_methods has LOCK: any site may have it sent"],
            ),
            ("every path", "csrf.exempt = ['/*']", &["[csrf] exempt has \"/*\": no path is left to guard"]),
            (
                "a header",
                "headers.X-Frame-Options = false",
                &["[headers] X-Frame-Options = false: not sent unless the app does"],
            ),
            (
                "a header that says less",
                "[headers]\nReferrer-Policy = 'unsafe-url'\nPermissions-Policy = 'camera=*'",
                &[
                    "[headers] Referrer-Policy = \"unsafe-url\": laxer than \"strict-origin-when-cross-origin\"",
                    "[headers] Permissions-Policy = \"camera=*\": laxer than \"camera=(), geolocation=(), microphone=()\"",
                ],
            ),
            (
                "a header that says more",
                "[headers]\nStrict-Transport-Security = 'max-age=63072000; includeSubDomains; preload'\n\
                 Cross-Origin-Opener-Policy = 'same-origin'",
                &[],
            ),
            (
                "cookies for everybody",
                "[session]\nSameSite = 'None'\nprefix = '__Secure-'",
                &[
                    "[session] SameSite = \"None\": cookies go with the requests of every site unless the app says otherwise",
                    "[session] prefix = \"__Secure-\": a sibling host may plant a session cookie",
                ],
            ),
            ("key", "[headers.csp]\nmode = 'off'", &["[headers.csp] mode = \"off\": injected scripts run"]),
            (
                "a session under both names",
                "[session]\ncookies = ['sid', 'session', '__Host-session']",
                &[
                    "[session] cookies has __Host-session beside session: a sibling host may plant session, since neither is \
                     renamed",
                ],
            ),
            ("no session", "[session]\ncookies = []", &["[session] cookies = []: no session cookie is guarded"]),
            (
                "large fields",
                "[uploads]\nmax_field_size = '2MiB'",
                &[
                    "[uploads] max_field_size = \"2MiB\": all clients together may fill 1000 times as much of the memory",
                ],
            ),
            ("fields that memory has room for", "[uploads]\nmax_field_size = '1MiB'", &[]),
            (
                "inline scripts",
                "[headers.csp.directives]\nscript-src = [\"'self'\", \"'unsafe-inline'\"]",
                &["[headers.csp] script-src has 'unsafe-inline': injected inline code runs"],
            ),
            (
                "inline scripts, in vain",
                "[headers.csp.directives]\nscript-src = [\"'unsafe-inline'\", \"'strict-dynamic'\", \
                 \"'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='\"]",
                &[],
            ),
            (
                "scripts from a place that has those of others",
                "[headers.csp.directives]\nscript-src = [\"'self'\", \"https://ajax.googleapis.com\"]",
                &[
                    "[headers.csp] script-src has https://ajax.googleapis.com: a host that serves anyone's scripts, or calls \
                     back whatever it is asked to",
                ],
            ),
            (
                "no base",
                "headers.csp.floor.base-uri = false",
                &[
                    "[headers.csp] without base-uri: an injected base element turns relative script addresses to another \
                     origin",
                ],
            ),
        ] {
            let found = of(&Policy::from_toml(text).unwrap());
            let found: Vec<String> =
                found.iter().filter_map(|found| found.to_string().lines().next().map(str::to_owned)).collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_route_that_enforces_alone_is_told_which_paths_go_around_it() {
        for (name, everywhere, expected) in
            [("observing", "mode = 'observe'", "//admin"), ("without csrf", "csrf.enabled = false", "/ADMIN")]
        {
            let policy = format!("{everywhere}\n[[route]]\npath = '/admin/*'\nmode = 'enforce'\ncsrf.enabled = true");
            let found = of(&Policy::from_toml(&policy).unwrap());
            let last = found.last().map(ToString::to_string).unwrap_or_default();
            assert!(last.contains(expected), "{name}: {last}");
        }
    }

    #[test]
    fn what_is_run_and_passes_is_told() {
        let policy = "uploads.allowed_extensions = ['php']\nuploads.blocked_extensions = ['exe']";
        let found = of_guards(&Policy::from_toml(policy).unwrap().everywhere);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("php is what servers or desktops run"), "{found:?}");
        assert!(found[1].contains(" of those that are refused by default are not in it"), "{found:?}");
    }
}
