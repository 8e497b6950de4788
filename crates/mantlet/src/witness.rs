//! One event per refusal, target `mantlet::refusal`. Its fields have OpenTelemetry's names, as those of the access log.

use http::{Response, request};
use mantlet_core::Refusal;

use crate::page::Reference;

/// A request was answered with this response to a refusal.
pub(crate) fn refused<B>(response: &Response<B>, asked: Option<&request::Parts>) {
    let extensions = response.extensions();
    let (Some(refusal), Some(reference)) = (extensions.get::<Refusal>(), extensions.get::<Reference>()) else {
        return;
    };
    tracing::warn!(
        target: "mantlet::refusal",
        detail = %refusal.detail,
        security_rule.name = refusal.reason.code(),
        security_rule.category = refusal.reason.category(),
        reference = %reference,
        http.request.method = asked.map_or("", |parts| parts.method.as_str()),
        url.path = asked.map_or("", |parts| parts.uri.path()),
        "refused"
    );
}

/// A request would have been refused if the guard were enforcing.
pub(crate) fn would_be_refused(refusal: &Refusal, parts: &request::Parts) {
    tracing::warn!(
        target: "mantlet::refusal",
        detail = %refusal.detail,
        security_rule.name = refusal.reason.code(),
        security_rule.category = refusal.reason.category(),
        http.request.method = parts.method.as_str(),
        url.path = parts.uri.path(),
        "would be refused"
    );
}
