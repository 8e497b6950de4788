//! What does not do what it looks like.

use super::directive::{self, Kind};
use super::hosts::is_ignored_ip;
use super::model::{Directive, Policy};
use super::source::{Keyword, Source};
use super::weakness::{Finding, FindingKind};

/// Names what one policy says in vain.
pub(super) fn misspellings(policy: &Policy, found: &mut Vec<Finding>) {
    for name in policy.repeated() {
        found.push(Finding::of_directive(FindingKind::RepeatedDirective, name));
    }
    for directive in policy.directives() {
        match directive::kind(&directive.name) {
            None => found.push(Finding::of_directive(FindingKind::UnknownDirective, &directive.name)),
            Some(Kind::Deprecated) => {
                found.push(Finding::of_directive(FindingKind::DeprecatedDirective, &directive.name));
            }
            Some(_) if directive::takes_sources(&directive.name) => {
                directive.values.iter().for_each(|value| misspelt(directive, value, found));
                if directive.values.len() > 1 && directive.values.iter().any(|value| value.is(Keyword::None)) {
                    found.push(Finding::of_value(FindingKind::VoidNone, directive, "'none'"));
                }
            }
            Some(_) => {}
        }
    }
}

fn misspelt(directive: &Directive, value: &Source, found: &mut Vec<Finding>) {
    let kind = match value {
        Source::Host(host) if directive::kind(&host.to_ascii_lowercase()).is_some() => FindingKind::MissingSemicolon,
        Source::Host(host) if is_unquoted_keyword(host) => FindingKind::UnquotedKeyword,
        Source::Host(host) if host.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://")) => {
            FindingKind::HttpSource
        }
        Source::Host(host) if is_ignored_ip(host) => FindingKind::IpSource,
        // 22 digits of base64 hold 128 bits.
        Source::Nonce(nonce) if nonce.trim_end_matches('=').len() < 22 => FindingKind::NonceShort,
        Source::Hash { algorithm, digest } if digest.len() != algorithm.base64_len() => FindingKind::InvalidSource,
        Source::Host(host) if names_query(host) => FindingKind::InvalidSource,
        Source::Invalid(_) => FindingKind::InvalidSource,
        _ => return,
    };
    found.push(Finding::of_value(kind, directive, &value.to_string()));
}

/// Whether a host source goes on behind its path: browsers match without that.
fn names_query(host: &str) -> bool {
    host.contains(['?', '#'])
}

fn is_unquoted_keyword(host: &str) -> bool {
    let starts = |prefix: &str| host.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    Keyword::ALL.iter().any(|keyword| keyword.as_str().eq_ignore_ascii_case(host))
        || ["nonce-", "sha256-", "sha384-", "sha512-"].into_iter().any(starts)
}
