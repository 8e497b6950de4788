//! Targets that are the name of a file.

use http::{Method, Uri};
use mantlet_fields::{Known, text};

use crate::head::RequestHead;
use crate::method_override;
use crate::path::{self, RoutePath};
use crate::percent;
use crate::reason::{Reason, Refusal};
use crate::upload::extension_rules::ExtensionRules;

/// A name in the target of a PUT is that of a file, and so is the one a WebDAV file is copied or moved to. A LOCK makes a file
/// where there is none (RFC 4918, section 7.3), for a PATCH to fill. A POST may be taken for any of them. Their folders count as
/// well, and that of a MKCOL.
pub(super) fn judge(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    let asks_for_another = *head.method == Method::POST && method_override::asks(head.fields, head.uri);
    if asks_for_another || matches!(head.method.as_str(), "PUT" | "LOCK") {
        match RoutePath::parse(head.uri.path()) {
            Ok(_) => judge_path(head.uri.path(), rules),
            Err(_) => judge_every_reading(head.uri.path(), rules),
        }?;
    }
    if head.method == "MKCOL" {
        judge_folders(head.uri.path(), rules)?;
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
    let mut is_folder = false;
    for segment in path.as_str().rsplit('/') {
        // What is above ASCII was left escaped.
        let name = percent::decode(segment);
        let name = String::from_utf8_lossy(&name);
        if is_folder {
            rules.judge_folder(&name)?;
            continue;
        }
        rules.judge_target(&name)?;
        // A slash behind the name does not make it another one for every server, nor does `/;x`.
        is_folder = !segment.split(';').next().unwrap_or("").trim().is_empty();
    }
    Ok(())
}

fn judge_folders(path: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    path::every_reading(path)?
        .iter()
        .flat_map(|reading| reading.split(|b| matches!(b, b'/' | b';')))
        .try_for_each(|name| rules.judge_folder(&String::from_utf8_lossy(name)))
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
