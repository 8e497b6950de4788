//! The lines between chunks (RFC 9112, section 7.1).

use mantlet_fields::{Known, Name, NameSet, is_token_byte, is_value};

use crate::error::BodyError;

/// The most digits of a chunk size: those of 64 bits. Leading zeros count.
pub(crate) const SIZE_DIGITS: usize = 16;

/// Reads `chunk-size [chunk-ext]`, without its CRLF, into the size and the length of the extensions.
///
/// The white space that section 7.1.1 lets a recipient forgive before `;` and around `=` is refused: no sender has it.
pub(crate) fn parse_size(line: &[u8]) -> Result<(u64, usize), BodyError> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits == 0 || digits > SIZE_DIGITS {
        return Err(BodyError::BadChunkSize);
    }
    let (size, extensions) = line.split_at_checked(digits).ok_or(BodyError::BadChunkSize)?;
    match extensions.first() {
        None => {}
        Some(b';') => check_extensions(extensions)?,
        Some(_) => return Err(BodyError::BadChunkSize),
    }
    Ok((size.iter().fold(0, |value, &byte| (value << 4) | hex(byte)), extensions.len()))
}

fn hex(digit: u8) -> u64 {
    let low = u64::from(digit & 0x0f);
    if digit.is_ascii_digit() { low } else { low.saturating_add(9) }
}

/// `*( ";" name [ "=" ( token / quoted-string ) ] )`
fn check_extensions(mut rest: &[u8]) -> Result<(), BodyError> {
    while let [b';', after @ ..] = rest {
        rest = skip_token(after)?;
        if let [b'=', value @ ..] = rest {
            rest = match value {
                [b'"', quoted @ ..] => skip_quoted(quoted)?,
                _ => skip_token(value)?,
            };
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(BodyError::BadChunkExtension) }
}

fn skip_token(text: &[u8]) -> Result<&[u8], BodyError> {
    let length = text.iter().take_while(|&&byte| is_token_byte(byte)).count();
    if length == 0 {
        return Err(BodyError::BadChunkExtension);
    }
    Ok(text.get(length..).unwrap_or_default())
}

/// The rest after the closing quote of a `quoted-string` (RFC 9110, section 5.6.4).
fn skip_quoted(mut text: &[u8]) -> Result<&[u8], BodyError> {
    loop {
        text = match text {
            [b'"', rest @ ..] => return Ok(rest),
            // An escaped byte ends nothing, a quote above all.
            [b'\\', escaped, rest @ ..] if is_value(&[*escaped]) => rest,
            [byte, rest @ ..] if is_value(&[*byte]) => rest,
            _ => return Err(BodyError::BadChunkExtension),
        };
    }
}

/// Fields that no trailer may bring (RFC 9110, section 6.5.1): framing, routing, authentication, and how the body is read. Of
/// others it does not matter, since no trailer goes any further.
const FORBIDDEN: NameSet = NameSet::of(&[
    Known::Authorization,
    Known::Connection,
    Known::ContentEncoding,
    Known::ContentLength,
    Known::ContentRange,
    Known::ContentType,
    Known::Cookie,
    Known::Expect,
    Known::Host,
    Known::ProxyAuthorization,
    Known::Te,
    Known::Trailer,
    Known::TransferEncoding,
    Known::Upgrade,
]);

/// Checks a trailer line, without its CRLF.
pub(crate) fn check_trailer(line: &[u8]) -> Result<(), BodyError> {
    let colon = memchr::memchr(b':', line).ok_or(BodyError::BadTrailer)?;
    let (name, value) = line.split_at_checked(colon).ok_or(BodyError::BadTrailer)?;
    let name = Name::parse(name).map_err(|_| BodyError::BadTrailer)?;
    let is_forbidden = matches!(name, Name::Known(known) if FORBIDDEN.contains(known));
    if is_forbidden || !is_value(value) {
        return Err(BodyError::BadTrailer);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_lines() {
        use BodyError::{BadChunkExtension, BadChunkSize};
        for (line, expected) in [
            ("0", Ok(0)),
            ("4", Ok(4)),
            ("aF", Ok(0xaf)),
            ("0004", Ok(4)),
            ("ffffffffffffffff", Ok(u64::MAX)),
            ("4;a", Ok(4)),
            ("4;a=b;c=\"d \\\" ;\\\\e\"", Ok(4)),
            ("", Err(BadChunkSize)),
            ("10000000000000004", Err(BadChunkSize)),
            ("00000000000000004", Err(BadChunkSize)),
            ("0x4", Err(BadChunkSize)),
            ("+4", Err(BadChunkSize)),
            ("-0", Err(BadChunkSize)),
            ("4_0", Err(BadChunkSize)),
            (" 4", Err(BadChunkSize)),
            ("4 ", Err(BadChunkSize)),
            ("4 ;a", Err(BadChunkSize)),
            ("4\t", Err(BadChunkSize)),
            ("4\r", Err(BadChunkSize)),
            ("4,a", Err(BadChunkSize)),
            ("\u{664}", Err(BadChunkSize)),
            ("4;", Err(BadChunkExtension)),
            ("4;;a", Err(BadChunkExtension)),
            ("4; a", Err(BadChunkExtension)),
            ("4;a =b", Err(BadChunkExtension)),
            ("4;a=", Err(BadChunkExtension)),
            ("4;a=\"b", Err(BadChunkExtension)),
            ("4;a=\"b\"c", Err(BadChunkExtension)),
            ("4;a=\"b\\", Err(BadChunkExtension)),
            ("4;a=\"\0\"", Err(BadChunkExtension)),
            ("4;a\rb", Err(BadChunkExtension)),
        ] {
            assert_eq!(parse_size(line.as_bytes()).map(|(size, _)| size), expected, "{line:?}");
        }
    }

    #[test]
    fn trailers() {
        for (line, allowed) in [
            ("x-checksum: abc", true),
            ("Server-Timing: db;dur=53", true),
            ("Set-Cookie: a=b", true),
            ("empty:", true),
            ("Content-Length: 4", false),
            ("transfer-encoding: chunked", false),
            ("Host: evil.example", false),
            ("Connection: close", false),
            ("Cookie: a=b", false),
            ("Authorization: x", false),
            ("x-a : b", false),
            (" folded", false),
            ("no colon", false),
            (": y", false),
            ("x-a: \0", false),
            ("x-a: b\rc: d", false),
        ] {
            assert_eq!(check_trailer(line.as_bytes()).is_ok(), allowed, "{line:?}");
        }
    }
}
