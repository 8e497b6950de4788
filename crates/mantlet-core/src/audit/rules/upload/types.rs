//! `upload.type.*`, `upload.content.mismatch`: which files are taken.

use super::{Stored, attempts, is_handed_out, judge_trick, proof, shown};
use crate::audit::outcome::Outcome;
use crate::audit::trial::{Trick, UploadAttempt, UploadTrial};
use crate::audit::{Confidence, Rule, Severity};

const ALLOW_LIST: &str =
    "before a file is stored, refuse every extension but those of a list: txt, pdf, png, jpg, jpeg, gif";

pub(in crate::audit::rules) static HTML: Rule = Rule {
    id: "upload.type.html",
    severity: Severity::High,
    title: "An uploaded page never runs as a page of the site",
    about: "An HTML file that is served as HTML from the site's own origin is stored cross-site scripting: its script reads and \
            does all that its visitor may. A harmless page is uploaded and fetched, as itself and inside of a real picture.",
    threats: &["Arbitrary File Upload", "Cross-Site Scripting"],
    fix: "accept an explicit list of extensions; serve uploads with Content-Disposition: attachment",
    key: "[uploads] allowed_extensions, active_content",
    standards: &["ASVS V3.2.1", "CWE-79"],
    judge: |evidence| {
        judge_trick(evidence, Trick::Html, |trial, attempt, stored| {
            let runs = attempt.served.as_ref().map(|served| (served.essence(), served.runs_in_browser()));
            match (stored, runs) {
                (Stored::Fetchable, Some((essence, true)))
                    if essence == "text/html" || essence == "application/xhtml+xml" =>
                {
                    Outcome::missing(format!("{} is stored and served as {essence}", shown(&attempt.name)))
                        .confidence(Confidence::Confirmed)
                }
                (Stored::Fetchable, _) => Outcome::implemented("HTML is stored, but served so that it does not run"),
                (Stored::Taken, _) => Outcome::unknown("it was taken, but not found: --upload-view would decide"),
                (Stored::Refused, _) => Outcome::implemented("HTML was refused"),
                (Stored::Undecided(why), _) => Outcome::unknown(why),
            }
            .seen(proof(trial, attempt))
        })
    },
};

pub(in crate::audit::rules) static SVG: Rule = Rule {
    id: "upload.type.svg",
    severity: Severity::Medium,
    title: "An uploaded SVG never runs as a document of the site",
    about: "SVG is a document that may hold script. Opened by its own address it runs with the site's origin. A harmless SVG is \
            uploaded and fetched.",
    threats: &["Cross-Site Scripting"],
    fix: "leave svg out of the list of extensions, or serve it with Content-Disposition: attachment",
    key: "[uploads] allowed_extensions, active_content",
    standards: &["ASVS V3.2.1", "CWE-79"],
    judge: |evidence| {
        judge_trick(evidence, Trick::Svg, |trial, attempt, stored| {
            let runs = attempt.served.as_ref().is_some_and(|served| {
                served.runs_in_browser() && (served.essence() == "image/svg+xml" || served.essence().ends_with("html"))
            });
            match stored {
                Stored::Fetchable if runs => {
                    Outcome::missing("an SVG is stored and served inline").confidence(Confidence::Confirmed)
                }
                Stored::Fetchable => Outcome::implemented("SVG is stored, but served so that it does not run"),
                Stored::Taken => Outcome::unknown("it was taken, but not found: --upload-view would decide"),
                Stored::Refused => Outcome::implemented("SVG was refused"),
                Stored::Undecided(why) => Outcome::unknown(why),
            }
            .seen(proof(trial, attempt))
        })
    },
};

pub(in crate::audit::rules) static SERVER_SCRIPT: Rule = Rule {
    id: "upload.type.server-script",
    severity: Severity::High,
    title: "Server scripts are not taken",
    about: "A .php file on a server that runs PHP is a remote shell, today or after the next move to another host. A script \
            that only prints a word is uploaded and fetched, as .php, and inside of a real picture as .png.php and .phtml: \
            critical when the word comes back, weak where no server takes the name it is stored under for a script's, or where \
            it comes back as an attachment with nosniff: then an application hands it out, and no server runs it.",
    threats: &["Arbitrary File Upload"],
    fix: ALLOW_LIST,
    key: "[uploads] allowed_extensions, blocked_extensions",
    standards: &["ASVS V5.2.2", "CWE-434"],
    judge: |evidence| {
        judge_trick(evidence, Trick::ServerScript, |trial, attempt, stored| {
            match stored {
                Stored::Fetchable if executed(attempt) => ran(attempt),
                Stored::Fetchable if is_renamed(attempt) || is_handed_out(attempt) => harmless(attempt),
                Stored::Fetchable => {
                    Outcome::missing(format!("{} is stored and can be fetched (it did not run)", shown(&attempt.name)))
                        .confidence(Confidence::Confirmed)
                }
                Stored::Taken => Outcome::missing(format!("{} was taken", shown(&attempt.name))).at(Severity::Medium),
                Stored::Refused => Outcome::implemented("scripts were refused"),
                Stored::Undecided(why) => Outcome::unknown(why),
            }
            .seen(proof(trial, attempt))
        })
    },
};

pub(in crate::audit::rules) static DOUBLE: Rule = Rule {
    id: "upload.type.double",
    severity: Severity::Medium,
    title: "An inner extension that servers run is noticed",
    about: "Some servers run shell.php.png because .php stands somewhere in the name. A list of allowed last extensions does not \
            see it.",
    threats: &["Arbitrary File Upload"],
    fix: "store under a name of your own: a random one, and the extension that was judged",
    key: "[uploads] double_extensions",
    standards: &["ASVS V5.2.2", "CWE-434"],
    judge: |evidence| {
        judge_trick(evidence, Trick::DoubleExtension, |trial, attempt, stored| {
            match stored {
                Stored::Fetchable if is_renamed(attempt) => {
                    Outcome::implemented("probe.php.png is stored under another name")
                }
                Stored::Taken => {
                    Outcome::unknown("it was taken, under which name was not found: --upload-view would decide")
                }
                stored => stored.judge("probe.php.png", attempt),
            }
            .seen(proof(trial, attempt))
        })
    },
};

pub(in crate::audit::rules) static CASE: Rule = Rule {
    id: "upload.type.case",
    severity: Severity::High,
    title: "Extensions are compared without regard to case",
    about: "A filter that refuses .php and takes .PhP refuses nothing.",
    threats: &["Arbitrary File Upload"],
    fix: "compare the extension in lower case",
    key: "[uploads] allowed_extensions",
    standards: &["ASVS V5.2.2", "CWE-178"],
    judge: |evidence| {
        judge_trick(evidence, Trick::MixedCase, |trial, attempt, stored| {
            if lower_case_is_taken(trial) {
                return Outcome::not_applicable("lower case is taken too: upload.type.server-script");
            }
            match stored {
                Stored::Fetchable if executed(attempt) => ran(attempt),
                Stored::Fetchable | Stored::Taken => {
                    Outcome::missing(".PhP is taken while .php is refused").confidence(Confidence::Confirmed)
                }
                Stored::Refused => Outcome::implemented(".PhP was refused like .php"),
                Stored::Undecided(why) => Outcome::unknown(why),
            }
            .seen(proof(trial, attempt))
        })
    },
};

/// A script that would have to be moved, renamed or served by another to run.
fn harmless(attempt: &UploadAttempt) -> Outcome {
    let name = shown(&attempt.name);
    let outcome = match (is_renamed(attempt), is_handed_out(attempt)) {
        (true, true) => Outcome::weak(format!(
            "{name} is taken, under a name that no server runs, and only handed out as a download"
        ))
        .at(Severity::Low),
        (true, false) => Outcome::weak(format!("{name} is taken, and stored under a name that no server runs")),
        (false, _) => Outcome::weak(format!("{name} is stored under its name, and only handed out as a download")),
    };
    outcome.confidence(Confidence::Confirmed)
}

/// Under its new name no server takes it for a script.
fn is_renamed(attempt: &UploadAttempt) -> bool {
    let is_script = |name: &str| [".php", ".phtml"].iter().any(|extension| name.contains(extension));
    // What stands before the last slash is a folder, or the script that hands it out: `/index.php/files/7`.
    let name = |path: &str| match path.split_once('?') {
        Some(_) => path.to_owned(),
        None => path.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    attempt.served.as_ref().is_some_and(|served| !is_script(&name(&served.path)))
}

fn executed(attempt: &UploadAttempt) -> bool {
    attempt.served.as_ref().is_some_and(|served| served.executed)
}

fn ran(attempt: &UploadAttempt) -> Outcome {
    Outcome::missing(format!("{} ran on the server", shown(&attempt.name)))
        .at(Severity::Critical)
        .confidence(Confidence::Confirmed)
}

fn lower_case_is_taken(trial: &UploadTrial) -> bool {
    attempts(trial, Trick::ServerScript)
        .filter(|lower| lower.name.ends_with(".php"))
        .any(|lower| matches!(super::stored(trial, lower), Stored::Fetchable | Stored::Taken))
}

pub(in crate::audit::rules) static MISMATCH: Rule = Rule {
    id: "upload.content.mismatch",
    severity: Severity::Medium,
    title: "A file's bytes are what its name says",
    about: "Bytes of a page under the name of a picture pass every list of extensions, and run where a browser guesses the type. \
            HTML is uploaded as .png.",
    threats: &["Arbitrary File Upload", "MIME Sniffing"],
    fix: "look at the first bytes before saving",
    key: "[uploads] content",
    standards: &["ASVS V5.2.2", "CWE-434"],
    judge: |evidence| {
        judge_trick(evidence, Trick::Mismatch, |trial, attempt, stored| {
            stored.judge("HTML named .png", attempt).seen(proof(trial, attempt))
        })
    },
};
