//! [`ServedCsp`]: the policy made ready to be sent.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, Entry, OccupiedEntry};
use http::{HeaderMap, HeaderValue};

use super::complement::{Complement, Named};
use super::model::Policy;
use super::settings::{CspMode, CspSettings};
use super::source::{Keyword, Source};
use crate::headers::OnConflict;
use crate::headers::framing::FrameOptions;
use crate::headers::interned;

/// The policy made ready: rendered for the response that has none yet, kept as directives for the one that has.
#[derive(Debug)]
pub(in crate::headers) struct ServedCsp {
    rule: OnConflict,
    /// Where the application says nothing of frames, forbids them, and allows those of its own origin.
    enforced: [Part; 3],
    reported: Part,
    /// Floor and directives are both enforced: the policy is complete enough to take the place of another.
    is_complete: bool,
}

/// A policy for one of both fields.
#[derive(Debug)]
struct Part {
    alone: Option<HeaderValue>,
    complement: Complement,
}

impl ServedCsp {
    /// Makes the settings ready. `observe` reports everything, whatever the mode. `None` when nothing is to be sent.
    pub(in crate::headers) fn new(settings: &CspSettings, rule: OnConflict, observe: bool) -> Option<Self> {
        let mut floor = settings.floor.clone();
        if settings.upgrade_insecure_requests {
            floor.put("upgrade-insecure-requests", Vec::new());
        }
        let directives = settings.directives.clone();
        let nothing = Policy::default;
        let (enforced, reported) = match settings.mode {
            CspMode::Off => return None,
            _ if observe => ((nothing(), nothing()), floor.and(&directives)),
            CspMode::Report => ((nothing(), nothing()), floor.and(&directives)),
            CspMode::Learn => ((floor, nothing()), directives),
            CspMode::Enforce => ((floor, directives), nothing()),
        };
        let reported = reported.reporting();
        Some(Self {
            rule,
            enforced: [None, Some(FrameOptions::Deny), Some(FrameOptions::SameOrigin)]
                .map(|app| Part::new(&framed(&enforced.0, app, rule), &framed(&enforced.1, app, rule))),
            reported: Part::new(&Policy::default(), &reported),
            is_complete: settings.mode == CspMode::Enforce && !observe,
        })
    }

    /// Adds the policy to a response. `framing` is what the application's own `X-Frame-Options` says.
    pub(in crate::headers) fn apply(&self, headers: &mut HeaderMap, framing: Option<FrameOptions>) {
        let [silent, deny, same_origin] = &self.enforced;
        let enforced = match framing {
            None => silent,
            Some(FrameOptions::Deny) => deny,
            Some(FrameOptions::SameOrigin) => same_origin,
        };
        let reported = match headers.entry(CONTENT_SECURITY_POLICY) {
            Entry::Vacant(entry) => {
                if let Some(value) = &enforced.alone {
                    entry.insert(value.clone());
                }
                self.reported.alone.clone()
            }
            Entry::Occupied(entry) => self.beside(entry, enforced),
        };
        if let Some(value) = reported
            // A trial of the application's own is left alone.
            && let Entry::Vacant(entry) = headers.entry(CONTENT_SECURITY_POLICY_REPORT_ONLY)
        {
            entry.insert(value);
        }
    }

    /// Settles with the application's own policy. Returns what is to be reported beside it.
    fn beside(&self, mut entry: OccupiedEntry<'_, HeaderValue>, enforced: &Part) -> Option<HeaderValue> {
        if self.rule == OnConflict::App {
            return None;
        }
        let mut app = Named::default();
        entry.iter().for_each(|value| app.read(value.as_bytes()));
        if app.is_nothing() || (self.rule == OnConflict::Mantlet && self.is_complete) {
            if let Some(value) = &enforced.alone {
                entry.insert(value.clone());
            }
            return self.reported.alone.clone();
        }
        if let Some(value) = enforced.beside(app) {
            entry.append(value);
        }
        self.reported.beside(app)
    }
}

impl Part {
    fn new(floor: &Policy, directives: &Policy) -> Self {
        let mut rest = directives.clone();
        floor.directives().iter().for_each(|directive| rest.remove(&directive.name));
        let complement = Complement::of_floor(floor).then(Complement::of_directives(&rest));
        Self { alone: interned_value(&complement.beside(Named::default())), complement }
    }

    /// What is to be added beside an application's policies.
    fn beside(&self, app: Named) -> Option<HeaderValue> {
        let policy = self.complement.beside(app);
        if policy.is_empty() { None } else { HeaderValue::try_from(policy).ok() }
    }
}

/// A value that many responses share. A policy's text is ASCII without control characters, however the policy was made:
/// there is always a field value of it.
fn interned_value(policy: &str) -> Option<HeaderValue> {
    if policy.is_empty() { None } else { interned::value(policy) }
}

/// An enforced `frame-ancestors` makes browsers ignore `X-Frame-Options`. Where the application relies on the latter, ours
/// must not be the laxer one: it would open what the application had closed.
fn framed(policy: &Policy, app: Option<FrameOptions>, rule: OnConflict) -> Policy {
    let mut policy = policy.clone();
    let Some(ours) = policy.get("frame-ancestors") else {
        return policy;
    };
    let ours_has = |keyword| ours.iter().any(|source| source.is(keyword));
    let anyone = ours.contains(&Source::Host("*".into()));
    let ancestors = match (rule, app) {
        (OnConflict::Mantlet, _) | (_, None) => return policy,
        (_, Some(FrameOptions::Deny)) => Keyword::None,
        (OnConflict::App, Some(FrameOptions::SameOrigin)) => Keyword::Self_,
        (OnConflict::Stricter, Some(FrameOptions::SameOrigin)) if anyone || ours_has(Keyword::Self_) => Keyword::Self_,
        (OnConflict::Stricter, Some(FrameOptions::SameOrigin)) => Keyword::None,
    };
    policy.put("frame-ancestors", vec![Source::Keyword(ancestors)]);
    policy
}
