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

/// What a letter of ASCII is as long as no other byte stands beside it: itself, or, in UTF-16, half of one that nobody takes for ASCII.
/// XML and SOAP of older programs come in these.
const PLAIN_ALONE: [&[u8]; 16] = [
    b"gbk",
    b"gb2312",
    b"gb18030",
    b"big5",
    b"big5-hkscs",
    b"shift_jis",
    b"shift-jis",
    b"sjis",
    b"windows-31j",
    b"cp932",
    b"ms932",
    b"euc-kr",
    b"ks_c_5601-1987",
    b"utf-16",
    b"utf-16le",
    b"utf-16be",
];

/// Whether everybody reads the query alike, whatever charset they find in this Content-Type.
pub(crate) fn leaves_alone(content_type: &[u8], query: &str) -> bool {
    const NAME: &[u8] = b"charset";
    let is_alone = query.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'%' | b'+' | b'\\' | b'~'));
    let is_known = |label: &[u8]| is_plain(label) || (is_alone && PLAIN_ALONE.contains(&label));
    let lower = content_type.to_ascii_lowercase();
    memchr::memmem::find_iter(&lower, NAME).all(|at| {
        let behind = lower.get(at.saturating_add(NAME.len())..).unwrap_or_default().trim_ascii_start();
        match behind.split_first() {
            Some((b'=', value)) => is_known(unquoted(value.split(|byte| *byte == b';').next().unwrap_or_default())),
            // The end of another word, or a part of one.
            None | Some((b';' | b'"' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z', _)) => true,
            Some(_) => false,
        }
    })
}

/// Apostrophes are no quotes, but some people write them, and Python looks over them.
fn unquoted(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii();
    let without = |quote: &[u8]| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    without(b"\"").or_else(|| without(b"'")).unwrap_or(value)
}

/// Whether each byte of ASCII stands for itself, whatever is beside it. `label` is in lower case.
pub(crate) fn is_plain(label: &[u8]) -> bool {
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
            assert_eq!(leaves_alone(content_type.as_bytes(), "a=b%2Ec"), expected, "{content_type}");
        }
    }

    #[test]
    fn other_charsets_leave_a_query_alone_that_is_nothing_but_ascii() {
        for (content_type, query, expected) in [
            ("text/xml; charset=utf-16", "op=Get&id={1}", true),
            ("text/xml; charset=\"UTF-16LE\"", "wsdl", true),
            ("text/xml; charset=gbk", "name=a.png", true),
            ("text/xml; charset=Shift_JIS", "a=b", true),
            ("text/xml; charset=utf-16", "name=%00a", false),
            ("text/xml; charset=gbk", "name=a.p%81hhp", false),
            ("text/xml; charset=gbk", "name=a.p\u{e9}hp", false),
            ("text/xml; charset=shift_jis", "name=a\\b", false),
            ("text/xml; charset=shift_jis", "name=~", false),
            // Each of these makes other letters of letters.
            ("text/xml; charset=utf-7", "op=Get", false),
            ("text/xml; charset=hz-gb-2312", "op=Get", false),
            ("text/xml; charset=punycode", "op=Get", false),
            ("text/xml; charset=cp037", "op=Get", false),
            ("text/xml; charset=gbk; charset=utf-7", "op=Get", false),
        ] {
            assert_eq!(leaves_alone(content_type.as_bytes(), query), expected, "{content_type} {query}");
        }
    }
}
