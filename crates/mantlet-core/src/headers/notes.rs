//! What is worth telling of headers that pass.

use http::{Method, StatusCode};
use mantlet_fields::{Known, text};

use super::HeadersGuard;
use crate::head::{RequestHead, ResponseHead};
use crate::note::{Note, NoteKind, Notes};

impl HeadersGuard {
    /// Keeps what a request says that its response may be told for.
    pub fn admit(&self, head: &RequestHead<'_>) -> HeadersMemo {
        let accepts_html = |accept: &[u8]| accept.starts_with(b"text/html");
        let is_for_page = *head.method != Method::HEAD && head.fields.get(Known::Accept).is_some_and(accepts_html);
        HeadersMemo { is_for_page }
    }

    /// What the guard added that an honest page may fail for. `came` is what the application sent.
    pub(super) fn note_response(&self, came: Came, head: &ResponseHead<'_>, notes: &mut Notes) {
        if came.is_page_to_guess && head.fields.contains(Known::XContentTypeOptions) {
            notes.take_once(Note::new(NoteKind::HeadersUntyped, ""));
        }
        if came.policies > 0 {
            note_second_policy(came.policies, head, notes);
        }
    }
}

/// What the guard keeps of a request for its response.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeadersMemo {
    /// A browser is to show what comes.
    is_for_page: bool,
}

/// What of a response, as the application sent it, decides whether anything is worth telling.
#[derive(Clone, Copy)]
pub(super) struct Came {
    policies: usize,
    /// Nothing says what a page is, so that browsers look into it.
    is_page_to_guess: bool,
}

impl Came {
    pub(super) fn of(head: &ResponseHead<'_>, memo: HeadersMemo) -> Self {
        let fields = &*head.fields;
        Self {
            policies: fields.all(Known::ContentSecurityPolicy).count(),
            is_page_to_guess: memo.is_for_page
                && head.status == StatusCode::OK
                && !fields.contains(Known::ContentType)
                && !fields.contains(Known::XContentTypeOptions)
                && !fields.contains(Known::ContentDisposition)
                && fields.all(Known::ContentLength).all(|length| length != b"0"),
        }
    }
}

/// A second policy beside the application's: whatever one of both forbids is forbidden, so it may be ours that a page
/// fails for. What stands behind those that came was added.
fn note_second_policy(policies: usize, head: &ResponseHead<'_>, notes: &mut Notes) {
    if let Some(added) = head.fields.all(Known::ContentSecurityPolicy).nth(policies).and_then(text) {
        notes.take_once(Note::new(NoteKind::HeadersCspAdded, added.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Uri;
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
                let memo = HeadersMemo::default();
                guard.dress(memo, &mut ResponseHead { status: StatusCode::OK, fields: &mut fields }, &site, &mut notes);
                notes.as_slice().first().map(|note| note.detail.to_string())
            });
            assert_eq!(noted, [added.map(str::to_owned), None], "{name}");
        }
    }

    #[test]
    fn what_browsers_may_not_guess_is_noted_once() {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let page = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let typed = ("content-type", "text/html");
        for (name, asked, fields, status, mode, is_noted) in [
            ("a page of no type", page, &[][..], 200, Mode::Enforce, true),
            ("of a length", page, &[("content-length", "5")], 200, Mode::Enforce, true),
            ("of a type", page, &[typed], 200, Mode::Enforce, false),
            (
                "that may not be guessed anyway",
                page,
                &[("x-content-type-options", "nosniff")],
                200,
                Mode::Enforce,
                false,
            ),
            ("that is to be saved", page, &[("content-disposition", "attachment")], 200, Mode::Enforce, false),
            ("of nothing", page, &[("content-length", "0")], 200, Mode::Enforce, false),
            ("that leads elsewhere", page, &[("location", "/")], 302, Mode::Enforce, false),
            ("where it observes", page, &[], 200, Mode::Observe, false),
            ("what a script asks for", ("accept", "*/*"), &[], 200, Mode::Enforce, false),
        ] {
            let (guard, told) = (HeadersGuard::new(&HeadersPolicy::default(), mode), Arc::default());
            let mut asked = Fields::from_pairs([asked]).unwrap();
            let (method, target) = (Method::GET, Uri::from_static("/"));
            let memo = guard.admit(&RequestHead { method: &method, uri: &target, fields: &mut asked, site: &site });
            let noted = [(), ()].map(|()| {
                let mut fields = Fields::from_pairs(fields.iter().copied()).unwrap();
                let mut notes = Notes::new(&told);
                let status = StatusCode::from_u16(status).unwrap();
                guard.dress(memo, &mut ResponseHead { status, fields: &mut fields }, &site, &mut notes);
                notes.as_slice().iter().any(|note| note.kind == NoteKind::HeadersUntyped)
            });
            assert_eq!(noted, [is_noted, false], "{name}");
        }
    }

    #[test]
    fn a_head_is_for_no_page() {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let guard = HeadersGuard::new(&HeadersPolicy::default(), Mode::Enforce);
        for (method, expected) in [(Method::GET, true), (Method::POST, true), (Method::HEAD, false)] {
            let (mut asked, target) =
                (Fields::from_pairs([("accept", "text/html,*/*")]).unwrap(), Uri::from_static("/"));
            let memo = guard.admit(&RequestHead { method: &method, uri: &target, fields: &mut asked, site: &site });
            assert_eq!(memo.is_for_page, expected, "{method}");
        }
    }
}
