//! [`UrlencodedJudge`]: application/x-www-form-urlencoded (WHATWG URL, section 5), judged and written anew.
//!
//! Escapes must be whole; names are UTF-8, and may not be empty or hold a NUL. Values may be in another encoding, as those of
//! payment services are, since nobody finds ASCII in them that is not written there. What is plain stays as it was written, down to the case of its escapes, so that an application can check a signature over it. Written as
//! escapes are the bytes that one parser reads differently from another: `;` (once a separator), control characters and
//! bytes above ASCII. Empty pairs are left out. No form begins like a request (`GET /`): until something stands there that
//! no method has, a space is written as `+`. None begins with a question mark, either, which `URLSearchParams` takes off.
//! Where a name says that a program may come, all is written as [browsers do](Escapes::AsBrowsers).

use std::borrow::Cow;
use std::sync::Arc;

use mantlet_fields::is_token_byte;

use super::field::{is_charset, judge_value};
use super::overlong;
use super::part_head::Charset;
use super::rules::UploadRules;
use super::{Sink, malformed};
use crate::note::{Note, NoteKind};
use crate::percent;
use crate::reason::{Reason, Refusal};

/// The longest name. Those of browsers' forms have less than 100 bytes.
const MAX_NAME: usize = 8 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct UrlencodedJudge {
    rules: Arc<UploadRules>,
    /// The pair that began in an earlier chunk, as it came.
    pair: Vec<u8>,
    fields: usize,
    escapes: Escapes,
    /// The first byte that the application gets otherwise than its client sent it.
    rewritten: Option<u8>,
}

/// What of a form is written as an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// What is read differently as it is.
    Needed,
    /// All that browsers escape (WHATWG URL, section 5.2), and each name has its equals sign: if an application takes the form for a
    /// file, there is nothing in it that runs.
    AsBrowsers,
}

impl Escapes {
    fn write(self, pair: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Needed if pair.iter().all(|b| stays(*b)) => Cow::Borrowed(pair),
            Self::Needed => Cow::Owned(escape(pair, stays)),
            Self::AsBrowsers => {
                let end = memchr::memchr(b'=', pair).unwrap_or(pair.len());
                let (name, value) = pair.split_at_checked(end).unwrap_or((pair, &[]));
                let [name, value] =
                    [name, value.get(1..).unwrap_or_default()].map(|text| escape(text, stays_in_browsers));
                Cow::Owned([&*name, b"=", &*value].concat())
            }
        }
    }
}

impl UrlencodedJudge {
    pub(super) fn new(rules: Arc<UploadRules>, escapes: Escapes) -> Self {
        Self { rules, pair: Vec::new(), fields: 0, escapes, rewritten: None }
    }

    /// Takes the next piece of the body.
    pub(super) fn push(&mut self, chunk: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'&', rest) {
            let (piece, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
            rest = after.get(1..).unwrap_or(&[]);
            if self.pair.is_empty() {
                self.pair(piece, out)?;
            } else {
                self.keep(piece)?;
                self.kept_pair(out)?;
            }
        }
        self.keep(rest)
    }

    /// How many bytes it keeps.
    pub(super) fn kept(&self) -> usize {
        self.pair.len()
    }

    /// The body has ended.
    pub(super) fn finish(&mut self, out: &mut impl Sink) -> Result<(), Refusal> {
        self.kept_pair(out)
    }

    /// What the application gets otherwise than its client sent it. To who reads a form it is the same.
    pub(super) fn note(&self) -> Option<Note> {
        let first = self.rewritten?.escape_ascii();
        Some(Note::new(NoteKind::UploadFormEscaped, format!("first '{first}'")))
    }

    fn kept_pair(&mut self, out: &mut impl Sink) -> Result<(), Refusal> {
        let pair = std::mem::take(&mut self.pair);
        let verdict = self.pair(&pair, out);
        self.pair = pair;
        self.pair.clear();
        // A long one may have been the only one of its kind.
        self.pair.shrink_to(MAX_NAME);
        verdict
    }

    /// The longest name, `=` and the longest value. An escape takes three bytes for one.
    fn longest_pair(&self) -> usize {
        self.rules.max_field_size.saturating_add(MAX_NAME).saturating_mul(3).saturating_add(1)
    }

    /// Keeps an unfinished pair.
    fn keep(&mut self, piece: &[u8]) -> Result<(), Refusal> {
        if self.pair.len().saturating_add(piece.len()) > self.longest_pair() {
            return Err(Reason::UploadFieldTooLarge.into());
        }
        self.pair.extend_from_slice(piece);
        Ok(())
    }

    /// Judges one pair and writes it.
    fn pair(&mut self, pair: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        if pair.is_empty() {
            return Ok(());
        }
        if pair.len() > self.longest_pair() {
            return Err(Reason::UploadFieldTooLarge.into());
        }
        self.rules.count_part(&mut self.fields)?;
        let end = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = pair.split_at_checked(end).unwrap_or((pair, &[]));
        let name = decode(name)?;
        let value = decode(value.get(1..).unwrap_or(&[]))?;
        if name.is_empty() || name.contains(&0) {
            return Err(malformed("field name is empty or holds a NUL"));
        }
        if name.len() > MAX_NAME || value.len() > self.rules.max_field_size {
            return Err(Reason::UploadFieldTooLarge.into());
        }
        let name = std::str::from_utf8(&name).map_err(|_| malformed("field name is not UTF-8"))?;
        if is_charset(name) || !is_in_another_encoding(pair, &value) {
            judge_value(name, &value, Charset::Utf8)?;
        }
        let mut written = self.escapes.write(pair);
        if self.fields > 1 {
            out.write(b"&")?;
        } else {
            written = beginning(written);
        }
        self.rewritten = self.rewritten.or_else(|| first_rewritten(pair, &written));
        out.write(&written)
    }
}

/// Whether it is text of an old page or program (`J%F6rg`), sent on as it stands. Without escapes its bytes would have to be
/// changed, and half of a character of UTF-8 is a trick.
fn is_in_another_encoding(pair: &[u8], value: &[u8]) -> bool {
    std::str::from_utf8(value).is_err() && pair.is_ascii() && !overlong::is_in(value)
}

/// What a form may begin with: no question mark, and nothing like a request.
fn beginning(pair: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let pair = match pair.strip_prefix(b"?") {
        Some(rest) => Cow::Owned([b"%3F", rest].concat()),
        None => pair,
    };
    let method = like_a_method(&pair);
    if !pair.iter().take(method).any(|byte| *byte == b' ') {
        return pair;
    }
    pair.iter().enumerate().map(|(at, byte)| if at < method && *byte == b' ' { b'+' } else { *byte }).collect()
}

/// The first byte of a pair that was written as an escape.
fn first_rewritten(pair: &[u8], written: &[u8]) -> Option<u8> {
    pair.iter().zip(written).find(|(came, goes)| came != goes).map(|(came, _)| *came)
}

/// Whether every parser takes the byte for itself, or for what WHATWG says.
fn stays(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b';'
}

/// How much of the first pair could be a method and the space behind it (RFC 9112, section 3).
fn like_a_method(pair: &[u8]) -> usize {
    pair.iter().take_while(|b| **b == b' ' || is_token_byte(**b)).count()
}

/// Whether browsers leave it; `%` and `+` are escapes already.
fn stays_in_browsers(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"*-._%+".contains(&byte)
}

fn escape(text: &[u8], stays: fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len().saturating_mul(3));
    for byte in text {
        if stays(*byte) {
            out.push(*byte);
        } else {
            out.push(b'%');
            out.extend(percent::hex_digits(*byte));
        }
    }
    out
}

fn decode(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    if text.contains(&0) {
        return Err(malformed("NUL that is not escaped"));
    }
    percent::decode_form_strictly(text).ok_or(malformed("broken escape"))
}
