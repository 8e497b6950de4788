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
//!   an operation of Jolokia, a call of JSON-RPC as aria2 takes it, a message of Bayeux or Atmosphere, a mutation of GraphQL, or a
//!   document that its server has kept, which may be one,
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
mod guard;
mod judged;
mod policy;
mod signal;
#[cfg(test)]
mod tests;
mod trusted;

pub use guard::CsrfGuard;
pub use policy::{
    CsrfPolicy, InvalidSafeMethod, MethodOverride, NoOrigin, Protection, RefusalStatus, SafeMethods, Verdict, WebSocket,
};
pub use trusted::{NonWebOrigin, TrustedOrigin};
