//! [`ServedCsp`]: the policy made ready to be sent.

use mantlet_fields::{Field, Fields, Known};

use super::complement::{Complement, Named};
use super::model::Policy;
use super::settings::{CspMode, CspSettings};
use super::source::{Keyword, Source};
use crate::headers::OnConflict;
use crate::headers::framing::FrameOptions;
use crate::mode::Mode;

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
    alone: Option<Field>,
    name: Known,
    complement: Complement,
}

impl ServedCsp {
    /// Makes the settings ready. A guard that observes reports everything. `None` when nothing is to be sent.
    pub(in crate::headers) fn new(settings: &CspSettings, rule: OnConflict, guard: Mode) -> Option<Self> {
        let mut floor = settings.floor.clone();
        if settings.upgrade_insecure_requests {
            floor.put("upgrade-insecure-requests", Vec::new());
        }
        let directives = settings.directives.clone();
        let nothing = Policy::default;
        let (enforced, reported) = match settings.mode {
            CspMode::Off => return None,
            _ if guard == Mode::Observe => ((nothing(), nothing()), floor.and(&directives)),
            CspMode::Report => ((nothing(), nothing()), floor.and(&directives)),
            CspMode::Learn => ((floor, nothing()), directives),
            CspMode::Enforce => ((floor, directives), nothing()),
        };
        let reported = reported.reporting();
        Some(Self {
            rule,
            enforced: [None, Some(FrameOptions::Deny), Some(FrameOptions::SameOrigin)].map(|app| {
                Part::new(
                    Known::ContentSecurityPolicy,
                    &framed(&enforced.0, app, rule),
                    &framed(&enforced.1, app, rule),
                )
            }),
            reported: Part::new(Known::ContentSecurityPolicyReportOnly, &Policy::default(), &reported),
            is_complete: settings.mode == CspMode::Enforce && guard != Mode::Observe,
        })
    }

    /// Adds the policy to a response. `framing` is what the application's own `X-Frame-Options` says.
    pub(in crate::headers) fn apply(&self, fields: &mut Fields, framing: Option<FrameOptions>) {
        let [silent, deny, same_origin] = &self.enforced;
        let enforced = match framing {
            None => silent,
            Some(FrameOptions::Deny) => deny,
            Some(FrameOptions::SameOrigin) => same_origin,
        };
        let app = self.named(fields);
        // A trial of the application's own is left alone.
        let reports = !fields.contains(self.reported.name);
        match app {
            App::Silent => {
                enforced.set(fields);
                if reports {
                    self.reported.set(fields);
                }
            }
            App::Says(app) => {
                enforced.add(fields, app);
                if reports {
                    self.reported.add(fields, app);
                }
            }
            App::Decides => {}
        }
    }

    /// What the application's own policies leave to be said.
    fn named(&self, fields: &Fields) -> App {
        if !fields.contains(Known::ContentSecurityPolicy) {
            return App::Silent;
        }
        if self.rule == OnConflict::App {
            return App::Decides;
        }
        let mut app = Named::default();
        fields.all(Known::ContentSecurityPolicy).for_each(|value| app.read(value));
        if app.is_nothing() || (self.rule == OnConflict::Mantlet && self.is_complete) {
            App::Silent
        } else {
            App::Says(app)
        }
    }
}

/// What the application says in a policy of its own.
enum App {
    /// Nothing, or nothing that counts.
    Silent,
    /// Something: what it is silent about is added.
    Says(Named),
    /// All there is to say.
    Decides,
}

impl Part {
    fn new(name: Known, floor: &Policy, directives: &Policy) -> Self {
        let mut rest = directives.clone();
        floor.directives().iter().for_each(|directive| rest.remove(&directive.name));
        let complement = Complement::of_floor(floor).then(Complement::of_directives(&rest));
        let policy = complement.beside(Named::default());
        // A policy's text is ASCII without control characters, however the policy was made: it is always a field.
        let alone = if policy.is_empty() { None } else { Field::new(name, policy.as_bytes()).ok() };
        Self { alone, name, complement }
    }

    /// Puts the whole policy in place of any there is.
    fn set(&self, fields: &mut Fields) {
        if let Some(field) = &self.alone {
            fields.set(field);
        }
    }

    /// Adds what an application's policies are silent about.
    fn add(&self, fields: &mut Fields, app: Named) {
        let policy = self.complement.beside(app);
        if !policy.is_empty() {
            // As above.
            let _ = fields.append_value(self.name, policy.as_bytes());
        }
    }
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
