//! What is worth telling of an exchange that passes: stable codes, as [refusals](crate::reason) have them.
//!
//! A note changes nothing about the exchange. It is for the log, where somebody can act on it.

use std::borrow::Cow;

use crate::reason::bounded;

/// Something worth telling of an exchange that passes.
///
/// `detail` is for the operator's log, and never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub kind: NoteKind,
    /// What was seen, in a few words. May be empty.
    pub detail: Cow<'static, str>,
}

impl Note {
    /// A note with what was seen.
    pub fn new(kind: NoteKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: bounded(detail.into()) }
    }
}

/// What is worth telling. `mantlet explain CODE` has a page on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind {
    /// A request that passed asked to be taken for another method, in a field that the application does not get.
    CsrfMethodOverrideRemoved,
    /// A form was sent to `http://`, at the port where TLS is spoken.
    RequestFormOverHttp,
    /// A request said who its user is, as proxies do that log users in, and no trusted proxy sent it.
    RequestIdentityRemoved,
    /// The application sets a cookie that browsers ignore, or an attribute that they ignore, for its size.
    SessionCookieTooLarge,
    /// A request over plain http carries a cookie that browsers send over https only.
    SessionSecureCookieOverHttp,
    /// A form field called itself JSON, and the application is not told.
    UploadFieldTypeRemoved,
}

impl NoteKind {
    /// Every kind, in the order of the pages.
    pub const ALL: &'static [Self] = &[
        Self::CsrfMethodOverrideRemoved,
        Self::RequestFormOverHttp,
        Self::RequestIdentityRemoved,
        Self::SessionCookieTooLarge,
        Self::SessionSecureCookieOverHttp,
        Self::UploadFieldTypeRemoved,
    ];

    /// The stable code, `guard.note`. No [`Reason`](crate::Reason) has the same.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CsrfMethodOverrideRemoved => "csrf.method-override-removed",
            Self::RequestFormOverHttp => "request.form-over-http",
            Self::RequestIdentityRemoved => "request.identity-removed",
            Self::SessionCookieTooLarge => "session.cookie-too-large",
            Self::SessionSecureCookieOverHttp => "session.secure-cookie-over-http",
            Self::UploadFieldTypeRemoved => "upload.field-type-removed",
        }
    }

    /// One sentence on what it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::CsrfMethodOverrideRemoved => {
                "A request asked to be taken for another method, in a header that was taken off."
            }
            Self::RequestFormOverHttp => "A form was sent to an http:// address at the port where TLS is spoken.",
            Self::RequestIdentityRemoved => {
                "A request said who its user is, in a header that only a trusted proxy may send and that was taken off."
            }
            Self::SessionCookieTooLarge => {
                "The application sets a cookie that browsers ignore, or an attribute that they ignore, for its size."
            }
            Self::SessionSecureCookieOverHttp => {
                "A request over plain http carries a cookie that browsers send over https only."
            }
            Self::UploadFieldTypeRemoved => "A form field came with the type application/json, which was taken off.",
        }
    }
}

/// The notes of one exchange. Nothing is allocated while there are none.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Who fills a response with oversized cookies fills no log with them.
    const MOST: usize = 8;

    pub(crate) fn take(&mut self, note: Note) {
        if self.0.len() < Self::MOST {
            self.0.push(note);
        }
    }

    pub(crate) fn as_slice(&self) -> &[Note] {
        &self.0
    }
}
