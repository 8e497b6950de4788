//! Names of files that stand elsewhere than beside the file in a form: in the target, or in a field of the head.
//!
//! Only what is blocked counts for them: most are not names of files, and `PUT /zones/example.com` is an honest one.

use http::{Method, Uri};
use mantlet_fields::{Known, text};

use super::extension::ExtensionRules;
use crate::exchange::RequestHead;
use crate::method_override;
use crate::path::{self, RoutePath};
use crate::percent;
use crate::reason::{Reason, Refusal};

/// Fields in which applications look for the name of a file that is the whole body: WordPress, DRF and jQuery File Upload
/// in the first, formidable and the uploaders of its time in the others.
const FIELDS: [Known; 4] = [Known::ContentDisposition, Known::XFileName, Known::XFilename, Known::FileName];

/// Judges the names that the head of a request gives to a file.
pub(super) fn judge_head(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    judge_target(head, rules)?;
    FIELDS.iter().flat_map(|name| head.fields.all(*name)).try_for_each(|value| judge_field(value, rules))
}

/// A name in the target of a PUT, or of a POST that may be taken for one, is that of a file, and so is the one a
/// WebDAV file is copied or moved to.
fn judge_target(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    if *head.method == Method::PUT || (*head.method == Method::POST && method_override::asks(head.fields, head.uri)) {
        return match RoutePath::parse(head.uri.path()) {
            Ok(_) => judge_path(head.uri.path(), rules),
            Err(_) => judge_every_reading(head.uri.path(), rules),
        };
    }
    if !matches!(head.method.as_str(), "COPY" | "MOVE") {
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

/// Readers disagree about parameters, so each word is taken for the name.
fn judge_field(value: &[u8], rules: &ExtensionRules) -> Result<(), Refusal> {
    let text = String::from_utf8_lossy(value);
    if text.contains("=?") {
        return Err(Refusal::new(Reason::UploadMalformed, "an encoded word (RFC 2047) in a file's name"));
    }
    for word in text.split([';', '=', '"', '\'']) {
        let decoded = percent::decode(word);
        let decoded = String::from_utf8_lossy(&decoded);
        for name in decoded.split(['/', '\\']).map(str::trim) {
            if name == ".." {
                return Err(Refusal::new(Reason::UploadFilenameTraversal, format!("file name {word:?}")));
            }
            rules.judge_target(name)?;
        }
    }
    Ok(())
}
