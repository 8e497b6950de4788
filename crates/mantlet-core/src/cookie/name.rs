//! What a cookie's name says: its [`Prefix`], and whether two names could be one to an application.

use mantlet_fields::is_token_byte;

use crate::percent;

/// A promise that a name carries, and browsers enforce (RFC 6265bis, section 4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// `__Host-`: Secure, no Domain, an explicit `Path=/`. No sibling host can set it.
    Host,
    /// `__Secure-`: Secure.
    Secure,
    /// `__Http-`: Secure and HttpOnly. No script can set it.
    Http,
    /// `__Host-Http-`: all of these.
    HostHttp,
}

impl Prefix {
    /// The longest first, so that the first match is the prefix.
    const ALL: [Self; 4] = [Self::HostHttp, Self::Host, Self::Secure, Self::Http];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "__Host-",
            Self::Secure => "__Secure-",
            Self::Http => "__Http-",
            Self::HostHttp => "__Host-Http-",
        }
    }

    /// Splits a name into its prefix and the rest. Case does not matter, as in browsers.
    pub fn split(name: &[u8]) -> Option<(Self, &[u8])> {
        if !name.starts_with(b"__") {
            return None;
        }
        Self::ALL.into_iter().find_map(|prefix| {
            let (head, rest) = name.split_at_checked(prefix.as_str().len())?;
            head.eq_ignore_ascii_case(prefix.as_str().as_bytes()).then_some((prefix, rest))
        })
    }

    /// Whether it forbids a Domain and demands `Path=/`.
    pub fn is_host_only(self) -> bool {
        matches!(self, Self::Host | Self::HostHttp)
    }

    /// Whether it demands HttpOnly.
    pub fn is_http_only(self) -> bool {
        matches!(self, Self::Http | Self::HostHttp)
    }
}

/// Whether a byte of a name is read alike by all: a token's, and the colon that Express and Koa have in theirs.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    is_token_byte(byte) || byte == b':'
}

/// Whether all applications read this name alike. Requests with any other (`app/session`, `form[session]`) could not be told from
/// those with a name that somebody trims or folds to it.
pub(crate) fn is_plain(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| is_name_byte(*byte))
}

/// Whether a byte of a value is part of it to all: what a server may write (RFC 6265bis, section 4.1.1: cookie-octet),
/// without the brackets that end a pair to WebOb.
pub(crate) fn is_value_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\' | b'[' | b']')
}

/// Whether some application takes one name for the other. ASP.NET does not tell case apart; PHP turns dots, blanks and
/// an open bracket into underscores.
pub(crate) fn are_alike(one: &[u8], other: &[u8]) -> bool {
    // Mostly a name is compared with itself.
    one == other || (one.len() == other.len() && one.iter().zip(other).all(|(a, b)| fold(*a) == fold(*b)))
}

/// The same for applications that also percent-decode names.
pub(crate) fn are_alike_decoded(one: &[u8], other: &[u8]) -> bool {
    let is_escaped = |name: &[u8]| name.contains(&b'%');
    are_alike(one, other)
        || ((is_escaped(one) || is_escaped(other))
            && are_alike(&percent::decode_with_u(one), &percent::decode_with_u(other)))
}

/// In one case, and as PHP writes it.
pub(crate) fn fold(byte: u8) -> u8 {
    match byte {
        b'.' | b' ' | b'[' | b'+' => b'_',
        other => other.to_ascii_lowercase(),
    }
}

/// Whether PHP would take the name for one with a [`Prefix`] that it does not have (CVE-2022-31629): `..Host-sid`.
pub(crate) fn imitates_prefix(name: &[u8]) -> bool {
    let folds = |byte: &u8| fold(*byte) == b'_';
    let Some((head @ [one, other], rest)) = name.split_at_checked(2) else { return false };
    folds(one) && folds(other) && head != b"__" && Prefix::split(&[b"__", rest].concat()).is_some()
}

/// What applications might make of a name that is [no plain one](is_name_byte), for a caller that asks whether one of them matters.
///
/// Returned are the name without the bytes that some of them trim or drop, without the brackets by which PHP makes an
/// array, and what is left of it for those who take such bytes, a comma or (WebOb) a bracket for the end of a pair, or skip
/// separators behind that comma; each also percent-decoded once, and then up to the first `=` (Free Pascal decodes the pair before
/// it cuts it).
pub(crate) fn readings(name: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let decoded = name.contains(&b'%').then(|| percent::decode_with_u(name));
    let before_sign = decoded.as_deref().and_then(|pair| Some(pair.split_at(memchr::memchr(b'=', pair)?).0.to_vec()));
    [Some(name.to_vec()), decoded, before_sign].into_iter().flatten().flat_map(|name| {
        let trimmed = trim_odd(&name).to_vec();
        let dropped: Vec<u8> = name.iter().copied().filter(|byte| !is_odd(*byte)).collect();
        let array = trimmed.split(|byte| matches!(byte, b'[' | 0)).next().unwrap_or_default().to_vec();
        let folded = trimmed.iter().map(|byte| if matches!(byte, b' ' | b'[' | b'+') { b'_' } else { *byte }).collect();
        let pieces = name.split(|byte| is_odd(*byte) || *byte == b',').map(<[u8]>::to_vec).collect::<Vec<_>>();
        let end = last_of_pair(&trimmed).to_vec();
        let behind = behind_comma(&trimmed).map(<[u8]>::to_vec);
        [trimmed, dropped, array, folded, end].into_iter().chain(behind).chain(pieces)
    })
}

/// Bytes that one application or another trims, drops or unquotes: controls, blanks, quotes, and all above ASCII, which
/// can be a blank in one character set and half a letter in another.
fn is_odd(byte: u8) -> bool {
    byte <= b' ' || byte >= 0x7f || matches!(byte, b'"' | b'\'' | b'\\')
}

/// What stands behind the last byte that one application or another takes for the end of a pair.
pub(super) fn last_of_pair(bytes: &[u8]) -> &[u8] {
    bytes.rsplit(|byte| is_odd(*byte) || matches!(byte, b',' | b'[' | b']')).next().unwrap_or(bytes)
}

/// What Tomcat before 8.5 skips where it looks for a name, besides what is [odd](is_odd).
const SEPARATORS: &[u8] = b"()<>@,:?/[]{}";

/// The name behind separators, if some stand before it: `@session` is `session` to Tomcat before 8.5.
pub(crate) fn behind_separators(name: &[u8]) -> Option<&[u8]> {
    let start = name.iter().position(|byte| !is_odd(*byte) && !SEPARATORS.contains(byte))?;
    let (skipped, behind) = name.split_at_checked(start)?;
    skipped.iter().any(|byte| SEPARATORS.contains(byte)).then_some(behind)
}

/// The name that few applications find in another: behind separators, behind the `$` by which PicoLisp knows a symbol, or before
/// the `*` that makes the value an extended one to libsoup (RFC 8187): `session*=UTF-8''evil`.
pub(crate) fn name_to_few(name: &[u8]) -> Option<&[u8]> {
    let trimmed = trim_odd(name);
    behind_separators(name).or_else(|| trimmed.strip_prefix(b"$")).or_else(|| trimmed.strip_suffix(b"*"))
}

/// Where the comma ends another pair, the name behind separators.
pub(super) fn behind_comma(bytes: &[u8]) -> Option<&[u8]> {
    let (_, behind) = bytes.split_at_checked(memchr::memrchr(b',', bytes)?)?;
    behind_separators(behind.strip_prefix(b",")?)
}

fn trim_odd(mut name: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = name
        && is_odd(*first)
    {
        name = rest;
    }
    trim_odd_end(name)
}

pub(super) fn trim_odd_end(mut name: &[u8]) -> &[u8] {
    while let [rest @ .., last] = name
        && is_odd(*last)
    {
        name = rest;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        for (name, expected) in [
            ("__Host-s", Some((Prefix::Host, "s"))),
            ("__HOST-s", Some((Prefix::Host, "s"))),
            ("__Host-Http-s", Some((Prefix::HostHttp, "s"))),
            ("__Secure-s", Some((Prefix::Secure, "s"))),
            ("__http-s", Some((Prefix::Http, "s"))),
            ("__Host-", Some((Prefix::Host, ""))),
            ("_Host-s", None),
            ("__Hosts", None),
            ("", None),
        ] {
            let expected = expected.map(|(prefix, rest)| (prefix, rest.as_bytes()));
            assert_eq!(Prefix::split(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn names_that_are_one_to_some_application() {
        for (one, other, expected) in [
            ("session", "session", true),
            ("Session", "sESSION", true),
            ("laravel.session", "laravel_session", true),
            ("laravel[session", "laravel_session", true),
            ("session", "sessions", false),
            ("a-b", "a_b", false),
        ] {
            assert_eq!(are_alike(one.as_bytes(), other.as_bytes()), expected, "{one} {other}");
        }
    }

    #[test]
    fn names_that_are_one_once_they_are_decoded() {
        for (one, other, expected) in [
            ("s%65ssion", "session", true),
            ("session", "%u0053ession", true),
            ("a%20b", "session", false),
            ("a b", "a_b", true),
        ] {
            assert_eq!(are_alike_decoded(one.as_bytes(), other.as_bytes()), expected, "{one} {other}");
        }
    }

    #[test]
    fn imitated_prefixes() {
        for (name, expected) in [
            ("..Host-s", true),
            ("_.Host-s", true),
            ("._secure-s", true),
            ("+_Http-s", true),
            ("__Host-s", false),
            ("..Hosts", false),
            ("._", false),
            ("_ga", false),
            ("_xHost-s", false),
            ("", false),
        ] {
            assert_eq!(imitates_prefix(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn names_behind_separators() {
        for (name, expected) in [
            ("@sess", Some("sess")),
            (" :sess", Some("sess")),
            ("({<\"sess", Some("sess")),
            ("@@a/sess", Some("a/sess")),
            ("a@sess", None),
            (" sess", None),
            ("sess", None),
            ("@", None),
            ("", None),
        ] {
            assert_eq!(behind_separators(name.as_bytes()), expected.map(str::as_bytes), "{name}");
        }
    }

    #[test]
    fn names_to_few() {
        for (name, expected) in [
            ("@sess", Some("sess")),
            ("$sess", Some("sess")),
            ("$%73ess", Some("%73ess")),
            ("sess*", Some("sess")),
            ("sess* ", Some("sess")),
            ("*sess", None),
            ("sess$", None),
            ("sess", None),
            ("", None),
        ] {
            assert_eq!(name_to_few(name.as_bytes()), expected.map(str::as_bytes), "{name}");
        }
    }

    #[test]
    fn one_of_the_readings_is_the_name() {
        for name in [
            "%73ess",
            "s%65ss",
            "%u0073ess",
            "s%U0065%73s",
            "sess%u2000",
            " sess",
            "sess\t",
            "s ess",
            "\u{2000}sess",
            "\u{a0}sess",
            "\"sess\"",
            "sess[]",
            "sess[x][y]",
            "a]sess ",
            "~[,]sess\u{a0}",
            "sess%00x",
            "sess%3dx",
            "%20s%65ss%20%3D",
            "%20sess",
            "se\u{ff}ss",
            "a,sess",
            "a sess",
            "a\"sess",
            "sess,a",
            "]sess",
            "a[sess",
            "a,@sess",
            "a, /sess",
        ] {
            assert!(readings(name.as_bytes()).any(|reading| reading == b"sess"), "{name}");
        }
        assert!(readings(b"laravel session").any(|reading| reading == b"laravel_session"));
        assert!(!readings(b"other").any(|reading| reading == b"sess"));
        assert!(!readings(b"user[sess]").any(|reading| reading == b"sess"));
    }
}
