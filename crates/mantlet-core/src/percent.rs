//! Percent-escapes (RFC 3986, section 2.1), and what forms make of them (WHATWG URL, section 5.1).

use std::borrow::Cow;

/// Decodes once. What is no escape stays as it is.
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Vec<u8> {
    decoded(text.as_ref().iter().copied()).collect()
}

/// The same, and `%u0073` as well, which is an escape to ASP, ASP.NET and CGI.pm only.
pub(crate) fn decode_with_u(text: &[u8]) -> Vec<u8> {
    decoded_with_u(text.iter().copied())
}

/// The same for a name or a value of a form or a query, where `+` is a space.
pub(crate) fn decode_form(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'%', b'+', text).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(decoded_with_u(text.iter().copied().map(space_of_plus)))
}

fn decoded_with_u(mut rest: impl ExactSizeIterator<Item = u8> + Clone) -> Vec<u8> {
    let mut out = Vec::with_capacity(rest.len());
    while let Some(byte) = rest.next() {
        let (mut ahead, mut ahead_of_u) = (rest.clone(), rest.clone());
        if byte == b'%'
            && let Some(escaped) = take_escape(&mut ahead)
        {
            out.push(escaped);
            rest = ahead;
        } else if byte == b'%'
            && let Some(letter) = take_u_escape(&mut ahead_of_u)
        {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            rest = ahead_of_u;
        } else {
            out.push(byte);
        }
    }
    out
}

/// Decodes once. `None` if a `%` stands there that begins no escape: readers make different things of it.
pub(crate) fn decode_strictly(text: &[u8]) -> Option<Vec<u8>> {
    decode_whole(text.iter().copied())
}

/// The same for a form.
pub(crate) fn decode_form_strictly(text: &[u8]) -> Option<Vec<u8>> {
    decode_whole(text.iter().copied().map(space_of_plus))
}

fn space_of_plus(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte }
}

fn decoded(mut rest: impl Iterator<Item = u8> + Clone) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let byte = rest.next()?;
        if byte != b'%' {
            return Some(byte);
        }
        let mut ahead = rest.clone();
        let escaped = take_escape(&mut ahead);
        if escaped.is_some() {
            rest = ahead;
        }
        escaped.or(Some(byte))
    })
}

fn decode_whole(mut rest: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(rest.size_hint().0);
    while let Some(byte) = rest.next() {
        out.push(if byte == b'%' { take_escape(&mut rest)? } else { byte });
    }
    Some(out)
}

/// The byte that two hexadecimal digits stand for.
fn take_escape(digits: &mut impl Iterator<Item = u8>) -> Option<u8> {
    Some(hex(digits.next()?)? << 4 | hex(digits.next()?)?)
}

/// The letter that a `u` and four of them stand for.
fn take_u_escape(text: &mut impl Iterator<Item = u8>) -> Option<char> {
    if !matches!(text.next()?, b'u' | b'U') {
        return None;
    }
    let unit = [take_escape(text)?, take_escape(text)?];
    char::from_u32(u16::from_be_bytes(unit).into())
}

/// The two digits that stand for a byte, in upper case.
pub(crate) fn hex_digits(byte: u8) -> [u8; 2] {
    let digit = |value: u8| b"0123456789ABCDEF".get(usize::from(value)).copied().unwrap_or(b'0');
    [digit(byte >> 4), digit(byte & 0x0f)]
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_asp_are_letters() {
        for (text, expected) in [
            ("%u0073id", "sid"),
            ("%U0073id", "sid"),
            ("%73%69d", "sid"),
            ("%u00e4", "\u{e4}"),
            ("%ud800", "%ud800"),
            ("%u007", "%u007"),
            ("%u+073", "%u+073"),
            ("%+7", "%+7"),
            ("%", "%"),
        ] {
            assert_eq!(decode_with_u(text.as_bytes()), expected.as_bytes(), "{text}");
            let of_form = expected.replace('+', " ");
            assert_eq!(*decode_form(text.as_bytes()), *of_form.as_bytes(), "{text}, of a form");
        }
    }

    #[test]
    fn escapes_are_decoded_once() {
        for (name, text, plain, of_form, strict) in [
            ("nothing", "", "", "", true),
            ("no escape", "a-b", "a-b", "a-b", true),
            ("either case", "%2fa%2F", "/a/", "/a/", true),
            ("an escaped escape", "%252f", "%2f", "%2f", true),
            ("plus", "a+b%2B", "a+b+", "a b+", true),
            ("cut off", "%2", "%2", "%2", false),
            ("a sign alone", "a%", "a%", "a%", false),
            ("no digits", "%zz", "%zz", "%zz", false),
            ("one digit", "%2zb", "%2zb", "%2zb", false),
            ("a sign before an escape", "%%41", "%A", "%A", false),
            ("a plus for a digit", "%+1", "%+1", "% 1", false),
        ] {
            let text = text.as_bytes();
            assert_eq!(decode(text), plain.as_bytes(), "{name}");
            assert_eq!(*decode_form(text), *of_form.as_bytes(), "{name}, of a form");
            assert_eq!(decode_strictly(text).as_deref(), strict.then_some(plain.as_bytes()), "{name}, strictly");
            let of_form = strict.then_some(of_form.as_bytes());
            assert_eq!(decode_form_strictly(text).as_deref(), of_form, "{name}, of a form, strictly");
        }
    }
}
