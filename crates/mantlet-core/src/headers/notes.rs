//! What is worth telling of headers that pass.

use mantlet_fields::{Known, text};

use super::HeadersGuard;
use crate::head::ResponseHead;
use crate::note::{Note, NoteKind, Notes};

impl HeadersGuard {
    /// A second policy beside the application's: whatever one of both forbids is forbidden, so it may be ours that a page
    /// fails for. `policies` is how many came; what stands behind them now was added.
    pub(super) fn note_response(&self, policies: usize, head: &ResponseHead<'_>, notes: &mut Notes) {
        if policies == 0 {
            return;
        }
        if let Some(added) = head.fields.all(Known::ContentSecurityPolicy).nth(policies).and_then(text) {
            notes.take_once(Note::new(NoteKind::HeadersCspAdded, added.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::StatusCode;
    use mantlet_fields::Fields;

    use super::*;
    use crate::headers::csp::CspMode;
    use crate::headers::{HeadersPolicy, OnConflict};
    use crate::mode::Mode;
    use crate::origin::Origin;
    use crate::site::Site;

    #[test]
    fn a_second_policy_is_noted_once() {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let (stricter, app, mantlet) = (OnConflict::Stricter, OnConflict::App, OnConflict::Mantlet);
        let (learn, enforce, report) = (CspMode::Learn, CspMode::Enforce, CspMode::Report);
        let all = "object-src *; base-uri *; frame-ancestors *";
        for (name, own, on_conflict, csp, mode, added) in [
            ("silent", "", stricter, learn, Mode::Enforce, None),
            (
                "says something",
                "default-src 'self'; base-uri *",
                stricter,
                learn,
                Mode::Enforce,
                Some("object-src 'none'; frame-ancestors 'self'"),
            ),
            ("says all", all, stricter, learn, Mode::Enforce, None),
            ("decides", "default-src 'self'", app, learn, Mode::Enforce, None),
            ("is replaced", "default-src 'self'", mantlet, enforce, Mode::Enforce, None),
            ("where ours only reports", "default-src 'self'", stricter, report, Mode::Enforce, None),
            ("where it observes", "default-src 'self'", stricter, learn, Mode::Observe, None),
            ("where it is off", "default-src 'self'", stricter, learn, Mode::Off, None),
        ] {
            let mut policy = HeadersPolicy { on_conflict, ..HeadersPolicy::default() };
            policy.csp.mode = csp;
            let (guard, told) = (HeadersGuard::new(&policy, mode), Arc::default());
            let noted = [(), ()].map(|()| {
                let own = Some(("content-security-policy", own)).filter(|(_, own)| !own.is_empty());
                let mut fields = Fields::from_pairs(own).unwrap();
                let mut notes = Notes::new(&told);
                guard.dress(&mut ResponseHead { status: StatusCode::OK, fields: &mut fields }, &site, &mut notes);
                notes.as_slice().first().map(|note| note.detail.to_string())
            });
            assert_eq!(noted, [added.map(str::to_owned), None], "{name}");
        }
    }
}
