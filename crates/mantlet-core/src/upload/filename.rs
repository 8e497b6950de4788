//! What becomes of a file's name: [`Filenames::judge`] and the rules behind it.
//!
//! The judge sees the name as the client sent it (UTF-8, without control characters) and ends with the name that the
//! application gets. Extensions are judged after that, on that name. The answer does not depend on the operating system.

mod sanitize;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use unicode_normalization::UnicodeNormalization;

pub(super) use self::sanitize::is_invisible;
use self::sanitize::{invalid, keep, sanitize};
use super::policy::FilenameRule;
use super::secure_filename::secure_filename;
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
        let name = match self.rule {
            FilenameRule::Keep => keep(sent)?,
            FilenameRule::Werkzeug => secure_filename(sent),
            FilenameRule::Sanitize | FilenameRule::Random | FilenameRule::Refuse => sanitize(sent)?,
        };
        if name.is_empty() {
            return Err(invalid(sent, "nothing is left of it"));
        }
        if name.chars().count() > self.max_chars || name.len() > MAX_BYTES {
            return Err(invalid(sent, "longer than a file name may be"));
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

/// Case and form of characters do not make two names on every file system.
fn fold(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

fn split_extension(name: &str) -> (&str, &str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) => (stem, ".", extension),
        None => (name, "", ""),
    }
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
            ("quote_itself", "a\"b.png", "a_b.png"),
            ("half_an_encoded_word", "a=?b.png", "a__b.png"),
            ("aiohttp", "my%20caf%C3%A9.png", "my caf\u{e9}.png"),
            ("escape_of_no_text", "caf%E9.png", "caf_E9.png"),
            ("escape_of_an_escape", "a%252eb.png", "a_2eb.png"),
            ("escaped_semicolon", "a%3bfilename%3db.png", "a_filename_b.png"),
            ("escaped_joiner", "a%E2%80%8Db.png", "ab.png"),
            ("entity", "a&#46;php.png", "a_#46_php.png"),
            ("folder_upload", "holiday/day 1/a.png", "a.png"),
            ("decomposed", "re\u{301}sume\u{301}.pdf", "r\u{e9}sum\u{e9}.pdf"),
            ("screenshot", "9.41\u{202f}AM.png", "9.41 AM.png"),
            ("soft_hyphen", "a\u{ad}b.png", "ab.png"),
            ("fullwidth_slash", "..\u{ff0f}a.png", "_a.png"),
            ("greek_semicolon", "a\u{37e}b.png", "a_b.png"),
            ("greek_backtick", "a\u{1fef}b.png", "a_b.png"),
            ("escape_joined_later", "a%\u{200d}2eb.png", "a.b.png"),
            ("escape_joined_later_by_another", "a%252%E2%80%8De.png", "a_2e.png"),
            ("yen_backslash", "a\u{a5}b.png", "a_b.png"),
            ("fullwidth_option", "\u{ff0d}rf.png", "_\u{ff0d}rf.png"),
            ("arabic_date", "27\u{200f}_11\u{200f}_2026.pdf", "27_11_2026.pdf"),
            ("joiner", "\u{646}\u{200c}\u{627}.png", "\u{646}\u{627}.png"),
            ("khmer_space", "\u{1780}\u{200b}\u{1781}.png", "\u{1780}\u{1781}.png"),
            ("device_behind_a_khmer_space", "N\u{200b}UL.png", "_NUL.png"),
            ("flag_of_england", "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}.png", "\u{1f3f4}.png"),
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
    fn what_climbs_when_it_is_decoded_twice_is_refused() {
        for sent in ["a%255cb.png", "..%252fa.png", "%252e%252e%252fa.png"] {
            assert_eq!(judge(FilenameRule::Sanitize, sent), Err(Reason::UploadFilenameTraversal), "{sent}");
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
            ("nul_escaped_twice", "a.php%2500.png"),
            ("escaped_direction", "photo%E2%80%AEgnp.exe"),
            ("escaped_encoded_word", "%3D?utf-8?B?YS5waHA=?%3D"),
            ("escaped_line_end", "a%0d%0aSet-Cookie: x.png"),
            ("nul", "a.php\0.png"),
            ("line_feed", "a.php\n.png"),
            ("direction_override", "photo\u{202e}gnp.exe"),
            ("isolates", "a\u{2066}b\u{2069}.png"),
            ("byte_order_mark", "\u{feff}a.png"),
            ("line_separator", "a\u{2028}.png"),
            ("language_tag", "a\u{e0001}.png"),
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
    fn a_kept_name_holds_nothing_that_others_read_otherwise() {
        for (name, sent) in [
            ("escape", "a%2eb.png"),
            ("leading_space", " a.png"),
            ("entity_without_a_semicolon", "a&period.png"),
            ("quotation_mark", "a\"b.png"),
            ("semicolon", "a;b.png"),
            ("equals_sign", "a=b.png"),
            ("joiner", "a\u{200b}b.png"),
            ("wide_space", "a\u{3000}b.png"),
        ] {
            assert_eq!(judge(FilenameRule::Keep, sent), Err(Reason::UploadFilenameInvalid), "{name}");
        }
    }

    #[test]
    fn length_counts_characters_and_bytes() {
        for rule in [FilenameRule::Sanitize, FilenameRule::Refuse, FilenameRule::Keep] {
            let fits = |name: String| judge(rule, &name).is_ok();
            assert!(fits(format!("{}.png", "a".repeat(116))), "{rule:?}");
            assert!(!fits(format!("{}.png", "a".repeat(117))), "{rule:?}");
            assert!(fits(format!("{}ab.png", "\u{7167}".repeat(83))), "255 bytes, {rule:?}");
            assert!(!fits(format!("{}.png", "\u{7167}".repeat(84))), "256 bytes, {rule:?}");
        }
        let mut names = Filenames::new(FilenameRule::Sanitize, 120, [0; 16]);
        let escaped = |letters: usize| format!("{}.png", "%E7%85%A7".repeat(letters));
        assert!(names.judge(&escaped(83)).is_ok(), "747 bytes, and 253 of its own");
        assert!(names.judge(&escaped(84)).is_err(), "256 bytes of its own");
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
