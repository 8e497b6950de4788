//! `Content-Security-Policy` (CSP level 3): which code and content a page may load, and where it may lead.
//!
//! [`parse`] reads what an application sent, as browsers do; [`Policy::set`] builds what a policy file says, without
//! leniency; [`evaluate()`] names what weakens a policy.
//!
//! ```
//! use mantlet_core::headers::csp::{self, FindingKind};
//!
//! let sent = csp::parse("script-src 'self' 'unsafe-inline'; object-src 'none'");
//! let findings = csp::evaluate(&sent);
//! assert!(findings.iter().any(|finding| finding.kind == FindingKind::UnsafeInline));
//! ```

mod complement;
mod directive;
mod evaluate;
mod hosts;
mod model;
mod served;
mod settings;
mod source;
mod spelling;
mod weakness;

pub use evaluate::evaluate;
pub(crate) use hosts::is_any_host;
pub use model::{Directive, InvalidDirective, Policy, parse};
pub use settings::{CspMode, CspSettings, Inline};
pub use source::{Algorithm, Keyword, Source};
pub use weakness::{Finding, FindingKind, Weight};

pub(super) use served::ServedCsp;
