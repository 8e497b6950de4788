//! [`BodyPlan`]: what is to be done with a body; [`FormPlan`]: what the head of a request said about the form that follows it.

use std::sync::Arc;

use http::HeaderValue;

use super::canonical::Boundary;
use super::filename::Filenames;
use super::form_charset::FormCharset;
use super::json_body::JsonJudge;
use super::judge::{Form, FormJudge, Outgoing};
use super::multipart::MultipartParser;
use super::multipart_judge::MultipartJudge;
use super::rules::UploadRules;
use super::sveltekit::SvelteKitJudge;
use super::urlencoded::{Escapes, UrlencodedJudge};
use super::verbatim::Verbatim;
use crate::reason::{Reason, Refusal};

/// What is to be done with the body of an admitted request.
#[derive(Debug)]
#[must_use]
pub enum BodyPlan {
    /// No guard judges it, but it must not be longer than this many bytes (`None`: any length).
    Pass {
        /// `[uploads] max_request_size`.
        at_most: Option<u64>,
    },
    /// It is to be judged: feed it to the judge. The application gets what the judge wrote, and only after the verdict.
    /// Nearly always it is a form; it may also be JSON for a target with the name of a program, or a body of no stated length.
    Form(Box<FormPlan>),
}

/// A form that is going to be judged.
#[derive(Debug)]
pub struct FormPlan {
    pub(super) rules: Arc<UploadRules>,
    pub(super) kind: FormKind,
    pub(super) forwarding: Forwarding,
}

/// What is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FormKind {
    Multipart {
        boundary: String,
        /// Why it may not hold a file.
        refused_with_a_file: Option<Refusal>,
    },
    Urlencoded {
        charset: FormCharset,
        escapes: Escapes,
    },
    SvelteKit,
    /// JSON under the name of a program: anything else is refused.
    Json {
        refused: Refusal,
    },
    /// No length was named, so there need be no body: if there is one, it is bytes.
    Bytes {
        /// Why a body is refused, if one comes.
        refused: Option<Refusal>,
    },
}

/// What is to be forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forwarding {
    /// The canonical form.
    Canonical,
    /// The client's bytes, called bytes: whatever digest they carry still holds.
    Labelled,
    /// The client's bytes, if they are canonical; else the request is refused with this reason.
    Verbatim(Reason),
    /// The client's bytes, whatever the verdict.
    Observed,
}

impl FormPlan {
    /// Begins to judge. `entropy` makes the boundary of the canonical form unpredictable: nobody can put it into a file.
    pub fn begin(self, entropy: [u8; 16]) -> FormJudge {
        let Self { rules, kind, forwarding } = self;
        let (content_type, form) = match kind {
            FormKind::Multipart { boundary: client, refused_with_a_file } => {
                let verbatim = matches!(forwarding, Forwarding::Verbatim(_));
                let boundary = if verbatim { Boundary::of_client(&client) } else { Boundary::fresh(entropy) };
                let filenames = Filenames::new(rules.filename, rules.max_filename_length, entropy);
                let content_type = boundary.content_type().map(Some);
                let judge =
                    MultipartJudge::new(Arc::clone(&rules), boundary, filenames).refusing_files(refused_with_a_file);
                let judge = if verbatim { judge.refusing_echoes() } else { judge };
                (content_type, Form::Multipart(Box::new((MultipartParser::new(&client), judge))))
            }
            FormKind::Urlencoded { charset, escapes } => {
                let content_type = HeaderValue::from_static(charset.content_type());
                (Ok(Some(content_type)), Form::Urlencoded(UrlencodedJudge::new(Arc::clone(&rules), escapes)))
            }
            FormKind::SvelteKit => (Ok(None), Form::SvelteKit(SvelteKitJudge::default())),
            FormKind::Bytes { refused } => (Ok(None), Form::Bytes { refused }),
            FormKind::Json { refused } => (Ok(None), Form::Json(JsonJudge::new(refused))),
        };
        let (content_type, refused) = match content_type {
            Ok(content_type) => (content_type, None),
            Err(refusal) => (None, Some(refusal)),
        };
        let outgoing = match forwarding {
            Forwarding::Canonical => Outgoing::Canonical(content_type),
            Forwarding::Labelled => Outgoing::Labelled,
            Forwarding::Verbatim(reason) => Outgoing::Verbatim(Verbatim::new(reason)),
            Forwarding::Observed => Outgoing::Observed(Vec::new()),
        };
        FormJudge { rules, form, outgoing, received: 0, refused }
    }
}
