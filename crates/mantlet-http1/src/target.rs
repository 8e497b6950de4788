//! The request target (RFC 9112, section 3.2).

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Method, Uri};

use crate::error::HeadErrorKind;

/// A target that was read, and what of it must still agree with Host.
#[derive(Debug)]
pub(crate) struct Target {
    /// The path and query (origin form), or `*`.
    pub(crate) uri: Uri,
    /// The authority of a target in absolute form.
    pub(crate) authority: Option<Bytes>,
}

/// Reads the target of a request with this method.
pub(crate) fn parse(target: Bytes, method: &Method) -> Result<Target, HeadErrorKind> {
    if *method == Method::CONNECT {
        return Err(HeadErrorKind::AuthorityTarget);
    }
    match &*target {
        [b'/', ..] => Ok(Target { uri: origin_form(target)?, authority: None }),
        b"*" if *method == Method::OPTIONS => Ok(Target { uri: Uri::from_static("*"), authority: None }),
        _ => absolute_form(&target, method),
    }
}

/// Whether a target is in origin form: a path and perhaps a query, of the bytes that a request line may hold.
///
/// For heads that did not come through [`RequestParser`](crate::RequestParser): HTTP/2 lets more bytes through in `:path`.
pub fn is_origin_form(target: &[u8]) -> bool {
    target.starts_with(b"/") && is_path_and_query(target)
}

fn origin_form(target: Bytes) -> Result<Uri, HeadErrorKind> {
    if !is_path_and_query(&target) {
        return Err(HeadErrorKind::BadTarget);
    }
    PathAndQuery::from_maybe_shared(target).map(Uri::from).map_err(|_| HeadErrorKind::BadTarget)
}

/// `http://authority/path?query`. A proxy would be asked this way; a server must understand it.
fn absolute_form(target: &Bytes, method: &Method) -> Result<Target, HeadErrorKind> {
    let Some(scheme) = ["http://", "https://"]
        .into_iter()
        .find(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes())))
    else {
        // `host:port` is the form of CONNECT; everything else starts with no scheme we serve.
        let authority = target.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(byte));
        return Err(if authority && target.contains(&b':') {
            HeadErrorKind::AuthorityTarget
        } else {
            HeadErrorKind::BadTarget
        });
    };
    let mut authority = target.slice(scheme.len()..);
    let end = authority.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(authority.len());
    let rest = authority.split_off(end);
    let uri = match rest.first() {
        // RFC 9112, section 3.2.4.
        None if *method == Method::OPTIONS => Uri::from_static("*"),
        None => Uri::from_static("/"),
        Some(b'/') => origin_form(rest)?,
        // A query without a path has no origin form but one we would have to make up.
        Some(_) => return Err(HeadErrorKind::BadTarget),
    };
    Ok(Target { uri, authority: Some(authority) })
}

const PATH: u8 = 1;
const QUERY: u8 = 2;

/// Where each byte of a target may stand: what RFC 3986 allows, and what browsers send unencoded beside it (the URL
/// Standard's percent-encode sets): `[ ] ^ |` in a path, these and `` \ ` { } `` in a query. None of them can end the target
/// for any reader. `#` is no part of a target at all.
static TARGET: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let place = match byte {
            b'"' | b'#' | b'<' | b'>' => 0,
            b'\\' | b'`' | b'{' | b'}' | b'?' => QUERY,
            b'!'..=b'~' => PATH | QUERY,
            _ => 0,
        };
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would refuse it")]
        {
            table[byte as usize] = place;
        }
        byte += 1;
    }
    table
};

fn is_path_and_query(target: &[u8]) -> bool {
    let may = |byte: &u8, place: u8| TARGET.get(usize::from(*byte)).is_some_and(|places| places & place != 0);
    let path = target.iter().take_while(|byte| may(byte, PATH)).count();
    match target.get(path..) {
        Some([b'?', query @ ..]) => query.iter().all(|byte| may(byte, QUERY)),
        Some([]) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        use HeadErrorKind::{AuthorityTarget, BadTarget};
        for (name, method, target, expected) in [
            ("root", "GET", &b"/"[..], Ok("/")),
            ("path and query", "GET", b"/a/b?c=d&e", Ok("/a/b?c=d&e")),
            ("what browsers leave in a path", "GET", b"/a[b]|c^d", Ok("/a[b]|c^d")),
            ("what browsers leave in a query", "GET", b"/?a={b}|[c]^d`e\\f", Ok("/?a={b}|[c]^d`e\\f")),
            ("a question mark in a query", "GET", b"/a?b?c", Ok("/a?b?c")),
            ("two slashes are for the router to judge", "GET", b"//evil.example/x", Ok("//evil.example/x")),
            ("dots are for the router to judge", "GET", b"/a/../b", Ok("/a/../b")),
            ("a lone percent is for the router to judge", "GET", b"/a?b=50%", Ok("/a?b=50%")),
            ("asterisk of OPTIONS", "OPTIONS", b"*", Ok("*")),
            ("asterisk of GET", "GET", b"*", Err(BadTarget)),
            ("absolute", "GET", b"http://app.example/a?b", Ok("/a?b")),
            ("absolute over TLS", "GET", b"HTTPS://app.example/a", Ok("/a")),
            ("absolute without path", "GET", b"http://app.example", Ok("/")),
            ("absolute without path, OPTIONS", "OPTIONS", b"http://app.example", Ok("*")),
            ("absolute, query without path", "GET", b"http://app.example?a", Err(BadTarget)),
            ("another scheme", "GET", b"ftp://app.example/", Err(BadTarget)),
            ("file scheme", "GET", b"file:///etc/passwd", Err(BadTarget)),
            ("authority", "GET", b"app.example:443", Err(AuthorityTarget)),
            ("tunnel", "CONNECT", b"app.example:443", Err(AuthorityTarget)),
            ("tunnel in disguise", "CONNECT", b"/", Err(AuthorityTarget)),
            ("no slash", "GET", b"a/b", Err(BadTarget)),
            ("query only", "GET", b"?a", Err(BadTarget)),
            ("fragment", "GET", b"/a#b", Err(BadTarget)),
            ("fragment in query", "GET", b"/a?b#c", Err(BadTarget)),
            ("control character", "GET", b"/a\x01", Err(BadTarget)),
            ("NUL", "GET", b"/a\0", Err(BadTarget)),
            ("tab", "GET", b"/a\tb", Err(BadTarget)),
            ("DEL", "GET", b"/a\x7f", Err(BadTarget)),
            ("raw byte", "GET", b"/\xff", Err(BadTarget)),
            ("raw UTF-8", "GET", "/\u{e9}".as_bytes(), Err(BadTarget)),
            ("raw UTF-8 in query", "GET", "/?\u{e9}".as_bytes(), Err(BadTarget)),
            ("backslash in path", "GET", b"/a\\b", Err(BadTarget)),
            ("braces in path", "GET", b"/{a}", Err(BadTarget)),
            ("quote", "GET", b"/?\"", Err(BadTarget)),
            ("angle bracket", "GET", b"/?<script>", Err(BadTarget)),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let read = parse(Bytes::from_static(target), &method).map(|target| target.uri.to_string());
            assert_eq!(read.as_deref().map_err(|kind| *kind), expected, "{name}");
            if method == Method::GET {
                assert_eq!(is_origin_form(target), target.starts_with(b"/") && expected.is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn the_longest_target_is_refused_not_cut() {
        let long = Bytes::from(format!("/{}", "a".repeat(70_000)));
        assert_eq!(parse(long, &Method::GET).unwrap_err(), HeadErrorKind::BadTarget);
    }
}
