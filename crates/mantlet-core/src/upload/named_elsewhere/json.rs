//! Names of files in JSON, without a parser that would have to be the application's.
//!
//! Where strings are written as RFC 8259 has them, everybody finds the same ones, and those that a key says are something else
//! (an address, a title) are left out. Where they are not, Json.NET and others still find some, and each word counts.

use std::borrow::Cow;

/// What the key of a name contains: `FileName`, `relativePath`. In lower case.
const OF_NAMES: [&str; 3] = ["name", "path", "file"];

/// The strings that may be a name, with their escapes taken out.
pub(super) fn possible_names(json: &str) -> Vec<Cow<'_, str>> {
    match strings(json) {
        Some(strings) => without_other_values(&strings),
        // Json.NET takes both kinds of quotation marks.
        None => json.split(['"', '\'']).filter(|word| !word.is_empty()).map(unescaped).collect(),
    }
}

/// Every string, behind what stands before it. `None` if that holds more than JSON, or one does not end: another quotation
/// mark, a comment, an escape.
fn strings(json: &str) -> Option<Vec<(&str, &str)>> {
    let mut found = Vec::new();
    let mut rest = json;
    while let Some((before, behind)) = rest.split_once('"') {
        let (string, after) = behind.split_at_checked(end_of_string(behind)?)?;
        found.push((is_plain(before).then_some(before)?, string));
        rest = after.get(1..)?;
    }
    is_plain(rest).then_some(found)
}

fn is_plain(between_strings: &str) -> bool {
    let is_mark = |byte| {
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'{' | b'}' | b'[' | b']' | b':' | b',' | b'+' | b'-' | b'.')
    };
    between_strings.bytes().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte))
}

/// Where the quotation mark is that no backslash stands before.
fn end_of_string(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

/// Without the values of keys in quotation marks that are none [of names](OF_NAMES).
fn without_other_values<'a>(strings: &[(&str, &'a str)]) -> Vec<Cow<'a, str>> {
    let mut key_before = None;
    let mut names = Vec::new();
    for (before, string) in strings {
        let key = key_before.replace(*string).filter(|_| before.trim() == ":");
        if key.is_none_or(is_of_names) {
            names.push(unescaped(string));
        }
    }
    names
}

fn is_of_names(key: &str) -> bool {
    let key = unescaped(key).to_ascii_lowercase();
    OF_NAMES.iter().any(|word| key.contains(word))
}

fn unescaped(word: &str) -> Cow<'_, str> {
    let mut pieces = word.split('\\');
    let Some(first) = pieces.next().filter(|first| first.len() < word.len()) else { return Cow::Borrowed(word) };
    let mut unescaped = String::with_capacity(word.len());
    unescaped.push_str(first);
    for piece in pieces {
        let code = piece.strip_prefix('u').and_then(|rest| rest.split_at_checked(4));
        let c = code.and_then(|(digits, _)| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        unescaped.extend(c);
        unescaped.push_str(if let (Some(_), Some((_, rest))) = (c, code) { rest } else { piece });
    }
    Cow::Owned(unescaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_name_is_found() {
        for (name, json, found) in [
            ("kendo ui", r#"{"chunkIndex":0,"fileName":"a.php","uploadUid":"1"}"#, true),
            ("an escaped key", r#"{"\u0046ile\u004eame":"a.php"}"#, true),
            ("an escaped value", r#"{"FileName":"a\u002ephp"}"#, true),
            ("an array", r#"{"x":["a.php"]}"#, true),
            ("no key", r#""a.php""#, true),
            ("a key within", r#"{"x":{"name" : "a.php"}}"#, true),
            ("a key without quotes", r#"{"x":1,fileName:"a.php"}"#, true),
            ("the other quotes", "{fileName:'a.php'}", true),
            ("the other quotes around another pair", r#"{"fileName":'","url":"a.php'}"#, true),
            ("another pair in a value", r#"{"fileName":"\",\"url\":\"a.php"}"#, false),
            ("a comment", r#"{"url":/*"*/"","fileName":"a.php"}"#, true),
            ("a comment that hides its end", r#"{/*"url":*/"fileName"/*":*/:"a.php"}"#, true),
            ("an escape outside of strings", r#"{"url":\"a.php"}"#, true),
            ("no end", r#"{"url":"a.php"#, true),
            ("an address", r#"{"url":"a.php"}"#, false),
            ("an address in another case of blanks", "{\"url\" :\n \"a.php\"}", false),
            ("an address behind a name", r#"{"name":"a.png","url":"a.php"}"#, false),
            ("an apostrophe", r#"{"title":"it's","url":"a.php"}"#, false),
            ("a quote in a value", r#"{"title":"\"","url":"a.php"}"#, false),
            ("a backslash at the end", r#"{"title":"\\","url":"a.php"}"#, false),
            ("nothing", "", false),
        ] {
            assert_eq!(possible_names(json).iter().any(|word| word == "a.php"), found, "{name}");
        }
        assert_eq!(possible_names(r#"{"fileName":"\",\"url\":\"a.php"}"#), ["fileName", "\",\"url\":\"a.php"]);
    }
}
