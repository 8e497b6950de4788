//! Uploads an honest picture, then files that say what is wrong with them, and looks for what became of each.

mod files;
mod finder;
mod send;

use files::{TRICKS, of_unknown_type, picture};
use finder::Finder;
use mantlet_core::audit::trial::{
    Answer, Control, CsrfTrial, Fate, Forgery, Purpose, Served, UploadAttempt, UploadTrial,
};
use mantlet_core::audit::{Field, Form};

use super::browser::Browser;
use super::client::NoReply;
use super::forms::Token;
use super::initiator::Initiator;
use super::ledger::{CAPTCHA, Ledger, OUT_OF_TIME, Remains, Sent};
use super::others::Others;
use super::page_forms::reload;

/// Forms that take a file are few, and so are their fields.
const FIELDS_AT_MOST: usize = 3;

/// What was tried.
pub(super) struct Uploads {
    pub(super) trials: Vec<UploadTrial>,
    pub(super) csrf: Vec<CsrfTrial>,
}

/// Tries every field that takes a file.
pub(super) async fn attack<'b>(
    browser: &mut Browser<'b>,
    others: &mut Others<'b>,
    all: &[Form],
    ledger: &mut Ledger,
) -> Uploads {
    let mut uploads = Uploads { trials: Vec::new(), csrf: Vec::new() };
    let fields = all.iter().flat_map(|form| form.file_fields().map(move |field| (form, field)));
    for (at, (form, field)) in fields.enumerate() {
        if at >= FIELDS_AT_MOST {
            ledger.untried.note(
                format!("{} field `{}`", form.request(), field.name),
                "no more than three fields for files are tried",
            );
            continue;
        }
        let what = || format!("{} field `{}`", form.request(), field.name);
        if browser.in_time().is_err() {
            ledger.untried.note(what(), OUT_OF_TIME);
            continue;
        }
        if form.captcha {
            ledger.untried.note(what(), CAPTCHA);
            continue;
        }
        let other = others.who_sees(form);
        let finder = Finder::new(browser, form).await;
        let mut uploader = Uploader { browser, other, form, field, ledger, finder, unfound: Vec::new() };
        let Ok(honest) = uploader.controls().await else {
            uploader.list(None);
            if browser.in_time().is_err() {
                ledger.untried.note(what(), OUT_OF_TIME);
            }
            continue;
        };
        let attempts = uploader.tricks(honest.refers_to_more).await;
        // Whose token it is does not depend on the field.
        if form.file_field() == Some(field) {
            uploads.csrf.push(uploader.forge(&honest).await);
        }
        uploader.list(Some(&honest));
        uploads.trials.push(UploadTrial {
            request: form.request(),
            field: field.name.clone(),
            control: honest.control,
            control_served: honest.served,
            attempts,
        });
        if browser.in_time().is_err() {
            ledger.untried.note(format!("some files for {}", what()), OUT_OF_TIME);
        }
    }
    uploads
}

/// What honest files led to.
struct Honest {
    control: Control,
    served: Option<Served>,
    /// The first could be found by what the site refers to.
    refers_to_more: bool,
}

/// Sends files to one field of one form. How it sends one, and looks for it, is in [`send`].
struct Uploader<'a, 'b> {
    browser: &'a mut Browser<'b>,
    other: &'a mut Browser<'b>,
    form: &'a Form,
    field: &'a Field,
    ledger: &'a mut Ledger,
    finder: Finder<'a>,
    /// Files that were sent and not found again, and what was answered.
    unfound: Vec<Unfound>,
}

/// A file that was not found again.
struct Unfound {
    name: String,
    sent: Sent,
    answer: Answer,
    /// The site refers to something that may be it.
    refers_to_more: bool,
}

impl Uploader<'_, '_> {
    /// Honest pictures, no file, and one that nobody wants.
    async fn controls(&mut self) -> Result<Honest, NoReply> {
        let own = self.own();
        let file = picture(&self.ledger.marks.next(), ".png");
        let first = self.upload(&file, Token::Kept, &own).await?;
        let file = picture(&self.ledger.marks.next(), ".png");
        let second = self.upload(&file, Token::Kept, &own).await?;
        let empty = self.empty().await?;
        let file = of_unknown_type(&self.ledger.marks.next());
        let unknown_type = self.upload(&file, Token::Kept, &own).await?;
        let is_found = first.served.is_some();
        Ok(Honest {
            refers_to_more: first.is_referred_to,
            control: Control {
                first: first.answer.and_read_back(is_found.then_some(true)),
                second: second.answer,
                empty,
                unknown_type: unknown_type.served.is_none().then_some(unknown_type.answer),
                by_get: None,
            },
            served: first.served,
        })
    }

    /// An honest picture, sent by another site: without a token, and with the one that it was given.
    async fn forge(&mut self, honest: &Honest) -> CsrfTrial {
        let mut attempts = Vec::new();
        let theirs = reload(self.other, self.form).await;
        let omitted = [(Forgery::CrossSite, Token::Omitted(theirs.as_ref()))];
        let others = theirs.as_ref().map(|theirs| (Forgery::CrossSiteOthersToken, Token::Others(theirs)));
        for (forgery, token) in omitted.into_iter().chain(others) {
            let file = picture(&self.ledger.marks.next(), ".png");
            let Ok(outcome) = self.upload(&file, token, &Initiator::OtherSite).await else { continue };
            // Where the control can be fetched, it can.
            let read_back = honest.served.is_some().then_some(outcome.served.is_some());
            attempts.push((forgery, outcome.answer.and_read_back(read_back)));
        }
        CsrfTrial::new(self.form, Purpose::Upload, honest.control.clone(), attempts)
    }

    /// `shows`: the site refers to what is stored, so that what it does not refer to is not.
    async fn tricks(&mut self, shows: bool) -> Vec<UploadAttempt> {
        let own = self.own();
        let mut attempts = Vec::new();
        for (trick, forge) in TRICKS {
            let file = forge(&self.ledger.marks.next());
            // A filter in front may hang up on one file and take the next.
            let Ok(outcome) = self.upload(&file, Token::Kept, &own).await else { continue };
            let read_back = outcome.read_back().filter(|_| shows);
            let answer = outcome.answer.and_read_back(read_back);
            attempts.push(UploadAttempt { trick, name: file.name, answer, served: outcome.served });
        }
        attempts
    }

    fn own(&self) -> Initiator {
        Initiator::OwnPage(self.form.page.clone())
    }

    /// Says which files are on the target, or may be, though nobody found them again.
    fn list(&mut self, honest: Option<&Honest>) {
        let request = self.form.request();
        let left = &mut self.ledger.left;
        for Unfound { name, sent, answer, refers_to_more } in self.unfound.drain(..) {
            let read_back = honest.filter(|honest| honest.refers_to_more && !refers_to_more).map(|_| false);
            let answer = answer.and_read_back(read_back);
            match honest.map(|honest| honest.control.fate(&answer)) {
                Some(Fate::Refused) => left.is_not_there(sent),
                Some(Fate::Accepted) => left.is(sent, Remains::File(format!("{name}, taken by {request}"))),
                Some(Fate::Undecided(_)) | None => {
                    left.is(sent, Remains::File(format!("{name}, perhaps taken by {request}")));
                }
            }
        }
    }
}
