//! [`UploadGuard`]: what the head of a request decides.

use std::sync::Arc;

use http::Method;
use mantlet_fields::{Fields, Known, NameSet, text};

use super::BYTES;
use super::content_type::{self, BodyType, is_plain_multipart};
use super::named_elsewhere::{self, Claim, Named};
use super::plan::{BodyPlan, FormKind, FormPlan, Forwarding};
use super::policy::{BodyMode, UploadPolicy};
use super::rules::UploadRules;
use super::urlencoded::Escapes;
use crate::head::RequestHead;
use crate::mode::Mode;
use crate::note::Notes;
use crate::query::Query;
use crate::reason::{Reason, Refusal};

/// The policy made ready.
#[derive(Debug)]
pub struct UploadGuard {
    mode: Mode,
    body: BodyMode,
    rules: Arc<UploadRules>,
}

/// Fields that sign or digest the body's bytes (RFC 9421, RFC 9530, and their elders).
const SIGNED: NameSet = NameSet::of(&[
    Known::ContentDigest,
    Known::ReprDigest,
    Known::Digest,
    Known::ContentMd5,
    Known::SignatureInput,
    Known::XAmzContentSha256,
]);

impl UploadGuard {
    /// Makes a policy ready. `mode` holds unless the policy names one for this guard.
    pub fn new(policy: &UploadPolicy, mode: Mode) -> Self {
        Self {
            mode: mode.of_guard(policy.enabled, policy.mode),
            body: policy.body,
            rules: Arc::new(UploadRules::new(policy)),
        }
    }

    /// What this guard does with its verdicts.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Judges a request head, and says what is to be done with the body.
    ///
    /// # Errors
    /// What the head alone decides, before a byte of the body is invited in: [`Reason::UploadRequestTooLarge`],
    /// [`Reason::UploadMediaType`], [`Reason::UploadMalformed`], [`Reason::UploadContentEncoding`],
    /// [`Reason::UploadSigned`], and the names of files in it.
    pub fn admit(&self, head: &mut RequestHead<'_>, notes: &mut Notes) -> Result<BodyPlan, Refusal> {
        if self.mode == Mode::Off {
            return Ok(BodyPlan::Pass { at_most: None });
        }
        let pass = |at_most| Ok(BodyPlan::Pass { at_most: self.limit(at_most) });
        let length = content_length(head.fields)?;
        // What goes through the WebSocket that a CONNECT opens is not its body (RFC 9110, section 9.3.6).
        let only_reads = length.is_none() && matches!(*head.method, Method::GET | Method::HEAD | Method::CONNECT);
        if only_reads && !is_data(head.fields) {
            // Nobody sends a form or untyped bytes with these without saying so; none may come.
            return pass(0);
        }
        if length.is_some_and(|length| length > self.rules.max_request_size) {
            return Err(Refusal::new(Reason::UploadRequestTooLarge, "Content-Length"));
        }
        if self.body == BodyMode::Opaque {
            return pass(self.rules.max_request_size);
        }
        if length == Some(0) {
            named_elsewhere::judge_head(head, &self.rules.extensions)?;
            return pass(0);
        }
        let body_type = BodyType::parse(head.fields.get(Known::ContentType))?;
        content_type::judge_query(&Query::of(head.uri))?;
        let claim = self.claim(&body_type, head.fields);
        let extensions = &self.rules.extensions;
        let named = match named_elsewhere::judge_head_of_body(head, extensions, claim, self.mode, notes) {
            // There is no body that could get a name, unless one comes after all.
            Err(refusal) if only_reads => Some(Named::Body(refusal)),
            named => named?,
        };
        let Some(kind) = self.form_kind(body_type, named, length.is_some())? else {
            if !head.fields.contains(Known::ContentType) {
                self.label(head.fields)?;
            }
            return pass(self.rules.max_request_size);
        };
        if !matches!(kind, FormKind::Bytes { .. }) && is_encoded(head.fields) {
            return Err(Refusal::new(Reason::UploadContentEncoding, "Content-Encoding on a form"));
        }
        let content_type = head.fields.get(Known::ContentType);
        let forwarding = self.forwarding(head.fields, &kind);
        if let (Forwarding::Verbatim(reason), FormKind::Multipart { boundary, .. }) = (forwarding, &kind)
            && !is_plain_multipart(content_type, boundary)
        {
            return Err(Refusal::new(reason, "Content-Type that parsers read in two ways"));
        }
        Ok(BodyPlan::Form(Box::new(FormPlan { rules: Arc::clone(&self.rules), kind, forwarding })))
    }

    fn claim(&self, body_type: &BodyType, fields: &Fields) -> Claim<'_> {
        let rules = match body_type {
            BodyType::Json => &self.rules.extensions_of_json,
            BodyType::Urlencoded { .. } => &self.rules.extensions_of_form,
            BodyType::Multipart { .. } | BodyType::SvelteKit | BodyType::Other | BodyType::Missing => {
                return Claim::Other;
            }
        };
        if self.must_stay(fields).is_some() { Claim::FixedText(rules) } else { Claim::Text(rules) }
    }

    /// What has to be judged of a body, if anything has to.
    fn form_kind(
        &self,
        body_type: BodyType,
        named: Option<Named>,
        has_length: bool,
    ) -> Result<Option<FormKind>, Refusal> {
        Ok(Some(match (body_type, named) {
            (BodyType::Multipart { .. }, Some(Named::Body(refusal))) => return Err(refusal),
            (BodyType::Multipart { boundary }, named) => {
                FormKind::Multipart { boundary, refused_with_a_file: named.map(Named::refusal) }
            }
            (BodyType::Urlencoded { charset }, None) => FormKind::Urlencoded { charset, escapes: Escapes::Needed },
            (BodyType::Urlencoded { charset }, Some(Named::Text(_))) => {
                FormKind::Urlencoded { charset, escapes: Escapes::AsBrowsers }
            }
            (BodyType::SvelteKit, None) => FormKind::SvelteKit,
            (BodyType::Json, Some(Named::Text(refused))) => FormKind::Json { refused },
            // Without a length, whether there is a body is not known yet: it is labelled, or refused, when it has come.
            (BodyType::Missing, named) if !has_length => {
                let untyped = (self.body == BodyMode::Strict).then(untyped);
                FormKind::Bytes { refused: named.map(Named::refusal).or(untyped) }
            }
            (_, Some(named)) if !has_length => FormKind::Bytes { refused: Some(named.refusal()) },
            (_, Some(named)) => return Err(named.refusal()),
            (BodyType::Missing | BodyType::Json | BodyType::Other, None) => return Ok(None),
        }))
    }

    /// A body of which nothing is said may be taken for bytes (RFC 9110, section 8.3). Rack, WebOb and CGI take it for a
    /// form, which nobody has judged: so the application is told what it was taken for here.
    fn label(&self, fields: &mut Fields) -> Result<(), Refusal> {
        if self.body == BodyMode::Strict {
            return Err(untyped());
        }
        if self.mode == Mode::Enforce {
            let labelled = fields.set_value(Known::ContentType, BYTES.as_bytes());
            labelled.map_err(|_| Refusal::from(Reason::InternalError))?;
        }
        Ok(())
    }

    /// A guard that only observes cuts nothing off.
    fn limit(&self, at_most: u64) -> Option<u64> {
        (self.mode == Mode::Enforce).then_some(at_most)
    }

    fn forwarding(&self, fields: &Fields, kind: &FormKind) -> Forwarding {
        if self.mode == Mode::Observe {
            Forwarding::Observed
        } else if matches!(kind, FormKind::Bytes { .. }) {
            Forwarding::Labelled
        } else {
            self.must_stay(fields).map_or(Forwarding::Canonical, Forwarding::Verbatim)
        }
    }

    /// Whether the body has to stay as it came: the reason by which a form is refused that would have to be written anew.
    fn must_stay(&self, fields: &Fields) -> Option<Reason> {
        let of_policy = (self.body == BodyMode::Strict).then_some(Reason::UploadMalformed);
        if fields.contains_any(&SIGNED) { Some(Reason::UploadSigned) } else { of_policy }
    }
}

/// Why a body without a type is refused where nothing may be added.
fn untyped() -> Refusal {
    Refusal::new(Reason::UploadMediaType, "a body without Content-Type, which would have to be added")
}

/// Whether the body, if one comes, says of itself that it is no form. Pieces announce themselves to the connection only, which
/// is not ours to see, and HTTP/2 announces nothing.
fn is_data(fields: &Fields) -> bool {
    matches!(BodyType::parse(fields.get(Known::ContentType)), Ok(BodyType::Json | BodyType::Other))
}

fn content_length(fields: &Fields) -> Result<Option<u64>, Refusal> {
    let Some(value) = fields.get(Known::ContentLength) else { return Ok(None) };
    let digits = text(value).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let length = digits.and_then(|digits| digits.parse().ok());
    length.map(Some).ok_or(Refusal::new(Reason::RequestMalformed, "Content-Length is not a number"))
}

fn is_encoded(fields: &Fields) -> bool {
    fields.all(Known::ContentEncoding).any(|value| !value.eq_ignore_ascii_case(b"identity"))
}
