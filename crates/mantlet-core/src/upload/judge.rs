//! [`FormJudge`]: push the body in, get the form to forward and a verdict out.

use std::sync::Arc;

use http::HeaderValue;

use super::json_body::JsonJudge;
use super::multipart::MultipartParser;
use super::multipart_judge::MultipartJudge;
use super::rules::UploadRules;
use super::sveltekit::SvelteKitJudge;
use super::urlencoded::UrlencodedJudge;
use super::verbatim::Verbatim;
use super::{BYTES, Sink};
use crate::note::Note;
use crate::reason::{Reason, Refusal};

/// A form that is being judged: push the body in, get the form to forward and a verdict out.
#[derive(Debug)]
pub struct FormJudge {
    pub(super) rules: Arc<UploadRules>,
    pub(super) form: Form,
    pub(super) outgoing: Outgoing,
    pub(super) received: u64,
    /// A refusal is final.
    pub(super) refused: Option<Refusal>,
}

/// What is judged.
#[derive(Debug)]
pub(super) enum Form {
    Multipart(Box<(MultipartParser, MultipartJudge)>),
    Urlencoded(UrlencodedJudge),
    SvelteKit(SvelteKitJudge),
    Json(JsonJudge),
    /// No form: only its length counts, and whether one may come at all.
    Bytes {
        refused: Option<Refusal>,
    },
}

/// What leaves for the application, and what is remembered for its sake: [`Forwarding`](super::plan::Forwarding) under way.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// What the judge wrote, with this Content-Type.
    Canonical(Option<HeaderValue>),
    /// What came, called bytes.
    Labelled,
    /// What came, if it is what the judge wrote.
    Verbatim(Verbatim),
    /// What came, whatever the verdict: it is only kept.
    Observed(Vec<Refusal>),
}

/// A form that passed.
#[derive(Debug)]
#[must_use]
pub struct JudgedForm {
    /// The Content-Type that goes with what was written; `None`: the client's stays.
    pub content_type: Option<HeaderValue>,
    /// Whether what was written is our own encoding, of which no client chose how it begins.
    pub is_canonical: bool,
    /// What would have been refused if the guard were enforcing. For the log.
    pub observed: Vec<Refusal>,
    /// What the application gets otherwise than the client sent it. For the log.
    pub note: Option<Note>,
}

impl FormJudge {
    /// Takes the next piece of the body. Any split of a body gives the same verdict and the same output.
    ///
    /// # Errors
    /// A refusal is final: nothing of what was written may be forwarded.
    pub fn push(&mut self, chunk: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        if let Some(refusal) = &self.refused {
            return Err(refusal.clone());
        }
        // An empty piece says nothing, and the end of the body is `finish`.
        if chunk.is_empty() {
            return Ok(());
        }
        let verdict = match &mut self.outgoing {
            Outgoing::Canonical(_) | Outgoing::Labelled => {
                self.form.push_counted(&self.rules, &mut self.received, chunk, out)
            }
            Outgoing::Verbatim(verbatim) => {
                verbatim.received(chunk);
                let mut out = verbatim.compare(out);
                self.form.push_counted(&self.rules, &mut self.received, chunk, &mut out)
            }
            Outgoing::Observed(observed) => {
                // The first refusal is the one that enforcing would have answered; there is no judging after it.
                if observed.is_empty() {
                    let verdict = self.form.push_counted(&self.rules, &mut self.received, chunk, &mut Nowhere);
                    observed.extend(verdict.err());
                }
                out.write(chunk)
            }
        };
        verdict.inspect_err(|refusal| self.refused = Some(refusal.clone()))
    }

    /// How many bytes it keeps until more of the body comes: a field that has not ended.
    pub fn kept(&self) -> usize {
        let form = match &self.form {
            Form::Multipart(form) => form.0.kept().saturating_add(form.1.kept()),
            Form::Urlencoded(judge) => judge.kept(),
            Form::SvelteKit(_) | Form::Json(_) | Form::Bytes { .. } => 0,
        };
        match &self.outgoing {
            Outgoing::Verbatim(verbatim) => form.saturating_add(verbatim.kept()),
            Outgoing::Canonical(_) | Outgoing::Labelled | Outgoing::Observed(_) => form,
        }
    }

    /// The body has ended: the verdict.
    ///
    /// # Errors
    /// As [`Self::push`]; also when the form is not complete.
    pub fn finish(mut self, out: &mut impl Sink) -> Result<JudgedForm, Refusal> {
        if let Some(refusal) = self.refused {
            return Err(refusal);
        }
        // No body is no form: there is nothing in it that could be read in two ways.
        let is_empty = self.received == 0;
        match self.outgoing {
            _ if is_empty => Ok(JudgedForm::as_it_came()),
            Outgoing::Canonical(content_type) => {
                self.form.finish(out)?;
                let note = self.form.note();
                // These begin as they came, JSON outside of its strings.
                let is_canonical = !matches!(self.form, Form::Json(_) | Form::SvelteKit(_));
                Ok(JudgedForm { content_type, is_canonical, note, ..JudgedForm::as_it_came() })
            }
            Outgoing::Labelled => {
                let content_type = Some(HeaderValue::from_static(BYTES));
                Ok(JudgedForm { content_type, ..JudgedForm::as_it_came() })
            }
            Outgoing::Verbatim(mut verbatim) => {
                self.form.finish(&mut verbatim.compare(out))?;
                verbatim.finish()?;
                Ok(JudgedForm::as_it_came())
            }
            Outgoing::Observed(mut observed) => {
                if observed.is_empty() {
                    observed.extend(self.form.finish(&mut Nowhere).err());
                }
                Ok(JudgedForm { observed, ..JudgedForm::as_it_came() })
            }
        }
    }
}

impl JudgedForm {
    fn as_it_came() -> Self {
        Self { content_type: None, is_canonical: false, observed: Vec::new(), note: None }
    }
}

impl Form {
    /// Judges what is within the limit, and then that nothing is beyond it: in this order, so that the verdict does not
    /// depend on how the body was cut.
    fn push_counted(
        &mut self,
        rules: &UploadRules,
        received: &mut u64,
        chunk: &[u8],
        out: &mut impl Sink,
    ) -> Result<(), Refusal> {
        let room = usize::try_from(rules.max_request_size.saturating_sub(*received)).unwrap_or(usize::MAX);
        *received = received.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        let (within, beyond) = chunk.split_at_checked(room).unwrap_or((chunk, &[]));
        self.push(within, out)?;
        if beyond.is_empty() { Ok(()) } else { Err(Reason::UploadRequestTooLarge.into()) }
    }

    fn push(&mut self, chunk: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        match self {
            Self::Multipart(form) => {
                let (parser, judge) = &mut **form;
                parser.push(chunk, &mut judge.writing_to(out))
            }
            Self::Urlencoded(judge) => judge.push(chunk, out),
            Self::SvelteKit(judge) => judge.push(chunk, out),
            Self::Json(judge) => judge.push(chunk, out),
            Self::Bytes { refused: None } => out.write(chunk),
            Self::Bytes { refused: Some(refusal) } => Err(refusal.clone()),
        }
    }

    fn note(&self) -> Option<Note> {
        match self {
            Self::Multipart(form) => form.1.note(),
            Self::Urlencoded(judge) => judge.note(),
            Self::SvelteKit(_) | Self::Json(_) | Self::Bytes { .. } => None,
        }
    }

    fn finish(&mut self, out: &mut impl Sink) -> Result<(), Refusal> {
        match self {
            Self::Multipart(form) => {
                let (parser, judge) = &mut **form;
                parser.finish()?;
                judge.finish(out)
            }
            Self::Urlencoded(judge) => judge.finish(out),
            Self::SvelteKit(judge) => judge.finish(),
            Self::Json(judge) => judge.finish(),
            Self::Bytes { .. } => Ok(()),
        }
    }
}

/// Where the judge writes when only its verdict counts.
struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _bytes: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
}
