//! Targets that are the name of a file.

use http::{Method, Uri};
use mantlet_fields::{Known, text};

use super::room::Room;
use crate::head::RequestHead;
use crate::method_override;
use crate::path::{self, RoutePath};
use crate::percent;
use crate::reason::{Reason, Refusal};
use crate::upload::extension::Extension;
use crate::upload::extension_lists::FOLDERS;
use crate::upload::extension_rules::ExtensionRules;
use crate::upload::readings::readings;

/// Where a path ends for some servers: at path parameters, and at an escaped question mark.
const ENDS: [char; 2] = [';', '?'];

/// Judges the target as the name of the body: of a file that is put there, or (RFC 5789) of which a part is. A POST may be taken for
/// either. Folders count as well.
pub(super) fn judge(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    if !asks_for_another(head) && !matches!(*head.method, Method::PUT | Method::PATCH) {
        return Ok(());
    }
    Room::of_head().take(head.uri.path().len())?;
    match RoutePath::parse(head.uri.path()) {
        Ok(path) => judge_path(&path, rules),
        Err(_) => judge_every_reading(head.uri.path(), rules),
    }
}

/// Judges what gets a name without a body: what a WebDAV file is copied or moved to, and a folder that MKCOL makes.
pub(super) fn judge_without_body(head: &RequestHead<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    let mut room = Room::of_head();
    if head.method == "MKCOL" {
        room.take(head.uri.path().len())?;
        judge_folders(head.uri.path(), rules)?;
    }
    if !asks_for_another(head) && !matches!(head.method.as_str(), "COPY" | "MOVE") {
        return Ok(());
    }
    for destination in head.fields.all(Known::Destination) {
        room.take(destination.len())?;
        let url = text(destination).and_then(|text| text.parse::<Uri>().ok());
        let url = url.ok_or(Refusal::new(Reason::RequestMalformed, "Destination is not a URL"))?;
        judge_path(&RoutePath::parse(url.path())?, rules)?;
    }
    Ok(())
}

fn asks_for_another(head: &RequestHead<'_>) -> bool {
    *head.method == Method::POST && method_override::asks(head.fields, head.uri)
}

/// Judges every path that some application has there.
fn judge_path(path: &RoutePath<'_>, rules: &ExtensionRules) -> Result<(), Refusal> {
    judge_reading(path.as_str(), rules)?;
    path.other_readings().try_for_each(|other| judge_reading(other.as_str(), rules))
}

/// Judges the path as it is, and as it is to servers that end it earlier: `/a.jsp%3F/b.png` is `/a.jsp` to h3, and `/a.jsp;/b.png` to
/// Fastify before 5.
fn judge_reading(path: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    judge_segments(path, rules)?;
    ENDS.iter().filter_map(|end| path.split_once(*end)).try_for_each(|(before, _)| judge_segments(before, rules))
}

/// Judges the last segment as a file's name, and those before it as folders'.
fn judge_segments(path: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    let mut is_folder = false;
    for segment in path.rsplit('/') {
        // What is above ASCII was left escaped.
        let name = percent::decode(segment);
        let name = String::from_utf8_lossy(&name);
        if is_folder {
            judge_folder(&name, rules)?;
            continue;
        }
        rules.judge_name(&name)?;
        // To servers that take parameters off, `a.jsp;.png` is no double extension.
        if let Some((before, _)) = name.split_once(ENDS) {
            rules.judge_name(before)?;
        }
        // A slash behind the name does not make it another one for every server, nor does `/;x`.
        is_folder = !segment.split(';').next().unwrap_or("").trim().is_empty();
    }
    Ok(())
}

fn judge_folders(path: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    path::every_reading(path)?
        .iter()
        .flat_map(|reading| reading.split(|b| matches!(b, b'/' | b';')))
        .try_for_each(|name| judge_folder(&String::from_utf8_lossy(name), rules))
}

/// Judges the name of a folder: only what makes a server run whatever lies in it counts.
fn judge_folder(name: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    let runs_all = |reading: &str| Extension::of(reading).is_some_and(|end| FOLDERS.contains(end.as_str()));
    readings(name).iter().filter(|reading| runs_all(reading)).try_for_each(|reading| rules.judge_reading(reading))
}

/// Where the file's name is in such a path is not known, so each part of it is taken for the name.
fn judge_every_reading(path: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    for reading in path::every_reading(path)? {
        for name in reading.split(|b| matches!(b, b'/' | b';' | b'?')) {
            rules.judge_name(&String::from_utf8_lossy(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use mantlet_fields::Fields;

    use super::*;
    use crate::origin::Origin;
    use crate::site::Site;
    use crate::upload::UploadPolicy;

    #[test]
    fn a_folder_that_runs_what_lies_in_it_is_refused() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        for name in ["x.asp", "x.ASA", "x.%61sp"] {
            assert!(judge_folder(name, &rules).is_err(), "{name}");
        }
        // Front controllers are honest.
        for name in ["index.php", "Civil.War", "example.com", "asp", ""] {
            assert!(judge_folder(name, &rules).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_length_of_targets_is_bounded() {
        let rules = ExtensionRules::new(&UploadPolicy::default());
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let path = |length: usize| format!("/{}", "a".repeat(length - 1));
        let (most, half) = (path(8 * 1024), path(4 * 1024 + 1));
        let more = format!("{most}a");
        for (method, target, destinations, expected) in [
            ("PUT", &most, &[][..], None),
            ("PUT", &more, &[], Some(Reason::UploadFieldTooLarge)),
            ("MKCOL", &most, &[], None),
            ("MKCOL", &more, &[], Some(Reason::UploadFieldTooLarge)),
            ("MOVE", &more, &[&most], None),
            ("MOVE", &half, &[&more], Some(Reason::UploadFieldTooLarge)),
            ("MOVE", &half, &[&half, &half], Some(Reason::UploadFieldTooLarge)),
        ] {
            let mut fields = Fields::from_pairs(destinations.iter().map(|url| ("destination", *url))).unwrap();
            let (name, method) = (method, Method::from_bytes(method.as_bytes()).unwrap());
            let uri = Uri::try_from(target).unwrap();
            let head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
            let verdict = judge_without_body(&head, &rules).and_then(|()| judge(&head, &rules));
            let reason = verdict.err().map(|refusal| refusal.reason);
            assert_eq!(reason, expected, "{name} of {} bytes, to {}", target.len(), destinations.len());
        }
    }
}
