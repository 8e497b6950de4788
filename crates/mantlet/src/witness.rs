//! [`Witness`]: who is told what the guards found, and [`Events`], which tells `tracing`.

use std::net::IpAddr;

use http::{Method, Request, Uri};
use mantlet_core::{Note, Refusal};

use crate::client::ClientAddress;
use crate::reference::Reference;

/// Who is told what the guards found in one exchange, at once. The layer tells [`Events`]; a host that writes a log of
/// its own brings its own witness, so that each finding stands in one line beside what else is known of the request.
pub trait Witness {
    /// The request was refused. Whoever sent it was shown this number.
    fn refused(&mut self, refusal: &Refusal, reference: Reference);

    /// The request would have been refused if the guard that says so were enforcing.
    fn would_be_refused(&mut self, refusal: &Refusal);

    /// The request passes, and this is worth telling.
    fn noted(&mut self, note: &Note);
}

impl<W: Witness> Witness for &mut W {
    fn refused(&mut self, refusal: &Refusal, reference: Reference) {
        W::refused(self, refusal, reference);
    }

    fn would_be_refused(&mut self, refusal: &Refusal) {
        W::would_be_refused(self, refusal);
    }

    fn noted(&mut self, note: &Note) {
        W::noted(self, note);
    }
}

/// One `tracing` event each, targets `mantlet::refusal` and `mantlet::note`. Fields have OpenTelemetry's names where it
/// has one, and what a client sent is escaped: no event looks like two. Who asked is known from [`ClientAddress`].
#[derive(Debug, Clone)]
pub struct Events {
    method: Method,
    uri: Uri,
    client: Option<IpAddr>,
}

impl Events {
    /// For this request.
    pub fn of<B>(request: &Request<B>) -> Self {
        let client = ClientAddress::of(request.extensions());
        Self { method: request.method().clone(), uri: request.uri().clone(), client }
    }

    fn tell(&self, refusal: &Refusal, reference: Option<Reference>, what: &str) {
        tracing::warn!(
            target: "mantlet::refusal",
            reference = reference.map(tracing::field::display),
            detail = %refusal.detail.escape_debug(),
            security_rule.name = refusal.reason.code(),
            security_rule.category = refusal.reason.category(),
            client.address = self.client.map(tracing::field::display),
            http.request.method = self.method.as_str(),
            url.path = %self.uri.path().escape_debug(),
            "{what}"
        );
    }
}

impl Witness for Events {
    fn refused(&mut self, refusal: &Refusal, reference: Reference) {
        self.tell(refusal, Some(reference), "refused");
    }

    fn would_be_refused(&mut self, refusal: &Refusal) {
        self.tell(refusal, None, "would be refused");
    }

    fn noted(&mut self, note: &Note) {
        tracing::info!(
            target: "mantlet::note",
            note = note.kind.code(),
            detail = %note.detail.escape_debug(),
            client.address = self.client.map(tracing::field::display),
            http.request.method = self.method.as_str(),
            url.path = %self.uri.path().escape_debug(),
            "noted"
        );
    }
}
