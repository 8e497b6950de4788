//! Trials: a control request that must succeed, and the same request with one thing changed.
//!
//! 1. The control is sent twice, so that what varies by itself is known.
//! 2. An empty request (no field but its token) shows what a rejection looks like. When it looks like success, looks decide
//!    nothing. Where files are taken, one of a type that is on nobody's list shows how a file is turned away.
//! 3. Where the value that was sent can be read back from the site, that decides, and nothing else.

mod answer;
mod control;
mod csrf;
mod upload;

pub use answer::{Answer, PROBE};
pub(super) use control::INDISTINCT;
pub use control::{Control, Fate};
pub use csrf::{CsrfTrial, Forgery, Purpose};
pub use upload::{Announced, Served, SizeTrial, Trick, UploadAttempt, UploadTrial};
