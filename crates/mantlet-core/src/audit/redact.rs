//! Session ids and tokens in addresses, taken out of what is shown: more people read a report than may be that visitor.

use crate::session::SessionCookies;
use crate::session::recognition::CookieKind;

/// `/cart;jsessionid=8C1B` becomes `/cart;jsessionid=<redacted>`, and so do parameters of a query and ASP.NET's `/(S(8c1b))/cart`.
pub(super) fn without_secrets(text: &str) -> String {
    without_parameters(&without_segments(text))
}

fn without_parameters(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut may_begin = false;
    for piece in text.split_inclusive([';', '?', '&']) {
        match piece.split_once('=') {
            Some((name, value)) if may_begin && names_secret(name) => {
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

/// `(S(8c1b))`, or several such values in one pair of parentheses; and Mono's, which is an id of 24 characters and nothing else.
fn without_segments(text: &str) -> String {
    let mut pieces = text.split("/(");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        shown.push_str("/(");
        let mut rest = piece;
        if let Some(behind) = after_id(rest) {
            shown.push_str("<redacted>");
            rest = behind;
        }
        while let Some((letter, behind)) = value(rest) {
            shown.extend([letter, "(<redacted>)"]);
            rest = behind;
        }
        shown.push_str(rest);
    }
    shown
}

/// The letter of a value, and what stands behind it.
fn value(text: &str) -> Option<(&str, &str)> {
    let (letter, behind) =
        text.split_at_checked(1).filter(|(letter, _)| letter.bytes().all(|b| b.is_ascii_uppercase()))?;
    let (_, behind) = behind.strip_prefix('(')?.split_once(')')?;
    Some((letter, behind))
}

fn after_id(text: &str) -> Option<&str> {
    let (id, behind) = text.split_at_checked(24)?;
    (id.bytes().all(|byte| byte.is_ascii_alphanumeric()) && behind.starts_with(')')).then_some(behind)
}

/// A name of many thousand letters is told from others by its beginning, too.
const SHOWN_AT_MOST: usize = 300;

/// What is shown of a text that a site chose.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_AT_MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn names_secret(name: &str) -> bool {
    SessionCookies::Auto.kind(name.as_bytes()) == CookieKind::Session || names_token(name)
}

/// Whether a parameter or a field of this name holds what only those may know who can read the page.
pub(super) fn names_token(name: &str) -> bool {
    let is_csrf = SessionCookies::Auto.kind(name.as_bytes()) == CookieKind::Csrf;
    let name = name.to_ascii_lowercase();
    is_csrf || ["csrf", "xsrf", "token", "nonce"].iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_site_says_fills_no_report() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"\u{e9}".repeat(60_000)).chars().count(), SHOWN_AT_MOST + 1);
    }

    #[test]
    fn nobody_becomes_a_visitor_by_reading_a_report() {
        for (text, expected) in [
            ("GET /cart;jsessionid=8C1B?a=b: 200", "GET /cart;jsessionid=<redacted>?a=b: 200"),
            ("GET /?PHPSESSID=8c1b&page=2", "GET /?PHPSESSID=<redacted>&page=2"),
            ("GET /a?b=c&sid=8c1b#d and more", "GET /a?b=c&sid=<redacted>#d and more"),
            ("POST /upload?_csrf=8c1b&a=b: 403", "POST /upload?_csrf=<redacted>&a=b: 403"),
            ("GET /reset?token=8c1b", "GET /reset?token=<redacted>"),
            ("302 to /;jsessionid=8C1B/x", "302 to /;jsessionid=<redacted>/x"),
            ("GET /  Set-Cookie: sid=<redacted>; Path=/", "GET /  Set-Cookie: sid=<redacted>; Path=/"),
            ("control: 302 to /done", "control: 302 to /done"),
            ("302 to /(S(8c1b))/cart?sid=1", "302 to /(S(<redacted>))/cart?sid=<redacted>"),
            ("GET /app/(A(8c1b)S(9d))/x", "GET /app/(A(<redacted>)S(<redacted>))/x"),
            ("GET /(0123456789abcdefghijklmn)/x", "GET /(<redacted>)/x"),
            ("GET /wiki/(I_Can't_Get_No)_Satisfaction", "GET /wiki/(I_Can't_Get_No)_Satisfaction"),
            ("GET /Mercury_(planet)/(S(", "GET /Mercury_(planet)/(S("),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }
}
