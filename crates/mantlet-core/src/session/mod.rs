//! Guard 1: session cookies.
//!
//! Whoever holds a session cookie is the user. This guard makes browsers keep it from scripts, from plain http and from other
//! sites, and lets nobody put another one in its place. The application notices nothing.
//!
//! # Responses
//!
//! Whatever their status:
//!
//! 1. Each Set-Cookie gets the attributes it lacks: Secure on all (https only), HttpOnly on session cookies, SameSite on
//!    all that have none. What the application says is kept, an explicit `SameSite=None` included; order, number and bytes
//!    of the lines stay. Of a repeated attribute the last that counts stays, the one that browsers go by.
//!    A session cookie is one whose name says so, or that the application itself sets HttpOnly (or Tornado or Bottle has
//!    signed), host-only and with `Path=/` ([the rules](SessionCookies::Auto)).
//! 2. A session cookie that is host-only and has `Path=/` leaves as `__Host-NAME`, so that no sibling host and no plain-http page
//!    can set it. Its deletion deletes both names. Without a Path, or with one that does not begin with a slash, a cookie is for the
//!    folder of the page that sets it (RFC 6265bis, section 5.1.4): set at `/login`, it is the same to browsers as with `Path=/`,
//!    and is the same here; set at `/account/login`, it is one with `Path=/account`. This needs the paths that browsers ask for
//!    ([`Site::has_browsers_paths`](crate::Site::has_browsers_paths)); where those may be others, nobody knows the folder, and the cookie keeps its name.
//!
//!    With another Path it leaves as `__Host-~FOLDER!NAME`, since browsers take the prefix with `Path=/` only: `__Host-~app!sid` is the
//!    `sid` of `/app`, and `~` stands for each slash. They send it everywhere. The application gets it where they would have sent
//!    it without the shield. This needs their paths as well, and the Path in the line: those of pages are too many.
//! 3. A cookie with a prefix whose attributes browsers would not accept is repaired. One they would drop whatever its
//!    attributes (control characters, no name and a value that imitates a prefix) is dropped.
//! 4. A response that sets a session cookie is kept out of shared caches.
//!
//! # Requests
//!
//! 5. Several Cookie lines are read as one. More than 180 cookies, more than 64 session or CSRF cookies, or more than 16 KiB of
//!    cookies are refused. Every refusal by this guard also tells the browser to delete its cookies (`Clear-Site-Data`, and line by
//!    line those that Firefox leaves, Partitioned or of a domain above, the refused ones first): it would send them again, and its
//!    user would stay locked out. This is left out where another site may have caused the request, so that no other site's page
//!    can log anybody out.
//! 6. Session cookies, CSRF cookies and all cookies with a prefix are *guarded*, if all applications read their names alike. Names that
//!    some application takes for the same (another case, dots for underscores) are the same here. One with our prefix gets the name
//!    that the application knows. What any sibling host can have set in its place or beside it is dropped, and so is what only some
//!    servers take for it. Those that nothing tells apart are refused ([or dropped](Duplicates)). What could hide a guarded one, or
//!    pass for it where a field is searched for `NAME=`, is put behind it. All other cookies are kept, byte for byte.
//!    (`request/classify.rs` has every state that a cookie can be in.)
//!
//!    `NAME.0`, `NAME.1`, … (or `NAME__0`) are pieces of one cookie, and so are all cookies whose names begin with that of a session of Auth.js,
//!    oauth2-proxy or mod_auth_openidc, which join them.
//! 7. Refused where they affect a guarded cookie: `$Version`, a quote that is not closed in its own cookie, blanks around
//!    name or value, names that some application trims or folds to a guarded one, guarded names inside a value.
//!
//! The mode of a route decides what is done about it. But a cookie has one name on all routes. So where the guard observes or is
//! off, the application still gets what another route renamed under the name that it knows, and nothing that was planted beside
//! it. What it sets there still leaves with the prefix and with Secure, and without any other change: under its plain name,
//! other routes would believe neither a new session nor the end of one.
//!
//! | mode | refused | dropped | renamed | attributes |
//! |---|---|---|---|---|
//! | enforce | yes | yes | yes | added |
//! | observe | only told | where one is renamed | unless it would be refused | what the prefix needs |
//! | off | no | where one is renamed | unless it would be refused | what the prefix needs |
//!
//! A route with `prefix = "off"` does not rename what is set there. All other routes with `auto` then accept that cookie under its
//! plain name; those with another prefix never would, so a policy file with both is an error. So is one in which routes differ in
//! what a session cookie is.
//!
//! On plain http nothing is renamed, no prefix expected and no Secure added: browsers would drop the cookie and lock
//! everybody out.
//!
//! # Rolling out the prefix, and taking it back
//!
//! With `prefix = "auto"`, whoever logged in before Mantlet stood in front of the application is logged out, once, as soon as
//! the application was seen to set its session. Until then a planted cookie is accepted, too, unless a renamed one is beside it.
//! What was seen survives a restart where the host keeps it ([`Mantlet::seen_cookies`](crate::Mantlet::seen_cookies);
//! `mantlet run` does). (`seen/mod.rs` says what is known of a cookie when, and what follows.)
//!
//! Taking Mantlet away, or setting `prefix = "off"`, logs everybody out once as well, since the application does not know the name
//! with the prefix. So does changing the mode of all routes, and taking the session out of [`cookies`](SessionPolicy::cookies).
//! While the process goes on, the cookie from before is deleted with the next login or logout (`deletions.rs`).
//!
//! # What it does not stop
//!
//! - A cookie that the prefix would make too long for browsers (4096 bytes of name and value) leaves without it, and is not
//!   believed where one with the prefix would be.
//! - Plain http: whoever can write there can set and read every cookie that is not Secure.
//! - A server at another port of this host. Cookies know no ports: it gets them all, and can set them with any prefix.
//! - Script injection on this very host: such a script cannot read the cookie, but can use it, and can plant one.
//! - Tossing by sibling hosts where the prefix is off, or `__Secure-`, or the cookie has a Domain, and in folders where their name does not
//!   say the folder: it is that of the page, is longer than 256 bytes, or is the 17th of one name or the 33rd of all. Nothing tells
//!   a planted one from the application's. Two are refused and deleted; one alone is believed, also beside one of the root, and
//!   after the application has moved there. `prefix = "__Host-"` ends that, where no two folders use one name.
//! - The same of cookies with a folder as their Path, or without a Path, where the paths of browsers are not known: behind a proxy, and in
//!   a layer unless its host says that it has them.
//! - More than 16 KiB of cookies, where browsers send those of several folders together: an application with so large sessions in so many
//!   folders of one host needs [`prefix = "off"`](PrefixRule::Off).
//! - Theft from the browser's disk or memory.
//! - So many cookies of a sibling host that no head takes them: nobody can tell who caused the request, and its user stays locked out
//!   until the cookies are deleted by hand. So does one with Firefox if a refused cookie's name has more than 256 bytes.
//! - Tossing of session cookies with names that applications read in more than one way (`app/session`, `form[session]`).
//! - Session cookies whose names say nothing and that scripts may read, or that are set with a Domain, another Path or none, unless
//!   they are named in the policy. Without a Path an application that sets them in several folders means several cookies
//!   (NZBGet). Airflow's `_token`, which its scripts set.
//! - A planted `a=NAME=…`, where the application looks for `NAME=` anywhere in the field and the guarded cookie is not there.
//! - Sessions without a cookie. Servlet containers also believe `;jsessionid=…` in an address, and write it into their
//!   first links: `<tracking-mode>COOKIE</tracking-mode>` ends that (Spring Boot:
//!   `server.servlet.session.tracking-modes=cookie`), as `session.use_only_cookies` does by default in PHP.
//!
//! # Example
//!
//! ```
//! use http::StatusCode;
//! use mantlet_core::fields::{Fields, Known};
//! use mantlet_core::session::{SessionGuard, SessionMemo, SessionPolicy};
//! use mantlet_core::{Mode, Notes, Origin, ResponseHead, Site};
//!
//! let guard = SessionGuard::new(&SessionPolicy::default(), Mode::Enforce);
//! let site = Site::new(Origin::parse("https://app.example").unwrap());
//! let mut fields = Fields::from_pairs([("set-cookie", "session=1; Path=/")]).unwrap();
//!
//! let mut head = ResponseHead { status: StatusCode::OK, fields: &mut fields };
//! guard.dress(&SessionMemo::default(), &mut head, &site, &mut Notes::default());
//! assert_eq!(fields.get_str(Known::SetCookie), Some("__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax"));
//! assert_eq!(fields.get_str(Known::CacheControl), Some("no-store"));
//! ```

mod clearing;
mod deletions;
mod guard;
mod learning;
mod memo;
mod naming;
pub(crate) mod no_store;
mod notes;
mod policy;
mod provenance;
pub(crate) mod recognition;
mod request;
mod response;
mod seen;
#[cfg(test)]
mod tests;

pub(crate) use guard::Renaming;
pub use guard::SessionGuard;
pub use memo::SessionMemo;
pub use policy::{Domain, Duplicates, MaxAge, Partitioned, PrefixRule, SameSite, SameSiteNone, SessionPolicy};
pub use recognition::SessionCookies;
pub use seen::Seen;
