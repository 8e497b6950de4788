//! The names that a file could get: what servers and applications make of a name before they store a file under it.
//!
//! A name is refused if one of its readings is. To add a reader, add what it does to [`STAGES`].

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::secure_filename::secure_filename;
use crate::percent;

/// What somebody makes of a name. `None` if it is plain that this is the name itself.
type Way = fn(&str) -> Option<String>;

/// A name is decoded, then cleaned, then transcribed: at each stage in one of these ways or not at all.
const STAGES: [&[Way]; 3] = [&[unescaped], &[cleaned], &[compatible, transcribed, transcribed_on_windows]];

/// The name itself, and everything else that it is to somebody.
pub(super) fn readings(name: &str) -> Vec<Cow<'_, str>> {
    let mut readings = vec![Cow::Borrowed(name)];
    // What everybody leaves as it is.
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return readings;
    }
    for ways in STAGES {
        let made: Vec<_> = readings.iter().flat_map(|reading| ways.iter().filter_map(|way| way(reading))).collect();
        for reading in made {
            if !readings.iter().any(|known| *known == reading) {
                readings.push(Cow::Owned(reading));
            }
        }
    }
    readings
}

/// An application that takes escapes out of what its server has decoded, and CivetWeb, GoAhead and Swoole, which take them out of
/// what is no part of an address.
pub(super) fn unescaped(name: &str) -> Option<String> {
    name.contains('%').then(|| String::from_utf8_lossy(&percent::decode(name)).into_owned())
}

/// PHP's `strip_tags`, which takes out tags, whole or not; Django's `get_valid_filename`, which takes out slashes; and who takes out
/// all but letters, digits and a few marks. `Lesson 3. PHP` is no script for all that: only a blank within an extension counts.
fn cleaned(name: &str) -> Option<String> {
    name.contains(['<', '/', ' ']).then(|| {
        let mut pieces = name.split('<');
        let before = pieces.next().unwrap_or_default();
        let behind_tags = pieces.filter_map(|piece| piece.split_once('>')).map(|(_tag, behind)| behind);
        let mut cleaned: String = std::iter::once(before).chain(behind_tags).collect();
        cleaned.retain(|c| c != '/');
        cleaned.trim_end_matches(['.', ' ']).replace(". ", ".-").replace(' ', "")
    })
}

/// File systems and databases that keep one form of a character: fullwidth letters and dots are plain ones.
fn compatible(name: &str) -> Option<String> {
    // U+3002 and U+FF61 are full stops to those who read domain names.
    Some(name.nfkc().map(|c| if c == '\u{3002}' { '.' } else { c }).collect())
}

/// Flask, and whoever else leaves out what is not ASCII: `x.p\u{43d}hp` is `x.php`.
fn transcribed(name: &str) -> Option<String> {
    Some(secure_filename(name))
}

/// The same where a backslash parts folders.
fn transcribed_on_windows(name: &str) -> Option<String> {
    name.contains('\\').then(|| secure_filename(&name.replace('\\', "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_finds_the_script() {
        for (reader, name) in [
            ("as it stands", "a.php"),
            ("decodes once more", "a%2ephp"),
            ("strips tags", "a.p<b>hp"),
            ("strips a tag without its end", "a.php<b"),
            ("strips slashes", "a.p/hp"),
            ("strips blanks", "a.p hp"),
            ("decodes, then strips", "a.p%2Fhp"),
            ("keeps compatible characters", "a\u{ff0e}\u{ff50}\u{ff48}\u{ff50}"),
            ("knows other full stops", "a\u{3002}php"),
            ("transcribes", "a.p\u{43d}hp"),
            ("knows no folders", "a.p\\hp"),
            ("strips a tag and what Windows takes off", "a.p<b>hp. /"),
            ("strips, then transcribes", "a.p\u{43d}<b>hp"),
        ] {
            assert!(readings(name).iter().any(|reading| reading == "a.php"), "{reader}: {:?}", readings(name));
        }
    }

    #[test]
    fn a_backslash_ends_the_extension_where_it_parts_folders() {
        let readings = readings("a.p\u{43d}hp\\b.png");
        assert!(readings.iter().any(|reading| reading == "a.php_b.png"), "{readings:?}");
    }

    #[test]
    fn no_reading_is_there_twice() {
        assert_eq!(readings("IMG_0001-2.tar.gz"), ["IMG_0001-2.tar.gz"]);
        assert_eq!(readings("a b.png"), ["a b.png", "ab.png", "a_b.png"]);
    }
}
