//! [`evaluate`]: what weakens the policies of a response.

use super::hosts::{is_any_host, is_bypass};
use super::model::{Directive, Policy};
use super::source::{Keyword, Source};
use super::spelling::misspellings;
use super::weakness::{Finding, FindingKind};

/// Names what weakens the policies of one response. A weakness counts when none of the policies makes up for it, since
/// browsers enforce all; what one policy says in vain is named for each.
pub fn evaluate(policies: &[Policy]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in policies {
        misspellings(policy, &mut findings);
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
        found.push(Finding::of_directive(FindingKind::ScriptMissing, "script-src"));
    }
    if policy.effective("object-src").is_none() {
        found.push(Finding::of_directive(FindingKind::ObjectMissing, "object-src"));
    }
    for (name, kind) in [
        ("base-uri", FindingKind::BaseUriMissing),
        ("form-action", FindingKind::FormActionMissing),
        ("frame-ancestors", FindingKind::FrameAncestorsMissing),
    ] {
        if policy.get(name).is_none() {
            found.push(Finding::of_directive(kind, name));
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
        found.push(Finding::of_value(kind, directive, "'unsafe-inline'"));
    }
    if has(Keyword::UnsafeEval) {
        found.push(Finding::of_value(FindingKind::UnsafeEval, directive, "'unsafe-eval'"));
    }
    if has(Keyword::UnsafeHashes) {
        found.push(Finding::of_value(FindingKind::UnsafeHashes, directive, "'unsafe-hashes'"));
    }
    if strict_dynamic && !pinned {
        found.push(Finding::of_value(FindingKind::StrictDynamicAlone, directive, "'strict-dynamic'"));
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
            found.push(Finding::of_value(FindingKind::BypassHost, directive, host));
        }
    }
}

/// Whole schemes and everyone.
fn broad(directive: &Directive, found: &mut Vec<Finding>) {
    for value in &directive.values {
        match value {
            Source::Scheme(scheme) if matches!(&**scheme, "http" | "https" | "data" | "blob" | "filesystem") => {
                found.push(Finding::of_value(FindingKind::PlainScheme, directive, &value.to_string()));
            }
            Source::Host(host) if is_any_host(host) => {
                found.push(Finding::of_value(FindingKind::Wildcard, directive, host));
            }
            _ => {}
        }
    }
}

fn styles(directive: &Directive, found: &mut Vec<Finding>) {
    if directive.values.iter().any(|value| value.is(Keyword::UnsafeInline)) && !is_pinned(directive) {
        found.push(Finding::of_value(FindingKind::UnsafeInlineStyle, directive, "'unsafe-inline'"));
    }
}

fn is_pinned(directive: &Directive) -> bool {
    directive.values.iter().any(|value| matches!(value, Source::Nonce(_) | Source::Hash { .. }))
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
            ("a scheme of an app's own", "script-src capacitor:", vec![]),
            ("the host above a bypass", "script-src https://google.com", vec![]),
            ("default-src does not count beside script-src", "default-src 'unsafe-eval'; script-src 'self'", vec![]),
            ("a whole hash", "script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", vec![]),
            ("words that are no sources", "script-src 'self'; sandbox allow-forms", vec![]),
            ("half a hash", "script-src 'sha256-abc='", vec![InvalidSource]),
            ("script-src-elem counts too", "script-src 'self'; script-src-elem *", vec![Wildcard]),
            ("two policies make up for each other", "script-src 'self' 'unsafe-inline', script-src 'self'", vec![]),
            ("silent on scripts", "script-src 'unsafe-inline', img-src 'self'", vec![UnsafeInline]),
            ("silent on scripts, first", "img-src 'self', script-src 'unsafe-inline'", vec![UnsafeInline]),
            ("open in both, named once", "script-src 'unsafe-inline', script-src 'unsafe-inline'", vec![UnsafeInline]),
            ("silent on scripts, open by default-src", "default-src *, img-src 'self'", vec![Wildcard]),
            ("silent on styles", "style-src 'unsafe-inline', script-src 'self'", vec![UnsafeInlineStyle]),
            ("silent on scripts, objects closed", "default-src *; script-src 'self', img-src 'self'", vec![]),
        ] {
            assert_eq!(kinds(&format!("{script}{REST}")), expected, "{name}");
        }
    }

    #[test]
    fn a_second_policy_for_scripts_closes_neither_objects_nor_bases() {
        let closed = "script-src 'self'; form-action 'self'; frame-ancestors 'none'";
        for open in ["object-src *; base-uri 'none'", "object-src 'none'; base-uri *"] {
            assert_eq!(kinds(&format!("{open}; {closed}, script-src 'self'")), [Wildcard], "{open}");
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
