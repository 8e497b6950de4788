//! [`Parameters`]: parameters that may hold the name of a file, and what their values are judged by.

use std::borrow::Cow;

use super::json::possible_names;
use super::judge_path;
use super::places::{Holds, held};
use super::room::Room;
use super::scripts::{Certainty, judge_loosely};
use crate::percent;
use crate::reason::Refusal;
use crate::upload::extension_rules::ExtensionRules;

/// Judges the parameters that stand in one place: a form, the query, or the cookies.
#[derive(Debug)]
pub(in crate::upload) struct Parameters {
    /// What is called `name` holds.
    of_names: Certainty,
    room: Room,
}

impl Parameters {
    /// Of a form, in which people write names of anything.
    pub(in crate::upload) fn of_people() -> Self {
        Self { of_names: Certainty::SomeName, room: Room::of_form() }
    }

    /// Of the query or the cookies, which programs write.
    pub(super) fn of_programs() -> Self {
        Self { of_names: Certainty::FileName, room: Room::of_head() }
    }

    /// Judges one. `Some`: why no file may come with it.
    pub(in crate::upload) fn judge(
        &mut self,
        name: &str,
        value: &[u8],
        rules: &ExtensionRules,
    ) -> Result<Option<Refusal>, Refusal> {
        let Some(holds) = held(name) else { return Ok(None) };
        self.judge_held(holds, &String::from_utf8_lossy(value), rules)
    }

    /// The same of one that is written with escapes. To Free Pascal, which decodes the pair before it cuts it, an escaped sign ends
    /// the name as well.
    pub(super) fn judge_encoded(
        &mut self,
        name: &[u8],
        value: &[u8],
        rules: &ExtensionRules,
    ) -> Result<Option<Refusal>, Refusal> {
        let decoded = percent::decode_form(name);
        let name = String::from_utf8_lossy(&decoded);
        let value = || String::from_utf8_lossy(&percent::decode_form(value)).into_owned();
        if let Some((name, before)) = name.split_once('=')
            && let Some(holds) = held(name)
        {
            let joined = format!("{before}={}", value());
            let refusal = self.judge_held(holds, joined.strip_suffix('=').unwrap_or(&joined), rules)?;
            if refusal.is_some() {
                return Ok(refusal);
            }
        }
        let Some(holds) = held(&name) else { return Ok(None) };
        self.judge_held(holds, &value(), rules)
    }

    fn judge_held(&mut self, holds: Holds, value: &str, rules: &ExtensionRules) -> Result<Option<Refusal>, Refusal> {
        let (values, certainty) = match holds {
            Holds::TheName | Holds::FileName => (vec![Cow::Borrowed(value)], Certainty::FileName),
            Holds::SomeName => (vec![Cow::Borrowed(value)], self.of_names),
            Holds::Json => (possible_names(value), self.of_names),
            Holds::Extension => (vec![format!("file.{}", value.trim_start_matches('.')).into()], Certainty::SomeName),
        };
        for value in values.iter().filter(|value| may_have_extension(value)) {
            let verdict = self.room.take(value.len()).and_then(|()| match holds {
                Holds::TheName => judge_path(value, rules).and_then(|()| judge_loosely(value, certainty, rules)),
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
}

/// Most words have none, and no escape or other spelling could bring it.
fn may_have_extension(value: &str) -> bool {
    !value.is_ascii() || value.bytes().any(|byte| matches!(byte, b'.' | b'%'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::UploadPolicy;

    fn forbids_files(mut parameters: Parameters, name: &str, value: &str) -> bool {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        parameters.judge(name, value.as_bytes(), &rules).unwrap().is_some()
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
            assert_eq!(forbids_files(Parameters::of_people(), "name", value), of_people, "{value}");
            assert_eq!(forbids_files(Parameters::of_programs(), "name", value), of_programs, "{value}");
            assert_eq!(forbids_files(Parameters::of_people(), "fileName", value), of_programs, "{value}");
        }
        assert!(!forbids_files(Parameters::of_programs(), "title", "shell.php"));
    }

    #[test]
    fn an_escaped_sign_ends_a_name() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        for (name, value, expected) in [
            ("filename%3dshell.php", "", true),
            ("filename%3Dx", "y.php", true),
            ("x%3dfilename", "shell.php", true),
            ("title%3dshell.php", "", false),
            ("filename%3da.png", "", false),
        ] {
            let verdict = Parameters::of_programs().judge_encoded(name.as_bytes(), value.as_bytes(), &rules);
            assert_eq!(!matches!(verdict, Ok(None)), expected, "{name}={value}");
        }
    }

    #[test]
    fn an_extension_stands_apart() {
        for (value, expected) in
            [("php", true), (".PHP", true), ("html", true), ("png", false), ("js", false), ("042", false), ("", false)]
        {
            assert_eq!(forbids_files(Parameters::of_people(), "extension", value), expected, "{value}");
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
            assert_eq!(forbids_files(Parameters::of_people(), "chunkMetadata", json), expected, "{json}");
        }
    }

    #[test]
    fn what_is_nothing_but_a_name_is_judged_without_a_file() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        let mut names = Parameters::of_people();
        assert!(names.judge("flowFilename", b"a.php", &rules).is_err());
        assert_eq!(names.judge("flowFilename", b"a.png", &rules), Ok(None));
        assert_eq!(names.judge("title", b"a.php", &rules), Ok(None));
        assert!(matches!(names.judge("name", b"a.php", &rules), Ok(Some(_))));
    }

    #[test]
    fn the_length_of_all_names_is_bounded() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        let mut of_query = Parameters::of_programs();
        let name = format!("{}.a", "a".repeat(8 * 1024 - 2));
        assert_eq!(of_query.judge("name", name.as_bytes(), &rules), Ok(None));
        assert!(matches!(of_query.judge("name", b"a.a", &rules), Ok(Some(_))));
        let name = format!("{}.a", "a".repeat(100_000));
        let no_name = "a".repeat(100_000);
        let json = format!("{{\"fileName\":\"{name}\",\"text\":\"{name}\"}}");
        for (what, fields, is_refused, forbids_files) in [
            ("as much as may be", &[("name", &name), ("qqfile", &name)][..], false, false),
            ("more", &[("name", &name), ("metadata", &json), ("fileName", &name)], false, true),
            (
                "more, in a field that is nothing else",
                &[("name", &name), ("metadata", &json), ("qqfile", &name)],
                true,
                false,
            ),
            ("other fields", &[("name", &name), ("title", &name), ("text", &name), ("qqfile", &name)], false, false),
            (
                "no names",
                &[("name", &no_name), ("name", &no_name), ("metadata", &no_name), ("name", &name)],
                false,
                false,
            ),
        ] {
            let mut names = Parameters::of_people();
            let verdicts: Vec<_> =
                fields.iter().map(|(field, value)| names.judge(field, value.as_bytes(), &rules)).collect();
            assert_eq!(verdicts.iter().any(Result::is_err), is_refused, "{what}");
            assert_eq!(verdicts.iter().any(|verdict| matches!(verdict, Ok(Some(_)))), forbids_files, "{what}");
        }
    }
}
