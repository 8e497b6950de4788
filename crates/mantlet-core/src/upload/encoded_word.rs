//! Encoded words (RFC 2047): what .NET and libraries made for mails write in a form where a name goes beyond ASCII.
//!
//! Some servers decode them (ASP.NET, Commons FileUpload) and others do not. What was decoded here is the same to all.

use crate::base64;
use crate::percent;

/// Decodes a text that is nothing but encoded words in UTF-8. `None` if it is anything else.
pub(super) fn decode(text: &str) -> Option<String> {
    let words = text.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut bytes = Vec::new();
    // Blanks between words are no part of the text.
    for word in words.split("?= =?") {
        let (charset, rest) = word.split_once('?')?;
        let (encoding, text) = rest.split_once('?').filter(|(_, text)| !text.contains('?'))?;
        if !charset.eq_ignore_ascii_case("utf-8") {
            return None;
        }
        bytes.extend(match encoding {
            "B" | "b" => base64::decode(text)?,
            "Q" | "q" => unquoted(text)?,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Escapes as in an address, but for their sign and that of a blank.
fn unquoted(text: &str) -> Option<Vec<u8>> {
    percent::decode_strictly(text.replace('%', "%25").replace('=', "%").replace('_', " ").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_or_left() {
        for (name, text, expected) in [
            ("dotnet", "=?utf-8?B?w6l0w6kucG5n?=", Some("\u{e9}t\u{e9}.png")),
            ("quoted", "=?UTF-8?Q?100%_caf=C3=A9.png?=", Some("100% caf\u{e9}.png")),
            ("two words", "=?utf-8?q?=C3?= =?utf-8?q?=A9.png?=", Some("\u{e9}.png")),
            ("plain", "a.png", None),
            ("text behind", "=?utf-8?B?w6k=?=.png", None),
            ("text between", "=?utf-8?B?w6k=?= a =?utf-8?B?w6k=?=", None),
            ("another charset", "=?iso-8859-1?Q?=E9.png?=", None),
            ("a language", "=?utf-8*fr?Q?=C3=A9.png?=", None),
            ("another encoding", "=?utf-8?X?a.png?=", None),
            ("broken base64", "=?utf-8?B?w6l0w?=", None),
            ("broken escape", "=?utf-8?Q?=C?=", None),
            ("no UTF-8", "=?utf-8?Q?=E9.png?=", None),
            ("one mark for two", "=?=", None),
        ] {
            assert_eq!(decode(text).as_deref(), expected, "{name}");
        }
    }
}
