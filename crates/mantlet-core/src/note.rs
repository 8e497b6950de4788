//! What is worth telling of an exchange that passes: stable codes, as [refusals](crate::reason) have them.
//!
//! A note changes nothing about the exchange. It is for the log, where somebody can act on it.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

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
    /// A cookie that PHP would take for a request to change the method was dropped.
    CsrfCookieDropped = "csrf.cookie-dropped";
    /// A request asked to be taken for another method, in a header that was taken off.
    CsrfMethodOverrideRemoved = "csrf.method-override-removed";
    /// The application has a content security policy, and what it is silent about was enforced beside it.
    HeadersCspAdded = "headers.csp-added";
    /// The application does not say what a response is, and browsers were told not to guess: they show a page as its source.
    HeadersUntyped = "headers.untyped";
    /// A form was sent to an http:// address at the port where TLS is spoken.
    RequestFormOverHttp = "request.form-over-http";
    /// A request said who its user is, in a header that only a trusted proxy may send and that was taken off.
    RequestIdentityRemoved = "request.identity-removed";
    /// The application sets a cookie that browsers ignore, or an attribute that they ignore, for its size.
    SessionCookieTooLarge = "session.cookie-too-large";
    /// A request came with a session cookie that this site did not set; the application was not given it.
    SessionPlantedCookie = "session.planted-cookie";
    /// The application lets shared caches keep a page that was made for somebody who is logged in.
    SessionPublicPage = "session.public-page";
    /// The application lets a cookie travel with requests of other sites, and the policy keeps that.
    SessionSameSiteNone = "session.same-site-none";
    /// A request over plain http carries a cookie that browsers send over https only.
    SessionSecureCookieOverHttp = "session.secure-cookie-over-http";
    /// A cookie that some applications would take for the name of an uploaded file, and a script's, was dropped.
    UploadCookieDropped = "upload.cookie-dropped";
    /// A form field came with the type application/json, which was taken off.
    UploadFieldTypeRemoved = "upload.field-type-removed";
    /// A body that is called a form is not written as one, and reached the application with escapes.
    UploadFormEscaped = "upload.form-escaped";
}

/// The notes of one exchange.
#[derive(Debug, Default)]
pub struct Notes {
    taken: Vec<Note>,
    told: Arc<Told>,
}

impl Notes {
    /// Who fills a response with oversized cookies fills no log with them.
    const MOST: usize = 8;

    /// No notes yet. `told` is what was told before of the same application.
    pub(crate) fn new(told: &Arc<Told>) -> Self {
        Self { taken: Vec::new(), told: Arc::clone(told) }
    }

    pub(crate) fn take(&mut self, note: Note) {
        if self.taken.len() < Self::MOST {
            self.taken.push(note);
        }
    }

    /// Takes a note that would be true of every answer of the application, unless it was told before.
    pub(crate) fn take_once(&mut self, note: Note) {
        if self.taken.len() < Self::MOST && self.told.insert(&note) {
            self.taken.push(note);
        }
    }

    /// All of them, in their order.
    pub fn as_slice(&self) -> &[Note] {
        &self.taken
    }
}

/// What was told of the application itself. It would be true of every response, and is told with the first.
#[derive(Debug, Default)]
pub(crate) struct Told([OnceLock<Note>; Self::MOST]);

impl Told {
    /// Who gives each visitor a cookie with another name fills no log with them. When it is full, nothing more is told.
    const MOST: usize = 32;

    /// Adds a note, if there is room. Returns whether it was added: only then is it new.
    fn insert(&self, note: &Note) -> bool {
        for slot in &self.0 {
            let mut is_new = false;
            let told = slot.get_or_init(|| {
                is_new = true;
                note.clone()
            });
            if is_new || told == note {
                return is_new;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(number: usize) -> Note {
        Note::new(NoteKind::SessionSameSiteNone, format!("cookie{number}"))
    }

    #[test]
    fn what_is_always_so_is_told_once() {
        let told = Arc::default();
        let tell = |number| {
            let mut notes = Notes::new(&told);
            notes.take_once(note(number));
            notes.as_slice().len()
        };
        assert_eq!([tell(0), tell(1), tell(0), tell(1)], [1, 1, 0, 0]);
        assert_eq!((2..100).map(tell).sum::<usize>(), Told::MOST - 2);
    }

    #[test]
    fn what_an_exchange_has_no_room_for_is_told_by_another() {
        let told = Arc::default();
        let [mut first, mut second] = [Notes::new(&told), Notes::new(&told)];
        (0..10).for_each(|number| first.take_once(note(number)));
        (0..10).for_each(|number| second.take_once(note(number)));
        assert_eq!((first.as_slice().len(), second.as_slice()), (Notes::MOST, &[note(8), note(9)][..]));
    }

    #[test]
    fn of_many_who_tell_at_once_one_is_heard() {
        let told = Told::default();
        let heard = std::thread::scope(|scope| {
            let threads =
                [(); 4].map(|()| scope.spawn(|| (0..20).filter(|number| told.insert(&note(*number))).count()));
            threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
        });
        assert_eq!(heard, 20);
    }
}
