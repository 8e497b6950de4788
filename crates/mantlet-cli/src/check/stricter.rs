//! Whether a route is stricter than everywhere. It then depends on how the path is spelt, and whoever is to be stopped
//! spells it.

use mantlet_core::csrf::NoOrigin;
use mantlet_core::headers::csp::CspMode;
use mantlet_core::headers::{HeadersPolicy, SecurityHeader};
use mantlet_core::policy::GuardPolicies;
use mantlet_core::session::{MaxAge, PrefixRule, SameSite, SessionPolicy};
use mantlet_core::upload::{BlockedExtensions, Extension, UploadPolicy, default_blocked};

/// Beside what the [weaknesses](super::weaknesses) of both say already. Sources of a CSP are not weighed: which of two
/// lists is the stricter one depends on what the pages load.
pub(super) fn is_stricter(here: &GuardPolicies, everywhere: &GuardPolicies) -> bool {
    let (csrf, other) = (&here.csrf, &everywhere.csrf);
    lacks(&csrf.trusted_origins, &other.trusted_origins)
        || lacks(&csrf.exempt, &other.exempt)
        || lacks(csrf.safe_methods.as_slice(), other.safe_methods.as_slice())
        || (csrf.no_origin == NoOrigin::Refuse && other.no_origin != NoOrigin::Refuse)
        || session(&here.session, &everywhere.session)
        || headers(&here.headers, &everywhere.headers)
        || uploads(&here.upload, &everywhere.upload)
}

fn session(here: &SessionPolicy, everywhere: &SessionPolicy) -> bool {
    let lives_shorter = match (here.max_age, everywhere.max_age) {
        (MaxAge::AtMost(_), MaxAge::Keep) => true,
        (MaxAge::AtMost(here), MaxAge::AtMost(everywhere)) => here < everywhere,
        (MaxAge::Keep, _) => false,
    };
    lives_shorter
        || (here.prefix == PrefixRule::Host && everywhere.prefix != PrefixRule::Host)
        || (here.same_site == SameSite::Strict && everywhere.same_site != SameSite::Strict)
}

fn headers(here: &HeadersPolicy, everywhere: &HeadersPolicy) -> bool {
    // In full, so that a header which is added has to be thought of here.
    let HeadersPolicy {
        enabled: _,
        mode: _,
        on_conflict: _,
        remove: _,
        strict_transport_security,
        frame_options,
        referrer_policy,
        permissions_policy,
        opener_policy,
        resource_policy,
        // These have one value: that one is left out is a weakness, and told as such.
        content_type_options: _,
        origin_agent_cluster: _,
        xss_protection: _,
        csp,
    } = here;
    header(strict_transport_security, &everywhere.strict_transport_security)
        || header(frame_options, &everywhere.frame_options)
        || header(referrer_policy, &everywhere.referrer_policy)
        || header(permissions_policy, &everywhere.permissions_policy)
        || header(opener_policy, &everywhere.opener_policy)
        || header(resource_policy, &everywhere.resource_policy)
        || (csp.mode == CspMode::Enforce && everywhere.csp.mode != CspMode::Enforce)
}

fn header<H: SecurityHeader>(here: &Option<H>, everywhere: &Option<H>) -> bool {
    match (here, everywhere) {
        (Some(here), Some(everywhere)) => here != everywhere && everywhere.stricter(here) == *here,
        _ => false,
    }
}

fn uploads(here: &UploadPolicy, everywhere: &UploadPolicy) -> bool {
    here.max_request_size < everywhere.max_request_size
        || here.max_file_size < everywhere.max_file_size
        || here.max_field_size < everywhere.max_field_size
        || here.max_files < everywhere.max_files
        || here.max_parts < everywhere.max_parts
        || here.max_filename_length < everywhere.max_filename_length
        || lacks(&here.allowed_extensions, &everywhere.allowed_extensions)
        || lacks(&blocked(everywhere), &blocked(here))
}

/// The extensions that are refused.
pub(super) fn blocked(uploads: &UploadPolicy) -> Vec<&str> {
    match &uploads.blocked_extensions {
        BlockedExtensions::Default => default_blocked().collect(),
        BlockedExtensions::List(list) => list.iter().map(Extension::as_str).collect(),
    }
}

/// Whether the first list leaves out what the second one has.
fn lacks<T: PartialEq>(list: &[T], other: &[T]) -> bool {
    other.iter().any(|item| !list.contains(item))
}

#[cfg(test)]
mod tests {
    use mantlet_core::Policy;

    use super::*;

    #[test]
    fn whatever_a_route_takes_away_is_seen() {
        for (name, everywhere, route, expected) in [
            ("nothing", "", "", false),
            ("larger files", "", "uploads.max_request_size = '64MiB'", false),
            ("smaller bodies", "", "uploads.max_request_size = '64KiB'", true),
            ("fewer types", "", "uploads.allowed_extensions = ['png']", true),
            (
                "another type",
                "",
                "uploads.allowed_extensions = ['txt', 'pdf', 'png', 'jpg', 'jpeg', 'gif', 'zip']",
                false,
            ),
            ("more is blocked", "uploads.blocked_extensions = ['php']", "uploads.blocked_extensions = 'default'", true),
            (
                "framed by nobody",
                "",
                "headers.X-Frame-Options = 'DENY'\nheaders.csp.floor.frame-ancestors = [\"'none'\"]",
                true,
            ),
            ("framed by anybody", "", "headers.X-Frame-Options = false", false),
            ("embedded anywhere", "", "headers.Cross-Origin-Resource-Policy = 'cross-origin'", false),
            ("embedded nowhere else", "", "headers.Cross-Origin-Resource-Policy = 'same-origin'", true),
            ("an enforced CSP", "", "headers.csp.mode = 'enforce'", true),
            ("trusted less", "csrf.trusted_origins = ['https://a.example']", "csrf.trusted_origins = []", true),
            ("trusted more", "", "csrf.trusted_origins = ['https://a.example']", false),
            ("a GET that is judged", "", "csrf.safe_methods = []", true),
            (
                "a PROPFIND that is not",
                "",
                "csrf.safe_methods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']",
                false,
            ),
            ("no silence", "", "csrf.no_origin = 'refuse'", true),
            ("a shorter life", "", "session.max_age = '1h'", true),
            ("a longer life", "session.max_age = '1h'", "session.max_age = '2h'", false),
            ("no plain cookie", "", "session.prefix = '__Host-'", true),
        ] {
            let policy = Policy::from_toml(&format!("{everywhere}\n[[route]]\npath = '/x'\n{route}")).unwrap();
            assert_eq!(is_stricter(&policy.routes[0].guards, &policy.everywhere), expected, "{name}");
        }
    }
}
