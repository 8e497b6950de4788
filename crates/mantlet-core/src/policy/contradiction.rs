//! Values that are right by themselves and wrong together: in one guard ([`GuardPolicy`]), and in those of several paths
//! ([`of_paths`]).
//!
//! A contradiction is an error when following either word would betray the other one. What a guard documents to be in
//! vain or to follow from something else is none.

use serde::de::DeserializeOwned;

use super::{GuardPolicies, Route};

use crate::csrf::CsrfPolicy;
use crate::headers::csp::{CspMode, CspSettings, Inline, Keyword, Source};
use crate::headers::{FrameOptions, HeadersPolicy};
use crate::session::{PrefixRule, SameSite, SessionPolicy};
use crate::upload::UploadPolicy;

/// The key that contradicts another one, and how. What follows a line break is the remedy.
type Contradiction = (&'static str, String);

/// A guard's section: read key by key, then looked at as a whole.
pub(super) trait GuardPolicy: DeserializeOwned + Default {
    /// The first one.
    fn contradiction(&self) -> Option<Contradiction> {
        None
    }
}

impl GuardPolicy for SessionPolicy {
    fn contradiction(&self) -> Option<Contradiction> {
        if self.secure {
            return None;
        }
        if self.same_site == SameSite::None {
            let message = "\"None\" contradicts Secure = false: browsers drop such cookies\nfix: Secure = true";
            return Some(("SameSite", message.to_owned()));
        }
        if matches!(self.prefix, PrefixRule::Host | PrefixRule::Secure) {
            let message = "a prefix contradicts Secure = false: browsers drop such cookies\nfix: Secure = true";
            return Some(("prefix", message.to_owned()));
        }
        None
    }
}

impl GuardPolicy for CsrfPolicy {}

impl GuardPolicy for HeadersPolicy {
    fn contradiction(&self) -> Option<Contradiction> {
        of_csp(&self.csp).or_else(|| of_removal(self)).or_else(|| of_framing(self.frame_options?, &self.csp))
    }
}

fn of_csp(csp: &CspSettings) -> Option<Contradiction> {
    if let Some(both) = csp.floor.directives().iter().find(|floor| csp.directives.get(&floor.name).is_some()) {
        let name = &both.name;
        let message = format!("{name} is in [headers.csp.floor] already\nfix: {name} = false in one of both");
        return Some(("csp.directives", message));
    }
    let mut sources = csp.directives.directives().iter().flat_map(|directive| &directive.values);
    if csp.inline == Inline::Refuse && sources.any(|source| matches!(source, Source::Hash { .. })) {
        let message = "\"refuse\" contradicts the hashes in the directives\nfix: \"hash\"";
        return Some(("csp.inline", message.to_owned()));
    }
    None
}

/// A header that is taken from the application, and that the policy sends.
fn of_removal(headers: &HeadersPolicy) -> Option<Contradiction> {
    // Strict-Transport-Security cannot be removed at all.
    let sent = [
        ("X-Content-Type-Options", headers.content_type_options.is_some()),
        ("X-Frame-Options", headers.frame_options.is_some()),
        ("Referrer-Policy", headers.referrer_policy.is_some()),
        ("Permissions-Policy", headers.permissions_policy.is_some()),
        ("Cross-Origin-Opener-Policy", headers.opener_policy.is_some()),
        ("Cross-Origin-Resource-Policy", headers.resource_policy.is_some()),
        ("Origin-Agent-Cluster", headers.origin_agent_cluster.is_some()),
        ("X-XSS-Protection", headers.xss_protection.is_some()),
    ];
    let is_removed = |name: &str| headers.remove.iter().any(|removed| removed.as_str().eq_ignore_ascii_case(name));
    let (name, _) = sent.into_iter().find(|(name, is_sent)| *is_sent && is_removed(name))?;
    let why = format!("{name} is sent all the same, and where the app is stricter that is lost");
    Some(("remove", format!("{why}\nfix: leave it out, or {name} = false, so that nobody sends it")))
}

/// Browsers read `frame-ancestors` where it is, and `X-Frame-Options` where it is not.
fn of_framing(frames: FrameOptions, csp: &CspSettings) -> Option<Contradiction> {
    let ancestors = csp.floor.get("frame-ancestors").or_else(|| csp.directives.get("frame-ancestors"))?;
    let word = match frames {
        FrameOptions::Deny => Keyword::None,
        FrameOptions::SameOrigin => Keyword::Self_,
    };
    if csp.mode == CspMode::Off || *ancestors == [Source::Keyword(word)] {
        return None;
    }
    let said = ancestors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let fix = match said.as_str() {
        "'none'" => "X-Frame-Options = \"DENY\"",
        "'self'" => "frame-ancestors = [\"'none'\"] in [headers.csp.floor], or X-Frame-Options = \"SAMEORIGIN\"",
        _ => "X-Frame-Options = false, since it cannot say that",
    };
    Some(("X-Frame-Options", format!("{frames} contradicts frame-ancestors {said}\nfix: {fix}")))
}

impl GuardPolicy for UploadPolicy {
    fn contradiction(&self) -> Option<Contradiction> {
        // A smaller body limit alone says enough; a larger file limit alone does nothing.
        let raised = self.max_file_size > Self::default().max_file_size;
        if raised && self.max_file_size > self.max_request_size {
            let message = format!(
                "{} contradicts max_request_size = \"{}\", which counts the whole body\nfix: raise both",
                self.max_file_size, self.max_request_size
            );
            return Some(("max_file_size", message));
        }
        // A host gives a client as much of the quota as is free, and so half of it.
        let largest = self.max_file_size.min(self.max_request_size);
        if largest.get() > self.spool_quota.get() / 2 {
            let message = format!(
                "files of {largest} contradict spool_quota = \"{}\", half of which one client may fill\nfix: raise spool_quota",
                self.spool_quota
            );
            return Some((if raised { "max_file_size" } else { "spool_quota" }, message));
        }
        None
    }
}

/// What a route says of something that is one for all paths: section, key, and how that contradicts the other paths.
pub(super) fn of_paths(
    here: &GuardPolicies,
    everywhere: &GuardPolicies,
    earlier: &[Route],
) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut prefixes = earlier.iter().map(|route| &route.guards).chain([everywhere]).map(|other| other.session.prefix);
    let found = [
        (
            here.session.cookies != everywhere.session.cookies,
            "session",
            "cookies",
            "a cookie has one name on all paths, so it is a session cookie on all of them or on none\n\
             fix: name all of them in [session]",
        ),
        (
            prefixes.any(|prefix| are_at_odds(here.session.prefix, prefix)),
            "session",
            "prefix",
            "a cookie has one name on all paths, and another prefix elsewhere: what is set here would not be believed there\n\
             fix: one prefix, in [session]",
        ),
        (
            here.csrf.error_page != everywhere.csrf.error_page,
            "csrf",
            "error_page",
            "it is one for the whole site\n\
             fix: take it out of the [[route]] sections; {reason} in the page says what was refused",
        ),
        (
            here.upload.spool_quota != everywhere.upload.spool_quota,
            "uploads",
            "spool_quota",
            "it is one for the whole site\nfix: spool_quota in [uploads]",
        ),
    ];
    found.into_iter().filter(|(is_found, ..)| *is_found).map(|(_, section, key, how)| (section, key, how)).collect()
}

/// Whether cookies that leave by one of these rules are not believed where the other holds. `auto` believes what was seen to leave
/// without a prefix, and gives the one that `__Host-` asks for.
fn are_at_odds(one: PrefixRule, other: PrefixRule) -> bool {
    use PrefixRule::{Auto, Host, Off};
    let get_along = matches!((one, other), (Auto, Host | Off) | (Host | Off, Auto));
    one != other && !get_along
}
