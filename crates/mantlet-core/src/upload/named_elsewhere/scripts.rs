//! Scripts in what may be the name of a file and may be anything else: only what nobody calls anything else counts.

use std::borrow::Cow;
use std::iter::successors;

use crate::reason::Refusal;
use crate::upload::extension_lists::is_script;
use crate::upload::extension_rules::{ExtensionRules, has_script_inside};
use crate::upload::readings::readings;

/// What browsers run and nobody calls anything else.
const PAGES: [&str; 12] = ["htm", "html", "mht", "mhtml", "svg", "svgz", "xht", "xhtm", "xhtml", "xml", "xsd", "xsl"];

/// What servers take settings from, and nobody calls anything else, if it is the whole name.
const SETTINGS: [&str; 3] = [".htaccess", ".user.ini", "web.config"];

/// How certain it is that a value is a file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It is one.
    FileName,
    /// It is the name of something: `www.php.net` is no script.
    SomeName,
}

/// Refuses what would be a script, if it were the name of a file.
pub(super) fn judge_loosely(value: &str, certainty: Certainty, rules: &ExtensionRules) -> Result<(), Refusal> {
    let judge = |reading: &Cow<'_, str>| {
        let scripts = script_extensions(reading).map(|extension| format!("file.{extension}"));
        let whole = settings(reading).or_else(|| file_name(reading, certainty, rules)).map(str::to_owned);
        scripts.chain(whole).try_for_each(|name| rules.judge_reading(&name))
    };
    let named = |refusal: Refusal| Refusal::new(refusal.reason, format!("what may be the name of the file: {value:?}"));
    readings(value).iter().try_for_each(judge).map_err(named)
}

/// Refuses the name of a file's field that would be a script's: Sling makes a file of that name, and so does who stores all files of a
/// form by their fields. A property may be called `page.html`; behind a slash it is the name of a file.
pub(in crate::upload) fn judge_field_of_file(name: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    let is_path = name.contains('/');
    let counts = |extension: &&str| is_path || is_script(extension);
    let mut scripts = script_extensions(name).filter(counts);
    scripts.try_for_each(|extension| rules.judge_reading(&format!("file.{extension}")))
}

/// What behind an extension ends the name to one system or another.
const ENDS: [char; 8] = [';', ':', '/', '\\', '\0', '%', '?', '#'];

/// The scripts and [`PAGES`] that a name ends in, to one system or another.
fn script_extensions(name: &str) -> impl Iterator<Item = &str> {
    let name = without_piece(name).trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let behind_dots = successors(name.split_once('.'), |(_, behind)| behind.split_once('.'));
    behind_dots
        .filter_map(|(_, rest)| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (extension, behind) = rest.split_at_checked(end)?;
            (behind.is_empty() || behind.starts_with(ENDS)).then_some(extension)
        })
        .filter(|extension| is_script(extension) || PAGES.iter().any(|page| page.eq_ignore_ascii_case(extension)))
}

/// Without what elFinder puts behind the name of a file for a piece of it: `.0_3.part`.
fn without_piece(name: &str) -> &str {
    let whole = name.strip_suffix(".part").and_then(|piece| piece.rsplit_once('.'));
    match whole {
        Some((whole, number)) if number.bytes().all(|b| b.is_ascii_digit() || b == b'_') => whole,
        _ => name,
    }
}

/// The one of [`SETTINGS`] that a name, or a path, is.
fn settings(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).split(['\0', ':']).next().unwrap_or("");
    let name = name.trim().trim_end_matches(['.', ' ']);
    SETTINGS.into_iter().find(|settings| settings.eq_ignore_ascii_case(name))
}

/// The name, if it is that of a file that may be sent (`shell.php.png`), or one that has a script inside (`shell.php.xyz`):
/// some servers run both.
fn file_name<'a>(name: &'a str, certainty: Certainty, rules: &ExtensionRules) -> Option<&'a str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
    (rules.allows(name) || (certainty == Certainty::FileName && has_script_inside(name))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::UploadPolicy;

    #[test]
    fn a_script_is_told_from_what_else_has_a_name() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        for value in [
            "shell.php",
            "a b.PHTML",
            "x.jsp.",
            "x.asp;.jpg",
            "a.php\0.png",
            "a.php/.png",
            ".php",
            "e.aspx ",
            "a.shtml",
            // As others would transcribe it.
            "a\u{ff0e}\u{ff50}\u{ff48}\u{ff50}",
            "x.p\u{43d}hp",
            "shell.php<",
            "a.php\u{feff}",
            "a%2ephp",
            "shell.php.png",
            "a/x.phtml.PDF ",
            "index.html",
            "drawing.svg",
            "page.xml",
            "Schema.XSD",
            ".htaccess",
            "../.user.ini",
            "Web.config.",
            // As it is when applications have cleaned it.
            "shell.p<b>hp",
            "shell.php<b",
            "shell.p<b></b>hp",
            "shell.p/hp",
            "a/b.p%2Fhp",
            "shell.p hp",
            // As elFinder calls a piece of it.
            "a.html.0_3.part",
        ] {
            assert!(judge_loosely(value, Certainty::SomeName, &rules).is_err(), "{value}");
        }
        for value in [
            "Allegro.pl",
            "Mail.ru",
            "Node.js",
            "www.php.net",
            "",
            "php",
            "index.php is broken",
            "a.phpx",
            "v.php-1",
            "Redirects in .htaccess",
            "Node.js.png",
            "ASP.NET guide.pdf",
            "index.html is broken",
            "100%",
            "HTML/CSS",
            "a < b.c > d",
            "1.5/2.5 <Lesson 3. PHP>",
            "Lesson 3. PHP",
            "Node.js.0_3.part",
            "index.html.draft.part",
        ] {
            assert!(judge_loosely(value, Certainty::SomeName, &rules).is_ok(), "{value}");
        }
        for value in ["shell.php.xyz", "shell.php.com", "a/x.PhTml.1", "www.php.net"] {
            assert!(judge_loosely(value, Certainty::FileName, &rules).is_err(), "{value}");
        }
        for value in ["shell.xyz", "php.d/a.mp3", "Node.js.pdf", "php.net"] {
            assert!(judge_loosely(value, Certainty::FileName, &rules).is_ok(), "{value}");
        }
    }
}
