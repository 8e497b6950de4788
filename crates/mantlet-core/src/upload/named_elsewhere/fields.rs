//! Fields of the head that hold the name of the file that is the body.

use mantlet_fields::Fields;

use super::judge_path;
use super::places::{held, is_held_in_field};
use super::room::Room;
use crate::base64;
use crate::charset;
use crate::percent;
use crate::reason::{Reason, Refusal};
use crate::upload::extension_rules::ExtensionRules;
use crate::upload::malformed;

/// What is known of a file whose pieces will follow (tus 1.0, Creation).
const METADATA: &[u8] = b"upload-metadata";

/// Judges the names in all of them.
pub(super) fn judge(fields: &Fields, rules: &ExtensionRules) -> Result<(), Refusal> {
    let mut room = Room::of_head();
    fields.iter().try_for_each(|field| match field.name {
        METADATA => judge_metadata(field.value, rules, &mut room),
        name if is_held_in_field(name) => judge_words(field.value, rules, &mut room),
        _ => Ok(()),
    })
}

/// Readers of such a field disagree about parameters, so each word is taken for the name.
fn judge_words(value: &[u8], rules: &ExtensionRules, room: &mut Room) -> Result<(), Refusal> {
    let text = String::from_utf8_lossy(value);
    if let Some(why) = hides_name(&text) {
        return Err(malformed(why));
    }
    // A backslash parts folders to some, and to others takes the next letter as it is.
    let unescaped = text.contains('\\').then(|| text.replace('\\', ""));
    let texts = [Some(&*text), unescaped.as_deref()].into_iter().flatten();
    for word in texts.flat_map(|text| text.split([';', '=', '"', '\''])).filter(|word| !word.is_empty()) {
        room.take(word.len())?;
        judge_path(&String::from_utf8_lossy(&percent::decode(word)), rules)?;
    }
    Ok(())
}

/// Why none of the words need be the name: it is an encoded word, in pieces (`filename*0="a.p"; filename*1="hp"`), or in a
/// charset of its own (`filename*=utf-7''a+AC4-php` is a.php to Django).
fn hides_name(text: &str) -> Option<&'static str> {
    if text.contains("=?") {
        return Some("an encoded word (RFC 2047) in a file's name");
    }
    let mut pieces = text.split('=').peekable();
    while let (Some(before), Some(value)) = (pieces.next(), pieces.peek()) {
        let before = before.trim_end();
        let (name, is_extended) = before.strip_suffix('*').map_or((before, false), |name| (name, true));
        let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if unnumbered.len() < name.len() && unnumbered.ends_with('*') {
            return Some("a file's name in pieces (RFC 2231)");
        }
        let charset = value.split_once('\'').map(|(charset, _)| charset.trim_matches([' ', '\t', '"']));
        if is_extended && charset.is_some_and(|charset| !charset::is_plain(charset.to_ascii_lowercase().as_bytes())) {
            return Some("a file's name in a charset in which letters are others");
        }
    }
    None
}

/// `filename d29ybGQucGRm,is_confidential`: pairs of a key and a value in base64.
fn judge_metadata(value: &[u8], rules: &ExtensionRules, room: &mut Room) -> Result<(), Refusal> {
    for pair in String::from_utf8_lossy(value).split(',') {
        let (key, value) = pair.trim().split_once([' ', '\t']).unwrap_or((pair, ""));
        // The key of the specification's example, the one that tus-php looks at before it, and those of Uppy.
        if held(key).is_some() {
            let name = base64::decode(value.trim()).ok_or_else(|| {
                Refusal::new(Reason::UploadMalformed, format!("{key} in Upload-Metadata is not base64"))
            })?;
            room.take(name.len())?;
            judge_path(&String::from_utf8_lossy(&name), rules)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::UploadPolicy;

    #[test]
    fn words_that_hide_a_name_are_told_from_those_that_say_it() {
        for (name, words, is_hidden) in [
            ("a name", "attachment; filename=\"a.png\"", false),
            ("utf-8", "attachment; filename*=UTF-8''a.png", false),
            ("no charset", "attachment; filename*=''a.png", false),
            ("a number at the end of another name", "attachment; page1=2; filename=a.png", false),
            ("utf-7", "attachment; filename*=utf-7''a+AC4-php", true),
            ("utf-7 behind blanks", "attachment; filename* = \"utf-7'' a+AC4-php", true),
            ("in pieces", "attachment; filename*0=\"a.p\"; filename*1=\"hp\"", true),
            ("in extended pieces", "attachment; filename*0*=utf-8''a.p; filename*12=hp", true),
            ("an encoded word", "attachment; filename=\"=?utf-8?q?a=2Ephp?=\"", true),
        ] {
            assert_eq!(hides_name(words).is_some(), is_hidden, "{name}");
        }
    }

    #[test]
    fn the_length_of_all_names_is_bounded() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        let (most, half) = ("a".repeat(8 * 1024), "a".repeat(4 * 1024 + 1));
        let encoded = |length: usize| format!("name {}", "YWFh".repeat(length / 3));
        for (what, fields, expected) in [
            ("as much as may be", &[("x-file-name", &most)][..], None),
            ("more", &[("x-file-name", &format!("{most}a"))], Some(Reason::UploadFieldTooLarge)),
            ("many", &[("x-file-name", &"a;".repeat(128))], None),
            ("more of them", &[("x-file-name", &"a;".repeat(129))], Some(Reason::UploadFieldTooLarge)),
            ("more in two", &[("x-file-name", &half), ("filename", &half)], Some(Reason::UploadFieldTooLarge)),
            ("more of another", &[("x-file-name", &half), ("x-profile-name", &half)], None),
            ("metadata", &[("upload-metadata", &encoded(8000))], None),
            (
                "more metadata",
                &[("upload-metadata", &format!("{},{}", encoded(8000), encoded(300)))],
                Some(Reason::UploadFieldTooLarge),
            ),
        ] {
            let fields = Fields::from_pairs(fields.iter().copied()).unwrap();
            assert_eq!(judge(&fields, &rules).err().map(|refusal| refusal.reason), expected, "{what}");
        }
    }

    #[test]
    fn metadata_is_read_by_its_keys() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        for (name, metadata, expected) in [
            ("tus-js-client", "filename cGhvdG8ucG5n,filetype aW1hZ2UvcG5n,is_confidential", None),
            ("program", "filename c2hlbGwucGhw", Some(Reason::UploadExtensionBlocked)),
            (
                "program behind others",
                "filetype aW1hZ2UvcG5n, filename c2hlbGwucGhw",
                Some(Reason::UploadExtensionBlocked),
            ),
            ("without padding", "filename YS5waHA", Some(Reason::UploadExtensionBlocked)),
            ("another case", "FileName c2hlbGwucGhw", Some(Reason::UploadExtensionBlocked)),
            ("two blanks", "filename  c2hlbGwucGhw", Some(Reason::UploadExtensionBlocked)),
            ("tus-php", "name c2hlbGwucGhw", Some(Reason::UploadExtensionBlocked)),
            ("as a server may call it", "original_filename c2hlbGwucGhw", Some(Reason::UploadExtensionBlocked)),
            ("escaped once more", "filename YSUyZXBocA==", Some(Reason::UploadExtensionBlocked)),
            ("twice", "filename cGhvdG8ucG5n,filename c2hlbGwucGhw", Some(Reason::UploadExtensionBlocked)),
            ("climbs", "relativePath Li4vYS5wbmc=", Some(Reason::UploadFilenameTraversal)),
            ("no name", "title c2hlbGwucGhw", None),
            ("no value", "filename", None),
            ("digits of another alphabet", "filename c2hlbGwucGhw_-", Some(Reason::UploadMalformed)),
            ("a blank inside", "filename c2hlbGwu cGhw", Some(Reason::UploadMalformed)),
            ("one digit too many", "filename c2hlbGwucGhwc", Some(Reason::UploadMalformed)),
        ] {
            let reason =
                judge_metadata(metadata.as_bytes(), &rules, &mut Room::of_head()).err().map(|refusal| refusal.reason);
            assert_eq!(reason, expected, "{name}");
        }
    }
}
