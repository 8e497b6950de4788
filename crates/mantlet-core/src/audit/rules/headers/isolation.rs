//! `headers.permissions-policy`, `headers.coop`, `headers.corp`: what other documents may do with ours.

use super::on_every_page;
use crate::audit::{Rule, Severity};
use crate::headers::{OpenerPolicy, PermissionsPolicy, ResourcePolicy, SecurityHeader};

pub(in crate::audit::rules) static PERMISSIONS_POLICY: Rule = Rule {
    id: "headers.permissions-policy",
    severity: Severity::Info,
    title: "Powerful features are switched off where nobody uses them",
    about: "Camera, microphone and position can be denied to the page and to all that it embeds.",
    threats: &["Abuse of Features"],
    fix: "Permissions-Policy: camera=(), geolocation=(), microphone=()",
    key: "[headers] Permissions-Policy",
    standards: &[],
    judge: |evidence| {
        on_every_page(evidence, "Permissions-Policy", |seen| {
            seen.header("permissions-policy").is_none_or(|value| PermissionsPolicy::parse(value).is_err())
        })
    },
};

pub(in crate::audit::rules) static COOP: Rule = Rule {
    id: "headers.coop",
    severity: Severity::Low,
    title: "Windows of other sites keep no hold of ours",
    about: "Without Cross-Origin-Opener-Policy a page that opened ours, or that ours opened, keeps a handle to its window.",
    threats: &["Cross-Window Attacks"],
    fix: "Cross-Origin-Opener-Policy: same-origin-allow-popups",
    key: "[headers] Cross-Origin-Opener-Policy",
    standards: &["ASVS V3.4.8"],
    judge: |evidence| {
        on_every_page(evidence, "Cross-Origin-Opener-Policy", |seen| {
            let policy = seen.header("cross-origin-opener-policy").map(OpenerPolicy::parse);
            policy.is_none_or(|policy| matches!(policy, Ok(OpenerPolicy::UnsafeNone) | Err(_)))
        })
    },
};

pub(in crate::audit::rules) static CORP: Rule = Rule {
    id: "headers.corp",
    severity: Severity::Low,
    title: "Other sites cannot load our answers into their pages",
    about: "Without Cross-Origin-Resource-Policy any page can embed an answer and measure it, which leaks what a logged-in \
            visitor would see.",
    threats: &["Cross-Site Leaks"],
    fix: "Cross-Origin-Resource-Policy: same-site",
    key: "[headers] Cross-Origin-Resource-Policy",
    standards: &["ASVS V3.5.8"],
    judge: |evidence| {
        on_every_page(evidence, "Cross-Origin-Resource-Policy", |seen| {
            let policy = seen.header("cross-origin-resource-policy").map(ResourcePolicy::parse);
            policy.is_none_or(|policy| matches!(policy, Ok(ResourcePolicy::CrossOrigin) | Err(_)))
        })
    },
};
