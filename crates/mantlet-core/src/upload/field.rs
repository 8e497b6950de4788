//! Names and values of form fields: only what every parser reads alike.

use super::content_type::judge_other_type;
use super::filename::is_invisible;
use super::malformed;
use super::part_head::Charset;
use crate::reason::Refusal;

/// Judges the name of a field of a multipart form.
///
/// Dots, brackets and spaces inside stay: applications rely on them (`post[image]`), and what PHP makes of them is the
/// application's own reading.
pub(super) fn judge_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(malformed("field without a name"));
    }
    // Of whatever kind: `trim` of JavaScript takes off all of Unicode's.
    if name.starts_with(|c: char| c.is_whitespace() || matches!(c, '/' | '\u{feff}'))
        || name.ends_with(char::is_whitespace)
    {
        return Err(malformed("field name begins with a space, a slash or a byte-order mark, or ends in a space"));
    }
    if name.chars().any(is_invisible) {
        return Err(malformed("invisible character in a field name"));
    }
    // POCO leaves the beginning of a word out also when it has no end.
    if name.contains("=?") {
        return Err(malformed("RFC 2047 encoded word in a field name"));
    }
    let lower = name.to_ascii_lowercase();
    // A quotation mark or a line end, as browsers write them into a name.
    if ["\"", "%22", "%0d", "%0a", "%00"].iter().any(|sign| lower.contains(sign)) {
        return Err(malformed("quotation mark, line end or NUL in a field name"));
    }
    // Where it ends to h3 (Nuxt), BlackSheep and Catalyst, whatever the quotes say; Mojolicious drops the field.
    if name.contains(';') {
        return Err(malformed("semicolon in a field name"));
    }
    // ASP.NET looks for `filename=` anywhere in the line: a field is a file to it, with whatever name stands there.
    if has_parameter(&lower) {
        return Err(malformed("field name that looks like a parameter"));
    }
    if has_header_line(&lower) {
        return Err(malformed("field name that looks like a header line"));
    }
    Ok(())
}

/// Judges the name of a field that carries a file: PHP drops the file or mixes up its own keys if brackets do not pair, and
/// a file called `_charset_` is not a file to everybody.
pub(super) fn judge_file_field_name(name: &str) -> Result<(), Refusal> {
    if is_charset(name) {
        return Err(malformed("_charset_ is a file"));
    }
    let mut open = false;
    for b in name.bytes().filter(|b| matches!(b, b'[' | b']')) {
        if open == (b == b'[') {
            return Err(malformed("unbalanced or nested brackets in the name of a file field"));
        }
        open = b == b'[';
    }
    if open {
        return Err(malformed("unbalanced or nested brackets in the name of a file field"));
    }
    // multer (axum, poem, warp) gives up on the file's own name at a word like its parameter.
    if name.split(char::is_whitespace).skip(1).any(|word| word.starts_with("filename")) {
        return Err(malformed("name of a file field that looks like a parameter"));
    }
    judge_name(name)
}

/// Judges what stands between the quotes of a file name, before the file-name rules see it.
pub(super) fn judge_sent_filename(name: &str) -> Result<(), Refusal> {
    let lower = name.to_ascii_lowercase();
    if lower.split_once(';').is_some_and(|(_, rest)| has_parameter(rest)) {
        return Err(malformed("file name that looks like a parameter"));
    }
    if has_header_line(&lower) {
        return Err(malformed("file name that looks like a header line"));
    }
    Ok(())
}

/// To Django REST framework before 3.3 a field of this name is the media type of another one, `_content`, which is the body then.
const CONTENT_TYPE: &str = "_content_type";

/// Judges the value of a field.
pub(super) fn judge_value(name: &str, value: &[u8], charset: Charset) -> Result<(), Refusal> {
    let text = std::str::from_utf8(value).map_err(|_| malformed("field value is not UTF-8"))?;
    if charset == Charset::AsciiSuperset && !text.is_ascii() {
        return Err(malformed("field value in a charset that is not UTF-8"));
    }
    if is_charset(name) && !["utf-8", "utf8"].iter().any(|utf8| text.eq_ignore_ascii_case(utf8)) {
        return Err(malformed("_charset_ is not UTF-8"));
    }
    if name == CONTENT_TYPE {
        judge_other_type(value)?;
    }
    Ok(())
}

/// Judges the value of a field that calls it quoted-printable (RFC 2045, section 6.7): some decode it and others do not, so it
/// has to be the same to both.
pub(super) fn judge_quoted_printable(value: &[u8]) -> Result<(), Refusal> {
    let ends_in_blank = |line: &[u8]| line.trim_ascii_end().len() < line.strip_suffix(b"\r").unwrap_or(line).len();
    if value.contains(&b'=') || value.split(|b| *b == b'\n').any(ends_in_blank) {
        return Err(malformed("field value that is quoted-printable"));
    }
    Ok(())
}

/// HTML, section 4.10.21.5: a field of this name says how the other values are encoded. Jetty, BlackSheep and aiohttp look
/// no further than at the name: a file may say it, too.
pub(super) fn is_charset(name: &str) -> bool {
    name.eq_ignore_ascii_case("_charset_")
}

/// Whether `name=`, `filename=`, `filename*=` or `filename*0*=` stands in it, also with spaces before the `=`.
fn has_parameter(lower: &str) -> bool {
    lower.split("name").skip(1).any(|rest| {
        rest.trim_start_matches(|c: char| c == '*' || c.is_whitespace() || c.is_ascii_digit()).starts_with('=')
    })
}

/// Whether `content-type:` or another such header field stands in it. Ruby's CGI, CGI::Simple and cgicc look for it anywhere in the
/// header lines, and take the media type of the file from where it stands first: behind the quote of a name.
fn has_header_line(lower: &str) -> bool {
    lower.split("content-").skip(1).any(|rest| {
        rest.trim_start_matches(|c: char| c == '-' || c.is_ascii_alphabetic()).trim_start().starts_with(':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

    #[test]
    fn honest_names_pass() {
        for name in
            ["f", "post[image]", "a[]", "user.name", "first name", "50%", "a'b(c)", "r\u{e9}sum\u{e9}", "content-type"]
        {
            assert_eq!(judge_file_field_name(name), Ok(()), "{name}");
        }
        assert_eq!(judge_name("f["), Ok(()), "an ordinary field");
    }

    #[test]
    fn names_that_parsers_read_differently_are_refused() {
        for (name, text) in [
            ("empty", ""),
            ("leading_slash", "/f"),
            ("leading_space", " f"),
            ("trailing_space", "f "),
            ("byte_order_mark", "\u{feff}f"),
            ("encoded_word", "=?UTF-8?B?Zg==?="),
            ("beginning_of_an_encoded_word", "a=?b"),
            ("quote", "a\"b"),
            ("escaped_quote", "a%22b"),
            ("escaped_line_end", "a%0D%0Ab"),
            ("parameter_inside", "a name=b"),
            ("file_name_inside", "filename=b.aspx"),
            ("file_name_in_another_case", "aFileName =b"),
            ("continuation_inside", "a filename*0*=b"),
            ("semicolon", "a;b"),
            ("media_type", "Content-Type: text/html"),
            ("media_type_inside", "a content-type :text/html"),
            ("transfer_encoding", "Content-Transfer-Encoding:base64"),
            ("no_break_space_behind", "a\u{a0}"),
            ("ideographic_space_before", "\u{3000}a"),
            ("zero_width_space", "a\u{200b}b"),
            ("direction", "a\u{202e}b"),
            ("control", "a\x01b"),
        ] {
            assert_eq!(judge_name(text).unwrap_err().reason, Reason::UploadMalformed, "{name}");
        }
        for text in ["_FILES[a][tmp_name", "f[", "f]", "a[b[c]]", "f]a[", "_charset_", "_CHARSET_", "a filename"] {
            assert!(judge_file_field_name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn file_names_that_parsers_read_differently_are_refused() {
        for (name, sent) in [("parameter", "a; filename=b.php"), ("media_type", "Content-Type: text/html a.png")] {
            assert_eq!(judge_sent_filename(sent).unwrap_err().reason, Reason::UploadMalformed, "{name}");
        }
        for sent in ["a.png", "content-type.txt", "Table of contents: part 1.txt"] {
            assert_eq!(judge_sent_filename(sent), Ok(()), "{sent}");
        }
    }

    #[test]
    fn quoted_printable_is_what_it_decodes_to() {
        for (name, value, passes) in [
            ("empty", &b""[..], true),
            ("words", b"a b_c", true),
            ("lines", b"a\r\n\r\n b", true),
            ("escape", b"a=3Db", false),
            ("soft_line_end", b"a=\r\nb", false),
            ("blank_behind", b"a ", false),
            ("tab_before_a_line_end", b"a\t\r\nb", false),
            ("carriage_returns", b"a\r\r\nb", false),
        ] {
            assert_eq!(judge_quoted_printable(value).is_ok(), passes, "{name}");
        }
    }

    #[test]
    fn values_are_utf_8() {
        for (name, field, value, charset, passes) in [
            ("empty", "f", &b""[..], Charset::Utf8, true),
            ("utf_8", "f", "\u{e9}".as_bytes(), Charset::Utf8, true),
            ("nul_is_content", "f", b"a\0b", Charset::Utf8, true),
            ("latin_1", "f", b"\xe9", Charset::Utf8, false),
            ("surrogate", "f", b"\xed\xa0\x80", Charset::Utf8, false),
            ("overlong", "f", b"\xc0\xaf", Charset::Utf8, false),
            ("java_ascii", "f", b"abc", Charset::AsciiSuperset, true),
            ("java_not_ascii", "f", "\u{e9}".as_bytes(), Charset::AsciiSuperset, false),
            ("charset_utf_8", "_charset_", b"UTF-8", Charset::Utf8, true),
            ("charset_latin_1", "_charset_", b"iso-8859-1", Charset::Utf8, false),
        ] {
            assert_eq!(judge_value(field, value, charset).is_ok(), passes, "{name}");
        }
    }
}
