//! The Content-Disposition of a form's part (RFC 7578, section 4.2), read strictly.
//!
//! `form-data; name="…"` and perhaps `; filename="…"`. Parameters stand once; spaces only after `;`. A backslash is read in three ways
//! by the parsers behind us: here it stands before a quotation mark (RFC 2045, section 5.1; Go, Guzzle and Ruby's libraries write them
//! so), and nowhere else. `name*` and `filename*` (RFC 8187) stand for the plain ones (reqwest and libsoup send them so), or beside one
//! that says the same (.NET and aiohttp). A name in encoded words (RFC 2047) is decoded. The dates and the size of a file (RFC 2183,
//! Ruby's httpclient) are left out.
//!
//! A name that comes out of here may hold quotation marks. That none leaves is the business of the rules for names.

use mantlet_fields::{is_token, is_token_byte};

use super::encoded_word;
use crate::percent;

/// Name and file name of a part, as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContentDisposition {
    pub(super) name: String,
    pub(super) filename: Option<String>,
}

/// Why it is refused.
pub(super) type Malformed = &'static str;

impl ContentDisposition {
    pub(super) fn parse(value: &str) -> Result<Self, Malformed> {
        if value.contains('\t') {
            return Err("tab in Content-Disposition");
        }
        let (kind, mut rest) = value.split_at_checked(value.find(';').unwrap_or(value.len())).unwrap_or((value, ""));
        if !kind.trim_end_matches(' ').eq_ignore_ascii_case("form-data") {
            return Err("Content-Disposition is not form-data");
        }
        let (mut name, mut extended_name, mut filename, mut extended_filename) = (None, None, None, None);
        while let Some(after) = rest.strip_prefix(';') {
            let (key, value) = after.trim_start_matches(' ').split_once('=').ok_or("parameter without a value")?;
            if !is_token(key.as_bytes()) {
                return Err("parameter name is not a token");
            }
            let (value, after) = parameter_value(value)?;
            rest = after.trim_start_matches(' ');
            let slot = match key.to_ascii_lowercase().as_str() {
                "name" => &mut name,
                "name*" => &mut extended_name,
                "filename" => &mut filename,
                "filename*" => &mut extended_filename,
                "creation-date" | "modification-date" | "read-date" | "size" => continue,
                _ => return Err("parameter that a form does not have"),
            };
            if slot.replace(value).is_some() {
                return Err("parameter stands twice");
            }
        }
        if !rest.is_empty() {
            return Err("junk after a parameter");
        }
        let name = agreed(name, extended_name)?.ok_or("no name")?;
        let filename = agreed(filename, extended_filename)?;
        Ok(Self { name, filename })
    }
}

/// Reads a quoted string or a token, and says what follows it.
fn parameter_value(text: &str) -> Result<(String, &str), Malformed> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted_string(quoted);
    }
    let end = text.bytes().position(|byte| !is_token_byte(byte)).unwrap_or(text.len());
    match text.split_at_checked(end) {
        Some((value, rest)) if !value.is_empty() => Ok((value.to_owned(), rest)),
        _ => Err("parameter without a value"),
    }
}

/// The same behind its opening quotation mark. Escaped is another such mark and nothing else.
fn quoted_string(text: &str) -> Result<(String, &str), Malformed> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (piece, after) = rest.split_once('"').ok_or("quote that is not closed")?;
        let before_a_quote = piece.strip_suffix('\\');
        let piece = before_a_quote.unwrap_or(piece);
        if piece.contains('\\') {
            return Err("backslash in a parameter");
        }
        value.push_str(piece);
        if before_a_quote.is_none() {
            return Ok((value, after));
        }
        value.push('"');
        rest = after;
    }
}

/// What `name` and `name*` agree on, or `filename` and `filename*`: the first is the name itself, or escaped as the second is
/// (aiohttp), or in encoded words (.NET).
fn agreed(plain: Option<String>, extended: Option<String>) -> Result<Option<String>, Malformed> {
    let worded = plain.as_deref().and_then(encoded_word::decode).filter(|name| fits_into_quotes(name));
    let Some(extended) = extended else { return Ok(worded.or(plain)) };
    let (escaped, name) =
        decoded(&extended).ok_or("name* or filename* that is not UTF-8, or that no quoted name can hold")?;
    let is_same = |plain: &str| plain == name || plain == escaped || worded.as_ref() == Some(&name);
    if plain.as_deref().is_none_or(is_same) {
        Ok(Some(name))
    } else {
        Err("name* or filename* says something else than the plain one")
    }
}

/// The value of an extended parameter, with its escapes and without.
fn decoded(extended: &str) -> Option<(&str, String)> {
    let (charset, rest) = extended.split_once('\'')?;
    let (_language, escaped) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let name = String::from_utf8(percent::decode_strictly(escaped.as_bytes())?).ok()?;
    fits_into_quotes(&name).then_some((escaped, name))
}

/// What no quoted name can hold may not come in by another door.
fn fits_into_quotes(name: &str) -> bool {
    !name.chars().any(|c| c.is_control() || c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_dispositions_are_read() {
        for (name, value, field, filename) in [
            ("field", r#"form-data; name="f""#, "f", None),
            ("file", r#"form-data; name="f"; filename="a.png""#, "f", Some("a.png")),
            ("tokens", "form-data; name=f; filename=a.png", "f", Some("a.png")),
            ("upper_case", r#"FORM-DATA; NAME="f"; FILENAME="a.png""#, "f", Some("a.png")),
            ("no_spaces", r#"form-data;name="f";filename="a.png""#, "f", Some("a.png")),
            ("other_order", r#"form-data; filename="a.png"; name="f""#, "f", Some("a.png")),
            ("empty_file_control", r#"form-data; name="f"; filename="""#, "f", Some("")),
            ("semicolon_inside", r#"form-data; name="f"; filename="a;b=c.png""#, "f", Some("a;b=c.png")),
            (
                "aiohttp",
                r#"form-data; name="f"; filename="my%20caf%C3%A9.png"; filename*=utf-8''my%20caf%C3%A9.png"#,
                "f",
                Some("my caf\u{e9}.png"),
            ),
            (
                "dotnet_beyond_ascii",
                r#"form-data; name=f; filename="=?utf-8?B?w6l0w6kucG5n?="; filename*=utf-8''%C3%A9t%C3%A9.png"#,
                "f",
                Some("\u{e9}t\u{e9}.png"),
            ),
            (
                "reqwest",
                r#"form-data; name*=utf-8''gr%C3%B6%C3%9Fe; filename="a.png""#,
                "gr\u{f6}\u{df}e",
                Some("a.png"),
            ),
            ("libsoup", r#"form-data; name="f"; filename*=UTF-8''%C3%A9t%C3%A9.png"#, "f", Some("\u{e9}t\u{e9}.png")),
            (
                "ruby_httpclient",
                r#"form-data; name="f"; filename="a.png"; read-date="Fri, 27 Nov 2026 11:27:18 +0000"; size=5"#,
                "f",
                Some("a.png"),
            ),
            (
                "dotnet_without_the_extended_one",
                r#"form-data; name="=?utf-8?B?Z3LDtsOfZQ==?="; filename="=?utf-8?B?w6l0w6kucG5n?=""#,
                "gr\u{f6}\u{df}e",
                Some("\u{e9}t\u{e9}.png"),
            ),
            ("encoded_word_with_a_quote", r#"form-data; name="f"; filename="=?utf-8?Q?a=22b?=""#, "f", Some("a\"b")),
            (
                "encoded_word_with_a_backslash",
                r#"form-data; name="f"; filename="=?utf-8?Q?a=5Cb?=""#,
                "f",
                Some("=?utf-8?Q?a=5Cb?="),
            ),
            ("go", r#"form-data; name="f"; filename="a \"b\".png""#, "f", Some("a \"b\".png")),
            ("quotes_at_the_ends", r#"form-data; name="f"; filename="\"a\"""#, "f", Some("\"a\"")),
            // What it would be to a parser that knows no escapes is left to the rules for names.
            (
                "escaped_quotes",
                r#"form-data; name="f"; filename="a.png\"; filename=\"a.php""#,
                "f",
                Some("a.png\"; filename=\"a.php"),
            ),
            (
                "extended_name_with_a_quote",
                r#"form-data; name="f"; filename="a%22b"; filename*=UTF-8''a%22b"#,
                "f",
                Some("a\"b"),
            ),
            ("dotnet", r#"form-data; name=f; filename=a.png; filename*=utf-8''a.png"#, "f", Some("a.png")),
        ] {
            let read = ContentDisposition::parse(value);
            assert_eq!(
                read,
                Ok(ContentDisposition { name: field.into(), filename: filename.map(Into::into) }),
                "{name}"
            );
        }
    }

    #[test]
    fn what_parsers_read_differently_is_refused() {
        for (name, value) in [
            ("extended_name_first", r#"form-data; name="f"; filename*=UTF-8''a.php; filename="a.png""#),
            ("extended_name_last", r#"form-data; name="f"; filename="a.png"; filename*=UTF-8''a.php"#),
            ("extended_name_twice", r#"form-data; name="f"; filename*=UTF-8''a.png; filename*=UTF-8''a.php"#),
            ("another_field_name", r#"form-data; name="f"; name*=UTF-8''g"#),
            ("extended_name_in_pieces", r#"form-data; name="f"; filename*0*=UTF-8''a.; filename*1*=php"#),
            ("extended_name_of_bad_charset", r#"form-data; name="f"; filename="a.png"; filename*=UTF-16''a.png"#),
            ("extended_name_with_a_line_end", r#"form-data; name="f"; filename="a%0d%0ab"; filename*=UTF-8''a%0d%0ab"#),
            ("extended_name_with_a_backslash", r#"form-data; name="f"; filename="a%5cb"; filename*=UTF-8''a%5cb"#),
            (
                "encoded_word_of_another_name",
                r#"form-data; name="f"; filename="=?utf-8?B?YS5waHA=?="; filename*=UTF-8''a.png"#,
            ),
            ("two_file_names", r#"form-data; name="f"; filename="a.png"; filename="a.php""#),
            ("two_names", r#"form-data; name="x"; name="f""#),
            ("two_equal_names", r#"form-data; name="f"; name="f""#),
            ("continuations", r#"form-data; name="f"; filename*0="a."; filename*1="php""#),
            ("unquoted_with_space", "form-data; name=f; filename=a.php .png"),
            ("escaped_backslash", r#"form-data; name="f"; filename="a\\b.png""#),
            ("escaped_backslash_at_the_end", r#"form-data; name="f"; filename="a.png\\"; filename="a.php""#),
            ("escaped_letter", r#"form-data; name="f"; filename="a.\php""#),
            ("escaped_end", r#"form-data; name="f"; filename="a.png\"#),
            ("escaped_quote_and_no_end", r#"form-data; name="f"; filename="a.png\"; x"#),
            ("backslash", r#"form-data; name="f"; filename="C:\dir\a.png""#),
            ("spaces_around_equals", r#"form-data; name = "f"; filename = "a.php""#),
            ("space_before_equals", r#"form-data; name ="f""#),
            ("attachment", r#"attachment; name="f"; filename="a.php""#),
            ("nothing_else", "form-data"),
            ("no_name", r#"form-data; filename="a.png""#),
            ("tabs", "form-data;\tname=\"f\""),
            ("unclosed_quote", r#"form-data; name="f"; filename="a.php"#),
            ("junk_after_quote", r#"form-data; name="f"x"#),
            ("comma", r#"form-data, name="f""#),
            ("bare_parameter", r#"form-data; name="f"; filename"#),
            ("empty_value", r#"form-data; name="f"; filename="#),
            ("unknown_parameter", r#"form-data; name="f"; page=5"#),
            ("unclosed_date", r#"form-data; name="f"; read-date="Fri; filename=a.php"#),
            ("empty_parameter", r#"form-data; name="f";"#),
        ] {
            assert!(ContentDisposition::parse(value).is_err(), "{name}");
        }
    }
}
