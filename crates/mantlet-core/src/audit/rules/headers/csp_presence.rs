//! `headers.csp.present`, `headers.csp.report-only`.

use crate::audit::evidence::Policies;
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, SeenKind, Severity};

pub(in crate::audit::rules) static PRESENT: Rule = Rule {
    id: "headers.csp.present",
    severity: Severity::High,
    title: "A content security policy says which scripts may run",
    about: "When a page repeats what an attacker wrote, a policy is what keeps the browser from running it. It must govern \
            scripts (script-src or default-src); one that says something else only is none.",
    threats: &["Cross-Site Scripting"],
    fix: "Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'",
    key: "[headers.csp]",
    standards: &["ASVS V3.4.3", "CWE-693"],
    judge: present,
};

fn present(evidence: &Evidence<'_>) -> Outcome {
    let pages: Vec<&Seen> = evidence.of_kind(SeenKind::Page).collect();
    if pages.is_empty() {
        return Outcome::unknown("no pages were seen");
    }
    let governed = |seen: &&&Seen| {
        let policies = Policies::of(seen);
        policies.governs_scripts() || policies.only_reports_scripts()
    };
    let bare: Vec<&&Seen> = pages.iter().filter(|page| !governed(page)).collect();
    if let Some(first) = bare.first() {
        let what = if has_policy(first) { "no policy for scripts" } else { "no Content-Security-Policy" };
        return Outcome::missing(format!("{what} on {} of {} pages", bare.len(), pages.len()))
            .seen(format!("GET {}", first.path));
    }
    if pages.iter().any(|page| Policies::of(page).only_reports_scripts()) {
        return Outcome::not_applicable("for scripts it only reports: headers.csp.report-only");
    }
    Outcome::implemented(format!("on {} of {} pages", pages.len(), pages.len()))
}

fn has_policy(seen: &Seen) -> bool {
    !Policies::of(seen).enforced.is_empty()
}

pub(in crate::audit::rules) static REPORT_ONLY: Rule = Rule {
    id: "headers.csp.report-only",
    severity: Severity::Medium,
    title: "The policy for scripts is enforced",
    about: "Content-Security-Policy-Report-Only stops nothing: it is for finding out what a policy would break. Enforce what is \
            quiet. A floor that is enforced meanwhile (object-src, base-uri, frame-ancestors) makes it weak rather than missing.",
    threats: &["Cross-Site Scripting"],
    fix: "send the same policy as Content-Security-Policy once nothing of yours is reported any more",
    key: "[headers.csp] mode = \"enforce\"",
    standards: &["ASVS V3.4.3"],
    judge: report_only,
};

fn report_only(evidence: &Evidence<'_>) -> Outcome {
    let pages: Vec<&Seen> = evidence.of_kind(SeenKind::Page).collect();
    let reporting: Vec<&&Seen> = pages.iter().filter(|page| Policies::of(page).only_reports_scripts()).collect();
    let Some(first) = reporting.first() else {
        return match pages.iter().any(|page| Policies::of(page).governs_scripts()) {
            true => Outcome::implemented("enforced"),
            false => Outcome::not_applicable("there is none: headers.csp.present"),
        };
    };
    let floor: Vec<&str> = ["object-src", "base-uri", "frame-ancestors"]
        .into_iter()
        .filter(|name| Policies::of(first).enforced.iter().any(|policy| policy.get(name).is_some()))
        .collect();
    if floor.is_empty() {
        return Outcome::missing("the policy only reports").seen(format!("GET {}", first.path));
    }
    Outcome::weak(format!("script-src is still learning; the floor ({}) is enforced", floor.join(", ")))
}
