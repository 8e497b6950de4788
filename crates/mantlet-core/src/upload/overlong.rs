//! Bytes that a lenient decoder of UTF-8 takes for a character, and a strict one for an error.

/// Whether there is ASCII in two to six bytes (`C0 AF` for a slash), or a surrogate, of which two make a character.
///
/// In Latin-1 and its kin the same bytes are rare: an accented capital before a sign of punctuation.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    let in_two = bytes.windows(2).any(|two| matches!(two, [0xC0 | 0xC1, 0x80..=0xBF]));
    let in_more = |three: &[u8]| {
        matches!(
            three,
            [0xE0, 0x80 | 0x81, 0x80..=0xBF]
                | [0xF0 | 0xF8 | 0xFC, 0x80, 0x80..=0xBF]
                | [0xED, 0xA0..=0xBF, 0x80..=0xBF]
        )
    };
    in_two || bytes.windows(3).any(in_more)
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_slash_has_one_spelling() {
        for (name, bytes, expected) in [
            ("empty", &b""[..], false),
            ("ascii", b"a/b", false),
            ("utf_8", "\u{f6}\u{e0}\u{4e2d}\u{1f600}".as_bytes(), false),
            ("latin_1", b"J\xf6rg", false),
            ("latin_1_capital", b"\xc0 la carte", false),
            ("windows_1252", b"voil\xe0\x85", false),
            ("shift_jis", b"\x82\xa0\x83\x5c", false),
            ("two", b"..\xc0\xaf", true),
            ("two_letter", b"\xc1\xa1", true),
            ("three", b"\xe0\x80\xaf", true),
            ("three_letter", b"\xe0\x81\xa1", true),
            ("four", b"\xf0\x80\x80\xaf", true),
            ("five", b"\xf8\x80\x80\x80\xaf", true),
            ("six", b"\xfc\x80\x80\x80\x80\xaf", true),
            ("surrogate", b"\xed\xa0\x80", true),
        ] {
            assert_eq!(is_in(bytes), expected, "{name}");
        }
    }
}
