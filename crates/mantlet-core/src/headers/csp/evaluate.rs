//! [`evaluate`]: what weakens a policy, or does not do what it looks like.

use super::directive::{self, Kind};
use super::model::{Directive, Policy};
use super::source::{Keyword, Source};
use super::weakness::{Finding, FindingKind};

/// Names what weakens the policies of one response. A weakness counts when none of the policies makes up for it, since
/// browsers enforce all; what one policy says in vain is named for each.
pub fn evaluate(policies: &[Policy]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in policies {
        spelling(policy, &mut findings);
    }
    // What no policy closes is a gap of their intersection.
    let gaps: Vec<_> = policies.iter().map(|policy| (policy, gaps(policy))).collect();
    let mut common: Vec<Finding> = Vec::new();
    for (holder, found) in &gaps {
        let open: Vec<_> = found
            .iter()
            .filter(|gap| !common.iter().any(|named| named.kind == gap.kind))
            .filter(|gap| {
                gaps.iter().all(|(policy, own)| {
                    own.iter().any(|other| other.kind == gap.kind) || is_silent(policy, gap, holder)
                })
            })
            .cloned()
            .collect();
        common.extend(open);
    }
    findings.extend(common);
    findings.sort_by(|a, b| b.kind.weight().cmp(&a.kind.weight()).then(a.kind.cmp(&b.kind)));
    findings
}

/// Whether the policy says nothing of what a value of the holder's opens: then it closes nothing either.
fn is_silent(policy: &Policy, gap: &Finding, holder: &Policy) -> bool {
    if gap.value.is_none() {
        return false;
    }
    let subject = match &*gap.directive {
        _ if gap.kind == FindingKind::UnsafeInlineStyle => "style-src",
        "base-uri" => return policy.get("base-uri").is_none(),
        "object-src" => "object-src",
        "default-src" if holder.get("script-src").is_some() => "object-src",
        _ => "script-src",
    };
    policy.effective(subject).is_none()
}

/// What is open.
fn gaps(policy: &Policy) -> Vec<Finding> {
    let mut found = Vec::new();
    if policy.effective("script-src").is_none() {
        found.push(missing(FindingKind::ScriptMissing, "script-src"));
    }
    if policy.effective("object-src").is_none() {
        found.push(missing(FindingKind::ObjectMissing, "object-src"));
    }
    for (name, kind) in [
        ("base-uri", FindingKind::BaseUriMissing),
        ("form-action", FindingKind::FormActionMissing),
        ("frame-ancestors", FindingKind::FrameAncestorsMissing),
    ] {
        if policy.get(name).is_none() {
            found.push(missing(kind, name));
        }
    }
    for directive in policy.directives() {
        let is_default = &*directive.name == "default-src";
        if directive.name.starts_with("script-src") || (is_default && policy.get("script-src").is_none()) {
            scripts(directive, &mut found);
        } else if matches!(&*directive.name, "object-src" | "base-uri")
            || (is_default && policy.get("object-src").is_none())
        {
            broad(directive, &mut found);
        }
        if directive.name.starts_with("style-src") || (is_default && policy.get("style-src").is_none()) {
            styles(directive, &mut found);
        }
    }
    found
}

fn scripts(directive: &Directive, found: &mut Vec<Finding>) {
    let has = |keyword| directive.values.iter().any(|value| value.is(keyword));
    let pinned = is_pinned(directive);
    let strict_dynamic = has(Keyword::StrictDynamic);
    // CSP level 3, section 6.7.3.2: any of these voids 'unsafe-inline'.
    if has(Keyword::UnsafeInline) {
        let kind = if pinned || strict_dynamic { FindingKind::VoidUnsafeInline } else { FindingKind::UnsafeInline };
        found.push(of(kind, directive, "'unsafe-inline'"));
    }
    if has(Keyword::UnsafeEval) {
        found.push(of(FindingKind::UnsafeEval, directive, "'unsafe-eval'"));
    }
    if has(Keyword::UnsafeHashes) {
        found.push(of(FindingKind::UnsafeHashes, directive, "'unsafe-hashes'"));
    }
    if strict_dynamic && !pinned {
        found.push(of(FindingKind::StrictDynamicAlone, directive, "'strict-dynamic'"));
    }
    // With 'strict-dynamic' hosts and schemes no longer count.
    if strict_dynamic {
        return;
    }
    broad(directive, found);
    for value in &directive.values {
        if let Source::Host(host) = value
            && is_bypass(host)
        {
            found.push(of(FindingKind::BypassHost, directive, host));
        }
    }
}

/// Whole schemes and everyone.
fn broad(directive: &Directive, found: &mut Vec<Finding>) {
    for value in &directive.values {
        match value {
            Source::Scheme(scheme) if matches!(&**scheme, "http" | "https" | "data" | "blob" | "filesystem") => {
                found.push(of(FindingKind::PlainScheme, directive, &value.to_string()));
            }
            Source::Host(host) if is_any_host(host) => {
                found.push(of(FindingKind::Wildcard, directive, host));
            }
            _ => {}
        }
    }
}

fn styles(directive: &Directive, found: &mut Vec<Finding>) {
    if directive.values.iter().any(|value| value.is(Keyword::UnsafeInline)) && !is_pinned(directive) {
        found.push(of(FindingKind::UnsafeInlineStyle, directive, "'unsafe-inline'"));
    }
}

/// What does not do what it looks like.
fn spelling(policy: &Policy, found: &mut Vec<Finding>) {
    for name in policy.repeated() {
        found.push(missing(FindingKind::RepeatedDirective, name));
    }
    for directive in policy.directives() {
        match directive::kind(&directive.name) {
            None => found.push(missing(FindingKind::UnknownDirective, &directive.name)),
            Some(Kind::Deprecated) => found.push(missing(FindingKind::DeprecatedDirective, &directive.name)),
            Some(_) if directive::takes_sources(&directive.name) => {
                directive.values.iter().for_each(|value| misspelt(directive, value, found));
                if directive.values.len() > 1 && directive.values.iter().any(|value| value.is(Keyword::None)) {
                    found.push(of(FindingKind::VoidNone, directive, "'none'"));
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
        Source::Host(host) if is_foreign_ip(host) => FindingKind::IpSource,
        // 22 digits of base64 hold 128 bits.
        Source::Nonce(nonce) if nonce.trim_end_matches('=').len() < 22 => FindingKind::NonceShort,
        Source::Hash { algorithm, digest } if digest.len() != algorithm.base64_len() => FindingKind::InvalidSource,
        Source::Host(host) if names_query(host) => FindingKind::InvalidSource,
        Source::Invalid(_) => FindingKind::InvalidSource,
        _ => return,
    };
    found.push(of(kind, directive, &value.to_string()));
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

fn is_pinned(directive: &Directive) -> bool {
    directive.values.iter().any(|value| matches!(value, Source::Nonce(_) | Source::Hash { .. }))
}

fn is_foreign_ip(host: &str) -> bool {
    let name = authority(host).split(':').next().unwrap_or("");
    name != "127.0.0.1" && name.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Whether a host source is everybody's, on whichever port.
pub(crate) fn is_any_host(host: &str) -> bool {
    authority(host).split(':').next() == Some("*")
}

/// `host[:port]` of a host source.
fn authority(host: &str) -> &str {
    let rest = host.split_once("://").map_or(host, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Hosts known to serve anyone's files, a library that runs what is in the page's markup, or JSONP: who may load a
/// script from one of these may run any code. Names are matched with everything below them.
const BYPASS_HOSTS: [&str; 27] = [
    "accounts.google.com",
    "ajax.googleapis.com",
    "ajax.aspnetcdn.com",
    "apis.google.com",
    "blob.core.windows.net",
    "cdn.bootcss.com",
    "cdn.jsdelivr.net",
    "cdn.shopify.com",
    "cdnjs.cloudflare.com",
    "cloudfront.net",
    "code.angularjs.org",
    "esm.sh",
    "firebaseapp.com",
    "github.io",
    "googleapis.com",
    "herokuapp.com",
    "maps.google.com",
    "maps.googleapis.com",
    "netlify.app",
    "raw.githack.com",
    "rawgit.com",
    "s3.amazonaws.com",
    "translate.googleapis.com",
    "unpkg.com",
    "vercel.app",
    "www.google.com",
    "yandex.st",
];

fn is_bypass(host: &str) -> bool {
    let name = authority(host).split(':').next().unwrap_or("").to_ascii_lowercase();
    let name = name.strip_prefix("*.").unwrap_or(&name);
    let below = |bypass: &str| name.strip_suffix(bypass).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    // `*.google.com` reaches www.google.com.
    let above = |bypass: &str| host.contains("*.") && bypass.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    BYPASS_HOSTS.into_iter().any(|bypass| below(bypass) || above(bypass))
}

fn missing(kind: FindingKind, directive: &str) -> Finding {
    Finding { kind, directive: directive.into(), value: None }
}

fn of(kind: FindingKind, directive: &Directive, value: &str) -> Finding {
    Finding { kind, directive: directive.name.clone(), value: Some(value.into()) }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::FindingKind::*;
    use super::*;

    /// Directives that leave no gap besides the one under test.
    const REST: &str = "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    fn kinds(text: &str) -> Vec<FindingKind> {
        evaluate(&parse(text)).into_iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn each_weakness_is_named() {
        for (name, script, expected) in [
            ("none", "script-src 'self'", vec![]),
            ("unsafe_inline", "script-src 'self' 'unsafe-inline'", vec![UnsafeInline]),
            ("by default-src", "default-src 'unsafe-inline'", vec![UnsafeInline, UnsafeInlineStyle]),
            (
                "neutralised by a nonce",
                "script-src 'unsafe-inline' 'nonce-AAAAAAAAAAAAAAAAAAAAAA'",
                vec![VoidUnsafeInline],
            ),
            (
                "neutralised by strict-dynamic",
                "script-src 'unsafe-inline' https: 'strict-dynamic' 'nonce-AAAAAAAAAAAAAAAAAAAAAA'",
                vec![VoidUnsafeInline],
            ),
            (
                "not neutralised by a malformed nonce",
                "script-src 'unsafe-inline' 'nonce-!'",
                vec![UnsafeInline, InvalidSource],
            ),
            (
                "not neutralised by a hash of no bytes",
                "script-src 'unsafe-inline' 'sha256-abcd='",
                vec![UnsafeInline, InvalidSource],
            ),
            ("star with a query", "script-src https://*/?x", vec![Wildcard, InvalidSource]),
            ("short nonce", "script-src 'nonce-abc'", vec![NonceShort]),
            ("eval", "script-src 'unsafe-eval'", vec![UnsafeEval]),
            ("star", "script-src *", vec![Wildcard]),
            ("star with a scheme", "script-src https://*", vec![Wildcard]),
            ("data", "script-src data:", vec![PlainScheme]),
            ("https", "script-src https:", vec![PlainScheme]),
            ("plain http", "script-src http://a.example", vec![HttpSource]),
            ("jsonp", "script-src https://www.google.com", vec![BypassHost]),
            ("a library on a CDN", "script-src cdnjs.cloudflare.com/ajax/libs/x.js", vec![BypassHost]),
            ("star above a bypass", "script-src https://*.google.com", vec![BypassHost]),
            ("looks like a bypass", "script-src https://notwww.google.com.example", vec![]),
            ("no quotes", "script-src self", vec![UnquotedKeyword]),
            ("no semicolon", "script-src 'self' style-src", vec![MissingSemicolon]),
            ("unknown", "script-src 'self'; scrpt-src 'self'", vec![UnknownDirective]),
            ("repeated", "script-src 'self'; script-src *", vec![RepeatedDirective]),
            ("void none", "script-src 'none' 'self'", vec![VoidNone]),
            ("alone", "script-src 'strict-dynamic'", vec![StrictDynamicAlone]),
            ("address", "script-src 10.0.0.1", vec![IpSource]),
            ("half a hash", "script-src 'sha256-abc='", vec![InvalidSource]),
            ("script-src-elem counts too", "script-src 'self'; script-src-elem *", vec![Wildcard]),
            ("two policies make up for each other", "script-src 'self' 'unsafe-inline', script-src 'self'", vec![]),
            ("silent on scripts", "script-src 'unsafe-inline', img-src 'self'", vec![UnsafeInline]),
            ("silent on scripts, first", "img-src 'self', script-src 'unsafe-inline'", vec![UnsafeInline]),
            ("silent on scripts, objects closed", "default-src *; script-src 'self', img-src 'self'", vec![]),
        ] {
            assert_eq!(kinds(&format!("{script}{REST}")), expected, "{name}");
        }
    }

    #[test]
    fn what_does_not_fall_back_must_be_said() {
        assert_eq!(kinds("default-src 'none'"), [BaseUriMissing, FormActionMissing, FrameAncestorsMissing]);
        assert_eq!(
            kinds("upgrade-insecure-requests"),
            [ScriptMissing, ObjectMissing, BaseUriMissing, FormActionMissing, FrameAncestorsMissing]
        );
    }

    #[test]
    fn no_policy_at_all_is_not_for_this_function_to_judge() {
        assert_eq!(evaluate(&[]), []);
    }
}
