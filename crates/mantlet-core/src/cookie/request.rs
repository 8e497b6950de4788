//! The Cookie header: pairs, cut as browsers join them, and what else a server could find in a value.

use mantlet_fields::is_token_byte;

use super::name::{behind_comma, is_plain, is_value_byte, last_of_pair, trim_odd_end};

/// One piece of a Cookie header, between two semicolons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair<'a> {
    /// All of it, without the one space that follows a semicolon.
    pub(crate) raw: &'a [u8],
    /// Before the first `=`; all of it when there is none.
    pub(crate) name: &'a [u8],
    /// After the first `=`.
    pub(crate) value: Option<&'a [u8]>,
}

/// Cuts a Cookie header at its semicolons. Pieces can be empty.
pub(crate) fn pairs(header: &[u8]) -> impl Iterator<Item = Pair<'_>> {
    let mut rest = Some(header);
    std::iter::from_fn(move || {
        let all = rest?;
        let piece = match memchr::memchr(b';', all).and_then(|at| all.split_at_checked(at)) {
            Some((piece, after)) => {
                rest = after.get(1..);
                piece
            }
            None => {
                rest = None;
                all
            }
        };
        Some(Pair::cut(piece.strip_prefix(b" ").unwrap_or(piece)))
    })
}

impl<'a> Pair<'a> {
    fn cut(raw: &'a [u8]) -> Self {
        match raw.iter().position(|byte| *byte == b'=').and_then(|at| raw.split_at_checked(at)) {
            Some((name, value)) => Self { raw, name, value: value.get(1..) },
            None => Self { raw, name: raw, value: None },
        }
    }

    /// What stands before each `=`, back to the one before it.
    pub(crate) fn before_signs(&self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.value;
        let name = rest.map(|_| self.name);
        let in_value = std::iter::from_fn(move || {
            let value = rest?;
            let (part, behind) = value.split_at_checked(memchr::memchr(b'=', value)?)?;
            rest = behind.get(1..);
            Some(part)
        });
        name.into_iter().chain(in_value)
    }

    /// Whether nobody could find anything in its value but what it is, nor go on past its end.
    pub(crate) fn is_plain(&self) -> bool {
        // Without an early end, so that many bytes are looked at in one step.
        self.raw.iter().fold(true, |is_plain, byte| is_plain & is_value_byte(*byte))
    }

    /// Whether its name is a token, and has no escapes.
    pub(crate) fn has_token_name(&self) -> bool {
        self.name.iter().all(|byte| is_token_byte(*byte) && *byte != b'%')
    }

    /// The names of the pairs that some find here without cutting anything at semicolons, its own among them. Clojure's Ring searches
    /// for `TOKEN=VALUE`: a value ends at the first byte that is none of a value's, and in `a:x=1` and `a=1 (x=2` there is an `x`.
    /// ASP.NET Core begins anew one byte further where it cannot read a pair to its end, and so finds `x="2"` in `a=1?x="2"`.
    pub(crate) fn names_by_search(&self) -> impl Iterator<Item = &'a [u8]> {
        let is_one_value = self.value.is_some_and(is_plainly_quoted);
        let end = if is_one_value { self.name.len().saturating_add(1) } else { self.raw.len() };
        let searched = self.raw.get(..end).unwrap_or_default();
        searched.split_inclusive(|byte| !is_value_byte(*byte)).flat_map(|run| {
            let before_quote = run.strip_suffix(b"=\"").and_then(last_token);
            first_token_before_sign(run).into_iter().chain(before_quote)
        })
    }
}

/// The token that stands right before a `=`, the first such.
fn first_token_before_sign(run: &[u8]) -> Option<&[u8]> {
    memchr::memchr_iter(b'=', run).find_map(|at| last_token(run.get(..at)?))
}

/// The token at the end.
fn last_token(bytes: &[u8]) -> Option<&[u8]> {
    bytes.rsplit(|byte| !is_token_byte(*byte)).next().filter(|token| !token.is_empty())
}

/// Whether a quote opens in this value that is not closed in it. Readers of quoted strings (Python's SimpleCookie, aiohttp,
/// older Werkzeug) then go on past the semicolon and swallow the cookies that follow.
///
/// A quote opens at the start of a value; since the same readers find further pairs inside a value, also after any `=`.
/// A backslash takes the next byte with it. A value in quotes as RFC 6265 has it is closed to all of them, though a quote
/// stands after `=` in `"YWRhCg=="`.
pub(crate) fn has_open_quote(value: &[u8]) -> bool {
    if is_plainly_quoted(value) {
        return false;
    }
    // At the start of the value, the `=` before it counts.
    let mut after_equals = true;
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' if after_equals => {
                // Another opening quote closes this one at the latest, so all these searches together are one pass.
                if !is_closed(after) {
                    return true;
                }
                after_equals = false;
            }
            b'=' => after_equals = true,
            b' ' | b'\t' => {}
            _ => after_equals = false,
        }
    }
    false
}

/// Whether some reader could go on past the end of this pair, though no quote is open in its value: POCO and libmicrohttpd look
/// for quotes anywhere in it, and a backslash takes the semicolon with it to POCO.
pub(crate) fn may_run_on(raw: &[u8]) -> bool {
    raw.ends_with(b"\\") || memchr::memchr_iter(b'"', raw).count() % 2 == 1
}

/// Whether the value is `DQUOTE *cookie-octet DQUOTE` (RFC 6265, section 4.1.1).
fn is_plainly_quoted(value: &[u8]) -> bool {
    let octets = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    octets.is_some_and(|octets| octets.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b',' | b';' | b'\\')))
}

fn is_closed(mut quoted: &[u8]) -> bool {
    loop {
        match quoted {
            [b'"', ..] => return true,
            [b'\\', _, rest @ ..] | [_, rest @ ..] => quoted = rest,
            [] => return false,
        }
    }
}

/// The names of pairs that some servers find inside a value: they take blanks, commas, the end of a quote, a bracket or
/// what is not ASCII for the end of a pair. `x=a session=evil` is two cookies to them, and `x=a,@session=evil` to Tomcat before 8.5.
pub(crate) fn names_inside(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut pieces = value.split(|byte| *byte == b'=').peekable();
    std::iter::from_fn(move || {
        let piece = pieces.next()?;
        pieces.peek()?;
        Some(piece)
    })
    .flat_map(|before| {
        let before = trim_odd_end(before);
        let end = Some(last_of_pair(before)).filter(|end| end.len() < before.len());
        end.into_iter().chain(behind_comma(before)).filter(|name| is_plain(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_cut_as_browsers_join_it() {
        let cut: Vec<_> = pairs(b"a=1; b=x=y;c;  d=2; ;").map(|pair| (pair.name, pair.value)).collect();
        let expected: [(&[u8], Option<&[u8]>); 6] =
            [(b"a", Some(b"1")), (b"b", Some(b"x=y")), (b"c", None), (b" d", Some(b"2")), (b"", None), (b"", None)];
        assert_eq!(cut, expected);
    }

    #[test]
    fn what_stands_before_signs() {
        for (raw, expected) in
            [("a=1", &["a"][..]), ("a=b&c=", &["a", "b&c"]), ("==", &["", ""]), ("a", &[]), ("", &[])]
        {
            let pair = Pair::cut(raw.as_bytes());
            let found: Vec<_> = pair.before_signs().map(|part| std::str::from_utf8(part).unwrap()).collect();
            assert_eq!(found, expected, "{raw}");
        }
    }

    #[test]
    fn quotes_close_where_they_opened() {
        for (value, expected) in [
            ("plain", false),
            ("\"b c\"", false),
            ("\"", true),
            ("\"start", true),
            (" \"start", true),
            ("\"a\\\"", true),
            ("\"a\\\"b\"", false),
            ("\"a\" x=\"b", true),
            ("\"a\" x = \"b\"", false),
            ("{\"a\":\"b\"}", false),
            ("it\"s", false),
            ("a=\"", true),
            ("\"a\\\" x=\"", true),
            ("\"YQ==\"", false),
            ("\"\"", false),
            ("\"a\"=\"", true),
            ("\"a =\"", true),
            ("\"a\\=\"", true),
        ] {
            assert_eq!(has_open_quote(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn quotes_in_the_middle_may_run_on() {
        for (raw, expected) in [
            ("a=b", false),
            ("a=\"b c\"", false),
            ("a={\"b\":1}", false),
            ("a=12\" vinyl", true),
            ("a\"=b", true),
            ("a=b\\", true),
            ("a=b\\c", false),
            ("", false),
        ] {
            assert_eq!(may_run_on(raw.as_bytes()), expected, "{raw}");
        }
    }

    #[test]
    fn pairs_inside_a_value() {
        for (value, expected) in [
            ("a sess=evil", &["sess"][..]),
            ("a,@sess=evil", &["sess"]),
            ("a@sess=evil", &[]),
            ("a,sess=evil", &["sess"]),
            ("\"a\"sess =evil", &["sess"]),
            ("a, b=1,\tsess=evil", &["b", "sess"]),
            ("sess=evil", &[]),
            ("/login?session=1", &[]),
            ("{\"session\":\"x=\"}", &["x"]),
            ("a==", &[]),
            ("a[sess=evil", &["sess"]),
            ("a]b[c]sess=evil", &["sess"]),
            ("a\u{a0}sess=evil", &["sess"]),
            ("a]sess\u{a0}=evil", &["sess"]),
            ("a\\sess=evil", &["sess"]),
            ("[sess]=1", &[]),
            ("a{sess=evil", &[]),
        ] {
            let found: Vec<_> = names_inside(value.as_bytes()).map(|n| std::str::from_utf8(n).unwrap()).collect();
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn pairs_that_are_found_by_search() {
        for (raw, expected) in [
            ("a=1", &["a"][..]),
            ("a=b=c", &["a"]),
            ("a=/login?x=1", &["a"]),
            ("a=\"/login?x=1\"", &["a"]),
            ("a={\"u\":\"/login?x=1\"}", &["a", "x"]),
            ("a=1 (x=2", &["a", "x"]),
            ("a=1,=x=2", &["a", "x"]),
            ("a=1 ==/x=2", &["a", "x"]),
            ("a=1 b=?x=2", &["a", "b"]),
            ("a:x=1", &["x"]),
            ("a/b(x=\"1\"", &["x"]),
            ("(\"x=1", &["x"]),
            ("a\u{e9}?x=1", &["x"]),
            ("=x=1", &["x"]),
            ("a=1?x=\"2\"", &["a", "x"]),
            ("a==x=\"2", &["a", "x"]),
            ("a=1?y=x=\"2\"", &["a", "x"]),
            ("a=\"1 2\"", &["a", "a"]),
            ("a=1?x=2\"", &["a"]),
            ("a", &[]),
            ("=", &[]),
        ] {
            let pair = Pair::cut(raw.as_bytes());
            let found: Vec<_> = pair.names_by_search().map(|name| std::str::from_utf8(name).unwrap()).collect();
            assert_eq!(found, expected, "{raw}");
        }
    }

    proptest::proptest! {
        #[test]
        fn joined_pieces_are_the_header(header in "[ -~]{0,60}") {
            let joined: Vec<_> = pairs(header.as_bytes()).map(|pair| pair.raw).collect();
            let normal: Vec<_> = header.split(';').map(|p| p.strip_prefix(' ').unwrap_or(p).as_bytes()).collect();
            assert_eq!(joined, normal);
        }
    }
}
