//! Charsets that a Content-Type names, and whether ASCII is still itself in them.
//!
//! Nothing here follows the grammar of media types: Python takes `utf-8, sig` for a charset, and a no-break space for a blank.

/// Labels of charsets in which each byte of ASCII stands for itself. Not `utf-8-sig`, which leaves out a mark at the beginning; and not
/// `gbk`, `big5` and `shift_jis`, in which a byte above ASCII makes one letter of itself and the next byte (to some also in `gb2312`
/// and `euc-kr`): `a.p%81hhp` ends in `.php` for who leaves out what is no ASCII.
const PLAIN: [&[u8]; 15] = [
    // Nobody finds one.
    b"",
    b"utf-8",
    b"utf8",
    b"us-ascii",
    b"ascii",
    // So it is called without a locale.
    b"ansi_x3.4-1968",
    b"latin1",
    b"latin-1",
    // Of no text at all: what `file --mime` says of an image.
    b"binary",
    b"koi8-r",
    b"koi8-u",
    b"tis-620",
    b"windows-874",
    b"euc-jp",
    b"macintosh",
];

/// Those that go by number, and what Java calls them.
const NUMBERED: [&[u8]; 6] = [b"iso-8859-", b"iso_8859-", b"iso8859-", b"iso8859_", b"windows-125", b"cp125"];

/// Whether no reader of this Content-Type finds a charset in it in which ASCII is something else.
pub(crate) fn leaves_ascii_alone(content_type: &[u8]) -> bool {
    const NAME: &[u8] = b"charset";
    let lower = content_type.to_ascii_lowercase();
    memchr::memmem::find_iter(&lower, NAME).all(|at| {
        let behind = lower.get(at.saturating_add(NAME.len())..).unwrap_or_default().trim_ascii_start();
        match behind.split_first() {
            Some((b'=', value)) => is_plain(value.split(|byte| *byte == b';').next().unwrap_or_default()),
            // The end of another word, or a part of one.
            None | Some((b';' | b'"' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z', _)) => true,
            Some(_) => false,
        }
    })
}

fn is_plain(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let unquoted = |quote: &[u8]| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    // Apostrophes are no quotes, but some people write them, and Python looks over them.
    let label = unquoted(b"\"").or_else(|| unquoted(b"'")).unwrap_or(value);
    let is_number = |rest: &[u8]| matches!(rest.len(), 1 | 2) && rest.iter().all(u8::is_ascii_digit);
    PLAIN.contains(&label) || NUMBERED.iter().any(|family| label.strip_prefix(*family).is_some_and(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_charsets_that_are_ascii_where_they_can_be_are_plain() {
        for (content_type, expected) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\";a=b", true),
            ("application/json charset=utf-8", true),
            ("application/json; charset = utf-8 ;", true),
            ("application/json; charset='utf-8'", true),
            ("text/plain; charset=ISO-8859-15", true),
            ("text/plain; charset=ISO_8859-1", true),
            ("text/plain; charset=TIS-620", true),
            ("text/plain; charset=windows-1251", true),
            ("text/plain; charset=Cp1252", true),
            ("text/plain; charset=ANSI_X3.4-1968", true),
            ("text/plain; charset=", true),
            ("image/png; charset=binary", true),
            ("multipart/form-data; boundary=charset", true),
            ("multipart/form-data; boundary=charset-1", true),
            ("text/plain; charset=utf-7", false),
            ("text/plain; CHARSET=\"utf-7\"", false),
            ("text/plain; charset=utf-8; charset=utf-7", false),
            ("text/plain; charset*=utf-8''utf-7", false),
            ("text/plain; charset*0=utf-7", false),
            ("text/plain; charset\u{a0}=utf-7", false),
            ("text/plain; charset=\"utf\\-7\"", false),
            ("text/plain; charset=utf-8-sig", false),
            ("text/plain; charset=utf-8, sig", false),
            ("text/plain; charset=utf-8 sig", false),
            ("text/plain; charset=\"utf-8\"sig", false),
            ("text/plain; charset='utf-7'", false),
            ("text/plain; charset='utf-8'sig", false),
            ("text/plain; charset=\"utf-8'", false),
            ("text/plain; charset=\"utf-8;sig\"", false),
            ("text/plain; charset=utf-16", false),
            ("text/plain; charset=iso-2022-jp", false),
            ("text/plain; charset=cp037", false),
            ("text/plain; charset=iso-8859-", false),
            ("text/plain; charset=unicode_escape", false),
            ("text/plain; charset=punycode", false),
            ("text/plain; charset=gbk", false),
            ("text/plain; charset=Shift_JIS", false),
        ] {
            assert_eq!(leaves_ascii_alone(content_type.as_bytes()), expected, "{content_type}");
        }
    }
}
