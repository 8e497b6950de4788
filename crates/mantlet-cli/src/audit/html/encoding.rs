//! The text of a page, of its bytes.

use std::borrow::Cow;

/// What a byte order mark says of a page overrules all else that is said of it (Encoding standard, section 6). Every other
/// encoding that browsers read has the signs of HTML where ASCII has them.
pub(super) fn decoded(html: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |text: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = text.chunks_exact(2).filter_map(|unit| Some(read(unit.try_into().ok()?))).collect();
        Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
    };
    match html {
        [0xef, 0xbb, 0xbf, text @ ..] => Cow::Borrowed(text),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        text => Cow::Borrowed(text),
    }
}
