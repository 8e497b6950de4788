//! What is worth telling of cookies that pass.

use http::StatusCode;
use mantlet_fields::Known;

use super::memo::SessionMemo;
use super::policy::SameSiteNone;
use super::{SessionGuard, no_store};
use crate::cookie::name::Prefix;
use crate::cookie::request::pairs;
use crate::cookie::{MAX_ATTRIBUTE_VALUE, MAX_PAIR, SameSite, SetCookie};
use crate::head::{RequestHead, ResponseHead};
use crate::mode::Mode;
use crate::note::{Note, NoteKind, Notes};
use crate::site::Site;

impl SessionGuard {
    /// Notes a cookie with a prefix that came over plain http. Browsers send one over https only, so somebody on the way has taken
    /// TLS off. Not of localhost: browsers take their own machine for safe, and its ports and schemes share their cookies.
    pub(super) fn note_request(&self, head: &RequestHead<'_>, notes: &mut Notes) {
        if self.mode == Mode::Off || head.site.is_https() || head.site.origin.is_loopback() {
            return;
        }
        let mut names = head.fields.all(Known::Cookie).flat_map(pairs).map(|pair| pair.name);
        if let Some(name) = names.find(|name| Prefix::split(name).is_some()) {
            notes.take(Note::new(NoteKind::SessionSecureCookieOverHttp, shown(name)));
        }
    }

    /// Notes a cookie of the request that was kept from the application; and a page for somebody who is logged in, if the
    /// application lets shared caches keep it.
    pub(super) fn note_response(&self, memo: &SessionMemo, head: &ResponseHead<'_>, notes: &mut Notes) {
        if self.mode == Mode::Off {
            return;
        }
        if let Some(name) = &memo.planted {
            notes.take(Note::new(NoteKind::SessionPlantedCookie, name.clone()));
        }
        let ResponseHead { status, fields } = head;
        if memo.holds_session
            && *status == StatusCode::OK
            && fields.get(Known::ContentType).is_some_and(|value| value.starts_with(b"text/html"))
            && let Some(said) = fields.all(Known::CacheControl).find(|value| no_store::is_public(value))
        {
            notes.take(Note::new(NoteKind::SessionPublicPage, format!("Cache-Control: {}", said.escape_ascii())));
        }
    }

    /// Notes a cookie that the application sets so that it goes along with other sites' requests, or that browsers ignore for its
    /// size, all of it or an attribute (RFC 6265bis, section 5.6).
    pub(super) fn note_cookie(&self, cookie: &SetCookie<'_>, site: &Site, notes: &mut Notes) {
        if self.mode == Mode::Off {
            return;
        }
        // On plain http it is not Secure unless the application says so, and then it crosses no sites: browsers drop it.
        let is_secure = site.is_https() || cookie.is_secure();
        if cookie.same_site() == Some(SameSite::None) && is_secure && self.keeps_none() {
            notes.take_once(Note::new(NoteKind::SessionSameSiteNone, shown(cookie.name())));
        }
        if cookie.pair_len() > MAX_PAIR {
            let detail = format!("{}: {} bytes of name and value", shown(cookie.name()), cookie.pair_len());
            notes.take(Note::new(NoteKind::SessionCookieTooLarge, detail));
        } else if cookie.has_oversized_attribute() {
            let detail = format!("{}: an attribute of more than {MAX_ATTRIBUTE_VALUE} bytes", shown(cookie.name()));
            notes.take(Note::new(NoteKind::SessionCookieTooLarge, detail));
        }
    }

    /// Whether an explicit `SameSite=None` leaves as it came.
    fn keeps_none(&self) -> bool {
        self.mode == Mode::Observe || self.policy.same_site_none == SameSiteNone::Keep
    }
}

/// A name as the log may hold it.
pub(super) fn shown(name: &[u8]) -> String {
    name.get(..64).unwrap_or(name).escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{Method, Uri};
    use mantlet_fields::Fields;

    use super::*;
    use crate::origin::Origin;
    use crate::session::SessionPolicy;

    fn guard(mode: Mode) -> SessionGuard {
        SessionGuard::new(&SessionPolicy::default(), mode)
    }

    fn site(scheme: &str) -> Site {
        Site::new(Origin::parse(&format!("{scheme}://app.example")).unwrap())
    }

    /// What is noted of an answer, to a request with a session cookie or without.
    fn noted_of(mut fields: Fields, holds_session: bool) -> Notes {
        let memo = SessionMemo { holds_session, ..SessionMemo::default() };
        let mut notes = Notes::default();
        let mut head = ResponseHead { status: StatusCode::OK, fields: &mut fields };
        guard(Mode::Enforce).dress(&memo, &mut head, &site("https"), &mut notes);
        notes
    }

    #[test]
    fn a_page_of_a_session_that_caches_may_keep_is_noted() {
        for (name, kind, said, holds_session, noted) in [
            ("public", "text/html; charset=utf-8", "public, max-age=60", true, true),
            ("for shared caches only", "text/html", "s-maxage=60", true, true),
            ("nobody is logged in", "text/html", "public, max-age=60", false, false),
            ("no page", "image/png", "public, max-age=60", true, false),
            ("a lifetime", "text/html", "max-age=60", true, false),
            ("private", "text/html", "private, max-age=60", true, false),
            ("nothing in it to keep", "text/html", "public, no-store", true, false),
            ("always asked for", "text/html", "s-maxage=0", true, false),
        ] {
            let fields = Fields::from_pairs([("content-type", kind), ("cache-control", said)]).unwrap();
            assert_eq!(!noted_of(fields, holds_session).as_slice().is_empty(), noted, "{name}");
        }
    }

    #[test]
    fn a_secure_only_name_over_plain_http_is_noted() {
        for (name, origin, cookie, mode, noted) in [
            ("stripped_tls", "http://app.example", "a=1; __Host-sid=1", Mode::Enforce, true),
            ("another spelling", "http://app.example", "__secure-sid=1", Mode::Enforce, true),
            ("where it observes", "http://app.example", "__Host-sid=1", Mode::Observe, true),
            ("where it is off", "http://app.example", "__Host-sid=1", Mode::Off, false),
            ("over https", "https://app.example", "__Host-sid=1", Mode::Enforce, false),
            ("a browser's own machine", "http://shop.localhost:8080", "__Host-sid=1", Mode::Enforce, false),
            ("by its number", "http://127.0.0.1:8080", "__Host-sid=1", Mode::Enforce, false),
            ("a plain name", "http://app.example", "sid=__Host-", Mode::Enforce, false),
        ] {
            let mut fields = Fields::from_pairs([("cookie", cookie)]).unwrap();
            let site = Site::new(Origin::parse(origin).unwrap());
            let (method, uri) = (Method::GET, Uri::from_static("/"));
            let head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
            let mut notes = Notes::default();
            guard(mode).note_request(&head, &mut notes);
            assert_eq!(!notes.as_slice().is_empty(), noted, "{name}");
        }
    }

    #[test]
    fn a_cookie_that_browsers_ignore_is_noted() {
        let long = |length| "x".repeat(length);
        for (name, line, noted) in [
            ("as large as may be", format!("a={}", long(MAX_PAIR - 1)), false),
            ("one byte more", format!("a={}", long(MAX_PAIR)), true),
            ("a long attribute", format!("a=1; Path=/{}", long(MAX_ATTRIBUTE_VALUE)), true),
            ("as long as may be", format!("a=1; Path=/{}", long(MAX_ATTRIBUTE_VALUE - 1)), false),
            ("an attribute that nobody knows", format!("a=1; x={}", long(MAX_ATTRIBUTE_VALUE + 1)), false),
        ] {
            let fields = Fields::from_pairs([("set-cookie", line)]).unwrap();
            assert_eq!(!noted_of(fields, false).as_slice().is_empty(), noted, "{name}");
        }
    }

    #[test]
    fn a_cookie_that_crosses_sites_is_noted_once() {
        let lax = SessionPolicy { same_site_none: SameSiteNone::Lax, ..SessionPolicy::default() };
        for (name, scheme, line, policy, mode, noted) in [
            ("a widget's", "https", "w=1; SameSite=None; Secure", SessionPolicy::default(), Mode::Enforce, 1),
            ("in any case", "https", "w=1; samesite=NONE", SessionPolicy::default(), Mode::Enforce, 1),
            (
                "the last one counts",
                "https",
                "w=1; SameSite=None; SameSite=Lax",
                SessionPolicy::default(),
                Mode::Enforce,
                0,
            ),
            ("silent", "https", "w=1", SessionPolicy::default(), Mode::Enforce, 0),
            ("not kept", "https", "w=1; SameSite=None", lax.clone(), Mode::Enforce, 0),
            ("kept where it observes", "https", "w=1; SameSite=None", lax, Mode::Observe, 1),
            (
                "plain http, where browsers drop it",
                "http",
                "w=1; SameSite=None",
                SessionPolicy::default(),
                Mode::Enforce,
                0,
            ),
            ("as if over https", "http", "w=1; SameSite=None; Secure", SessionPolicy::default(), Mode::Enforce, 1),
            ("where it is off", "https", "w=1; SameSite=None", SessionPolicy::default(), Mode::Off, 0),
        ] {
            let (guard, told) = (SessionGuard::new(&policy, mode), Arc::default());
            let mut notes = [Notes::new(&told), Notes::new(&told)];
            for notes in &mut notes {
                let mut fields = Fields::from_pairs([("set-cookie", line)]).unwrap();
                let mut head = ResponseHead { status: StatusCode::OK, fields: &mut fields };
                guard.dress(&SessionMemo::default(), &mut head, &site(scheme), notes);
            }
            assert_eq!(notes.map(|notes| notes.as_slice().len()), [noted, 0], "{name}");
        }
    }

    #[test]
    fn notes_are_bounded() {
        let line = format!("a={}", "x".repeat(MAX_PAIR));
        let fields = Fields::from_pairs((0..100).map(|_| ("set-cookie", &line))).unwrap();
        assert_eq!(noted_of(fields, false).as_slice().len(), 8);
    }
}
