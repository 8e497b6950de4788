//! Everything that a policy sets and that lets more pass than the built-in one does. Each has its reasons; whoever reads
//! the policy next year should see it all at once.

use mantlet_core::csrf::{NoOrigin, Verdict, WebSocket};
use mantlet_core::headers::OnConflict;
use mantlet_core::headers::csp::CspMode;
use mantlet_core::policy::GuardPolicies;
use mantlet_core::session::PrefixRule;
use mantlet_core::upload::{ActiveContent, BodyMode, ContentRule, DoubleExtensions, FilenameRule};
use mantlet_core::{Mode, Policy};

use crate::failure::Failure;
use crate::run::modes;

/// What holds everywhere first, then what a route adds to it.
pub(super) fn of(policy: &Policy) -> Vec<Failure> {
    let everywhere = of_guards(&policy.everywhere);
    let mut found: Vec<Failure> = everywhere.iter().map(Failure::new).collect();
    for route in &policy.routes {
        let own = of_guards(&route.guards).into_iter().filter(|weakness| !everywhere.contains(weakness));
        found.extend(own.map(|weakness| Failure::new(format!("on {}: {weakness}", route.path))));
    }
    found
}

fn of_guards(guards: &GuardPolicies) -> Vec<String> {
    let modes = modes(guards).into_iter().filter_map(|(guard, mode)| match mode {
        Mode::Enforce => None,
        Mode::Observe => Some(format!("{guard} only observes: it refuses and changes nothing")),
        Mode::Off => Some(format!("{guard} is off")),
    });
    let (session, csrf, headers, upload) = (&guards.session, &guards.csrf, &guards.headers, &guards.upload);
    let settings = [
        (!session.secure, "[session] Secure = false: cookies may travel over plain HTTP"),
        (!session.http_only, "[session] HttpOnly = false: scripts may read the session cookie"),
        (session.prefix == PrefixRule::Off, "[session] prefix = \"off\": a sibling host may plant a session cookie"),
        (!session.no_store, "[session] no_store = false: a cache may keep a page that sets the session cookie"),
        (csrf.same_site == Verdict::Allow, "[csrf] same_site = \"allow\": every sibling host may send forms"),
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
    modes.chain(settings.into_iter().filter(|(is_set, _)| *is_set).map(|(_, what)| what.to_owned())).collect()
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
            ("key", "[headers.csp]\nmode = 'off'", &["[headers.csp] mode = \"off\": injected scripts run"]),
        ] {
            let found: Vec<String> = of(&Policy::from_toml(text).unwrap()).iter().map(Failure::to_string).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}
