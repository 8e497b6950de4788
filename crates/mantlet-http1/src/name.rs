//! Field names: read, folded to lower case and recognised in one pass.

use http::{HeaderName, header};

use crate::grammar::token_lower;

/// What a field means to the codec itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Connection,
    ContentLength,
    Expect,
    Host,
    TransferEncoding,
    /// Nothing: it is carried as it is.
    Other,
}

/// The longest name that is recognised. Longer ones are read by [`HeaderName`] itself.
const LONGEST: usize = 36;

/// Reads the name at the start of a line, up to its colon. Returns it with the length it had.
///
/// `None` when the name is empty, or what follows it is not a colon.
#[inline]
pub(crate) fn parse(line: &[u8]) -> Option<(HeaderName, Meaning, usize)> {
    let mut lower = [0_u8; LONGEST];
    let mut length = 0_usize;
    for (slot, &byte) in lower.iter_mut().zip(line) {
        let folded = token_lower(byte);
        if folded == 0 {
            break;
        }
        *slot = folded;
        length = length.saturating_add(1);
    }
    if line.get(length) != Some(&b':') {
        return if length == LONGEST { parse_long(line) } else { None };
    }
    let lower = lower.get(..length)?;
    if let Some((name, meaning)) = recognise(lower) {
        return Some((name, meaning, length));
    }
    // Refuses the empty name, too.
    Some((HeaderName::from_bytes(lower).ok()?, Meaning::Other, length))
}

#[cold]
fn parse_long(line: &[u8]) -> Option<(HeaderName, Meaning, usize)> {
    let length = memchr::memchr(b':', line)?;
    let name = HeaderName::from_bytes(line.get(..length)?).ok()?;
    Some((name, Meaning::Other, length))
}

macro_rules! names {
    (
        framing { $($f_text:literal => $f_name:ident, $meaning:ident;)+ }
        standard { $($s_text:literal => $s_name:ident;)+ }
        others { $($text:literal;)+ }
    ) => {
        /// Names that most messages carry. For those that `http` does not know, an allocation is saved.
        #[inline]
        fn recognise(lower: &[u8]) -> Option<(HeaderName, Meaning)> {
            $(if lower == $f_text.as_bytes() { return Some((header::$f_name, Meaning::$meaning)); })+
            $(if lower == $s_text.as_bytes() { return Some((header::$s_name, Meaning::Other)); })+
            $(if lower == $text.as_bytes() {
                return Some((const { HeaderName::from_static($text) }, Meaning::Other));
            })+
            None
        }

        #[cfg(test)]
        const RECOGNISED: &[&str] = &[$($f_text,)+ $($s_text,)+ $($text,)+];
    };
}

names! {
    framing {
        "connection" => CONNECTION, Connection;
        "content-length" => CONTENT_LENGTH, ContentLength;
        "expect" => EXPECT, Expect;
        "host" => HOST, Host;
        "transfer-encoding" => TRANSFER_ENCODING, TransferEncoding;
    }
    standard {
        "accept" => ACCEPT;
        "accept-encoding" => ACCEPT_ENCODING;
        "accept-language" => ACCEPT_LANGUAGE;
        "accept-ranges" => ACCEPT_RANGES;
        "age" => AGE;
        "authorization" => AUTHORIZATION;
        "cache-control" => CACHE_CONTROL;
        "content-disposition" => CONTENT_DISPOSITION;
        "content-encoding" => CONTENT_ENCODING;
        "content-security-policy" => CONTENT_SECURITY_POLICY;
        "content-type" => CONTENT_TYPE;
        "cookie" => COOKIE;
        "date" => DATE;
        "etag" => ETAG;
        "expires" => EXPIRES;
        "if-modified-since" => IF_MODIFIED_SINCE;
        "if-none-match" => IF_NONE_MATCH;
        "last-modified" => LAST_MODIFIED;
        "location" => LOCATION;
        "origin" => ORIGIN;
        "pragma" => PRAGMA;
        "range" => RANGE;
        "referer" => REFERER;
        "referrer-policy" => REFERRER_POLICY;
        "server" => SERVER;
        "set-cookie" => SET_COOKIE;
        "strict-transport-security" => STRICT_TRANSPORT_SECURITY;
        "upgrade-insecure-requests" => UPGRADE_INSECURE_REQUESTS;
        "user-agent" => USER_AGENT;
        "vary" => VARY;
        "x-content-type-options" => X_CONTENT_TYPE_OPTIONS;
        "x-frame-options" => X_FRAME_OPTIONS;
        "x-xss-protection" => X_XSS_PROTECTION;
    }
    others {
        "alt-used";
        "content-md5";
        "cross-origin-embedder-policy";
        "cross-origin-opener-policy";
        "cross-origin-resource-policy";
        "device-memory";
        "downlink";
        "early-data";
        "ect";
        "keep-alive";
        "nel";
        "origin-agent-cluster";
        "permissions-policy";
        "priority";
        "proxy-connection";
        "purpose";
        "report-to";
        "reporting-endpoints";
        "rtt";
        "save-data";
        "sec-ch-ua";
        "sec-ch-ua-arch";
        "sec-ch-ua-mobile";
        "sec-ch-ua-model";
        "sec-ch-ua-platform";
        "sec-ch-ua-platform-version";
        "sec-fetch-dest";
        "sec-fetch-mode";
        "sec-fetch-site";
        "sec-fetch-user";
        "sec-gpc";
        "sec-purpose";
        "server-timing";
        "timing-allow-origin";
        "traceparent";
        "tracestate";
        "x-csrf-token";
        "x-csrftoken";
        "x-forwarded-for";
        "x-forwarded-host";
        "x-forwarded-port";
        "x-forwarded-prefix";
        "x-forwarded-proto";
        "x-http-method-override";
        "x-permitted-cross-domain-policies";
        "x-powered-by";
        "x-real-ip";
        "x-request-id";
        "x-requested-with";
        "x-robots-tag";
        "x-runtime";
        "x-xsrf-token";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recognised_name_is_what_http_would_have_read() {
        for text in RECOGNISED {
            assert!(text.len() <= LONGEST, "{text} is never recognised");
            let expected = HeaderName::from_bytes(text.as_bytes()).unwrap();
            for line in [format!("{text}: x"), format!("{}: x", text.to_ascii_uppercase())] {
                let (name, _, length) = parse(line.as_bytes()).unwrap();
                assert_eq!(name, expected);
                assert_eq!(length, text.len());
            }
        }
    }

    #[test]
    fn names_that_are_none() {
        let long = "a".repeat(60);
        for (what, line) in [
            ("no colon", "host".to_owned()),
            ("empty line", String::new()),
            ("empty name", ": y".to_owned()),
            ("space before colon", "content-length : 4".to_owned()),
            ("tab before colon", "content-length\t: 4".to_owned()),
            ("space in name", "content length: 4".to_owned()),
            ("NUL", "ho\0st: a".to_owned()),
            ("CR", "a\rhost: a".to_owned()),
            ("folded", " host: a".to_owned()),
            ("not ASCII", "h\u{f6}st: a".to_owned()),
            ("long with space before colon", format!("{long} : a")),
            ("long without colon", long),
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{what}");
        }
    }

    #[test]
    fn a_long_name_is_a_name() {
        let long = "A".repeat(LONGEST + 1);
        let (name, meaning, length) = parse(format!("{long}:x").as_bytes()).unwrap();
        assert_eq!((name.as_str(), meaning, length), (&*long.to_ascii_lowercase(), Meaning::Other, LONGEST + 1));
        let edge = "a".repeat(LONGEST);
        assert_eq!(parse(format!("{edge}:x").as_bytes()).unwrap().2, LONGEST);
    }
}
