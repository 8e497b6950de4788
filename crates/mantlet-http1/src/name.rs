//! Field names: found, folded to lower case and recognised.

use http::{HeaderName, header};
use memchr::memchr;

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

/// Reads the name at the start of a line, up to its colon. Returns it with the length it had.
///
/// `None` when there is no colon, or what stands before it is not a token.
#[inline]
pub(crate) fn parse(line: &[u8]) -> Option<(HeaderName, Meaning, usize)> {
    let length = memchr(b':', line)?;
    let name = line.get(..length)?;
    if let Some(known) = Folded::new(name).and_then(|folded| folded.recognise()) {
        return Some((known.name.clone(), known.meaning, length));
    }
    // Refuses what is not a token: a recognised name need not be looked at again.
    Some((HeaderName::from_bytes(name).ok()?, Meaning::Other, length))
}

/// A name in lower case, filled up with NULs: two of them are compared without a loop.
#[derive(PartialEq, Eq)]
struct Folded {
    bytes: [u8; LONGEST],
    /// Tells a name from the same name with NULs behind it.
    length: usize,
}

/// The longest name that can be recognised, a multiple of 8.
const LONGEST: usize = 32;

impl Folded {
    #[inline]
    fn new(name: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        bytes.make_ascii_lowercase();
        Some(Self { bytes, length: name.len() })
    }

    #[inline]
    fn recognise(&self) -> Option<&'static Known> {
        let seat = *SEATS.get(self.place(SEATING.0))?;
        let known = KNOWN.get(usize::from(seat))?;
        (known.folded == *self).then_some(known)
    }

    /// The place of this name among [`PLACES`]. The upper bits of a product depend on all bits of its factors.
    #[inline]
    const fn place(&self, multiplier: u64) -> usize {
        let (mut words, _) = self.bytes.as_chunks::<8>();
        let mut mixed = self.length as u64;
        while let [word, rest @ ..] = words {
            mixed = (mixed ^ u64::from_le_bytes(*word)).wrapping_mul(multiplier);
            words = rest;
        }
        (mixed >> SHIFT) as usize
    }
}

/// A name that most messages carry. For those that `http` does not know, recognising them saves an allocation.
struct Known {
    folded: Folded,
    name: HeaderName,
    meaning: Meaning,
}

const PLACES: usize = 1024;

/// Leaves as many bits as a place has.
const SHIFT: u32 = u64::BITS - PLACES.trailing_zeros();

/// Marks a place where no name is.
const NOBODY: u8 = u8::MAX;

/// A multiplier that gives each known name a place of its own, found by the compiler; and who has which place.
const SEATING: (u64, [u8; PLACES]) = {
    let mut multiplier = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        if let Some(places) = seat(multiplier) {
            break (multiplier, places);
        }
        multiplier = multiplier.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(2);
    }
};

static SEATS: [u8; PLACES] = SEATING.1;

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn seat(multiplier: u64) -> Option<[u8; PLACES]> {
    let mut places = [NOBODY; PLACES];
    let mut name = 0;
    while name < TEXTS.len() {
        let place = folded(TEXTS[name]).place(multiplier);
        if places[place] != NOBODY {
            return None;
        }
        places[place] = name as u8;
        name += 1;
    }
    Some(places)
}

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which would refuse it"
)]
const fn folded(text: &str) -> Folded {
    let mut bytes = [0; LONGEST];
    let mut at = 0;
    while at < text.len() {
        bytes[at] = text.as_bytes()[at];
        at += 1;
    }
    Folded { bytes, length: text.len() }
}

macro_rules! names {
    (
        framing { $($f_text:literal => $f_name:ident, $meaning:ident;)+ }
        standard { $($s_text:literal => $s_name:ident;)+ }
        others { $($text:literal;)+ }
    ) => {
        const TEXTS: &[&str] = &[$($f_text,)+ $($s_text,)+ $($text,)+];

        /// In the order of [`TEXTS`].
        static KNOWN: [Known; TEXTS.len()] = [
            $(Known { folded: folded($f_text), name: header::$f_name, meaning: Meaning::$meaning },)+
            $(Known { folded: folded($s_text), name: header::$s_name, meaning: Meaning::Other },)+
            $(Known { folded: folded($text), name: HeaderName::from_static($text), meaning: Meaning::Other },)+
        ];
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
    fn every_known_name_is_recognised_and_is_what_http_reads() {
        for (text, known) in TEXTS.iter().zip(&KNOWN) {
            assert_eq!(known.name, HeaderName::from_bytes(text.as_bytes()).unwrap());
            for name in [(*text).to_owned(), text.to_ascii_uppercase()] {
                let recognised = Folded::new(name.as_bytes()).unwrap().recognise().unwrap();
                assert_eq!(recognised.name, known.name);
                let (read, meaning, length) = parse(format!("{name}: x").as_bytes()).unwrap();
                assert_eq!((read, meaning, length), (known.name.clone(), known.meaning, text.len()));
            }
        }
    }

    #[test]
    fn no_framing_field_has_a_twin() {
        for (text, known) in TEXTS.iter().zip(&KNOWN).filter(|(_, known)| known.meaning != Meaning::Other) {
            assert_eq!(known.name.as_str(), *text);
            for twin in [format!("{text}\0"), format!("\0{text}"), format!("{text} "), format!("{text}\r")] {
                assert!(parse(format!("{twin}: x").as_bytes()).is_none(), "{twin:?}");
            }
            let (_, meaning, _) = parse(format!("{}: x", text.replace('-', "_")).as_bytes()).unwrap();
            assert!(meaning == Meaning::Other || !text.contains('-'), "{text} with underscores");
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
