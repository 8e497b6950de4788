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

macro_rules! notes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        /// What is worth telling. `mantlet explain CODE` has a page on each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum NoteKind { $($(#[doc = $doc])+ $name,)+ }

        impl NoteKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code, `guard.note`. No [`Reason`](crate::Reason) has the same.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// One sentence on what it means.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

notes! {
    /// A request asked to be taken for another method, in a header that was taken off.
    CsrfMethodOverrideRemoved = "csrf.method-override-removed";
    /// A form was sent to an http:// address at the port where TLS is spoken.
    RequestFormOverHttp = "request.form-over-http";
    /// A request said who its user is, in a header that only a trusted proxy may send and that was taken off.
    RequestIdentityRemoved = "request.identity-removed";
    /// The application sets a cookie that browsers ignore, or an attribute that they ignore, for its size.
    SessionCookieTooLarge = "session.cookie-too-large";
    /// The application lets shared caches keep a page that was made for somebody who is logged in.
    SessionPublicPage = "session.public-page";
    /// A request over plain http carries a cookie that browsers send over https only.
    SessionSecureCookieOverHttp = "session.secure-cookie-over-http";
    /// A form field came with the type application/json, which was taken off.
    UploadFieldTypeRemoved = "upload.field-type-removed";
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
