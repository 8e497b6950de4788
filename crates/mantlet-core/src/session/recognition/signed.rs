//! Cookies that a framework has signed: who is logged in, in frameworks that have no sessions.
//!
//! No script can make one, and none has a reason to read one. But these frameworks leave `HttpOnly` to the application,
//! their documentation's examples of a login leave it out, and the name is anything: `user`, `account`, `authenticated`.

use crate::cookie::SetCookie;

/// Whether the value says that Tornado (`set_signed_cookie`) or Bottle (`set_cookie` with a secret) has signed it.
pub(super) fn is_signed(cookie: &SetCookie<'_>) -> bool {
    let value = cookie.value();
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    is_tornados(cookie.name(), value) || is_bottles(value)
}

/// `2|1:0|10:1795858342|4:user|8:YW5uIQ==|` and a SHA-256, each part with its length in front. The fourth is the name.
fn is_tornados(name: &[u8], value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'|');
    let (version, named) = (parts.next(), parts.nth(2));
    let named = named.and_then(|part| part.strip_prefix(name.len().to_string().as_bytes())?.strip_prefix(b":"));
    let signature = parts.nth(1);
    version == Some(b"2")
        && named == Some(name)
        && signature.is_some_and(|digits| digits.len() == 64 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// `!`, an HMAC, `?` and what it signs, both in Base64: of SHA-256, and of MD5 before version 0.13.
fn is_bottles(value: &[u8]) -> bool {
    let Some(value) = value.strip_prefix(b"!") else { return false };
    let mut halves = value.split(|byte| *byte == b'?');
    let is_base64 = |half: &[u8]| half.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
    match (halves.next(), halves.next(), halves.next()) {
        (Some(signature), Some(signed), None) => {
            matches!(signature.len(), 24 | 44) && !signed.is_empty() && is_base64(signature) && is_base64(signed)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "8d75ac860a306667824611cefc1ae8bcebe3382b0f62943b4b1419a7a55ae0c5";

    #[test]
    fn only_what_a_framework_has_signed_counts() {
        let tornados = format!("2|1:0|10:1795858342|4:user|4:YW5u|{SHA}");
        for (name, line, expected) in [
            ("Tornado's", format!("user={tornados}"), true),
            ("Tornado's, quoted", format!("user=\"2|1:0|10:1795858342|4:user|8:YW5uIQ==|{SHA}\""), true),
            ("Tornado's, of another cookie", format!("users={tornados}"), false),
            ("Tornado's _xsrf, which scripts read", "_xsrf=2|8e48b1a4|fbeb|1795858342".into(), false),
            ("a signature that is none", "user=2|1:0|10:1795858342|4:user|4:YW5u|1".into(), false),
            ("no signature", "user=2|1:0|10:1795858342|4:user".into(), false),
            (
                "Bottle's",
                "account=\"!4XZQ8kDhaP/hem/0pt2Um9UkRXkyURdzDweYNXOh3Nw=?gAWVFQAAAAAAAABdlCiMB2FjY291bnSUZS4=\"".into(),
                true,
            ),
            ("Bottle's of 0.12", "account=\"!iS6hfVJlZbKQlOfV6tr3Zg==?gAJdcQA=\"".into(), true),
            ("nothing signed", "account=\"!iS6hfVJlZbKQlOfV6tr3Zg==?\"".into(), false),
            ("an address", "back=!/search?q=1".into(), false),
            ("empty", "user=".into(), false),
            ("a quote", "user=\"".into(), false),
        ] {
            assert_eq!(is_signed(&SetCookie::parse(line.as_bytes()).unwrap()), expected, "{name}");
        }
    }
}
