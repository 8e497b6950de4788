//! The audit: an [`Observation`] of a site in, [`Finding`]s out. No I/O: the prober is the host's.
//!
//! 1. A rule judges what browsers would get, with the same readers the guards use: the audit judges exactly what the
//!    shield enforces.
//! 2. Unknown is a verdict of its own, never folded into good or bad; it says why, and what would decide it.
//! 3. Status codes do not tell acceptance from refusal. What was forged is compared with a control that had to succeed
//!    ([`trial`]).
//! 4. Nothing that a finding says holds a secret: values of cookies and tokens are not quoted.
//!
//! # What it does not find
//!
//! What only a logged-in user, another role or a script would see, unless the prober was given that access; flaws in the
//! application's own logic.
//!
//! # Example
//!
//! ```
//! use mantlet_core::Origin;
//! use mantlet_core::audit::{self, Https, Observation, PlainHttp, Scripted, Severity, Transport};
//!
//! let observation = Observation {
//!     origin: Origin::parse("http://shop.example")?,
//!     loopback: false,
//!     session_cookies: Vec::new(),
//!     responses: Vec::new(),
//!     forms: Vec::new(),
//!     passed_over: None,
//!     transport: Transport {
//!         https: Https::Absent("connection refused".into()),
//!         plain: PlainHttp::Serves,
//!         unknown_host: None,
//!     },
//!     sizes: Vec::new(),
//!     active: None,
//!     scripted: Scripted::default(),
//!     cut_short: false,
//! };
//! let report = audit::judge(&observation);
//! let worst = report.problems().next().ok_or("HTTPS is missing")?;
//! assert_eq!(worst.rule.id, "transport.https.available");
//! assert_eq!(report.worst(), Some(Severity::High));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod content_type;
mod evidence;
mod finding;
mod framework;
mod observation;
mod outcome;
mod redact;
mod report;
mod rule;
mod rules;
#[cfg(test)]
mod tests;
mod token_header;
pub mod trial;
mod unseen;

pub use action::Action;
pub use finding::{Confidence, Finding, Severity, Verdict};
pub use framework::Framework;
pub use observation::{
    Active, Encoding, Field, FieldKind, Form, Https, Meta, Observation, PlainHttp, Scripted, Seen, SeenKind, Transport,
    UNKNOWN_HOST, UnknownHost,
};
pub use report::{Counts, Report};
pub use rule::{Rule, Strategy};
pub use rules::RULES;
pub use token_header::TokenHeader;

use evidence::Evidence;

/// Judges an observation by every rule.
pub fn judge(observation: &Observation) -> Report {
    let evidence = Evidence::new(observation);
    let finding = |rule: &&'static Rule| {
        let outcome = (rule.judge)(&evidence);
        let outcome = match unseen::why(&evidence, rule) {
            Some(why) => outcome.seen_in_part(&why),
            None => outcome,
        };
        outcome.of(rule)
    };
    Report { findings: RULES.iter().map(finding).collect(), framework: Framework::shown_by(observation) }
}

/// Looks a rule up by its id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
