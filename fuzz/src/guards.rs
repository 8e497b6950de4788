//! The guards' parsers: what passed passes again unchanged, however it is cut into lines.

use http::{Method, StatusCode, Uri};
use mantlet_core::cookie::{Edits, SetCookie};
use mantlet_core::csrf::{CsrfGuard, CsrfPolicy, TrustedOrigin};
use mantlet_core::fields::{Fields, Known, text};
use mantlet_core::forwarded::{Hops, rebuild};
use mantlet_core::path::{PathPattern, RoutePath};
use mantlet_core::session::{PrefixRule, SessionGuard, SessionMemo, SessionPolicy};
use mantlet_core::{Mode, Notes, Origin, RequestHead, ResponseHead, Site};

fn site() -> Site {
    Site::new(Origin::parse("https://app.example").unwrap())
}

fn session_guard(prefix: PrefixRule) -> SessionGuard {
    SessionGuard::new(&SessionPolicy { prefix, ..SessionPolicy::default() }, Mode::Enforce)
}

/// Splits the input at line breaks into values of one field; what cannot be one is left out.
fn field(name: Known, input: &[u8]) -> Fields {
    let mut fields = Fields::new();
    for line in input.split(|byte| *byte == b'\n') {
        let _ = fields.append_value(name, line);
    }
    fields
}

fn judge_cookies(guard: &SessionGuard, fields: &mut Fields) -> bool {
    let (site, uri) = (site(), Uri::from_static("/"));
    let mut head = RequestHead { method: &Method::GET, uri: &uri, fields, site: &site };
    guard.admit(&mut SessionMemo::default(), &mut head, &mut Notes::default()).is_ok()
}

/// Cookie lines: the application gets one line at most, which is judged the same again.
pub fn cookie(input: &[u8]) {
    let mut fields = field(Known::Cookie, input);
    judge_cookies(&session_guard(PrefixRule::Auto), &mut fields.clone());
    let guard = session_guard(PrefixRule::Off);
    if judge_cookies(&guard, &mut fields) {
        let once = fields.clone();
        assert!(!once.repeats(Known::Cookie));
        assert!(judge_cookies(&guard, &mut fields), "refused at the second look");
        assert_eq!(fields, once);
    }
}

/// Set-Cookie lines: without edits a line stays as it is, and what was hardened is not hardened further.
pub fn set_cookie(input: &[u8]) {
    if let Ok(cookie) = SetCookie::parse(input) {
        let rendered = cookie.render(&Edits::default());
        assert!(cookie.has_repeated_attributes() || rendered == input);
        let again = SetCookie::parse(&rendered).expect("what was a cookie is one");
        assert_eq!((again.name(), again.value()), (cookie.name(), cookie.value()));
        assert_eq!(
            (again.path(), again.domain(), again.same_site()),
            (cookie.path(), cookie.domain(), cookie.same_site())
        );
        assert_eq!((again.max_age(), again.expires()), (cookie.max_age(), cookie.expires()));
    }
    let harden = |fields: &mut Fields| {
        let mut head = ResponseHead { status: StatusCode::OK, fields };
        session_guard(PrefixRule::Off).dress(&SessionMemo::default(), &mut head, &site(), &mut Notes::default());
    };
    let mut fields = field(Known::SetCookie, input);
    harden(&mut fields);
    let once = fields.clone();
    harden(&mut fields);
    assert_eq!(fields, once);
}

/// What a browser says of where a request comes from: only this site's own origin passes, however it is written.
pub fn origin(input: &[u8]) {
    let mut fields = field(Known::Origin, input);
    let claimed = fields.get(Known::Origin).and_then(|value| Origin::parse(text(value)?).ok());
    if let Some(origin) = &claimed {
        assert_eq!(Origin::parse(&origin.to_string()).as_ref(), Ok(origin));
    }
    if let Some(trusted) = fields.only(Known::Origin).and_then(|value| TrustedOrigin::parse(text(value)?).ok()) {
        let policy = CsrfPolicy { trusted_origins: vec![trusted], ..CsrfPolicy::default() };
        assert!(admits(&policy, &mut fields.clone()), "what can be trusted passes where it is");
    }
    let is_there = fields.contains(Known::Origin);
    let passes = admits(&CsrfPolicy::default(), &mut fields);
    assert_eq!(passes, !is_there || (claimed == Some(site().origin) && fields.len() == 1));
}

fn admits(policy: &CsrfPolicy, fields: &mut Fields) -> bool {
    let (site, uri) = (site(), Uri::from_static("/"));
    let mut head = RequestHead { method: &Method::POST, uri: &uri, fields, site: &site };
    CsrfGuard::new(policy, Mode::Enforce).admit(&mut head, &mut Notes::default()).is_ok()
}

/// The fields of trusted proxies; the first byte says which. What is rebuilt is what was found out.
pub fn forwarded(input: &[u8]) {
    let Some((which, input)) = input.split_first() else { return };
    let names = [Known::XForwardedFor, Known::Forwarded, Known::XForwardedProto, Known::XForwardedHost];
    let mut fields = field(names[usize::from(*which) % names.len()], input);
    let hops = Hops::new(vec!["10.0.0.0/8".parse().unwrap()]);
    let peer = "10.0.0.1".parse().unwrap();
    let Ok(found) = hops.resolve(peer, &fields) else { return };
    rebuild(&mut fields, &found, &site());
    let again = hops.resolve(peer, &fields).expect("what we write is read");
    assert_eq!(again.client, found.client);
    assert_eq!(again.host.as_deref(), Some("app.example"));
}

/// A path, and a pattern beside it: what is matched has one reading, and a path taken for a pattern is for itself.
pub fn path(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (path, pattern) = text.split_once('\n').unwrap_or((&text, "/*"));
    let pattern = PathPattern::parse(pattern);
    let Ok(route) = RoutePath::parse(path) else { return };
    assert!(!route.as_str().contains(['\\', '\0']) && !route.as_str().contains("//"));
    assert!(!route.as_str().split('/').any(|segment| segment == "." || segment == ".."));
    let _ = pattern.map(|pattern| pattern.matches(&route));
    if !path.contains(['*', '?', '#']) {
        assert!(PathPattern::parse(path).is_ok_and(|own| own.matches(&route)), "{path:?}");
    }
}
