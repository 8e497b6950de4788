//! `upload.endpoint.found`, `upload.control`, `upload.size.limit`.

use crate::audit::outcome::Outcome;
use crate::audit::trial::Announced;
use crate::audit::{Confidence, Evidence, Rule, Severity};

pub(in crate::audit::rules) static FOUND: Rule = Rule {
    id: "upload.endpoint.found",
    severity: Severity::Info,
    title: "Forms that take files are known",
    about: "Every check of uploads needs to know where files are taken. Forms with a file input are found by the crawl; others \
            are named with --upload.",
    threats: &[],
    fix: "name it: --upload 'POST /upload file'",
    key: "",
    standards: &[],
    judge: |evidence| {
        let found: Vec<String> = evidence
            .upload_forms()
            .map(|form| {
                let field = form.file_field().map_or("", |field| field.name.as_str());
                format!("{} field `{field}`", form.request())
            })
            .collect();
        match found.split_first() {
            None => Outcome::absent("no form takes a file"),
            Some((first, [])) => Outcome::implemented(first.clone()),
            Some((first, more)) => Outcome::implemented(format!("{first}, and {} more", more.len())),
        }
    },
};

pub(in crate::audit::rules) static CONTROL: Rule = Rule {
    id: "upload.control",
    severity: Severity::Info,
    title: "An honest file is taken, and can be found again",
    about: "A small real PNG is uploaded first. What is refused afterwards was refused for what it is, and what is served shows \
            where stored files end up.",
    threats: &[],
    fix: "say where stored files are served: --upload-view '/uploads/{name}'",
    key: "",
    standards: &[],
    judge: |evidence| {
        let trials = match super::trials(evidence) {
            Ok(trials) => trials,
            Err(outcome) => return outcome,
        };
        for trial in trials {
            let proof = format!("{}: {}", trial.request, trial.control.first.describe());
            if trial.control_served.is_none() {
                return Outcome::unknown("the control was taken, but is served nowhere it was looked for").seen(proof);
            }
        }
        Outcome::implemented("a real PNG was taken and could be fetched")
    },
};

pub(in crate::audit::rules) static SIZE_LIMIT: Rule = Rule {
    id: "upload.size.limit",
    severity: Severity::Medium,
    title: "A body that is far too large is refused before it is sent",
    about: "Without a limit one client fills the disk or the memory. 1 TiB is announced and nothing sent: a site with a limit \
            answers 413 at once, a site without waits for the body. So does one that reads and counts, as multer does, and PHP \
            with its post_max_size: then it is a guess.",
    threats: &["Denial of Service by Large Uploads"],
    fix: "refuse by Content-Length with 413, and stop reading at the same limit",
    key: "[uploads] max_request_size",
    standards: &["ASVS V5.2.1", "CWE-770"],
    judge: size_limit,
};

fn size_limit(evidence: &Evidence<'_>) -> Outcome {
    let Some(first) = evidence.sizes.first() else {
        return Outcome::absent("no form takes a body");
    };
    for trial in &evidence.sizes {
        let request = &trial.request;
        match trial.huge {
            Announced::Awaited => {
                return Outcome::missing("1 TiB was announced, and the site waits for it; it may count what comes")
                    .confidence(Confidence::Inferred)
                    .seen(request.clone());
            }
            // It is something else that is refused: a missing token, or `Expect` itself.
            huge if trial.small == Some(huge) => {
                return Outcome::unknown(format!(
                    "{request} is answered alike whether 1 TiB is announced or a few bytes"
                ));
            }
            Announced::HungUp => {}
            Announced::Answered(status) if matches!(status.as_u16(), 400 | 411 | 413 | 417) => {}
            Announced::Answered(status) => {
                return Outcome::unknown(format!("1 TiB announced to {request}: {}", status.as_u16()));
            }
        }
    }
    Outcome::implemented(format!("1 TiB announced to {} was refused at once", first.request))
}
