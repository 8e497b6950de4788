//! Header fields that are laxer than the built-in ones, and what a Content-Security-Policy lets run.

use mantlet_core::headers::csp::{self, CspMode, CspSettings, Weight};
use mantlet_core::headers::{HeadersPolicy, SecurityHeader};

pub(super) fn of_fields(headers: &HeadersPolicy) -> Vec<String> {
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
pub(super) fn of_csp(settings: &CspSettings) -> Vec<String> {
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
