//! What browsers are told to refuse. Judged on pages; redirects, errors and files are for the coverage checks.

pub(super) mod coverage;
pub(super) mod csp_nonce;
pub(super) mod csp_presence;
pub(super) mod csp_weakness;
pub(super) mod framing;
pub(super) mod isolation;
pub(super) mod referrer;
pub(super) mod sniffing;

use crate::audit::outcome::Outcome;
use crate::audit::{Evidence, Seen, SeenKind};

/// Judges a field that every page should carry: `lacks` says which pages do not.
fn on_every_page(evidence: &Evidence<'_>, what: &str, lacks: impl Fn(&Seen) -> bool) -> Outcome {
    let pages: Vec<&Seen> = evidence.of_kind(SeenKind::Page).collect();
    on_all(&pages, what, "pages", lacks)
}

fn on_all(seen: &[&Seen], what: &str, noun: &str, lacks: impl Fn(&Seen) -> bool) -> Outcome {
    if seen.is_empty() {
        return Outcome::unknown(format!("no {noun} were seen"));
    }
    let bare: Vec<&&Seen> = seen.iter().filter(|seen| lacks(seen)).collect();
    match bare.first() {
        None => Outcome::implemented(format!("on {} of {} {noun}", seen.len(), seen.len())),
        Some(first) => Outcome::missing(format!("no {what} on {} of {} {noun}", bare.len(), seen.len()))
            .seen(format!("GET {}", first.path)),
    }
}
