//! Session ids in addresses, taken out of what is shown: more people read a report than may be that visitor.

use crate::session::SessionCookies;
use crate::session::names::CookieKind;

/// `/cart;jsessionid=8C1B` becomes `/cart;jsessionid=<redacted>`, and so do parameters of a query.
pub(super) fn without_session_ids(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut may_begin = false;
    for piece in text.split_inclusive([';', '?', '&']) {
        match piece.split_once('=') {
            Some((name, value)) if may_begin && names_session(name) => {
                let end = value.find([';', '?', '&', '#', '/', ' ']).unwrap_or(value.len());
                let behind = value.get(end..).unwrap_or_default();
                shown.extend([name, "=<redacted>", behind]);
            }
            _ => shown.push_str(piece),
        }
        may_begin = true;
    }
    shown
}

fn names_session(name: &str) -> bool {
    SessionCookies::Auto.kind(name.as_bytes()) == CookieKind::Session
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_becomes_a_visitor_by_reading_a_report() {
        for (text, expected) in [
            ("GET /cart;jsessionid=8C1B?a=b: 200", "GET /cart;jsessionid=<redacted>?a=b: 200"),
            ("GET /?PHPSESSID=8c1b&page=2", "GET /?PHPSESSID=<redacted>&page=2"),
            ("GET /a?b=c&sid=8c1b#d and more", "GET /a?b=c&sid=<redacted>#d and more"),
            ("302 to /;jsessionid=8C1B/x", "302 to /;jsessionid=<redacted>/x"),
            ("GET /  Set-Cookie: sid=<redacted>; Path=/", "GET /  Set-Cookie: sid=<redacted>; Path=/"),
            ("control: 302 to /done", "control: 302 to /done"),
        ] {
            assert_eq!(without_session_ids(text), expected);
        }
    }
}
