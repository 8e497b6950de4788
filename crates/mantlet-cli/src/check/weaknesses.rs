//! Everything that a policy sets and that lets more pass than the built-in one does, or less than it seems to say. Each has
//! its reasons; whoever reads the policy next year should see it all at once.

use mantlet_core::csrf::{CsrfPolicy, MethodOverride, NoOrigin, SafeMethods, Verdict, WebSocket};
use mantlet_core::headers::csp::{self, CspMode, CspSettings, Weight};
use mantlet_core::headers::{HeadersPolicy, OnConflict, SecurityHeader};
use mantlet_core::origin::Scheme;
use mantlet_core::policy::{AmbiguousPaths, GuardPolicies, PathCase};
use mantlet_core::session::{PrefixRule, SameSite, SessionCookies};
use mantlet_core::upload::{
    ActiveContent, BodyMode, ContentRule, DoubleExtensions, FilenameRule, UploadPolicy, default_blocked, is_active,
};
use mantlet_core::{Mode, Policy};

use super::stricter::{blocked, is_stricter};
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
    let (session, csrf, headers, upload) = (&guards.session, &guards.csrf, &guards.headers, &guards.upload);
    let settings = [
        (!session.secure, "[session] Secure = false: cookies may travel over plain HTTP"),
        (!session.http_only, "[session] HttpOnly = false: scripts may read the session cookie"),
        (
            session.same_site == SameSite::None,
            "[session] SameSite = \"None\": cookies go with the requests of every site unless the app says otherwise",
        ),
        (session.prefix == PrefixRule::Off, "[session] prefix = \"off\": a sibling host may plant a session cookie"),
        (
            session.prefix == PrefixRule::Secure,
            "[session] prefix = \"__Secure-\": a sibling host may plant a session cookie",
        ),
        (!session.no_store, "[session] no_store = false: a cache may keep a page that sets the session cookie"),
        (csrf.same_site == Verdict::Allow, "[csrf] same_site = \"allow\": every sibling host may send forms"),
        (
            csrf.method_override == MethodOverride::Allow,
            "[csrf] method_override = \"allow\": the header that asks for another method reaches the app",
        ),
        (csrf.null_origin == Verdict::Allow, "[csrf] null_origin = \"allow\": any page can make its origin null"),
        (csrf.no_origin == NoOrigin::Allow, "[csrf] no_origin = \"allow\": requests need not say where they come from"),
        (
            csrf.websocket == WebSocket::Allow,
            "[csrf] websocket = \"allow\": any site may open one with your users' cookies",
        ),
        (headers.on_conflict == OnConflict::App, "[headers] on_conflict = \"app\": the app may weaken any header"),
        (headers.csp.mode == CspMode::Off, "[headers.csp] mode = \"off\": injected scripts run"),
        (headers.csp.mode == CspMode::Report, "[headers.csp] mode = \"report\": not even the floor is enforced"),
        (upload.body == BodyMode::Opaque, "[uploads] body = \"opaque\": files are not looked at"),
        (upload.content == ContentRule::Ignore, "[uploads] content = \"ignore\": files may be other than they say"),
        (
            upload.double_extensions == DoubleExtensions::Allow,
            "[uploads] double_extensions = \"allow\": some servers run shell.php.png",
        ),
        (
            upload.active_content == ActiveContent::Allow,
            "[uploads] active_content = \"allow\": HTML and SVG run as your site where they are served from it",
        ),
        (upload.filename == FilenameRule::Keep, "[uploads] filename = \"keep\": names reach the app as they came"),
    ];
    let settings = settings.into_iter().filter(|(is_set, _)| *is_set).map(|(_, what)| what.to_owned());
    modes
        .chain(settings)
        .chain(of_cookies(&session.cookies))
        .chain(of_requests(csrf))
        .chain(of_fields(headers))
        .chain(of_csp(&headers.csp))
        .chain(of_extensions(upload))
        .collect()
}

/// Whoever names a cookie twice means the one that Mantlet renames, and keeps it from being renamed.
fn of_cookies(cookies: &SessionCookies) -> Vec<String> {
    let SessionCookies::Named(names) = cookies else { return Vec::new() };
    let with_prefix = names.iter().filter_map(|name| {
        let base = ["__Host-", "__Secure-"].into_iter().find_map(|prefix| name.strip_prefix(prefix))?;
        names.iter().any(|plain| plain == base).then_some((name, base))
    });
    with_prefix
        .map(|(name, base)| {
            format!(
                "[session] cookies has {name} beside {base}: a sibling host may plant {base}, since neither is renamed"
            )
        })
        .collect()
}

fn of_requests(csrf: &CsrfPolicy) -> Vec<String> {
    let plain = csrf.trusted_origins.iter().filter(|origin| origin.scheme() == Scheme::Http);
    let plain = plain.map(|origin| {
        format!("[csrf] trusted_origins: {origin} is plain HTTP: whoever is on the network may speak for it")
    });
    let all = csrf.exempt.iter().filter(|path| path.to_string() == "/*");
    let all = all.map(|_| "[csrf] exempt has \"/*\": no path is left to guard".to_owned());
    let built_in = SafeMethods::default();
    let unjudged = csrf.safe_methods.as_slice().iter().filter(|method| !built_in.contains(method));
    let unjudged = unjudged.map(|method| format!("[csrf] safe_methods has {method}: any site may have it sent"));
    plain.chain(all).chain(unjudged).collect()
}

fn of_fields(headers: &HeadersPolicy) -> Vec<String> {
    // In full, so that a header which is added has to be thought of here.
    let HeadersPolicy {
        enabled: _,
        mode: _,
        on_conflict: _,
        remove: _,
        strict_transport_security,
        content_type_options,
        frame_options,
        referrer_policy,
        permissions_policy,
        opener_policy,
        resource_policy,
        origin_agent_cluster,
        // An application that turns the old filter on is not weaker for it.
        xss_protection: _,
        csp: _,
    } = headers;
    [
        of_field("Strict-Transport-Security", strict_transport_security.as_ref()),
        of_field("X-Content-Type-Options", content_type_options.as_ref()),
        of_field("X-Frame-Options", frame_options.as_ref()),
        of_field("Referrer-Policy", referrer_policy.as_ref()),
        of_field("Permissions-Policy", permissions_policy.as_ref()),
        of_field("Cross-Origin-Opener-Policy", opener_policy.as_ref()),
        of_field("Cross-Origin-Resource-Policy", resource_policy.as_ref()),
        of_field("Origin-Agent-Cluster", origin_agent_cluster.as_ref()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_field<H: SecurityHeader + Default>(name: &str, value: Option<&H>) -> Option<String> {
    let Some(value) = value else {
        return Some(format!("[headers] {name} = false: not sent unless the app does"));
    };
    let built_in = H::default();
    let is_laxer = value.stricter(&built_in) != *value;
    is_laxer.then(|| format!("[headers] {name} = \"{value}\": laxer than \"{built_in}\""))
}

/// As if it were enforced already: what is only reported today is what will be.
fn of_csp(settings: &CspSettings) -> Vec<String> {
    if settings.mode == CspMode::Off {
        return Vec::new();
    }
    let found = csp::evaluate(&[settings.whole()]);
    let found = found.into_iter().filter(|finding| finding.kind.weight() > Weight::Note);
    found
        .map(|csp::Finding { kind, directive, value }| match value {
            Some(value) => format!("[headers.csp] {directive} has {value}: {}", clause(kind.meaning())),
            None => format!("[headers.csp] without {directive}: {}", clause(kind.meaning())),
        })
        .collect()
}

/// A sentence as the second half of one.
fn clause(sentence: &str) -> String {
    let mut letters = sentence.trim_end_matches('.').chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// What is allowed and dangerous, or allowed in vain.
fn of_extensions(upload: &UploadPolicy) -> Vec<String> {
    let blocked = blocked(upload);
    let is_blocked = |extension: &str| blocked.contains(&extension);
    let allowed = upload.allowed_extensions.iter().filter_map(|extension| {
        let extension = extension.as_str();
        let what = match extension {
            _ if is_blocked(extension) => "is refused all the same: blocked_extensions wins",
            _ if default_blocked().any(|blocked| blocked == extension) => {
                "is what servers or desktops run, and blocked_extensions lets it pass"
            }
            _ if is_active(extension) && upload.active_content == ActiveContent::Refuse => {
                "is refused all the same: active_content wins"
            }
            _ => return None,
        };
        Some(format!("[uploads] allowed_extensions: {extension} {what}"))
    });
    let left_out = default_blocked().filter(|extension| !is_blocked(extension)).count();
    let left_out = (left_out > 0).then(|| {
        format!("[uploads] blocked_extensions: {left_out} of those that are refused by default are not in it")
    });
    allowed.chain(left_out).collect()
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
    fn what_is_run_and_passes_is_told() {
        let policy = "uploads.allowed_extensions = ['php']\nuploads.blocked_extensions = ['exe']";
        let found = of_guards(&Policy::from_toml(policy).unwrap().everywhere);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("php is what servers or desktops run"), "{found:?}");
        assert!(found[1].contains(" of those that are refused by default are not in it"), "{found:?}");
    }
}
