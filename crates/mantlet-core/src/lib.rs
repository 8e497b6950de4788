//! Everything Mantlet can decide without I/O.
//!
//! Four guards ([`session`], [`csrf`], [`headers`], [`upload`]) judge one exchange of request and response.
//! [`Mantlet`] holds them for each route, picks those that a request is for, and is what every host drives:
//! the tower layer, the reverse proxy, the tests. There are no sockets, files, clocks or random sources here;
//! what an exchange needs of those is handed in as a value.
//!
//! The walk of one exchange:
//!
//! 1. [`Mantlet::begin`] picks the route's guards and returns an [`Exchange`].
//! 2. [`Exchange::admit`] lets every guard see the request head. It may edit the head (cookies renamed back,
//!    override headers dropped) and ends in a [`BodyPlan`] or a [`Refusal`].
//! 3. A [`BodyPlan::Form`] is fed the body; what comes out is the canonical form to forward, and a verdict.
//! 4. [`Exchange::dress`] edits the head of the response, whoever made it: the app, or the host for a refusal.
//!
//! Each guard has the entries of these names that concern it.
//!
//! What is worth telling and changes nothing is in [`Exchange::observed`] and [`Exchange::notes`].
//!
//! With the feature `toml` a policy is also read from the text of a `mantlet.toml`: [`policy`].
//!
//! # Example
//!
//! ```
//! use http::{Method, StatusCode, Uri};
//! use mantlet_core::fields::{Fields, Known};
//! use mantlet_core::{Mantlet, Origin, Policy, Reason, RequestHead, ResponseHead, Site};
//!
//! let mantlet = Mantlet::new(&Policy::default());
//! let site = Site::new(Origin::parse("https://app.example")?);
//!
//! // A page of another site sends a form.
//! let (method, uri) = (Method::POST, Uri::from_static("/transfer"));
//! let mut fields = Fields::from_pairs([("host", "app.example"), ("sec-fetch-site", "cross-site")])?;
//! let mut head = RequestHead { method: &method, uri: &uri, fields: &mut fields, site: &site };
//! let mut exchange = mantlet.begin(&head);
//! let refusal = exchange.admit(&mut head).unwrap_err();
//! assert_eq!(refusal.reason, Reason::CsrfCrossSite);
//!
//! // What the host answers is dressed, too.
//! let mut fields = Fields::new();
//! exchange.dress_refusal(&mut ResponseHead { status: refusal.status(), fields: &mut fields });
//! assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
//! assert_eq!(fields.get_str(Known::XContentTypeOptions), Some("nosniff"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod audit;
pub mod byte_size;
pub mod cookie;
pub mod csrf;
pub mod duration;
pub mod forwarded;
pub mod headers;
pub mod media_type;
pub mod note;
pub mod origin;
pub mod path;
pub mod policy;
pub mod reason;
pub mod request;
pub mod session;
pub mod site;
pub mod upload;

mod base64;
mod charset;
#[cfg(feature = "toml")]
mod closest;
mod exchange;
mod guards;
mod head;
mod mantlet;
mod method_override;
mod mode;
mod percent;
mod postback;
mod query;

pub use mantlet_fields as fields;

pub use exchange::Exchange;
pub use head::{RequestHead, ResponseHead};
pub use mantlet::Mantlet;
pub use mode::Mode;
pub use note::{Note, NoteKind, Notes};
pub use origin::Origin;
pub use policy::Policy;
pub use reason::{Reason, Refusal};
pub use site::Site;
pub use upload::BodyPlan;
