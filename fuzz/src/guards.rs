//! The guards' parsers: what passed passes again unchanged, however it is cut into lines.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use mantlet_core::cookie::{Edits, SetCookie};
use mantlet_core::csrf::{CsrfGuard, CsrfPolicy};
use mantlet_core::forwarded::{Hops, rebuild};
use mantlet_core::session::{PrefixRule, SessionGuard, SessionMemo, SessionPolicy};
use mantlet_core::{Mode, Origin, RequestHead, ResponseHead, Site};

fn site() -> Site {
    Site::new(Origin::parse("https://app.example").unwrap())
}

fn session_guard(prefix: PrefixRule) -> SessionGuard {
    SessionGuard::new(&SessionPolicy { prefix, ..SessionPolicy::default() }, Mode::Enforce)
}

/// Splits the input at line breaks into values of one field; what cannot be one is left out.
fn field(name: &HeaderName, input: &[u8]) -> HeaderMap {
    let values = input.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok());
    values.map(|value| (name.clone(), value)).collect()
}

fn judge_cookies(guard: &SessionGuard, headers: &mut HeaderMap) -> bool {
    let (site, uri) = (site(), Uri::from_static("/"));
    let mut head = RequestHead { method: &Method::GET, uri: &uri, headers, site: &site };
    guard.on_request(&mut SessionMemo::default(), &mut head).is_ok()
}

/// Cookie lines: the application gets one line at most, which is judged the same again.
pub fn cookie(input: &[u8]) {
    let mut headers = field(&header::COOKIE, input);
    judge_cookies(&session_guard(PrefixRule::Auto), &mut headers.clone());
    let guard = session_guard(PrefixRule::Off);
    if judge_cookies(&guard, &mut headers) {
        let once = headers.clone();
        assert!(once.get_all(header::COOKIE).iter().count() <= 1);
        assert!(judge_cookies(&guard, &mut headers), "refused at the second look");
        assert_eq!(headers, once);
    }
}

/// Set-Cookie lines: without edits a line stays as it is, and what was hardened is not hardened further.
pub fn set_cookie(input: &[u8]) {
    if let Ok(cookie) = SetCookie::parse(input) {
        let rendered = cookie.render(&Edits::default());
        assert!(cookie.has_repeated_attributes() || rendered == input);
        let again = SetCookie::parse(&rendered).expect("what was a cookie is one");
        assert_eq!((again.name(), again.value()), (cookie.name(), cookie.value()));
        assert_eq!((again.path(), again.domain(), again.same_site()), (cookie.path(), cookie.domain(), cookie.same_site()));
        assert_eq!((again.max_age(), again.expires()), (cookie.max_age(), cookie.expires()));
    }
    let harden = |headers: &mut HeaderMap| {
        let mut head = ResponseHead { status: StatusCode::OK, headers };
        session_guard(PrefixRule::Off).on_response(&SessionMemo::default(), &mut head, &site());
    };
    let mut headers = field(&header::SET_COOKIE, input);
    harden(&mut headers);
    let once = headers.clone();
    harden(&mut headers);
    assert_eq!(headers, once);
}

/// What a browser says of where a request comes from: only this site's own origin passes, however it is written.
pub fn origin(input: &[u8]) {
    let mut headers = field(&header::ORIGIN, input);
    let claimed = headers.get(header::ORIGIN).and_then(|value| Origin::parse(value.to_str().ok()?).ok());
    if let Some(origin) = &claimed {
        assert_eq!(Origin::parse(&origin.to_string()).as_ref(), Ok(origin));
    }
    let is_there = headers.contains_key(header::ORIGIN);
    let (site, uri) = (site(), Uri::from_static("/"));
    let mut head = RequestHead { method: &Method::POST, uri: &uri, headers: &mut headers, site: &site };
    let passes = CsrfGuard::new(&CsrfPolicy::default(), Mode::Enforce).on_request(&mut head).is_ok();
    assert_eq!(passes, !is_there || (claimed == Some(site.origin.clone()) && headers.len() == 1));
}

/// The fields of trusted proxies; the first byte says which. What is rebuilt is what was found out.
pub fn forwarded(input: &[u8]) {
    let Some((which, input)) = input.split_first() else { return };
    let names = ["x-forwarded-for", "forwarded", "x-forwarded-proto", "x-forwarded-host"];
    let mut headers = field(&HeaderName::from_static(names[usize::from(*which) % names.len()]), input);
    let hops = Hops::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let peer = "10.0.0.1".parse().unwrap();
    let Ok(found) = hops.resolve(peer, &headers) else { return };
    rebuild(&mut headers, found.client, &site());
    let again = hops.resolve(peer, &headers).expect("what we write is read");
    assert_eq!(again.client, found.client);
    assert_eq!(again.host.as_deref(), Some("app.example"));
}
