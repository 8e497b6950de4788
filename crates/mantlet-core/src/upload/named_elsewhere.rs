//! Names of files that stand elsewhere than beside the file: in the target, in a field of the head, or where an uploader
//! that sends files in pieces puts them.
//!
//! Only what is blocked counts for them: most ends of targets are not names of files, and `PUT /zones/example.com` is an
//! honest one. Of what people write into, only the ends that no name of anything else has count, and only where a file may
//! be: plupload sends the name as `name`, simple-uploader as `filename`, and a shop may well be called `Allegro.pl`. Of a
//! form that is a part of it; of any other body the body itself, whatever its type says, which nobody asks who writes
//! what comes into `$_GET["name"]`. A `Slug` (AtomPub) is not looked at.

use std::borrow::Cow;

use http::{Method, Uri};
use mantlet_fields::{Known, text};

use super::extension::{ExtensionRules, views};
use super::malformed;
use crate::base64;
use crate::head::RequestHead;
use crate::method_override;
use crate::path::{self, RoutePath};
use crate::percent;
use crate::query;
use crate::reason::{Reason, Refusal};

/// Fields in which applications look for the name of a file that is the whole body: WordPress, DRF and jQuery File Upload
/// in the first, formidable and the uploaders of its time in the others.
const FIELDS: [Known; 4] = [Known::ContentDisposition, Known::XFileName, Known::XFilename, Known::FileName];

/// The same of FilePond for a piece, and of PHP scripts that take PUT.
const RARE_FIELDS: [&[u8]; 2] = [b"upload-name", b"filename"];

/// What is known of a file whose pieces will follow (tus 1.0, Creation).
const METADATA: &[u8] = b"upload-metadata";

/// The keys in it that are names: the one of the specification's example, the one that tus-php looks at before it, and Uppy's
/// for a folder. In lower case.
const METADATA_NAMES: [&str; 3] = ["filename", "name", "relativepath"];

/// What Fine Uploader, flow.js, resumable.js and Real Ajax Uploader call the name, in a field of a form or in the query. In
/// lower case.
const PARAMETERS: [&[u8]; 7] = [
    b"qqfile",
    b"qqfilename",
    b"flowfilename",
    b"flowrelativepath",
    b"resumablefilename",
    b"resumablerelativepath",
    b"ax-file-name",
];

/// What plupload and simple-uploader call it, and many an upload handler after them. In lower case, without its marks.
const COMMON_PARAMETERS: [&str; 3] = ["name", "filename", "relativepath"];

/// Where Kendo UI and DevExtreme put it, in JSON. In lower case.
const JSON_PARAMETERS: [&str; 2] = ["metadata", "chunkmetadata"];

/// What servers run and nobody calls anything else.
const SCRIPTS: [&str; 31] = [
    "ascx", "ashx", "asmx", "asp", "aspx", "cfc", "cfm", "cfml", "cgi", "cshtml", "fcgi", "jsp", "jspf", "jspx", "jsv",
    "jsw", "phar", "php", "php2", "php3", "php4", "php5", "php6", "php7", "php8", "pht", "phtm", "phtml", "shtm",
    "shtml", "vbhtml",
];

/// What browsers run, likewise.
const PAGES: [&str; 9] = ["htm", "html", "mht", "mhtml", "svg", "svgz", "xht", "xhtm", "xhtml"];

/// What servers take settings from, and nobody calls anything else, if it is the whole name.
const SETTINGS: [&str; 3] = [".htaccess", ".user.ini", "web.config"];

/// Judges the names that the head of a request gives to a file.
pub(super) fn judge_head(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    judge_target(head, rules)?;
    judge_query(head.uri.query().unwrap_or_default(), rules)?;
    FIELDS.iter().flat_map(|name| head.fields.all(*name)).try_for_each(|value| judge_words(value, rules))?;
    head.fields.iter().try_for_each(|field| match field.name {
        name if RARE_FIELDS.contains(&name) => judge_words(field.value, rules),
        METADATA => judge_metadata(field.value, rules),
        _ => Ok(()),
    })
}

/// Judges a field of a form, if it is one that holds the name of a file beside it.
pub(super) fn judge_form_field(name: &str, value: &[u8], rules: &ExtensionRules) -> Result<(), Refusal> {
    let name = plainest(name).as_bytes();
    if PARAMETERS.iter().any(|parameter| name.eq_ignore_ascii_case(parameter)) {
        return judge_name(&String::from_utf8_lossy(value), rules);
    }
    Ok(())
}

/// What parsers make of a field's name: PHP takes brackets off its end, qs and Rack before 3.0 off its start, too, h3 and others
/// what follows an equals sign, and Netty the marks around it.
fn plainest(name: &str) -> &str {
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '=' | ':' | ','));
    let name = name.trim_start_matches(['[', ']']);
    name.split(['[', ']', '=']).next().unwrap_or(name)
}

/// Why a form with this field may not hold a file: it names a script, and may be what the file is called.
pub(super) fn script_in_field(name: &str, value: &[u8], rules: &ExtensionRules) -> Option<Refusal> {
    let value = String::from_utf8_lossy(value);
    if is_common(name) {
        return script(&value, rules);
    }
    if JSON_PARAMETERS.iter().any(|parameter| plainest(name).eq_ignore_ascii_case(parameter)) {
        return json_words(&value).find_map(|word| script(&word, rules));
    }
    None
}

/// The same of a target, whose body is a file to many if it is not a form.
pub(super) fn script_in_query(query: &str, rules: &ExtensionRules) -> Option<Refusal> {
    query::pairs(query).find_map(|(name, value)| {
        let name: Vec<u8> = percent::decode_form(name.as_bytes()).collect();
        let value: Vec<u8> = percent::decode_form(value.as_bytes()).collect();
        script_in_field(&String::from_utf8_lossy(&name), &value, rules)
    })
}

/// Whether some parser takes this for one of [`COMMON_PARAMETERS`], or for one of them within something (`upload[name]`,
/// `files[0].name`). PHP ends a name at NUL, and makes `file_name` of `file.name`, `file name` and `file[name`.
fn is_common(name: &str) -> bool {
    let name = name.split('\0').next().unwrap_or(name);
    let innermost = name.rsplit(['[', ']', '.', '=']).find(|key| !key.bytes().all(|byte| byte.is_ascii_digit()));
    [plainest(name), name, innermost.unwrap_or("")].into_iter().any(|reading| {
        let plain: String = reading.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ' | '[')).collect();
        COMMON_PARAMETERS.iter().any(|parameter| plain.eq_ignore_ascii_case(parameter))
    })
}

/// What stands between quotation marks, of either kind: Json.NET takes both. Its escapes are taken out.
fn json_words(json: &str) -> impl Iterator<Item = Cow<'_, str>> {
    json.split(['"', '\'']).map(|word| {
        let mut pieces = word.split('\\');
        let Some(first) = pieces.next().filter(|first| first.len() < word.len()) else { return Cow::Borrowed(word) };
        let unescaped = pieces.map(|piece| {
            let code = piece.strip_prefix('u').and_then(|rest| rest.split_at_checked(4));
            let c = code.and_then(|(digits, _)| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            match (c, code) {
                (Some(c), Some((_, rest))) => format!("{c}{rest}"),
                _ => piece.to_owned(),
            }
        });
        Cow::Owned(std::iter::once(first.to_owned()).chain(unescaped).collect())
    })
}

fn script(value: &str, rules: &ExtensionRules) -> Option<Refusal> {
    let blocked = readings(value).find_map(|reading| {
        views(&reading).find_map(|view| {
            let scripts = script_extensions(&view).map(|extension| format!("file.{extension}"));
            let whole = settings(&view).or_else(|| file_name(&view, rules)).map(str::to_owned);
            scripts.chain(whole).find_map(|name| rules.judge_target(&name).err())
        })
    })?;
    Some(Refusal::new(blocked.reason, format!("what may be the name of the file: {value:?}")))
}

/// A value, and what it is to applications that take escapes out of what was decoded before.
fn readings(value: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let decoded = value.contains('%').then(|| String::from_utf8_lossy(&percent::decode(value)).into_owned());
    std::iter::once(Cow::Borrowed(value)).chain(decoded.map(Cow::Owned))
}

/// The name, if it is that of a file that may be sent: `shell.php.png`, which some servers run.
fn file_name<'a>(name: &'a str, rules: &ExtensionRules) -> Option<&'a str> {
    name.rsplit(['/', '\\']).next().map(str::trim).filter(|name| rules.allows(name))
}

/// Those of [`SCRIPTS`] and [`PAGES`] that a name ends in, to one system or another.
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
        .filter(|extension| SCRIPTS.iter().chain(&PAGES).any(|script| extension.eq_ignore_ascii_case(script)))
}

/// The one of [`SETTINGS`] that a name, or a path, is.
fn settings(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).split(['\0', ':']).next().unwrap_or("");
    let name = name.trim().trim_end_matches(['.', ' ']);
    SETTINGS.into_iter().find(|settings| settings.eq_ignore_ascii_case(name))
}

/// A name in the target of a PUT is that of a file, and so is the one a WebDAV file is copied or moved to. A LOCK makes a file
/// where there is none (RFC 4918, section 7.3), for a PATCH to fill. A POST may be taken for any of them.
fn judge_target(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    let asks_for_another = *head.method == Method::POST && method_override::asks(head.fields, head.uri);
    if asks_for_another || matches!(head.method.as_str(), "PUT" | "LOCK") {
        match RoutePath::parse(head.uri.path()) {
            Ok(_) => judge_path(head.uri.path(), rules),
            Err(_) => judge_every_reading(head.uri.path(), rules),
        }?;
    }
    if !asks_for_another && !matches!(head.method.as_str(), "COPY" | "MOVE") {
        return Ok(());
    }
    for destination in head.fields.all(Known::Destination) {
        let url = text(destination).and_then(|text| text.parse::<Uri>().ok());
        judge_path(url.ok_or(Refusal::new(Reason::RequestMalformed, "Destination is not a URL"))?.path(), rules)?;
    }
    Ok(())
}

fn judge_path(path: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    let path = RoutePath::parse(path)?;
    for segment in path.as_str().rsplit('/') {
        // What is above ASCII was left escaped.
        let name = percent::decode(segment);
        rules.judge_target(&String::from_utf8_lossy(&name))?;
        // A slash behind the name does not make it another one for every server, nor does `/;x`.
        if !segment.split(';').next().unwrap_or("").trim().is_empty() {
            break;
        }
    }
    Ok(())
}

/// Where the file's name is in such a path is not known, so each part of it is taken for the name.
fn judge_every_reading(path: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    for reading in path::every_reading(path)? {
        for name in reading.split(|b| matches!(b, b'/' | b';')) {
            rules.judge_target(&String::from_utf8_lossy(name))?;
        }
    }
    Ok(())
}

fn judge_query(query: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    for (name, value) in query::pairs(query) {
        if PARAMETERS.iter().any(|parameter| query::is_read_as(name, parameter)) {
            let value: Vec<u8> = percent::decode_form(value.as_bytes()).collect();
            judge_name(&String::from_utf8_lossy(&value), rules)?;
        }
    }
    Ok(())
}

/// Readers of such a field disagree about parameters, so each word is taken for the name.
fn judge_words(value: &[u8], rules: &ExtensionRules) -> Result<(), Refusal> {
    let text = String::from_utf8_lossy(value);
    if let Some(why) = hides_name(&text) {
        return Err(malformed(why));
    }
    // A backslash parts folders to some, and to others takes the next letter as it is.
    let unescaped = text.contains('\\').then(|| text.replace('\\', ""));
    for word in
        [Some(&*text), unescaped.as_deref()].into_iter().flatten().flat_map(|text| text.split([';', '=', '"', '\'']))
    {
        judge_name(&String::from_utf8_lossy(&percent::decode(word)), rules)?;
    }
    Ok(())
}

/// Why none of the words need be the name: it is an encoded word, in pieces (`filename*0="a.p"; filename*1="hp"`), or in a
/// charset of its own (`filename*=utf-7''a+AC4-php` is a.php to Django).
fn hides_name(text: &str) -> Option<&'static str> {
    const PLAIN: [&str; 5] = ["", "utf-8", "utf8", "iso-8859-1", "us-ascii"];
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
        if is_extended && charset.is_some_and(|charset| !PLAIN.iter().any(|plain| charset.eq_ignore_ascii_case(plain)))
        {
            return Some("a file's name in a charset that is not UTF-8");
        }
    }
    None
}

/// `filename d29ybGQucGRm,is_confidential`: pairs of a key and a value in base64.
fn judge_metadata(value: &[u8], rules: &ExtensionRules) -> Result<(), Refusal> {
    for pair in String::from_utf8_lossy(value).split(',') {
        let (key, value) = pair.trim().split_once([' ', '\t']).unwrap_or((pair, ""));
        if METADATA_NAMES.iter().any(|name| key.eq_ignore_ascii_case(name)) {
            let name = base64::decode(value.trim()).ok_or_else(|| {
                Refusal::new(Reason::UploadMalformed, format!("{key} in Upload-Metadata is not base64"))
            })?;
            judge_name(&String::from_utf8_lossy(&name), rules)?;
        }
    }
    Ok(())
}

/// Judges a name, or a path that ends in one. Node 20, Deno and Bun take a byte-order mark off the value of a
/// field.
fn judge_name(name: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    readings(name).try_for_each(|reading| {
        for component in reading.split(['/', '\\']).map(|component| component.trim_matches(is_blank)) {
            if component == ".." {
                return Err(Refusal::new(Reason::UploadFilenameTraversal, format!("file name: {name:?}")));
            }
            rules.judge_target(component)?;
        }
        Ok(())
    })
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
            ".htaccess",
            "../.user.ini",
            "Web.config.",
        ] {
            assert!(script_in_field("name", value.as_bytes(), &rules).is_some(), "{value}");
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
        ] {
            assert!(script_in_field("name", value.as_bytes(), &rules).is_none(), "{value}");
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
        ] {
            assert!(script_in_field(name, b"a.php", &rules).is_some(), "{name}");
        }
        for name in ["title", "names", "title[0]", "user.names", "first name", "[0]"] {
            assert!(script_in_field(name, b"a.php", &rules).is_none(), "{name}");
        }
        for json in [
            r#"{"chunkIndex":0,"fileName":"shell.aspx","uploadUid":"1"}"#,
            r"{fileName:'shell.aspx'}",
            r#"{"FileName":"shell\u002easpx"}"#,
            r#"{"FileName":"..\/a\\shell.aspx"}"#,
        ] {
            assert!(script_in_field("chunkMetadata", json.as_bytes(), &rules).is_some(), "{json}");
        }
        for json in [r#"{"fileName":"a.png","relativePath":"a.png","contentType":"image/png"}"#, r"{\u", "\"", "\\"] {
            assert!(script_in_field("metadata", json.as_bytes(), &rules).is_none(), "{json}");
        }
        for field in ["ax-file-name", "flowFilename", "flowfilename[]", "[flowFilename]", "qqfile="] {
            assert!(judge_form_field(field, b"a.php", &rules).is_err(), "{field}");
        }
        for query in ["chunk=0&na%6de=a%2ephp", "name%5B%5D=a.php", "+name=a.php", "name%00x=a.php", "x;name=a.php"] {
            assert!(script_in_query(query, &rules).is_some(), "{query}");
        }
    }

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
            ("escaped once more", "filename YSUyZXBocA==", Some(Reason::UploadExtensionBlocked)),
            ("twice", "filename cGhvdG8ucG5n,filename c2hlbGwucGhw", Some(Reason::UploadExtensionBlocked)),
            ("climbs", "relativePath Li4vYS5wbmc=", Some(Reason::UploadFilenameTraversal)),
            ("no name", "title c2hlbGwucGhw", None),
            ("no value", "filename", None),
            ("digits of another alphabet", "filename c2hlbGwucGhw_-", Some(Reason::UploadMalformed)),
            ("a blank inside", "filename c2hlbGwu cGhw", Some(Reason::UploadMalformed)),
            ("one digit too many", "filename c2hlbGwucGhwc", Some(Reason::UploadMalformed)),
        ] {
            let reason = judge_metadata(metadata.as_bytes(), &rules).err().map(|refusal| refusal.reason);
            assert_eq!(reason, expected, "{name}");
        }
    }
}
