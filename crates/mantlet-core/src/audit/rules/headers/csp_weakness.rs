//! `headers.csp.unsafe-inline` and the other ways in which a policy lets through what it should stop. What only reports is
//! judged as if it were enforced: it will be.

use crate::audit::evidence::Policies;
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, SeenKind, Severity};
use crate::headers::csp::{self, FindingKind};

pub(in crate::audit::rules) static UNSAFE_INLINE: Rule = Rule {
    id: "headers.csp.unsafe-inline",
    severity: Severity::High,
    title: "Injected inline scripts do not run",
    about: "With 'unsafe-inline', and no valid nonce or hash that would void it, a policy stops almost no injection.",
    threats: &["Cross-Site Scripting"],
    fix: "move inline code into files, or name it by hash or nonce",
    key: "[headers.csp] inline",
    standards: &["ASVS V3.4.3", "CWE-79"],
    judge: |evidence| judge(evidence, &[FindingKind::UnsafeInline], "injected inline scripts run"),
};

pub(in crate::audit::rules) static UNSAFE_EVAL: Rule = Rule {
    id: "headers.csp.unsafe-eval",
    severity: Severity::Medium,
    title: "Text is not run as code",
    about: "With 'unsafe-eval' whatever reaches eval, new Function or setTimeout as text runs.",
    threats: &["Cross-Site Scripting"],
    fix: "replace eval, and templates that are compiled in the browser",
    key: "[headers.csp.directives] script-src",
    standards: &["ASVS V3.4.3"],
    judge: |evidence| judge(evidence, &[FindingKind::UnsafeEval], "text can be run as code"),
};

pub(in crate::audit::rules) static WILDCARD: Rule = Rule {
    id: "headers.csp.wildcard",
    severity: Severity::High,
    title: "Scripts come from named hosts only",
    about: "*, https: and data: allow scripts from anybody: an attacker is anybody.",
    threats: &["Cross-Site Scripting"],
    fix: "name the hosts: script-src 'self' https://cdn.example",
    key: "[headers.csp.directives] script-src",
    standards: &["ASVS V3.4.3"],
    judge: |evidence| {
        judge(
            evidence,
            &[FindingKind::Wildcard, FindingKind::PlainScheme],
            "scripts or plug-ins may come from anywhere",
        )
    },
};

pub(in crate::audit::rules) static BYPASS_HOST: Rule = Rule {
    id: "headers.csp.bypass-host",
    severity: Severity::Medium,
    title: "No script comes from a host that has anyone's",
    about: "Hosts of libraries also hold ones that run what is in the page's markup; others call back whatever they are \
            asked to (JSONP). Whoever can inject a script element takes what runs from there.",
    threats: &["Cross-Site Scripting"],
    fix: "serve the script from the site itself",
    key: "[headers.csp.directives] script-src",
    standards: &["ASVS V3.4.3"],
    judge: |evidence| judge(evidence, &[FindingKind::BypassHost], "an allowed host serves scripts that run any code"),
};

pub(in crate::audit::rules) static OBJECT_SRC: Rule = Rule {
    id: "headers.csp.object-src",
    severity: Severity::Medium,
    title: "Plug-ins are not loaded",
    about: "Without object-src (or default-src) an injected object or embed element loads what it wants.",
    threats: &["Cross-Site Scripting"],
    fix: "object-src 'none'",
    key: "[headers.csp.floor] object-src",
    standards: &["ASVS V3.4.3"],
    judge: |evidence| judge(evidence, &[FindingKind::ObjectMissing], "plug-ins may come from anywhere"),
};

pub(in crate::audit::rules) static BASE_URI: Rule = Rule {
    id: "headers.csp.base-uri",
    severity: Severity::Medium,
    title: "An injected base element changes nothing",
    about: "One base element turns every relative script address to another host. base-uri does not fall back to default-src.",
    threats: &["Cross-Site Scripting"],
    fix: "base-uri 'self'",
    key: "[headers.csp.floor] base-uri",
    standards: &["ASVS V3.4.3"],
    judge: |evidence| {
        judge(evidence, &[FindingKind::BaseUriMissing], "an injected base element moves relative scripts")
    },
};

pub(in crate::audit::rules) static FORM_ACTION: Rule = Rule {
    id: "headers.csp.form-action",
    severity: Severity::Medium,
    title: "An injected form cannot send data elsewhere",
    about: "A form that is injected around a login's fields sends them where it wants. form-action does not fall back to \
            default-src.",
    threats: &["Credential Theft"],
    fix: "form-action 'self'",
    key: "[headers.csp.directives] form-action",
    standards: &["ASVS V3.4.3"],
    judge: |evidence| judge(evidence, &[FindingKind::FormActionMissing], "an injected form may send data anywhere"),
};

fn judge(evidence: &Evidence<'_>, kinds: &[FindingKind], summary: &str) -> Outcome {
    let mut any = false;
    let mut reported = None;
    for page in evidence.of_kind(SeenKind::Page) {
        let policies = Policies::of(page).judged();
        if policies.is_empty() {
            continue;
        }
        any = true;
        let Some(finding) = csp::evaluate(&policies).into_iter().find(|finding| kinds.contains(&finding.kind)) else {
            continue;
        };
        let proof = proof(page, &finding);
        if !is_only_reported(page, &finding) {
            return Outcome::missing(summary).seen(proof);
        }
        reported.get_or_insert_with(|| Outcome::weak(format!("{} only reports", finding.directive)).seen(proof));
    }
    match reported {
        Some(weak) => weak,
        None if any => Outcome::implemented("not open"),
        None => Outcome::not_applicable("there is no policy: headers.csp.present"),
    }
}

/// The directive that the enforced policies lack is one that is being tried out.
fn is_only_reported(page: &Seen, finding: &csp::Finding) -> bool {
    finding.value.is_none() && Policies::of(page).reported.iter().any(|policy| policy.get(&finding.directive).is_some())
}

fn proof(page: &Seen, finding: &csp::Finding) -> String {
    match &finding.value {
        Some(value) => format!("GET {}  {} {value}", page.path, finding.directive),
        None => format!("GET {}  no {}", page.path, finding.directive),
    }
}
