//! Guard 2: cross-site request forgery.
//!
//! A browser attaches the user's cookies to every request to this site, also when another site's page sends it. This
//! guard lets a request that may change something pass only if the browser says that it comes from this site. It needs
//! no token and no change in the application.
//!
//! A request is judged if
//!
//! - its method is not [safe](CsrfPolicy::safe_methods),
//! - it asks to be taken for another method,
//! - it is a GET that ASP.NET, Faces, Tapestry, PRADO, Spring Web Flow, Wicket, Nitrogen or Zope take for a form sent back, and run
//!   what its button does, or a function that SolidStart, TanStack Start, RedwoodSDK, Waku, Jaxon or Xajax run for their own pages, or
//!   an operation of Jolokia, a call of JSON-RPC as aria2 takes it, a mutation of GraphQL, or a document that its server has kept,
//!   which may be one,
//! - it opens a WebSocket,
//! - or it is a HEAD that carries a login: frameworks answer HEAD with the code for GET, and code that asks "is it GET?"
//!   there takes it for a POST (the hole in GitHub's OAuth flow, 2019).
//!
//! The first of these rules that applies decides:
//!
//! 1. `Sec-Fetch-Site`, `Origin` or `Referer` twice, or `Sec-Fetch-Site` with a value that no browser sends: refused.
//! 2. An `Origin` that is this site's or [trusted](CsrfPolicy::trusted_origins), scheme and port included: passes, whatever
//!    stands beside it. Redirects by other sites make the Origin `null`, so no other site's page can have it sent; and WebKit
//!    says `cross-site` of this site's own form if it opens a new window (`target=_blank`).
//!    A WebSocket handshake is an exception: in WebKit another site can redirect one that this site's page began, and the Origin
//!    stays. So one with this site's Origin does not pass by it if it is `cross-site` or `same-site`.
//!    What may be trusted includes origins that no web page has, such as `capacitor://localhost`: pages of an app's shell or of an
//!    extension. Those are compared to the letter, and their Referer, which such pages do not send, counts for nothing.
//! 3. `Sec-Fetch-Site: cross-site`: refused. `same-site`: likewise, unless [`same_site`](CsrfPolicy::same_site) allows it.
//! 4. `Sec-Fetch-Site: same-origin` or `none`: passes, also with `Origin: null`, which a page with
//!    `Referrer-Policy: no-referrer` sends. There are three exceptions:
//!    - An Origin that names another site is refused. WebKit sends it when the user goes back to what that site's form had
//!      sent.
//!    - `none` with `Origin: null` passes only for a navigation, and else falls under rule 5. Chromium says `none` of a background
//!      fetch, whoever's page began it, and a redirect makes its Origin `null`.
//!    - Where a GET asks for another method, `none` falls under rule 7: a link in a mail says it, too.
//! 5. Without Fetch Metadata (old browsers, plain http): another Origin is refused, and `null` unless
//!    [`null_origin`](CsrfPolicy::null_origin) allows it.
//! 6. Without an Origin: the origin of the Referer, by the same measure. Not for a HEAD: there it would only tell honest
//!    programs.
//! 7. Without any of them it is hardly a browser: [`no_origin`](CsrfPolicy::no_origin) decides. By default what carries a
//!    cookie is refused; and what carries Basic authentication or its like, unless its `User-Agent` is no browser's, or no
//!    page of another site could have sent it without asking first: another method than a form's, or another type than a
//!    form's. A HEAD passes: programs that mirror a site send one for each page.
//!
//! Login forms are judged like all others, though no cookie is there yet: being logged in as somebody else is an attack.
//! With a WebSocket handshake browsers always send an Origin; without one, only rule 7 is left. Requests to
//! [exempt](CsrfPolicy::exempt) paths are not judged. Cookies that PHP without a `php.ini` would take for a method override are
//! dropped from all. This site's origin comes from the host's [`Site`](crate::Site), never
//! from a header a stranger chooses.
//!
//! Nothing here changes a response, so nothing is added to `Vary`: what is refused was either no GET, or is answered
//! with an error that caches do not keep.
//!
//! # What it does not stop
//!
//! - Requests by this site's own pages: script injection, or a script that is talked into another path
//!   (`fetch("/api/" + input)`). One of them is a service worker that sends on what it is
//!   given: what other sites' forms send goes through it, and comes out as its own. In Chromium `fetch(event.request)` keeps
//!   where it came from, and only a request made anew (`fetch(event.request, {…})`) does not. In Firefox and WebKit both say
//!   `same-origin`, and this site's own Origin, or `null`. A worker has to leave alone what is not GET.
//! - GET requests that change something: the method is a promise of the application. [`MethodOverride`] covers the known
//!   ways to break it from outside. For a path where the application breaks it by itself (`/logout`), a route with
//!   `csrf.safe_methods = []` has GET judged as well.
//! - Requests to an exempt path that the application takes for another: WordPress looks for the route of its API in
//!   `?rest_route=` first, Drupal 7 for the page in `?q=`.
//! - Browsers that send neither Fetch Metadata nor an Origin: a HEAD, of which none says more over plain http; and whatever
//!   has no Referer either, if no cookie is there, or only Basic authentication, and the browser calls itself neither
//!   `Mozilla/` nor `Opera/`, as those for text terminals do. TLS client certificates are credentials that this guard
//!   cannot see: set `no_origin = "refuse"` then.
//! - A form that another site's page has sent with `Referrer-Policy: no-referrer`, when the user goes back to it in WebKit from
//!   a page of this site. WebKit sends it again as this site's own, with `Origin: null`: so a page without referrer sends its
//!   own forms, too. A refusal's page has to take itself out of the history, and the one of the driver does.
//! - A POST that the browser itself begins for another site, if that site sends it on with a 307: it arrives as nobody's, like
//!   the one that a user shares with this site's own installed application. The user has to install that site as an
//!   application (Web Share Target) or as a search engine first, and to use it.
//!
//! # Example
//!
//! ```
//! use http::{Method, Uri};
//! use mantlet_core::fields::Fields;
//! use mantlet_core::csrf::{CsrfGuard, CsrfPolicy};
//! use mantlet_core::{Mode, Notes, Origin, Reason, RequestHead, Site};
//!
//! let guard = CsrfGuard::new(&CsrfPolicy::default(), Mode::Enforce);
//! let site = Site::new(Origin::parse("https://app.example").unwrap());
//! let mut fields =
//!     Fields::from_pairs([("origin", "https://attacker.example"), ("sec-fetch-site", "cross-site")]).unwrap();
//!
//! let (method, uri) = (Method::POST, Uri::from_static("/transfer"));
//! let mut head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
//! assert_eq!(guard.admit(&mut head, &mut Notes::default()).unwrap_err().reason, Reason::CsrfCrossSite);
//! ```

mod credential;
mod judged;
mod policy;
mod signal;
mod trusted;

use mantlet_fields::Known;

use crate::cookie::parameters::drop_harmful;
use crate::cookie::request::Pair;
use crate::cookie::trim_blanks;
use crate::head::RequestHead;
use crate::method_override;
use crate::mode::Mode;
use crate::note::{Note, NoteKind, Notes};
use crate::path::{PathCase, RoutePath};
use crate::reason::{Reason, Refusal};

use credential::is_browsers_own;
use judged::Judged;
pub use policy::{
    CsrfPolicy, InvalidSafeMethod, MethodOverride, NoOrigin, Protection, RefusalStatus, SafeMethods, Verdict, WebSocket,
};
use signal::{FetchSite, Sender};
pub use trusted::{NonWebOrigin, TrustedOrigin};

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

    /// The same guard before an application to which the case of paths matters so.
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
            // No application's own asks so, and who planted one would make a DELETE of every GET.
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
            // Redirects by others make it `null`, so no page but that origin's has it said.
            (site, Sender::Web(origin)) if *origin == head.site.origin && !judged.was_redirected(site) => Ok(()),
            // Naming this site as well, which is needless, must not undo what the line before says.
            (_, Sender::Web(origin)) if *origin != head.site.origin && self.is_trusted(&sender) => Ok(()),
            (_, Sender::NonWeb(_)) if self.is_trusted(&sender) => Ok(()),

            (Some(FetchSite::CrossSite), _) => refuse(Reason::CsrfCrossSite, "Sec-Fetch-Site: cross-site, Origin"),

            (Some(FetchSite::SameSite), _) if self.policy.same_site == Verdict::Allow => Ok(()),
            (Some(FetchSite::SameSite), _) => refuse(Reason::CsrfSameSite, "Sec-Fetch-Site: same-site, Origin"),

            (_, Sender::Web(_) | Sender::NonWeb(_)) => refuse(Reason::CsrfOriginMismatch, "Origin"),

            // A link in a mail says `none`, too, so it is no word of the user about the method.
            (Some(FetchSite::None), Sender::Opaque | Sender::Unsaid) if judged == Judged::Overridden => {
                self.judge_silence(head, judged)
            }

            // A handshake's Origin is never left out, and `null` only where it is opaque.
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

#[cfg(test)]
mod tests;
