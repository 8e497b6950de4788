//! Which names are read alike by every system and every parser, and what is made of the others.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::percent;
use crate::reason::{Reason, Refusal};

/// The name stays as it is, or is refused: nothing may be in it that the parsers behind us read in different ways.
pub(super) fn keep(name: &str) -> Result<String, Refusal> {
    refuse_ambiguous(name)?;
    if name.contains('/') {
        return Err(traversal(name));
    }
    if percent::decode(name) != name.as_bytes() {
        return Err(invalid(name, "percent escape"));
    }
    if name.starts_with(' ') {
        return Err(invalid(name, "it starts with a space"));
    }
    if has_entity(name) {
        return Err(invalid(name, "HTML entity"));
    }
    // Where the name ends, to h3 (Nuxt), BlackSheep and Deno whatever the quotes say.
    if name.contains(['"', ';', '=']) {
        return Err(invalid(name, "quotation mark, semicolon or equals sign"));
    }
    if name.chars().any(|c| is_joiner(c) || (c != ' ' && c.is_whitespace())) {
        return Err(invalid(name, "invisible character"));
    }
    Ok(name.to_owned())
}

/// A name that every system and every parser reads as the same name, in any script.
pub(super) fn sanitize(sent: &str) -> Result<String, Refusal> {
    // First, so that nothing comes together only after it was looked for: `%` and `41`, or a Greek `;`.
    let composed = composed(sent);
    refuse_ambiguous(&composed)?;
    // aiohttp and needle escape a name; browsers only its quotation marks and line ends. What has no escapes is the same to all.
    let unescaped = String::from_utf8(percent::decode(&composed)).ok().filter(|unescaped| *unescaped != composed);
    let composed = match unescaped {
        Some(unescaped) => self::composed(&unescaped),
        None => composed,
    };
    refuse_ambiguous(&composed)?;
    // Browsers send `folder/name.png` when a whole folder was chosen.
    let (folder, name) = composed.rsplit_once('/').map_or((None, &*composed), |(folder, name)| (Some(folder), name));
    let climbs =
        |folder: &str| folder.split('/').any(|part| part.is_empty() || part.trim_matches(['.', ' ']).is_empty());
    if folder.is_some_and(climbs) || matches!(name, "." | "..") || (folder.is_some() && name.is_empty()) {
        return Err(traversal(sent));
    }
    let mut clean = String::with_capacity(name.len());
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        match c {
            // Escapes that one parser decodes and another does not.
            '%' if starts_with_hex(rest.as_str(), 2) => clean.push('_'),
            '&' if starts_entity(rest.as_str()) => clean.push('_'),
            c if is_special(c) => clean.push('_'),
            c if c.is_whitespace() => clean.push(' '),
            c => clean.push(c),
        }
    }
    // A hidden file, a home, an option, a list of files, a formula.
    let clean = clean.trim_start_matches(['.', ' ', '~']);
    if clean.is_empty() || clean.ends_with(['.', ' ']) {
        return Err(invalid(sent, "nothing is left of it, or it ends in a dot or a space"));
    }
    if clean.nfkc().next().is_some_and(|c| "-@+".contains(c)) || is_device(clean) {
        return Ok(format!("_{clean}"));
    }
    Ok(clean.to_owned())
}

fn composed(name: &str) -> String {
    name.chars().filter(|c| !is_joiner(*c)).nfc().collect()
}

/// What no rule lets pass: names that climb, and names that systems or parsers read in two ways.
fn refuse_ambiguous(name: &str) -> Result<(), Refusal> {
    let decoded = percent::decode(name);
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
    if name.chars().any(is_invisible) {
        return Err(invalid(name, "a character that shows nothing, or turns the direction of writing"));
    }
    if name.contains("=?") && name.contains("?=") {
        return Err(invalid(name, "RFC 2047 encoded word"));
    }
    Ok(())
}

/// What Windows forbids in names, what shells give a meaning, and the equals sign, which splits a name to Deno; also where it
/// is only a compatible or a best-fit form of the character (a fullwidth slash, a yen sign).
fn is_special(c: char) -> bool {
    const SPECIAL: &str = "/\\<>:\"|?*`$;=";
    if c.is_ascii() {
        return SPECIAL.contains(c);
    }
    matches!(c, '\u{a5}' | '\u{20a9}' | '\u{2044}' | '\u{2215}' | '\u{2216}' | '\u{29f5}' | '\u{29f8}')
        || [c].into_iter().nfkc().any(|c| SPECIAL.contains(c))
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

/// Characters that show nothing, or that nobody has given a meaning: two names that look alike, or one that a parser
/// strips them from. Some turn the direction of writing: `photo\u{202e}gnp.exe` is shown as `photoexe.png`.
pub(in crate::upload) fn is_invisible(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    if c.is_ascii() {
        return c.is_control();
    }
    let category = c.general_category();
    matches!(category, Control | Format | PrivateUse | Surrogate | Unassigned | LineSeparator | ParagraphSeparator)
        // Letters and a symbol that are blank: fillers of Hangul, an empty pattern of Braille.
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}')
}

/// Invisible, but a part of honest names: joiners of Persian, Indic scripts and emoji, the space bar of Khmer and other scripts
/// without spaces, the marks of direction that browsers write into an Arabic date, the soft hyphen, and the tags that make the
/// flag of England of a black one. They are left out.
fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}'
    )
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

pub(super) fn invalid(name: &str, why: &'static str) -> Refusal {
    Refusal::new(Reason::UploadFilenameInvalid, format!("file name {name:?}: {why}"))
}

fn traversal(name: &str) -> Refusal {
    Refusal::new(Reason::UploadFilenameTraversal, format!("file name {name:?}"))
}
