//! [`JsonJudge`]: JSON that comes where a name says that a program may come (`PUT /api/update.php`, `?filename=report.html`).
//!
//! Most of what comes there is for the application to parse, and some applications store it under that name. So what is in it is made
//! harmless without changing what it says: outside of strings stands nothing but marks, numbers and three words, and inside of them
//! the signs that begin code (`<?php`, `<%`, `${`, `@{`, a backtick) are written as escapes, which every parser of JSON takes out again
//! (RFC 8259, section 7). It is UTF-8 (section 8.1): in another charset, a sign can be the second half of a letter. Whether brackets
//! pair is the application's business.

use super::Sink;
use crate::percent;
use crate::reason::Refusal;

/// See the module.
#[derive(Debug)]
pub(super) struct JsonJudge {
    /// Why anything but JSON is refused.
    refusal: Refusal,
    at: At,
    /// The word so far, outside of strings; no longer than the longest of [`WORDS`].
    word: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Outside,
    Inside,
    /// Behind a backslash.
    Escape,
    /// In a letter of UTF-8 of which so many bytes are still to come. The next is at least this one: else the letter is written longer
    /// than it has to be, and may be a sign to somebody.
    Letter {
        left: u8,
        least: u8,
    },
}

/// The last two stand in numbers.
const WORDS: [&[u8]; 5] = [b"true", b"false", b"null", b"e", b"E"];
const LONGEST_WORD: usize = 5;

impl JsonJudge {
    pub(super) fn new(refusal: Refusal) -> Self {
        Self { refusal, at: At::Outside, word: Vec::new() }
    }

    /// Takes the next piece of the body.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        let mut written = Vec::with_capacity(chunk.len());
        for byte in chunk {
            self.at = self.next(*byte).ok_or_else(|| self.refusal.clone())?;
            if self.at == At::Inside && may_begin_code(*byte) {
                written.extend_from_slice(b"\\u00");
                written.extend(percent::hex_digits(*byte));
            } else {
                written.push(*byte);
            }
        }
        out.write(&written)
    }

    /// The body has ended.
    pub(super) fn finish(&mut self) -> Result<(), Refusal> {
        let is_whole = self.at == At::Outside && self.end_word();
        if is_whole { Ok(()) } else { Err(self.refusal.clone()) }
    }

    fn next(&mut self, byte: u8) -> Option<At> {
        match (self.at, byte) {
            (At::Outside, b'a'..=b'z' | b'A'..=b'Z') => {
                self.word.push(byte);
                (self.word.len() <= LONGEST_WORD).then_some(At::Outside)
            }
            (At::Outside, _) => {
                let is_mark = b" \t\r\n{}[]:,+-.0123456789".contains(&byte);
                let next = if byte == b'"' { At::Inside } else { At::Outside };
                (self.end_word() && (is_mark || next == At::Inside)).then_some(next)
            }
            (At::Inside, b'"') => Some(At::Outside),
            (At::Inside, b'\\') => Some(At::Escape),
            (At::Inside, b' '..=0x7f) => Some(At::Inside),
            (At::Inside, 0xc2..=0xdf) => Some(At::Letter { left: 1, least: 0x80 }),
            (At::Inside, 0xe0) => Some(At::Letter { left: 2, least: 0xa0 }),
            (At::Inside, 0xe1..=0xef) => Some(At::Letter { left: 2, least: 0x80 }),
            (At::Inside, 0xf0) => Some(At::Letter { left: 3, least: 0x90 }),
            (At::Inside, 0xf1..=0xf4) => Some(At::Letter { left: 3, least: 0x80 }),
            (At::Letter { left, least }, _) if (least..=0xbf).contains(&byte) => Some(match left {
                2.. => At::Letter { left: left.saturating_sub(1), least: 0x80 },
                _ => At::Inside,
            }),
            (At::Inside | At::Letter { .. }, _) => None,
            (At::Escape, _) => b"\"\\/bfnrtu".contains(&byte).then_some(At::Inside),
        }
    }

    /// Whether there was none, or one of [`WORDS`].
    fn end_word(&mut self) -> bool {
        let is_known = self.word.is_empty() || WORDS.contains(&&*self.word);
        self.word.clear();
        is_known
    }
}

/// Whether some language or other reads the byte as more than text. None of them can be escaped with a mere backslash.
fn may_begin_code(byte: u8) -> bool {
    byte.is_ascii_punctuation() && !b"\"\\/-_.,:".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;

    struct Written(Vec<u8>);

    impl Sink for Written {
        fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
    }

    fn written(body: impl AsRef<[u8]>, pieces: usize) -> Option<String> {
        let mut judge = JsonJudge::new(Reason::UploadExtensionBlocked.into());
        let mut out = Written(Vec::new());
        body.as_ref().chunks(pieces).try_for_each(|piece| judge.push(piece, &mut out)).ok()?;
        judge.finish().ok()?;
        Some(String::from_utf8(out.0).unwrap())
    }

    #[test]
    fn json_says_the_same_without_code() {
        for (name, body, expected) in [
            ("plain", r#"{"a":[1,-2.5e+3,true,false,null,"x y"]}"#, r#"{"a":[1,-2.5e+3,true,false,null,"x y"]}"#),
            ("pretty", "{\r\n\t\"a\" : 1\n}", "{\r\n\t\"a\" : 1\n}"),
            ("escapes", r#""\"\\\/\b\f\n\r\té""#, r#""\"\\\/\b\f\n\r\té""#),
            ("letters", "\"\u{e9}\u{e01}\u{7167}\u{1f600}\"", "\"\u{e9}\u{e01}\u{7167}\u{1f600}\""),
            ("php", r#"{"a":"<?php id();"}"#, r#"{"a":"\u003C\u003Fphp id\u0028\u0029\u003B"}"#),
            ("mail", r#"["a@b.example"]"#, r#"["a\u0040b.example"]"#),
            (
                "expression",
                r#""${a}`b`#{c}{{d}}""#,
                r#""\u0024\u007Ba\u007D\u0060b\u0060\u0023\u007Bc\u007D\u007B\u007Bd\u007D\u007D""#,
            ),
            ("behind_a_backslash", r#""\\<""#, r#""\\\u003C""#),
        ] {
            for pieces in 1..8 {
                assert_eq!(written(body, pieces).as_deref(), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn what_is_more_than_json_is_refused() {
        for (name, body) in [
            ("php", "<?php id();"),
            ("php_behind_json", "{}<?php id();"),
            ("word", "system \"id\""),
            ("word_between", "[true exec \"id\"]"),
            ("long_word", "nulltrue"),
            ("two_words_in_one", "truee"),
            ("comment", "/*<?php*/{}"),
            ("assignment", "a=1"),
            ("other_quotes", "{'a':1}"),
            ("no_end", "{\"a\":\"<"),
            ("no_end_behind_a_backslash", "\"\\\""),
            ("line_end_in_a_string", "\"a\nb\""),
            ("escaped_sign", "\"\\<?php\""),
            ("byte_order_mark", "\u{feff}{}"),
            ("utf_16", "{\0\"\0a\0\"\0}\0"),
        ] {
            for pieces in [1, 2, 100] {
                assert_eq!(written(body, pieces), None, "{name}");
            }
        }
    }

    #[test]
    fn what_is_not_utf_8_is_refused() {
        for (name, letters) in [
            ("shift_jis", &b"\x83\x5b"[..]),
            ("latin1", b"caf\xe9"),
            ("second half alone", b"\x80"),
            ("half a letter", b"\xe7\x85"),
            ("letter in a letter", b"\xe7\xe7\x85\xa7"),
            ("overlong", b"\xc0\xbc"),
            ("overlong, three bytes", b"\xe0\x80\xbc"),
            ("overlong, four bytes", b"\xf0\x80\x80\xbc"),
            ("beyond Unicode", b"\xf8\x88\x80\x80\x80"),
        ] {
            for pieces in [1, 2, 100] {
                assert_eq!(written([b"\"", letters, b"\""].concat(), pieces), None, "{name}");
            }
        }
    }
}
