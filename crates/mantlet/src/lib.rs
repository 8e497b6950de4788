//! A shield for web apps as one tower layer.
//!
//! [`MantletLayer`] lets the four guards of [`mantlet_core`] judge every exchange: session cookies, CSRF, security
//! headers, uploads. The reverse proxy `mantlet run` goes through the same driver, [`Shield::carry`], so an application inside
//! and an application behind are judged alike.
//!
//! ```
//! use axum::{Router, routing::post};
//! use mantlet::{MantletLayer, Origin, Policy, Shield};
//!
//! let shield = Shield::new(&Policy::default());
//! let origin = Origin::parse("https://shop.example")?;
//! let app: Router = Router::new().route("/email", post(|| async { "changed" })).layer(MantletLayer::new(shield, origin));
//! # Ok::<(), mantlet::InvalidOrigin>(())
//! ```
//!
//! `examples/axum.rs` is a whole application: a policy as text, and [`ClientAddress`]. The feature `toml`, on by default, reads that
//! text; without it the fields of [`Policy`] are set in code, with the types of [`mantlet_core`].
//!
//! # What a host can choose
//!
//! - **The policy**: the text of a `mantlet.toml` for `Policy::from_toml`, `[[route]]` sections included, or the fields of
//!   [`Policy`]. `mode = "observe"` refuses nothing and tells what it would have refused. [`Shield::swap`] puts another policy
//!   in force.
//! - **Who is told**: each refusal and each note is a `tracing` event, and its reference number is on the page. Without a
//!   subscriber nobody learns the reason. [`MantletService::carry`] takes another [`Witness`].
//! - **The page** of a refusal is a short one, or JSON for who asks for it; [`Shield::set_csrf_page`] replaces it for the csrf guard.
//!   Every refusal's response has its [`Refusal`] and its [`Reference`] in the extensions, for a middleware outside to count, or to
//!   write a page of its own. That page must take the request out of the browser's history as the built-in one does, and
//!   repeat nothing that the client sent.
//!
//! # What the layer leaves to its host
//!
//! The guards alone are in here, not what `mantlet run` puts in front of them:
//!
//! - **Host** is not compared with anything. An application that trusts whoever reaches it, or writes links from Host, has to
//!   refuse other names itself (DNS rebinding).
//! - **`Forwarded`, `X-Forwarded-*`, `Remote-User`** and the like reach the application as they came, and extractors such as
//!   axum-extra's `Host` believe them before the Host.
//! - **HTTP itself** is read by the server: its framing, its timeouts, how many connections there may be. WebSockets over HTTP/2
//!   (RFC 8441) are judged like others, where the server offers them.
//!   The layer has no clock. It waits for a form as long as the form takes. A refusal waits, too, for up to
//!   64 MiB of the body that is refused: clients that still send read no answer.
//! - **A stream of messages** to the application (gRPC) is a body, and ends as one at `[uploads] max_request_size`, unless a
//!   `[[route]]` allows more, or has `uploads.enabled = false`.
//! - **Limits of a framework** hold beside the policy's. axum's extractors read 2 MB unless `DefaultBodyLimit` says otherwise.
//! - **Sections of the proxy** in a policy (`[server]`, `[tls]`, `[log]`) are skipped.
//!
//! What the layer does to a request and its response is written down in the guards' modules, and the walk in
//! [`mantlet_core`]. What it adds to the core is I/O: it reads bodies, keeps them until the verdict in a [spool](SpoolSettings),
//! draws randomness, renders refusals and tells a [`Witness`] of them (the layer's own: one `tracing` event each).

mod body;
mod client;
mod driver;
mod head;
mod held;
mod layer;
mod page;
pub mod pool;
mod reference;
mod service;
mod shield;
mod spool;
mod witness;

pub use body::{RequestBody, ResponseBody};
pub use client::ClientAddress;
pub use driver::{Carried, Incoming, Inner};
pub use head::{Answer, Head, Refused};
pub use held::HeldBody;
pub use layer::MantletLayer;
pub use mantlet_core;
pub use mantlet_core::origin::InvalidOrigin;
#[cfg(feature = "toml")]
pub use mantlet_core::policy::PolicyErrors;
pub use mantlet_core::{Mode, Note, NoteKind, Origin, Policy, Reason, Refusal, Site};
pub use page::Disclosure;
pub use reference::Reference;
pub use service::{MantletService, ResponseFuture};
pub use shield::Shield;
pub use spool::SpoolSettings;
pub use witness::{Events, Witness};
