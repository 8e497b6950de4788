//! The fields of a form that hold the names of files.

use super::parameters;
use super::places::held;
use super::room::Room;
use super::scripts::Certainty;
use crate::reason::Refusal;
use crate::upload::extension_rules::ExtensionRules;

/// Judges the fields of one form.
#[derive(Debug, Default)]
pub(in crate::upload) struct NamesInForm(Room);

impl NamesInForm {
    /// Judges a field. `Some`: why a form with this field may not hold a file.
    pub(in crate::upload) fn judge(
        &mut self,
        name: &str,
        value: &[u8],
        rules: &ExtensionRules,
    ) -> Result<Option<Refusal>, Refusal> {
        let Some(holds) = held(name) else { return Ok(None) };
        parameters::judge(holds, &String::from_utf8_lossy(value), Certainty::SomeName, rules, &mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::UploadPolicy;

    #[test]
    fn what_is_nothing_but_a_name_is_judged_without_a_file() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        let mut names = NamesInForm::default();
        assert!(names.judge("flowFilename", b"a.php", &rules).is_err());
        assert_eq!(names.judge("flowFilename", b"a.png", &rules), Ok(None));
        assert_eq!(names.judge("title", b"a.php", &rules), Ok(None));
        assert!(matches!(names.judge("name", b"a.php", &rules), Ok(Some(_))));
    }

    #[test]
    fn the_length_of_all_names_is_bounded() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
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
            let mut names = NamesInForm::default();
            let verdicts: Vec<_> =
                fields.iter().map(|(field, value)| names.judge(field, value.as_bytes(), &rules)).collect();
            assert_eq!(verdicts.iter().any(Result::is_err), is_refused, "{what}");
            assert_eq!(verdicts.iter().any(|verdict| matches!(verdict, Ok(Some(_)))), forbids_files, "{what}");
        }
    }
}
