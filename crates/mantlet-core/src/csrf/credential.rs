//! What a request carries that browsers keep, and send without being asked.

use http::Method;
use mantlet_fields::{Fields, Known};

use super::judged::Judged;
use crate::head::RequestHead;
use crate::media_type::MediaType;

/// Whether a browser could have sent the request by itself, with a credential that it attaches without being asked.
///
/// A cookie always counts: few programs but browsers keep any, and those that do can say where a request comes from. Basic
/// authentication and its like are also what Git, WebDAV and clients of OAuth send. So they do not count if the sender calls
/// itself a program, or if no page of another site could have had the request sent.
pub(super) fn is_browsers_own(head: &RequestHead<'_>, judged: Judged) -> bool {
    head.fields.contains(Known::Cookie)
        || (has_ambient_login(head.fields)
            && !is_named_as_program(head.fields)
            && (judged == Judged::WebSocket || !needs_preflight(head)))
}

/// Whether it carries anything that browsers keep and send by themselves.
pub(super) fn has_login(fields: &Fields) -> bool {
    fields.contains(Known::Cookie) || has_ambient_login(fields)
}

/// Whether the sender says that it is some program and no browser. All that keep passwords and run pages begin like one of
/// these two, and no page chooses the name: a form cannot, and a script's needs a preflight.
fn is_named_as_program(fields: &Fields) -> bool {
    let is_named =
        |agent: &[u8], start: &[u8]| agent.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
    fields
        .only(Known::UserAgent)
        .is_some_and(|agent| !agent.is_empty() && !is_named(agent, b"mozilla/") && !is_named(agent, b"opera/"))
}

/// Whether a page of another site can have it sent only after a preflight (Fetch, section 4.8): with another method or
/// another type than a form has. That holds for all browsers since 2010, and both the preflight and the request that follows
/// it carry an Origin.
fn needs_preflight(head: &RequestHead<'_>) -> bool {
    ![Method::GET, Method::HEAD, Method::POST].contains(head.method) || has_type_of_no_form(head.fields)
}

fn has_type_of_no_form(fields: &Fields) -> bool {
    const OF_FORMS: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    fields
        .only(Known::ContentType)
        .is_some_and(|only| MediaType::parse(only).is_ok_and(|media_type| !OF_FORMS.contains(&media_type.essence())))
}

/// Whether it carries a login other than a cookie, of a kind that browsers keep and send by themselves.
fn has_ambient_login(fields: &Fields) -> bool {
    fields.all(Known::Authorization).any(|value| {
        let scheme = value.split(|b| matches!(b, b' ' | b'\t')).next().unwrap_or_default();
        ["basic", "digest", "ntlm", "negotiate"].iter().any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()))
    })
}
