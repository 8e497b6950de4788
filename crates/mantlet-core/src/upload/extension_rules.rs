//! Which file names may pass by their extensions: an allow-list, a list that wins over it, and names seen as others see them.
//!
//! A name is judged in all its [readings]: an extension that only one of them shows is an extension.

use std::collections::HashSet;

use super::extension::{BlockedExtensions, Extension};
use super::extension_lists::{
    ENDS_OF_TARGETS, HARMLESS_INSIDE, KNOWN, RESERVED_NAMES, RUN_AS_FORM, RUN_AS_TEXT, default_blocked, is_active,
    is_script,
};
use super::policy::{ActiveContent, DoubleExtensions, UploadPolicy};
use super::readings::readings;
use crate::reason::{Reason, Refusal};

/// The rules made ready.
#[derive(Debug)]
pub(super) struct ExtensionRules {
    allowed: HashSet<Extension>,
    blocked: HashSet<Extension>,
    double: DoubleExtensions,
    active: ActiveContent,
}

/// What a name ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// An extension, where it has a dot.
    Extension,
    /// The end of a host or a route (`example.com`, `save.do`). Of what stands before it, only a script counts (`shell.php.com`).
    NoExtension,
}

impl ExtensionRules {
    pub(super) fn new(policy: &UploadPolicy) -> Self {
        let blocked = match &policy.blocked_extensions {
            BlockedExtensions::Default => default_blocked().map(Extension::known).collect(),
            BlockedExtensions::List(list) => list.iter().cloned().collect(),
        };
        Self {
            allowed: policy.allowed_extensions.iter().cloned().collect(),
            blocked,
            double: policy.double_extensions,
            active: policy.active_content,
        }
    }

    /// The rules for JSON, whatever it is called. Of what we know it is harmless as that; what an operator has added we do not know.
    pub(super) fn of_json(&self) -> Self {
        self.where_harmless(|word| !RUN_AS_TEXT.contains(word))
    }

    /// The same for a form without files.
    pub(super) fn of_form(&self) -> Self {
        self.where_harmless(|word| !RUN_AS_TEXT.contains(word) && !RUN_AS_FORM.contains(word))
    }

    fn where_harmless(&self, is_harmless: impl Fn(&str) -> bool) -> Self {
        let known: HashSet<_> = default_blocked().collect();
        let is_harmless = |word: &str| known.contains(word) && is_harmless(word);
        let blocked = self.blocked.iter().filter(|extension| !is_harmless(extension.as_str())).cloned();
        Self {
            allowed: self.allowed.clone(),
            blocked: blocked.collect(),
            double: self.double,
            active: ActiveContent::Allow,
        }
    }

    /// Judges the name of an uploaded file, as the application will get it.
    pub(super) fn judge_file(&self, name: &str) -> Result<Extension, Refusal> {
        readings(name).iter().try_for_each(|reading| self.judge_as_read(reading, name, End::Extension))?;
        let extension = Extension::of(name)
            .filter(|extension| self.allowed.contains(extension))
            .ok_or_else(|| Refusal::new(Reason::UploadExtensionNotAllowed, format!("file name: {name:?}")))?;
        if self.active == ActiveContent::Refuse && !KNOWN.contains(extension.as_str()) && has_active_inside(name) {
            return Err(Refusal::new(Reason::UploadActiveContent, format!("a page to some server: {name:?}")));
        }
        if RESERVED_NAMES.contains(&*name.to_ascii_lowercase()) {
            return Err(Refusal::new(Reason::UploadExtensionNotAllowed, format!("a name tools act on: {name:?}")));
        }
        Ok(extension)
    }

    /// Whether the name ends like one that the allow-list lets pass.
    pub(super) fn allows(&self, name: &str) -> bool {
        Extension::of(name).is_some_and(|extension| self.allowed.contains(&extension))
    }

    /// Judges a file without a name of its own, which is what its media type says.
    pub(super) fn judge_unnamed_file(&self, extension: Extension) -> Result<Extension, Refusal> {
        if self.allowed.contains(&extension) && !self.blocked.contains(&extension) {
            return Ok(extension);
        }
        Err(Refusal::new(
            Reason::UploadExtensionNotAllowed,
            format!("a file without a name, of the type of a .{extension}"),
        ))
    }

    /// Judges a name that need not be a file's, like the target of a request (`PUT /files/a.php`). Only what is blocked counts:
    /// `PUT /zones/example.com` is honest.
    pub(super) fn judge_name(&self, name: &str) -> Result<(), Refusal> {
        readings(name).iter().try_for_each(|reading| self.judge_reading(reading))
    }

    /// The same of a name that is one of the [readings] already.
    pub(super) fn judge_reading(&self, reading: &str) -> Result<(), Refusal> {
        // Windows takes these off the end of a name.
        let reading = reading.trim_end_matches(['.', ' ']);
        self.judge_as_read(reading, reading, End::of_target(reading))
    }

    /// Refuses what is refused whatever the allow-list says.
    fn judge_as_read(&self, read: &str, name: &str, end: End) -> Result<(), Refusal> {
        let mut components = read.split('.').skip(1).peekable();
        while let Some(component) = components.next() {
            let is_last = components.peek().is_none();
            if is_last && end == End::NoExtension {
                break;
            }
            let word = word_of(component);
            let texts = [Some(component), (word != component).then_some(word)].into_iter().flatten();
            let mut extensions = texts.filter_map(|text| Extension::parse(text).ok());
            let refuses = |extension| {
                if is_last { self.refuses_last(&extension) } else { self.refuses_inner(&extension, end) }
            };
            if let Some(reason) = extensions.find_map(refuses) {
                return Err(Refusal::new(reason, format!("file name: {name:?}")));
            }
        }
        Ok(())
    }

    fn refuses_last(&self, extension: &Extension) -> Option<Reason> {
        if self.blocked.contains(extension) {
            return Some(Reason::UploadExtensionBlocked);
        }
        let is_refused = self.active == ActiveContent::Refuse && is_active(extension.as_str());
        is_refused.then_some(Reason::UploadActiveContent)
    }

    fn refuses_inner(&self, extension: &Extension, end: End) -> Option<Reason> {
        let word = extension.as_str();
        let counts = || match end {
            End::Extension => !HARMLESS_INSIDE.contains(word) && !ENDS_OF_TARGETS.contains(word),
            End::NoExtension => is_script(word),
        };
        let is_refused = self.double == DoubleExtensions::Refuse && self.blocked.contains(extension) && counts();
        is_refused.then_some(Reason::UploadDoubleExtension)
    }
}

impl End {
    fn of_target(name: &str) -> Self {
        match Extension::of(name) {
            Some(extension) if ENDS_OF_TARGETS.contains(extension.as_str()) => Self::NoExtension,
            _ => Self::Extension,
        }
    }
}

/// `a.asp;.jpg` and `a.php_.png`: what runs is the word at the start of the component.
fn word_of(component: &str) -> &str {
    component.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("")
}

/// Whether a server's script is an extension of the name, its last or not.
pub(super) fn has_script_inside(name: &str) -> bool {
    name.split('.').skip(1).any(|component| is_script(word_of(component)))
}

/// Whether browsers run what an extension before the last one stands for.
fn has_active_inside(name: &str) -> bool {
    let inner = name.rsplit('.').skip(1);
    inner.clone().take(inner.count().saturating_sub(1)).any(|extension| is_active(&extension.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(policy: &UploadPolicy, name: &str) -> Option<Reason> {
        ExtensionRules::new(policy).judge_file(name).err().map(|refusal| refusal.reason)
    }

    #[test]
    fn allowed_extensions_pass_in_any_case_and_script() {
        let policy = UploadPolicy::default();
        for name in [
            "a.png",
            "A.PNG",
            "a.b.jpeg",
            "example.com.png",
            "Node.js.pdf",
            "ASP.NET guide.pdf",
            "Civil.War.pdf",
            "Manual.ESP.pdf",
            "Allegro.ru invoice.pdf",
            "at 9.41.PM.png",
            "nginx.conf.txt",
            "php.png",
            "v1.2.txt",
            "\u{43e}\u{442}\u{447}\u{451}\u{442}.pdf",
            "\u{7167}\u{7247}.png",
            "report.final (2).pdf",
            "requirements.txt",
        ] {
            assert_eq!(verdict(&policy, name), None, "{name}");
        }
    }

    #[test]
    fn what_others_would_run_is_refused() {
        use Reason::{
            UploadActiveContent as Active, UploadDoubleExtension as Double, UploadExtensionBlocked as Blocked,
            UploadExtensionNotAllowed as NotAllowed,
        };
        let policy = UploadPolicy::default();
        for (name, reason) in [
            ("shell.php", Blocked),
            ("a.PhP", Blocked),
            ("a.pHtMl", Blocked),
            ("a.phar", Blocked),
            ("a.png.php", Blocked),
            ("a.jsp", Blocked),
            ("uwsgi.ini", Blocked),
            ("__init__.py", Blocked),
            ("x.pth", Blocked),
            ("web.config", Blocked),
            ("a.html", Active),
            ("a.svg", Active),
            ("a.xml", Active),
            ("shell.php.png", Double),
            ("shell.php.jpg.png", Double),
            ("a.asp;.jpg", Double),
            ("a.php_.png", Double),
            ("a.php_00.png", Double),
            ("a.sh.txt", Double),
            ("chart.pl.png", Double),
            ("a.war", Blocked),
            ("a.png.ini", Blocked),
            ("a.var.txt", Double),
            // Other views of the name.
            ("a\u{ff0e}\u{ff50}\u{ff48}\u{ff50}", Blocked),
            ("a\u{2024}php", Blocked),
            ("a\u{3002}php", Blocked),
            ("x.p\u{43d}hp", Blocked),
            ("x.\u{1e55}hp", Blocked),
            ("x.p\u{43d}hp.png", Double),
            ("a\u{ff0e}php.png", Double),
            // Not on the list.
            ("a.docx", NotAllowed),
            ("a", NotAllowed),
            (".png", NotAllowed),
            ("png", NotAllowed),
            ("a.", NotAllowed),
            ("a.p\u{f1}g", NotAllowed),
            ("Dockerfile", NotAllowed),
            ("authorized_keys", NotAllowed),
            ("package.json", NotAllowed),
        ] {
            assert_eq!(verdict(&policy, name), Some(reason), "{name}");
        }
    }

    #[test]
    fn the_policy_decides() {
        let list = |names: &[&str]| names.iter().map(|name| Extension::parse(name).unwrap()).collect::<Vec<_>>();
        let base =
            UploadPolicy { allowed_extensions: list(&["png", "log", "svg", "json", "php"]), ..UploadPolicy::default() };
        for (name, policy, file, expected) in [
            ("blocked_wins", base.clone(), "a.php", Some(Reason::UploadExtensionBlocked)),
            ("active_wins", base.clone(), "a.svg", Some(Reason::UploadActiveContent)),
            ("page_to_apache", base.clone(), "a.HTML.log", Some(Reason::UploadActiveContent)),
            ("page_to_nobody", base.clone(), "a.html.png", None),
            ("no_extension_inside", base.clone(), "html.log", None),
            ("active_allowed", UploadPolicy { active_content: ActiveContent::Allow, ..base.clone() }, "a.svg", None),
            ("tools_act_on_it", base.clone(), "Package.json", Some(Reason::UploadExtensionNotAllowed)),
            (
                "double_allowed",
                UploadPolicy { double_extensions: DoubleExtensions::Allow, ..base.clone() },
                "a.php.png",
                None,
            ),
            (
                "own_list",
                UploadPolicy { blocked_extensions: BlockedExtensions::List(list(&["png"])), ..base.clone() },
                "a.png",
                Some(Reason::UploadExtensionBlocked),
            ),
            (
                "own_list_replaces",
                UploadPolicy { blocked_extensions: BlockedExtensions::List(vec![]), ..base },
                "a.php",
                None,
            ),
        ] {
            assert_eq!(verdict(&policy, file), expected, "{name}");
        }
    }

    #[test]
    fn text_is_refused_only_under_names_that_make_it_run() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        let (json, form) = (rules.of_json(), rules.of_form());
        for name in ["a.php", "a.jsp", "a.html", "a.py", "a.php.png", "web.config"] {
            assert!(json.judge_name(name).is_ok() && form.judge_name(name).is_ok(), "{name}");
        }
        for name in ["ivan@mail.ru", "a.pl", "a.rb", "a.pl.png"] {
            assert!(json.judge_name(name).is_ok() && form.judge_name(name).is_err(), "{name}");
        }
        for name in ["a.sh", ".htaccess", ".user.ini", "a.bat", "a.SH.txt", "a.tcl", "a.cgi"] {
            assert!(json.judge_name(name).is_err() && form.judge_name(name).is_err(), "{name}");
        }
        let own = ["php", "yaml"].map(|name| Extension::parse(name).unwrap());
        let own = UploadPolicy { blocked_extensions: BlockedExtensions::List(own.into()), ..UploadPolicy::default() };
        let rules = ExtensionRules::new(&own).of_json();
        assert!(rules.judge_name("a.php").is_ok());
        assert!(rules.judge_name("a.yaml").is_err(), "an extension of the operator's");
    }

    #[test]
    fn targets_are_judged_only_by_what_is_blocked() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        for target in [
            "42",
            "v1.2",
            "example.com",
            "www.pl.example.com",
            "a.docx",
            "",
            "save.do",
            "vite.config.js",
            "example.com.",
            "a.",
        ] {
            assert!(rules.judge_name(target).is_ok(), "{target}");
        }
        for target in [
            "a.war",
            "a.ini",
            "a.php",
            "a.php.png",
            "a.html",
            "%E3%80%82.php",
            "a.php.com",
            "a.asp;.js",
            "a.html.",
            "a.svg . ",
            "a.war.",
        ] {
            assert!(rules.judge_name(target).is_err(), "{target}");
        }
    }
}
