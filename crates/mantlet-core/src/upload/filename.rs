//! What becomes of a file's name: [`Filenames::judge`] and the rules behind it.
//!
//! The judge sees the name as the client sent it (UTF-8, without control characters) and ends with the name that the
//! application gets. Extensions are judged after that, on that name. The answer does not depend on the operating system.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::policy::FilenameRule;
use super::secure_filename::secure_filename;
use crate::percent;
use crate::reason::{Reason, Refusal};

/// The longest file name any common file system takes.
const MAX_BYTES: usize = 255;

/// The names of one form: the rule, and the names already given, so that none is given twice.
#[derive(Debug)]
pub(super) struct Filenames {
    rule: FilenameRule,
    max_chars: usize,
    /// Folded as a case-insensitive file system would, with the last number that made a name unique. Bounded by the number
    /// of files in a form.
    given: HashMap<String, usize>,
    /// Makes random names.
    entropy: [u8; 16],
}

impl Filenames {
    pub(super) fn new(rule: FilenameRule, max_chars: usize, entropy: [u8; 16]) -> Self {
        Self { rule, max_chars, given: HashMap::new(), entropy }
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
        let rule = self.rule;
        match rule {
            FilenameRule::Keep => Ok(name),
            FilenameRule::Refuse if name != sent => Err(invalid(sent, "it would have to be changed")),
            FilenameRule::Refuse if !self.give(&name) => Err(invalid(sent, "it stands twice")),
            FilenameRule::Refuse => Ok(name),
            FilenameRule::Random => Ok(self.random(&name)),
            FilenameRule::Sanitize | FilenameRule::Werkzeug => self.unique(name),
        }
    }

    /// `name.png`, or `name-2.png` when that name was given to another file of this form.
    fn unique(&mut self, name: String) -> Result<String, Refusal> {
        if self.give(&name) {
            return self.fitting(name);
        }
        let (stem, dot, extension) = split_extension(&name);
        // A free number comes within as many tries as names were given, and no number is tried twice for a name.
        for _ in 0..=self.given.len() {
            let number = self.given.entry(fold(&name)).or_insert(1);
            *number = number.saturating_add(1);
            let candidate = format!("{stem}-{number}{dot}{extension}");
            if self.give(&candidate) {
                return self.fitting(candidate);
            }
        }
        Err(Reason::InternalError.into())
    }

    /// Whether no other file of the form has this name.
    fn give(&mut self, name: &str) -> bool {
        match self.given.entry(fold(name)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(1);
                true
            }
        }
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
        self.given.insert(number.to_string(), 1);
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

/// The name stays as it is, or is refused: nothing may be in it that the parsers behind us read in different ways.
fn keep(name: &str) -> Result<String, Refusal> {
    refuse_ambiguous(name)?;
    if name.contains('/') || name == "." || name == ".." {
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
    // Where the name ends to h3 (Nuxt), BlackSheep and Deno, whatever the quotes say.
    if name.contains([';', '=']) {
        return Err(invalid(name, "semicolon or equals sign"));
    }
    if name.chars().any(|c| is_joiner(c) || (c != ' ' && c.is_whitespace())) {
        return Err(invalid(name, "invisible character"));
    }
    Ok(name.to_owned())
}

/// A name that every system and every parser reads as the same name, in any script.
fn sanitize(sent: &str) -> Result<String, Refusal> {
    // First, so that nothing comes together only after it was looked for: `%` and `41`, or a Greek `;`.
    let composed: String = sent.chars().filter(|c| !is_joiner(*c)).nfc().collect();
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
            '%' if starts_with_hex(rest.as_str(), 2) => {
                clean.push('_');
                // A browser writes a quotation mark as %22.
                if let Some(after) = rest.as_str().strip_prefix("22") {
                    rest = after.chars();
                }
            }
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
pub(super) fn is_invisible(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    if c.is_ascii() {
        return c.is_control();
    }
    let category = c.general_category();
    matches!(category, Control | Format | PrivateUse | Surrogate | Unassigned | LineSeparator | ParagraphSeparator)
        // Letters and a symbol that are blank: fillers of Hangul, an empty pattern of Braille.
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}')
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judge(rule: FilenameRule, sent: &str) -> Result<String, Reason> {
        Filenames::new(rule, 120, [0xab; 16]).judge(sent).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn honest_names_stay_as_they_are() {
        for name in [
            "photo.jpg",
            "IMG_0001 (2).JPG",
            "report final v2.pdf",
            "\u{43e}\u{442}\u{447}\u{451}\u{442}.pdf",
            "\u{7167}\u{7247}.png",
            "r\u{e9}sum\u{e9}.pdf",
            "it's 100% (really) #1, a+b!.txt",
            "R & D.pdf",
            "x.tar.gz",
            "\u{1f600}.png",
        ] {
            for rule in [FilenameRule::Sanitize, FilenameRule::Refuse, FilenameRule::Keep] {
                assert_eq!(judge(rule, name).as_deref(), Ok(name), "{rule:?}");
            }
        }
    }

    #[test]
    fn names_that_systems_read_differently_are_made_plain() {
        for (name, sent, expected) in [
            ("option", "-rf.png", "_-rf.png"),
            ("long_option", "--output=x.png", "_--output_x.png"),
            ("argument_file", "@file.png", "_@file.png"),
            ("pipe", "|id.png", "_id.png"),
            ("substitution", "$(id).png", "_(id).png"),
            ("backticks", "`id`.png", "_id_.png"),
            ("shell_separator", ";sleep 5;.png", "_sleep 5_.png"),
            ("formula", "=cmd|'calc'!A1.png", "_cmd_'calc'!A1.png"),
            ("equals_sign", "a.mdb=.png", "a.mdb_.png"),
            ("hidden", ".profile.png", "profile.png"),
            ("server_settings", ".htaccess", "htaccess"),
            ("windows_wildcard", "web<<", "web__"),
            ("stream", "a.php::$DATA", "a.php___DATA"),
            ("quote", "a%22b.png", "a_b.png"),
            ("escape", "caf%C3%A9.png", "caf_C3_A9.png"),
            ("entity", "a&#46;php.png", "a_#46_php.png"),
            ("folder_upload", "holiday/day 1/a.png", "a.png"),
            ("decomposed", "re\u{301}sume\u{301}.pdf", "r\u{e9}sum\u{e9}.pdf"),
            ("screenshot", "9.41\u{202f}AM.png", "9.41 AM.png"),
            ("soft_hyphen", "a\u{ad}b.png", "ab.png"),
            ("fullwidth_slash", "..\u{ff0f}a.png", "_a.png"),
            ("greek_semicolon", "a\u{37e}b.png", "a_b.png"),
            ("greek_backtick", "a\u{1fef}b.png", "a_b.png"),
            ("escape_joined_later", "a%\u{200d}2eb.png", "a_2eb.png"),
            ("yen_backslash", "a\u{a5}b.png", "a_b.png"),
            ("fullwidth_option", "\u{ff0d}rf.png", "_\u{ff0d}rf.png"),
            ("joiner", "\u{646}\u{200c}\u{627}.png", "\u{646}\u{627}.png"),
            ("device", "NUL.png", "_NUL.png"),
            ("device_in_lower_case", "aux.txt", "_aux.txt"),
            ("device_with_a_space", "con .txt", "_con .txt"),
            ("superscript_device", "LPT\u{b9}.txt", "_LPT\u{b9}.txt"),
            ("clock", "CLOCK$", "_CLOCK_"),
        ] {
            assert_eq!(judge(FilenameRule::Sanitize, sent).as_deref(), Ok(expected), "{name}");
            assert_eq!(judge(FilenameRule::Refuse, sent), Err(Reason::UploadFilenameInvalid), "{name}");
        }
    }

    #[test]
    fn names_that_climb_are_refused() {
        for sent in [
            "../../a.png",
            "..\\..\\a.png",
            "/etc/x.png",
            "C:\\dir\\a.png",
            "dir/",
            "a.php/",
            "a.php\\.",
            "..",
            ".",
            "...",
            ". .",
            "a//b.png",
            "./a.png",
            "a/../b.png",
            "..%2fa.png",
            "a%5cb.png",
        ] {
            for rule in [FilenameRule::Sanitize, FilenameRule::Random, FilenameRule::Refuse, FilenameRule::Keep] {
                let reason = judge(rule, sent).unwrap_err();
                let dots = sent.trim_matches(['.', ' ']).is_empty() || sent.ends_with(['.', ' ']);
                let expected = if dots { Reason::UploadFilenameInvalid } else { Reason::UploadFilenameTraversal };
                assert_eq!(
                    reason,
                    if sent.contains('\\') { Reason::UploadFilenameTraversal } else { expected },
                    "{sent}"
                );
            }
        }
    }

    #[test]
    fn names_that_no_reading_makes_honest_are_refused() {
        for (name, sent) in [
            ("trailing_dot", "a.php."),
            ("trailing_dots", "a.php...."),
            ("trailing_space", "a.php "),
            ("escaped_trailing_space", "a.php%20"),
            ("escaped_nul", "a.php%00.png"),
            ("escaped_line_end", "a%0d%0aSet-Cookie: x.png"),
            ("nul", "a.php\0.png"),
            ("line_feed", "a.php\n.png"),
            ("direction_override", "photo\u{202e}gnp.exe"),
            ("isolates", "a\u{2066}b\u{2069}.png"),
            ("zero_width_space", "a\u{200b}.png"),
            ("byte_order_mark", "\u{feff}a.png"),
            ("line_separator", "a\u{2028}.png"),
            ("tag_characters", "a\u{e0041}.png"),
            ("private", "a\u{e000}.png"),
            ("unassigned", "a\u{d7ff}.png"),
            ("filler", "a\u{3164}.png"),
            ("encoded_word", "=?utf-8?B?YS5waHA=?="),
            ("spaces", "   "),
            ("only_forbidden", "\u{ad}"),
        ] {
            for rule in [FilenameRule::Sanitize, FilenameRule::Random, FilenameRule::Refuse, FilenameRule::Keep] {
                assert_eq!(judge(rule, sent), Err(Reason::UploadFilenameInvalid), "{name} {rule:?}");
            }
        }
    }

    #[test]
    fn length_counts_characters_and_bytes() {
        let mut names = Filenames::new(FilenameRule::Sanitize, 120, [0; 16]);
        assert!(names.judge(&format!("{}.png", "a".repeat(116))).is_ok());
        assert!(names.judge(&format!("{}.png", "a".repeat(117))).is_err());
        assert!(names.judge(&format!("{}.png", "\u{7167}".repeat(83))).is_ok(), "253 bytes");
        assert!(names.judge(&format!("{}.png", "\u{7167}".repeat(84))).is_err(), "256 bytes");
    }

    #[test]
    fn no_two_files_of_a_form_get_the_same_name() {
        let mut names = Filenames::new(FilenameRule::Sanitize, 120, [0; 16]);
        let sent = ["image.jpg", "IMAGE.jpg", "image.jpg", "\u{e9}.png", "e\u{301}.png", "\u{ff49}mage.jpg"];
        let given: Vec<_> = sent.iter().map(|sent| names.judge(sent).unwrap()).collect();
        assert_eq!(
            given,
            ["image.jpg", "IMAGE-2.jpg", "image-3.jpg", "\u{e9}.png", "\u{e9}-2.png", "\u{ff49}mage-4.jpg"]
        );
        let mut names = Filenames::new(FilenameRule::Refuse, 120, [0; 16]);
        assert!(names.judge("a.png").is_ok());
        assert!(names.judge("A.png").is_err());
    }

    #[test]
    fn random_names_keep_only_the_extension() {
        let mut names = Filenames::new(FilenameRule::Random, 120, [0xab; 16]);
        assert_eq!(names.judge("my secret.png").unwrap(), format!("{}-0.png", "ab".repeat(16)));
        assert_eq!(names.judge("my secret.png").unwrap(), format!("{}-1.png", "ab".repeat(16)));
    }

    proptest! {
        #[test]
        fn a_sanitised_name_is_one_plain_component(sent: String) {
            let Ok(name) = judge(FilenameRule::Sanitize, &sent) else { return Ok(()) };
            prop_assert!(!name.is_empty() && name.len() <= MAX_BYTES);
            prop_assert!(!name.contains(['/', '\\', '"', ':', '\0']));
            prop_assert!(!name.starts_with(['.', '-', ' ']) && !name.ends_with(['.', ' ']));
            prop_assert_eq!(judge(FilenameRule::Sanitize, &name), Ok(name.clone()));
        }

        #[test]
        fn a_sanitised_name_is_a_fixed_point_of_every_rule(sent in "[a.%& \u{e9}\u{301}\u{200d}\u{37e}\u{ff0f}\u{3000}/~_2$=-]{1,12}") {
            let Ok(name) = judge(FilenameRule::Sanitize, &sent) else { return Ok(()) };
            for rule in [FilenameRule::Sanitize, FilenameRule::Refuse, FilenameRule::Keep] {
                prop_assert_eq!(judge(rule, &name), Ok(name.clone()));
            }
        }
    }
}
