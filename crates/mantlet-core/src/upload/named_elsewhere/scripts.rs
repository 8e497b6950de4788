//! Parameters that may be the name of a file, and may be anything else: only what is the name of a script counts.

use std::borrow::Cow;

use super::json::possible_names;
use super::parameters::{plainest, uncut};
use super::room::Room;
use super::{ends_in, readings};
use crate::percent;
use crate::query;
use crate::reason::Refusal;
use crate::upload::extension_lists::SCRIPTS;
use crate::upload::extension_rules::{ExtensionRules, has_script_inside, views};

/// What plupload calls it, and many an upload handler after it.
const NAME: &str = "name";

/// How parameters end that hold the name of a file and nothing else: those of simple-uploader, of Uppy for a folder, and of
/// Tiny File Manager, which puts it where Dropzone does. In lower case, without marks.
const FILE_NAMES: [&[u8]; 3] = [b"filename", b"relativepath", b"fullpath"];

/// Where Kendo UI and DevExtreme put it, in JSON. In lower case.
const JSON_PARAMETERS: [&str; 2] = ["metadata", "chunkmetadata"];

/// What browsers run and nobody calls anything else.
const PAGES: [&str; 12] = ["htm", "html", "mht", "mhtml", "svg", "svgz", "xht", "xhtm", "xhtml", "xml", "xsd", "xsl"];

/// What servers take settings from, and nobody calls anything else, if it is the whole name.
const SETTINGS: [&str; 3] = [".htaccess", ".user.ini", "web.config"];

/// What a parameter holds, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The name of a file.
    FileName,
    /// That, or the name of anything else: `www.php.net` is no script.
    SomeName,
}

/// A parameter that may hold the name of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameParameter {
    held: Held,
    is_json: bool,
}

/// Why a query names a script: many applications store a body that is no form under a name from there. People do not write it.
pub(in crate::upload) fn script_in_query(query: &str, rules: &ExtensionRules) -> Option<Refusal> {
    let mut room = Room::default();
    query::pairs(query).find_map(|(name, value)| {
        let name: Vec<u8> = percent::decode_form(name.as_bytes()).collect();
        let parameter = NameParameter::called(&String::from_utf8_lossy(&name), Held::FileName)?;
        let value: Vec<u8> = percent::decode_form(value.as_bytes()).collect();
        parameter.script(&String::from_utf8_lossy(&value), rules, &mut room)
    })
}

impl NameParameter {
    /// `None` if it holds something else. `of_name`: what a parameter called [`NAME`] holds.
    pub(super) fn called(name: &str, of_name: Held) -> Option<Self> {
        // CivetWeb, GoAhead and Swoole take escapes out of the name of a field.
        if let Some(held) = readings(name).find_map(|reading| held(&reading, of_name)) {
            return Some(Self { held, is_json: false });
        }
        let is_json =
            |name: &str| JSON_PARAMETERS.iter().any(|parameter| plainest(name).eq_ignore_ascii_case(parameter));
        readings(name).any(|reading| is_json(&reading)).then_some(Self { held: of_name, is_json: true })
    }

    /// Why no file may come with it: it names a script.
    pub(super) fn script(self, value: &str, rules: &ExtensionRules, room: &mut Room) -> Option<Refusal> {
        if !self.is_json {
            return script(value, self.held, rules, room);
        }
        possible_names(value).into_iter().find_map(|value| script(&value, self.held, rules, room))
    }
}

/// What some parser takes this for: one of [`FILE_NAMES`] or [`NAME`], or one of them within something (`upload[name]`,
/// `files[0].name`). PHP ends a name at NUL, and makes `file_name` of `file.name`, `file name` and `file[name`.
fn held(parameter: &str, of_name: Held) -> Option<Held> {
    let parameter = parameter.split('\0').next().unwrap_or(parameter);
    let readings = [parameter, plainest(parameter), innermost(parameter), innermost(uncut(parameter))].map(|reading| {
        // One of several may have a number.
        let unnumbered = reading.trim_end_matches(|c: char| c.is_ascii_digit());
        let plain = unnumbered.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ' | '['));
        plain.map(|c| c.to_ascii_lowercase()).collect::<String>()
    });
    if readings.iter().any(|reading| ends_in(reading.as_bytes(), &FILE_NAMES)) {
        return Some(Held::FileName);
    }
    readings.iter().any(|reading| reading == NAME).then_some(of_name)
}

/// The last key of `a[b][0]` that is no number. Spring and Struts take `a['b']`, and Struts `a('b')`, for the same.
fn innermost(name: &str) -> &str {
    let mut keys = name.rsplit(['[', ']', '(', ')', '.', '=']).map(|key| key.trim_matches(['\'', '"']));
    keys.find(|key| !key.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or("")
}

fn script(value: &str, held: Held, rules: &ExtensionRules, room: &mut Room) -> Option<Refusal> {
    // Most words of JSON: there is no extension in them, and none that an escape or another spelling could bring.
    if value.is_ascii() && !value.bytes().any(|byte| matches!(byte, b'.' | b'%')) {
        return None;
    }
    if let Err(refusal) = room.take(value.len()) {
        return Some(refusal);
    }
    let blocked = readings(value).flat_map(with_cleaned).find_map(|reading| {
        views(&reading).find_map(|view| {
            let scripts = script_extensions(&view).map(|extension| format!("file.{extension}"));
            let whole = settings(&view).or_else(|| file_name(&view, held, rules)).map(str::to_owned);
            scripts.chain(whole).find_map(|name| rules.judge_view(&name).err())
        })
    })?;
    Some(Refusal::new(blocked.reason, format!("what may be the name of the file: {value:?}")))
}

/// A name, and what applications make of it that clean it first: PHP's `strip_tags` takes tags out, whole or not, and Django's
/// `get_valid_filename` slashes.
fn with_cleaned(name: Cow<'_, str>) -> impl Iterator<Item = Cow<'_, str>> {
    let cleaned = name.contains(['<', '/']).then(|| {
        let mut pieces = name.split('<');
        let before = pieces.next().unwrap_or_default();
        let behind_tags = pieces.filter_map(|piece| piece.split_once('>')).map(|(_tag, behind)| behind);
        let mut cleaned: String = std::iter::once(before).chain(behind_tags).collect();
        cleaned.retain(|c| c != '/');
        Cow::Owned(cleaned)
    });
    std::iter::once(name).chain(cleaned)
}

/// The scripts and [`PAGES`] that a name ends in, to one system or another.
fn script_extensions(name: &str) -> impl Iterator<Item = &str> {
    let name = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let mut components = name.split('.').skip(1).peekable();
    std::iter::from_fn(move || components.next().map(|component| (component, components.peek().is_none())))
        .filter_map(|(component, is_last)| {
            let end = component.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(component.len());
            let (extension, behind) = component.split_at_checked(end)?;
            let ends_there = behind.starts_with([';', ':', '/', '\\', '\0', '%', '?', '#']);
            (ends_there || (is_last && behind.is_empty())).then_some(extension)
        })
        .filter(|extension| {
            let extension = extension.to_ascii_lowercase();
            SCRIPTS.contain(&extension) || PAGES.contains(&extension.as_str())
        })
}

/// The one of [`SETTINGS`] that a name, or a path, is.
fn settings(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).split(['\0', ':']).next().unwrap_or("");
    let name = name.trim().trim_end_matches(['.', ' ']);
    SETTINGS.into_iter().find(|settings| settings.eq_ignore_ascii_case(name))
}

/// The name, if it is that of a file that may be sent (`shell.php.png`), or one that has a script inside (`shell.php.xyz`):
/// some servers run both.
fn file_name<'a>(name: &'a str, held: Held, rules: &ExtensionRules) -> Option<&'a str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
    (rules.allows(name) || (held == Held::FileName && has_script_inside(name))).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::UploadPolicy;

    #[test]
    fn a_script_is_told_from_what_else_has_a_name() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        let script_in_field = |name: &str, value: &str| {
            NameParameter::called(name, Held::SomeName)
                .and_then(|parameter| parameter.script(value, &rules, &mut Room::default()))
        };
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
        ] {
            assert!(script_in_field("name", value).is_some(), "{value}");
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
        ] {
            assert!(script_in_field("name", value).is_none(), "{value}");
        }
        for name in [
            "filename",
            "fileName",
            "file_name",
            "File-Name",
            "file.name",
            "file name",
            "file[name",
            "name[0]",
            "[name]",
            "upload[name]",
            "document.Name",
            "files[0][fileName]",
            "files[name][]",
            "relativePath",
            "upload]name",
            "n%61me",
            "upload%5bname%5d",
            "fullPath",
            "originalFilename",
            "new_file_name",
            "filename1",
            "file_name_0",
            "name'x",
            "'name'",
            "upload[name]'",
            "upload['name']",
            "upload('name')",
            "files[0]['fileName']",
            "name,x",
            "name , x",
            "upload[name],x",
        ] {
            assert!(script_in_field(name, "a.php").is_some(), "{name}");
        }
        for name in ["title", "names", "title[0]", "user.names", "first name", "[0]", "x,name", "x'name", "path"] {
            assert!(script_in_field(name, "a.php").is_none(), "{name}");
        }
        for json in [
            r#"{"chunkIndex":0,"fileName":"shell.aspx","uploadUid":"1"}"#,
            r"{fileName:'shell.aspx'}",
            r#"{"FileName":"shell\u002easpx"}"#,
            r#"{"FileName":"..\/a\\shell.aspx"}"#,
        ] {
            assert!(script_in_field("chunkMetadata", json).is_some(), "{json}");
        }
        for json in [r#"{"fileName":"a.png","relativePath":"a.png","contentType":"image/png"}"#, r"{\u", "\"", "\\"] {
            assert!(script_in_field("metadata", json).is_none(), "{json}");
        }
        for value in ["shell.php.xyz", "shell.php.com", "a/x.PhTml.1", "www.php.net"] {
            assert!(script_in_field("fileName", value).is_some(), "{value}");
            assert!(script_in_query(&format!("name={value}"), &rules).is_some(), "{value}");
        }
        for value in ["shell.xyz", "php.d/a.mp3", "Node.js.pdf", "php.net"] {
            assert!(script_in_field("fileName", value).is_none(), "{value}");
            assert!(script_in_query(&format!("name={value}"), &rules).is_none(), "{value}");
        }
        for query in ["chunk=0&na%6de=a%2ephp", "name%5B%5D=a.php", "+name=a.php", "name%00x=a.php", "x;name=a.php"] {
            assert!(script_in_query(query, &rules).is_some(), "{query}");
        }
    }
}
