//! One event per refusal, target `mantlet::refusal`.

use http::{Method, Response, Uri, request};
use mantlet_core::Refusal;

use crate::page::Reference;

/// A request was answered with this response to a refusal.
pub(crate) fn refused<B>(response: &Response<B>, asked: Option<(&Method, &Uri)>) {
    let extensions = response.extensions();
    let (Some(refusal), Some(reference)) = (extensions.get::<Refusal>(), extensions.get::<Reference>()) else {
        return;
    };
    tracing::warn!(
        target: "mantlet::refusal",
        reason = refusal.reason.code(),
        %reference,
        method = asked.map_or("", |(method, _)| method.as_str()),
        path = asked.map_or("", |(_, uri)| uri.path()),
        detail = %refusal.detail,
        "refused"
    );
}

/// A request would have been refused if the guard were enforcing.
pub(crate) fn would_be_refused(refusal: &Refusal, parts: &request::Parts) {
    tracing::warn!(
        target: "mantlet::refusal",
        reason = refusal.reason.code(),
        method = parts.method.as_str(),
        path = parts.uri.path(),
        detail = %refusal.detail,
        "would be refused"
    );
}
