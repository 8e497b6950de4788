//! Tapestry 3 and 4: fields go to a form if the one who is to take them, a service, is named beside them or in the path.

use super::contains;

/// The services that forms go to, in a query (`direct/1/Home/form` in version 3) or a path (`/direct.svc`). What somebody derived
/// from them has their name in its own.
const SERVICES: [&[u8]; 2] = [b"direct", b"action"];

pub(super) fn names_service(text: &[u8]) -> bool {
    SERVICES.iter().any(|service| contains(text, service))
}

/// Whether a path, decoded, names a service. With another encoding it names page and component instead: `/Home,form.direct`.
pub(super) fn is_at(path: &[u8]) -> bool {
    path.contains(&b',') || names_service(path)
}
