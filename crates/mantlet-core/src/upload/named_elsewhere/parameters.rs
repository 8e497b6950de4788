//! What the parameters that may name a file are judged by.

use super::json::possible_names;
use std::borrow::Cow;

use super::judge_name;
use super::places::Holds;
use super::room::Room;
use super::scripts::{Certainty, judge_loosely};
use crate::reason::Refusal;
use crate::upload::extension_rules::ExtensionRules;

/// Judges the value of a parameter. `Some`: why no file may come with it. `of_names`: what is called `name` holds.
pub(super) fn judge(
    holds: Holds,
    value: &str,
    of_names: Certainty,
    rules: &ExtensionRules,
    room: &mut Room,
) -> Result<Option<Refusal>, Refusal> {
    let (values, certainty) = match holds {
        Holds::TheName | Holds::FileName => (vec![Cow::Borrowed(value)], Certainty::FileName),
        Holds::SomeName => (vec![Cow::Borrowed(value)], of_names),
        Holds::Json => (possible_names(value), of_names),
        Holds::Extension => (vec![Cow::Owned(format!("file.{}", value.trim_start_matches('.')))], Certainty::SomeName),
    };
    for value in values.iter().filter(|value| may_have_extension(value)) {
        let verdict = room.take(value.len()).and_then(|()| match holds {
            Holds::TheName => judge_name(value, rules).and_then(|()| judge_loosely(value, certainty, rules)),
            _ => judge_loosely(value, certainty, rules),
        });
        match verdict {
            Ok(()) => {}
            Err(refusal) if holds == Holds::TheName => return Err(refusal),
            Err(refusal) => return Ok(Some(refusal)),
        }
    }
    Ok(None)
}

/// Most words have none, and no escape or other spelling could bring it.
fn may_have_extension(value: &str) -> bool {
    !value.is_ascii() || value.bytes().any(|byte| matches!(byte, b'.' | b'%'))
}

#[cfg(test)]
mod tests {
    use super::super::places::held;
    use super::*;
    use crate::upload::UploadPolicy;

    fn forbids_files(name: &str, value: &str, of_names: Certainty) -> bool {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        held(name).is_some_and(|holds| judge(holds, value, of_names, &rules, &mut Room::default()).unwrap().is_some())
    }

    #[test]
    fn who_wrote_a_name_decides_what_is_one() {
        for (value, of_people, of_programs) in [
            ("a.png", false, false),
            ("Allegro.pl", false, false),
            ("shell.php", true, true),
            ("www.php.net", false, true),
            ("shell.php.xyz", false, true),
        ] {
            assert_eq!(forbids_files("name", value, Certainty::SomeName), of_people, "{value}");
            assert_eq!(forbids_files("name", value, Certainty::FileName), of_programs, "{value}");
            assert_eq!(forbids_files("fileName", value, Certainty::SomeName), of_programs, "{value}");
        }
        assert!(!forbids_files("title", "shell.php", Certainty::FileName));
    }

    #[test]
    fn an_extension_stands_apart() {
        for (value, expected) in
            [("php", true), (".PHP", true), ("html", true), ("png", false), ("js", false), ("042", false), ("", false)]
        {
            assert_eq!(forbids_files("extension", value, Certainty::SomeName), expected, "{value}");
        }
    }

    #[test]
    fn names_are_found_in_json() {
        for (json, expected) in [
            (r#"{"chunkIndex":0,"fileName":"shell.aspx","uploadUid":"1"}"#, true),
            (r"{fileName:'shell.aspx'}", true),
            (r#"{"FileName":"shell\u002easpx"}"#, true),
            (r#"{"FileName":"..\/a\\shell.aspx"}"#, true),
            (r#"{"fileName":"a.png","relativePath":"a.png","contentType":"image/png"}"#, false),
            (r"{\u", false),
            ("\"", false),
            ("\\", false),
        ] {
            assert_eq!(forbids_files("chunkMetadata", json, Certainty::SomeName), expected, "{json}");
        }
    }
}
