//! `headers.framing`, `headers.framing.invalid`: who may put a page into a frame.

use http::header;

use super::on_all;
use crate::audit::evidence::Policies;
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, SeenKind, Severity};
use crate::headers::csp::{self, Source};
use crate::headers::{FrameOptions, SecurityHeader};

pub(in crate::audit::rules) static FRAMING: Rule = Rule {
    id: "headers.framing",
    severity: Severity::Medium,
    title: "Other sites cannot put our pages into frames",
    about: "In an invisible frame over a game, the visitor's clicks land on our buttons. frame-ancestors of an enforced policy \
            stops it, or X-Frame-Options: DENY or SAMEORIGIN where there is no frame-ancestors.",
    threats: &["Clickjacking"],
    fix: "X-Frame-Options: SAMEORIGIN, and frame-ancestors 'self' in the policy",
    key: "[headers] X-Frame-Options, [headers.csp.floor] frame-ancestors",
    standards: &["ASVS V3.4.6", "CWE-1021"],
    judge: |evidence| {
        let pages: Vec<&Seen> = evidence.of_kind(SeenKind::Page).collect();
        on_all(&pages, "protection against framing", "pages", may_be_framed)
    },
};

/// Browsers that find frame-ancestors do not look at X-Frame-Options.
pub(super) fn may_be_framed(seen: &Seen) -> bool {
    let mut ancestors = Policies::of(seen).enforced;
    ancestors.retain(|policy| policy.get("frame-ancestors").is_some());
    if ancestors.is_empty() {
        return frame_options(seen).is_none_or(|options| options.is_err());
    }
    ancestors.iter().all(|policy| policy.get("frame-ancestors").is_some_and(|sources| sources.iter().any(is_anybody)))
}

fn is_anybody(source: &Source) -> bool {
    match source {
        Source::Scheme(_) => true,
        Source::Host(host) => csp::is_any_host(host),
        _ => false,
    }
}

fn frame_options(seen: &Seen) -> Option<Result<FrameOptions, String>> {
    let value = seen.headers.get(header::X_FRAME_OPTIONS)?;
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    Some(FrameOptions::parse(&text).map_err(|_| text))
}

pub(in crate::audit::rules) static INVALID: Rule = Rule {
    id: "headers.framing.invalid",
    severity: Severity::Low,
    title: "X-Frame-Options has a value that browsers know",
    about: "ALLOW-FROM and misspellings are ignored: a page with them can be framed by anyone, though it looks protected.",
    threats: &["Clickjacking"],
    fix: "X-Frame-Options: SAMEORIGIN; partners belong in frame-ancestors",
    key: "[headers] X-Frame-Options",
    standards: &["ASVS V3.4.6"],
    judge: invalid,
};

fn invalid(evidence: &Evidence<'_>) -> Outcome {
    for seen in &evidence.responses {
        match frame_options(seen) {
            None | Some(Ok(_)) => {}
            Some(Err(value)) => {
                return Outcome::missing("browsers ignore this X-Frame-Options")
                    .seen(format!("GET {}  X-Frame-Options: {value}", seen.path));
            }
        }
    }
    Outcome::absent("nothing of the kind was seen")
}
