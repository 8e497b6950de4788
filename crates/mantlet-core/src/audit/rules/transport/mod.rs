//! The way there: TLS, redirects to it, HSTS, and the name of the host.

pub(super) mod host;
pub(super) mod hsts;
pub(super) mod https;
