//! What our policy adds to one that the application sends itself.
//!
//! Browsers enforce every policy of a response, so a second one can only tighten. Tightening what the application has
//! decided breaks it; leaving out what it has not even mentioned protects nobody. So a directive of ours is added when the
//! application's policies are silent about it:
//!
//! 1. A directive of the floor is added unless the application names it. That `default-src` covers `object-src` is no
//!    decision about plug-ins.
//! 2. A fetch directive is added unless the application names it or one that it falls back to.
//! 3. `default-src` is added only when the application names no fetch directive at all: in a policy of its own it would
//!    also decide for those which the application did name.

use super::directive::{self, Kind};
use super::model::Policy;

/// The directives of the floor which none of the application's policies names.
pub(super) fn of_floor(floor: &Policy, app: &[Policy]) -> Policy {
    select(floor, |name| !names(app, name))
}

/// The directives about which the application's policies are silent.
pub(super) fn of_directives(directives: &Policy, app: &[Policy]) -> Policy {
    let names_fetch =
        app.iter().flat_map(Policy::directives).any(|said| directive::kind(&said.name) == Some(Kind::Fetch));
    select(directives, |name| match name {
        "default-src" => !names_fetch,
        name => !names(app, name) && !directive::fallbacks(name).iter().any(|fallback| names(app, fallback)),
    })
}

fn names(app: &[Policy], name: &str) -> bool {
    app.iter().any(|policy| policy.get(name).is_some())
}

fn select(policy: &Policy, keep: impl Fn(&str) -> bool) -> Policy {
    let mut selected = Policy::default();
    for directive in policy.directives().iter().filter(|directive| keep(&directive.name)) {
        selected.put(&directive.name, directive.values.clone());
    }
    selected
}

#[cfg(test)]
mod tests {
    use super::super::{CspSettings, parse};
    use super::*;

    #[test]
    fn only_silence_is_filled() {
        let ours = CspSettings::default();
        for (name, app, floor, directives) in [
            (
                "a policy that says nothing about content",
                "upgrade-insecure-requests",
                "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
                "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                 connect-src 'self'; form-action 'self'",
            ),
            (
                "default-src decides all fetches",
                "default-src https:",
                "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
                "form-action 'self'",
            ),
            (
                "script-src alone: the others are filled, default-src is not",
                "script-src https://cdn.example",
                "object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
                "style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'",
            ),
            (
                "frame-ancestors of a partner stays",
                "frame-ancestors https://partner.example; default-src 'self'; form-action 'none'",
                "object-src 'none'; base-uri 'self'",
                "",
            ),
            (
                "named in the second policy",
                "img-src 'self', object-src 'self'; default-src *",
                "base-uri 'self'; frame-ancestors 'self'",
                "form-action 'self'",
            ),
        ] {
            let app = parse(app);
            assert_eq!(of_floor(&ours.floor, &app).to_string(), floor, "{name}");
            assert_eq!(of_directives(&ours.directives, &app).to_string(), directives, "{name}");
        }
    }
}
