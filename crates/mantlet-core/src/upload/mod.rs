//! Guard stub.

use http::HeaderValue;

use crate::exchange::{BodyPlan, RequestHead};
use crate::policy::Mode;
use crate::reason::Refusal;

mod policy;

pub use policy::UploadPolicy;

/// The policy made ready.
#[derive(Debug)]
pub struct UploadGuard {
    mode: Mode,
}

impl UploadGuard {
    /// Makes a policy ready. `mode` holds unless the policy names one for this guard.
    pub fn new(policy: &UploadPolicy, mode: Mode) -> Self {
        Self { mode: policy.mode.unwrap_or(mode) }
    }

    /// What this guard does with its verdicts.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Judges a request head, and says what is to be done with the body.
    pub fn on_request(&self, _head: &mut RequestHead<'_>) -> Result<BodyPlan, Refusal> {
        Ok(BodyPlan::Pass { at_most: None })
    }
}

/// A form that is going to be judged.
#[derive(Debug)]
pub struct FormPlan {}

impl FormPlan {
    /// Begins to judge. `entropy` makes the boundary of the canonical form unpredictable: nobody can put it into a file.
    pub fn begin(self: Box<Self>, _entropy: [u8; 16]) -> FormJudge {
        FormJudge {}
    }
}

/// Takes what the judge writes: the body to forward.
pub trait Sink {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they cannot be kept ([`crate::Reason::UploadSpoolFull`]).
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal>;
}

/// A form that is being judged: push the body in, get the form to forward and a verdict out.
#[derive(Debug)]
pub struct FormJudge {}

impl FormJudge {
    /// Takes the next piece of the body. Any split of a body gives the same verdict and the same output.
    ///
    /// # Errors
    /// A refusal is final: nothing of what was written may be forwarded.
    pub fn push(&mut self, _chunk: &[u8], _out: &mut impl Sink) -> Result<(), Refusal> {
        Ok(())
    }

    /// The body has ended: the verdict.
    ///
    /// # Errors
    /// As [`Self::push`]; also when the form is not complete.
    pub fn finish(self, _out: &mut impl Sink) -> Result<JudgedForm, Refusal> {
        Ok(JudgedForm { content_type: None, observed: Vec::new() })
    }
}

/// A form that passed.
#[derive(Debug)]
#[must_use]
pub struct JudgedForm {
    /// The Content-Type that goes with what was written; `None`: the client's stays.
    pub content_type: Option<HeaderValue>,
    /// What would have been refused if the guard were enforcing. For the log.
    pub observed: Vec<Refusal>,
}
