//! What becomes of a file's name: [`Filename::judge`] and the rules behind it.
//!
//! The judge sees the name as the client sent it (UTF-8, without control characters) and ends with the name that the
//! application gets. Extensions are judged after that, on that name. The answer does not depend on the operating system.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::policy::FilenameRule;
use crate::reason::{Reason, Refusal};

/// The longest file name any common file system takes.
const MAX_BYTES: usize = 255;

/// The names of one form: the rule, and the names already given, so that none is given twice.
#[derive(Debug)]
pub(super) struct Filenames {
    rule: FilenameRule,
    max_chars: usize,
    /// Folded as a case-insensitive file system would. Bounded by the number of files in a form.
    given: HashSet<String>,
    /// Makes random names.
    entropy: [u8; 16],
}

impl Filenames {
    pub(super) fn new(rule: FilenameRule, max_chars: usize, entropy: [u8; 16]) -> Self {
        Self { rule, max_chars, given: HashSet::new(), entropy }
    }

    /// Makes of a name what the application gets.
    pub(super) fn judge(&mut self, sent: &str) -> Result<String, Refusal> {
        if sent.chars().count() > self.max_chars || sent.len() > MAX_BYTES {
            return Err(invalid(sent, "longer than a file name may be"));
        }
        let name = match self.rule {
            FilenameRule::Keep => keep(sent)?,
            FilenameRule::Werkzeug => secure_filename(sent),
            FilenameRule::Sanitize | FilenameRule::Random | FilenameRule::Refuse => sanitize(sent)?,
        };
        if name.is_empty() {
            return Err(invalid(sent, "nothing is left of it"));
        }
        match self.rule {
            FilenameRule::Keep => Ok(name),
            FilenameRule::Refuse if name != sent => Err(invalid(sent, "it would have to be changed")),
            FilenameRule::Refuse if !self.given.insert(fold(&name)) => Err(invalid(sent, "it stands twice")),
            FilenameRule::Refuse => Ok(name),
            FilenameRule::Random => Ok(self.random(&name)),
            FilenameRule::Sanitize | FilenameRule::Werkzeug => self.unique(name),
        }
    }

    /// `name.png`, or `name-2.png` when that name was given to another file of this form.
    fn unique(&mut self, name: String) -> Result<String, Refusal> {
        if self.given.insert(fold(&name)) {
            return self.fitting(name);
        }
        // A free number is found after at most as many tries as names were given.
        let (stem, dot, extension) = split_extension(&name);
        for number in 2..=self.given.len().saturating_add(2) {
            let candidate = format!("{stem}-{number}{dot}{extension}");
            if self.given.insert(fold(&candidate)) {
                return self.fitting(candidate);
            }
        }
        Err(Reason::InternalError.into())
    }

    /// Sanitising and numbering can lengthen a name by a few bytes.
    fn fitting(&self, name: String) -> Result<String, Refusal> {
        if name.len() > MAX_BYTES {
            return Err(invalid(&name, "longer than a file name may be"));
        }
        Ok(name)
    }

    /// 128 bits and the number of the file in its form: unpredictable, and unique in it.
    fn random(&mut self, name: &str) -> String {
        let (_, dot, extension) = split_extension(name);
        let bits = u128::from_be_bytes(self.entropy);
        let number = self.given.len();
        self.given.insert(number.to_string());
        format!("{bits:032x}-{number}{dot}{extension}")
    }
}

fn invalid(name: &str, why: &'static str) -> Refusal {
    Refusal::new(Reason::UploadFilenameInvalid, format!("file name {name:?}: {why}"))
}

fn traversal(name: &str) -> Refusal {
    Refusal::new(Reason::UploadFilenameTraversal, format!("file name {name:?}"))
}

/// Case and form of characters do not make two names on every file system.
fn fold(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

fn split_extension(name: &str) -> (&str, &str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, ".", extension),
        _ => (name, "", ""),
    }
}

/// What no rule lets pass: names that climb, and names that systems or parsers read in two ways.
fn refuse_ambiguous(name: &str) -> Result<(), Refusal> {
    let decoded = percent_decoded(name);
    for reading in [name.as_bytes(), &decoded] {
        if reading.contains(&b'\\') {
            return Err(traversal(name));
        }
        if reading.iter().any(|b| *b < 0x20 || *b == 0x7f) {
            return Err(invalid(name, "control character"));
        }
        if reading.ends_with(b".") || reading.ends_with(b" ") {
            return Err(invalid(name, "it ends in a dot or a space"));
        }
    }
    if decoded != name.as_bytes() && decoded.iter().filter(|b| **b == b'/').count() > name.matches('/').count() {
        return Err(traversal(name));
    }
    if let Some(c) = name.chars().find(|c| is_invisible(*c)) {
        return Err(invalid(
            name,
            if is_bidi(c) { "it changes the direction of writing" } else { "invisible character" },
        ));
    }
    if name.contains("=?") && name.contains("?=") {
        return Err(invalid(name, "RFC 2047 encoded word"));
    }
    Ok(())
}

/// The name stays as it is, or is refused: nothing may be in it that the parsers behind us read in different ways.
fn keep(name: &str) -> Result<String, Refusal> {
    refuse_ambiguous(name)?;
    if name.contains('/') || name == "." || name == ".." {
        return Err(traversal(name));
    }
    if percent_decoded(name) != name.as_bytes() {
        return Err(invalid(name, "percent escape"));
    }
    if name.starts_with(' ') {
        return Err(invalid(name, "it starts with a space"));
    }
    if has_entity(name) {
        return Err(invalid(name, "HTML entity"));
    }
    if name.chars().any(|c| is_joiner(c) || (c != ' ' && c.is_whitespace())) {
        return Err(invalid(name, "invisible character"));
    }
    Ok(name.to_owned())
}

/// A name that every system and every parser reads as the same name, in any script.
fn sanitize(sent: &str) -> Result<String, Refusal> {
    refuse_ambiguous(sent)?;
    // Browsers send `folder/name.png` when a whole folder was chosen.
    let (folder, name) = sent.rsplit_once('/').map_or((None, sent), |(folder, name)| (Some(folder), name));
    let climbs =
        |folder: &str| folder.split('/').any(|part| part.is_empty() || part.trim_matches(['.', ' ']).is_empty());
    if folder.is_some_and(climbs) || name.trim_matches(['.', ' ']).is_empty() {
        return Err(traversal(sent));
    }
    let mut clean = String::with_capacity(name.len());
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        match c {
            // Escapes that one parser decodes and another does not.
            '%' if starts_with_hex(rest.as_str(), 2) => {
                clean.push('_');
                // A browser writes a quotation mark as %22.
                if let Some(after) = rest.as_str().strip_prefix("22") {
                    rest = after.chars();
                }
            }
            '&' if starts_entity(rest.as_str()) => clean.push('_'),
            // Windows forbids these, or gives them a meaning; shells do.
            '<' | '>' | ':' | '"' | '|' | '?' | '*' | '`' | '$' | ';' => clean.push('_'),
            c if is_joiner(c) => {}
            c if c.is_whitespace() => clean.push(' '),
            c => clean.push(c),
        }
    }
    // A hidden file, a home, an option, a list of files, a formula.
    let clean = clean.trim_start_matches(['.', ' ', '~']);
    let clean: String = clean.nfc().collect();
    if clean.is_empty() || clean.ends_with(['.', ' ']) {
        return Err(invalid(sent, "nothing is left of it, or it ends in a dot or a space"));
    }
    if clean.starts_with(['-', '@', '=', '+']) || is_device(&clean) {
        return Ok(format!("_{clean}"));
    }
    Ok(clean)
}

/// Names that Windows gives to devices, in whatever folder and with whatever extension.
fn is_device(name: &str) -> bool {
    let stem: String = name.split('.').next().unwrap_or("").trim_end_matches(' ').nfkc().collect();
    let stem = stem.to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CLOCK$" | "CLOCK_" | "CONIN$" | "CONIN_" | "CONOUT$" | "CONOUT_" => true,
        // Superscript digits are digits here; NFKC made them so.
        _ => matches!(stem.as_bytes(), [b'C', b'O', b'M', b'0'..=b'9'] | [b'L', b'P', b'T', b'0'..=b'9']),
    }
}

/// Characters that show nothing, and line separators: two names that look alike, or one that looks like another.
fn is_invisible(c: char) -> bool {
    match c {
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => true,
        c if is_bidi(c) => true,
        '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' => true,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' => true,
        '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' => true,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' => true,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => true,
        _ => false,
    }
}

/// What turns the direction of writing: `photo\u{202e}gnp.exe` is shown as `photoexe.png`.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Invisible, but a part of honest names in Persian, Indic scripts and emoji; and the soft hyphen. They are left out.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

fn has_entity(name: &str) -> bool {
    name.match_indices('&').any(|(at, _)| starts_entity(name.get(at.saturating_add(1)..).unwrap_or("")))
}

/// HTML has names for entities without number, and parsers take some of them without their semicolon.
fn starts_entity(rest: &str) -> bool {
    rest.starts_with(|c: char| c == '#' || c.is_ascii_alphabetic())
}

fn starts_with_hex(text: &str, count: usize) -> bool {
    text.len() >= count && text.bytes().take(count).all(|b| b.is_ascii_hexdigit())
}

/// The name as a parser reads it that decodes escapes.
fn percent_decoded(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escape = match after {
            [high, low, ..] if *byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = after.get(2..).unwrap_or(&[]);
            }
            None => {
                out.push(*byte);
                rest = after;
            }
        }
    }
    out
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// What Werkzeug's function of this name makes of a file name on POSIX. May be empty.
///
/// Compatibility decomposition, ASCII only, separators and white space to `_`, nothing but letters, digits, `_`, `.`
/// and `-`, no `.` or `_` at either end.
pub fn secure_filename(name: &str) -> String {
    let ascii: String = name.nfkd().filter(char::is_ascii).map(|c| if c == '/' { ' ' } else { c }).collect();
    let joined = ascii.split(is_python_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let plain: String = joined.chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).collect();
    plain.trim_matches(['.', '_']).to_owned()
}

/// What Python's `str.split` takes for white space within ASCII.
fn is_python_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\x1c'..='\x1f' | ' ')
}
