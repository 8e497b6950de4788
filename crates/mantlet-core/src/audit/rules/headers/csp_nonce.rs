//! `headers.csp.nonce`: a nonce is a secret of one answer.

use std::collections::BTreeMap;

use crate::audit::evidence::Policies;
use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Rule, Seen, SeenKind, Severity};
use crate::headers::csp::{Policy, Source};

pub(in crate::audit::rules) static NONCE: Rule = Rule {
    id: "headers.csp.nonce",
    severity: Severity::High,
    title: "Each answer has a nonce of its own",
    about: "Whoever knows the nonce writes it on the script that they inject. One that stands in the configuration, or in a page \
            from a cache, is known to all. The nonces of several answers are compared; a page that is alone is asked for twice.",
    threats: &["Cross-Site Scripting"],
    fix: "128 random bits for each answer, and none of those answers from a cache",
    key: "[headers.csp] inline",
    standards: &["ASVS V3.4.3", "CWE-330"],
    judge: nonce,
};

fn nonce(evidence: &Evidence<'_>) -> Outcome {
    let mut answers = 0_usize;
    let mut first_seen: BTreeMap<Box<str>, &Seen> = BTreeMap::new();
    for page in evidence.of_kind(SeenKind::Page) {
        let nonces = nonces(page);
        answers = answers.saturating_add(usize::from(!nonces.is_empty()));
        for nonce in &nonces {
            if let Some(before) = first_seen.get(nonce) {
                return Outcome::missing("one nonce stands in two answers")
                    .seen(format!("GET {}", before.path))
                    .seen(format!("GET {}", page.path));
            }
        }
        first_seen.extend(nonces.into_iter().map(|nonce| (nonce, page)));
    }
    match answers {
        0 => Outcome::absent("no policy names a nonce"),
        1 => Outcome::unknown("only one answer with a nonce was seen"),
        _ => Outcome::implemented(format!("{answers} answers, each with another")),
    }
}

/// Those of one answer, in whichever of its directives and policies.
fn nonces(seen: &Seen) -> Vec<Box<str>> {
    let Policies { enforced, reported } = Policies::of(seen);
    let directives = enforced.iter().chain(&reported).flat_map(Policy::directives);
    let mut nonces: Vec<Box<str>> = directives
        .flat_map(|directive| &directive.values)
        .filter_map(|value| match value {
            Source::Nonce(nonce) => Some(nonce.clone()),
            _ => None,
        })
        .collect();
    nonces.sort_unstable();
    nonces.dedup();
    nonces
}
