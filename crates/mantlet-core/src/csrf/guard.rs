//! [`CsrfGuard`]: the rules, in their order.

use mantlet_fields::Known;

use super::credential::is_browsers_own;
use super::judged::Judged;
use super::policy::{CsrfPolicy, MethodOverride, NoOrigin, Verdict};
use super::signal::{FetchSite, Sender};
use super::trusted::TrustedOrigin;
use crate::cookie::parameters::drop_harmful;
use crate::cookie::request::Pair;
use crate::cookie::trim_blanks;
use crate::head::RequestHead;
use crate::method_override;
use crate::mode::Mode;
use crate::note::{Note, NoteKind, Notes};
use crate::path::{PathCase, RoutePath};
use crate::reason::{Reason, Refusal};

/// The policy made ready.
#[derive(Debug)]
pub struct CsrfGuard {
    mode: Mode,
    policy: CsrfPolicy,
}

impl CsrfGuard {
    /// Makes a policy ready. `mode` holds unless the policy names one for this guard.
    pub fn new(policy: &CsrfPolicy, mode: Mode) -> Self {
        Self { mode: mode.of_guard(policy.enabled, policy.mode), policy: policy.clone() }
    }

    /// The same guard, with exempt paths compared in the way that the application compares paths.
    pub(crate) fn with_path_case(mut self, case: PathCase) -> Self {
        let exempt = std::mem::take(&mut self.policy.exempt);
        self.policy.exempt = exempt.into_iter().map(|pattern| pattern.with_case(case)).collect();
        self
    }

    /// What this guard does with its verdicts.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Judges a request head, and removes method overrides that must not reach the application. That is noted: an application
    /// that relies on them gets another request than its page sent, and nobody would know why.
    ///
    /// # Errors
    /// A refusal with one of the `csrf.*` reasons and the policy's status.
    pub fn admit(&self, head: &mut RequestHead<'_>, notes: &mut Notes) -> Result<(), Refusal> {
        if self.mode == Mode::Off {
            return Ok(());
        }
        let verdict = match Judged::of(head, &self.policy) {
            Some(judged) if !self.is_exempt(head) => self.judge(head, judged),
            _ => Ok(()),
        };
        if self.removes_overrides() && head.fields.contains_any(&method_override::FIELDS) {
            head.fields.remove_all(&method_override::FIELDS);
            if !self.policy.safe_methods.contains(head.method) {
                notes.take(Note::new(NoteKind::CsrfMethodOverrideRemoved, ""));
            }
        }
        if self.mode == Mode::Enforce && head.fields.all(Known::Cookie).any(method_override::may_be_in_cookies) {
            // No application has such a cookie of its own, and whoever plants one would make a DELETE of every GET.
            let asks = |pair: &Pair<'_>| method_override::is_parameter(trim_blanks(pair.name));
            drop_harmful(head.fields, asks, NoteKind::CsrfCookieDropped, notes)?;
        }
        verdict.map_err(|refusal| refusal.with_status(self.policy.status.get()))
    }

    fn removes_overrides(&self) -> bool {
        self.mode == Mode::Enforce && self.policy.method_override == MethodOverride::Unsafe
    }

    fn is_exempt(&self, head: &RequestHead<'_>) -> bool {
        let is_named = |path: &RoutePath<'_>| self.policy.exempt.iter().any(|pattern| pattern.matches(path));
        !self.policy.exempt.is_empty()
            && RoutePath::parse(head.uri.path())
                .is_ok_and(|path| is_named(&path) && path.other_readings().all(|other| is_named(&other)))
    }

    /// The one decision.
    fn judge(&self, head: &RequestHead<'_>, judged: Judged) -> Result<(), Refusal> {
        let sender = Sender::of_origin(head.fields)?;
        let fetch_site = FetchSite::read(head.fields)?
            .filter(|site| sender != Sender::Opaque || site.vouches_for_opaque(head.fields));
        let refuse = |reason, what: &str| Err(judged.refusal(reason, what, &sender));
        match (fetch_site, &sender) {
            // A redirect by another site makes the Origin `null`. So only a page of this origin can have had it sent.
            (site, Sender::Web(origin)) if *origin == head.site.origin && !judged.was_redirected(site) => Ok(()),
            // A policy that needlessly trusts this site itself must not let the handshake pass that the line before did not.
            (_, Sender::Web(origin)) if *origin != head.site.origin && self.is_trusted(&sender) => Ok(()),
            (_, Sender::NonWeb(_)) if self.is_trusted(&sender) => Ok(()),

            (Some(FetchSite::CrossSite), _) => refuse(Reason::CsrfCrossSite, "Sec-Fetch-Site: cross-site, Origin"),

            (Some(FetchSite::SameSite), _) if self.policy.same_site == Verdict::Allow => Ok(()),
            (Some(FetchSite::SameSite), _) => refuse(Reason::CsrfSameSite, "Sec-Fetch-Site: same-site, Origin"),

            (_, Sender::Web(_) | Sender::NonWeb(_)) => refuse(Reason::CsrfOriginMismatch, "Origin"),

            // A link in a mail says `none`, too: the user who follows it does not know that it asks for another method.
            (Some(FetchSite::None), Sender::Opaque | Sender::Unsaid) if judged == Judged::Overridden => {
                self.judge_silence(head, judged)
            }

            // Not so a handshake: browsers never leave out its Origin, and it is `null` only where a page's origin is opaque.
            (Some(_), Sender::Opaque | Sender::Unsaid) if judged != Judged::WebSocket => Ok(()),

            (_, Sender::Opaque) if self.policy.null_origin == Verdict::Allow => Ok(()),
            (_, Sender::Opaque) => refuse(Reason::CsrfOriginNull, "Origin"),

            (_, Sender::Unsaid) if judged == Judged::WebSocket => self.judge_silence(head, judged),
            // A page that forges a HEAD keeps the Referer back, and programs that check links or mirror a site send one.
            (_, Sender::Unsaid) if judged == Judged::Head => Ok(()),
            (_, Sender::Unsaid) => self.judge_referer(head, judged),
        }
    }

    fn judge_referer(&self, head: &RequestHead<'_>, judged: Judged) -> Result<(), Refusal> {
        let sender = Sender::of_referer(head.fields)?;
        match &sender {
            Sender::Unsaid => self.judge_silence(head, judged),
            Sender::Web(origin) if *origin == head.site.origin || self.is_trusted(&sender) => Ok(()),
            _ => Err(judged.refusal(Reason::CsrfOriginMismatch, "Referer", &sender)),
        }
    }

    fn judge_silence(&self, head: &RequestHead<'_>, judged: Judged) -> Result<(), Refusal> {
        match self.policy.no_origin {
            NoOrigin::Allow => Ok(()),
            NoOrigin::RefuseWithCookie if !is_browsers_own(head, judged) => Ok(()),
            NoOrigin::RefuseWithCookie | NoOrigin::Refuse => {
                Err(judged.refusal(Reason::CsrfNoOrigin, "Sec-Fetch-Site and Origin", &Sender::Unsaid))
            }
        }
    }

    fn is_trusted(&self, sender: &Sender) -> bool {
        self.policy.trusted_origins.iter().any(|trusted| match (trusted, sender) {
            (TrustedOrigin::Web(trusted), Sender::Web(origin)) => trusted == origin,
            (TrustedOrigin::NonWeb(trusted), Sender::NonWeb(origin)) => trusted.as_str() == origin,
            _ => false,
        })
    }
}
