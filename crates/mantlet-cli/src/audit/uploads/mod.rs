//! Uploads an honest picture, then files that say what is wrong with them, and looks for what became of each.

mod files;
mod finder;

use files::{TRICKS, hopeless, picture};
use finder::Finder;
use mantlet_core::audit::trial::{
    Answer, Control, CsrfTrial, Fate, Forgery, Purpose, Served, UploadAttempt, UploadTrial,
};
use mantlet_core::audit::{Field, Form};

use super::browser::{Browser, From};
use super::client::NoReply;
use super::forms::{self, File, Token};
use super::ledger::{Ledger, OUT_OF_TIME, Sent};
use super::others::Others;
use super::page_forms::{reload, reload_or_keep};

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
        uploader.list(Some(&honest.control));
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

/// Sends files to one field of one form.
struct Uploader<'a, 'b> {
    browser: &'a mut Browser<'b>,
    other: &'a mut Browser<'b>,
    form: &'a Form,
    field: &'a Field,
    ledger: &'a mut Ledger,
    finder: Finder,
    /// Files that were sent and not found again, and what was answered.
    unfound: Vec<Unfound>,
}

/// A file that was not found again.
struct Unfound {
    name: String,
    sent: Sent,
    answer: Answer,
}

/// What an upload led to.
struct Outcome {
    answer: Answer,
    served: Option<Served>,
    /// The site refers to something that it did not refer to before.
    refers_to_more: bool,
}

impl Outcome {
    /// Whether the file can be fetched; `None` where the site refers to something that may be it. Means something where an
    /// honest file was found by what the site refers to.
    fn read_back(&self) -> Option<bool> {
        match &self.served {
            Some(_) => Some(true),
            None => (!self.refers_to_more).then_some(false),
        }
    }
}

impl<'a> Uploader<'a, '_> {
    /// Honest pictures, no file, and one that nobody wants.
    async fn controls(&mut self) -> Result<Honest, NoReply> {
        let own = self.own();
        let file = picture(&self.ledger.marks.next(), ".png");
        let first = self.upload(&file, Token::Kept, &own).await?;
        let file = picture(&self.ledger.marks.next(), ".png");
        let second = self.upload(&file, Token::Kept, &own).await?;
        let absurd = self.empty().await?;
        let file = hopeless(&self.ledger.marks.next());
        let hopeless = self.upload(&file, Token::Kept, &own).await?;
        let is_found = first.served.is_some();
        Ok(Honest {
            refers_to_more: is_found && first.refers_to_more,
            control: Control {
                first: first.answer.and_read_back(is_found.then_some(true)),
                second: second.answer,
                absurd,
                hopeless: hopeless.served.is_none().then_some(hopeless.answer),
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
            let Ok(outcome) = self.upload(&file, token, &From::OtherSite).await else { continue };
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

    async fn upload(&mut self, file: &File, token: Token<'_>, from: &From) -> Result<Outcome, NoReply> {
        let form = self.form;
        let fresh = reload_or_keep(self.browser, form).await;
        let fields = forms::fill(&fresh, "mantlet-probe", token);
        let others = self.other_files();
        let mut files = vec![(self.field.name.as_str(), file)];
        files.extend(others.iter().map(|(field, file)| (*field, file)));
        let submission = forms::multipart(&fields, &files).with_header_of(&fresh, token);
        let address = forms::address(&fresh, token);
        let along: Vec<&str> =
            others.iter().map(|(_, file)| file.name.as_str()).filter(|name| !name.is_empty()).collect();
        let request = form.request();
        // What it hangs up on may have been stored.
        let mut sends = |name: &str| self.ledger.left.sends(format!("{name}, sent to {request} without an answer"));
        let (sent, along_sent) = (sends(&file.name), along.iter().map(|name| sends(name)).collect::<Vec<_>>());
        let reply = self.browser.submit(form.method.clone(), address, from, submission).await?;
        let landing = self.browser.land(address, &reply).await;
        let (candidates, refers_to_more) = self.finder.candidates(self.browser, form, file, &reply, &landing.body);
        let served = self.finder.find(self.browser, file, candidates).await;
        if served.is_none() {
            self.browser.in_time()?;
        }
        let answer = landing.answer(&reply);
        let unfound = |(name, sent): (&str, Sent)| Unfound { name: name.to_owned(), sent, answer: answer.clone() };
        match &served {
            Some(served) => self.ledger.left.is(sent, served.path.clone()),
            None => self.unfound.push(unfound((&file.name, sent))),
        }
        self.unfound.extend(along.into_iter().zip(along_sent).map(unfound));
        Ok(Outcome { answer, served, refers_to_more })
    }

    /// What the other fields for files hold: an honest picture where browsers want one, else nothing, which they send too.
    fn other_files(&mut self) -> Vec<(&'a str, File)> {
        let (form, field) = (self.form, self.field);
        let others = form.file_fields().filter(|other| other.name != field.name);
        others
            .map(|other| {
                let file = if other.required { picture(&self.ledger.marks.next(), ".png") } else { forms::no_file() };
                (other.name.as_str(), file)
            })
            .collect()
    }

    /// The form without a file.
    async fn empty(&mut self) -> Result<Answer, NoReply> {
        let form = self.form;
        let fresh = reload_or_keep(self.browser, form).await;
        let submission = forms::multipart(&forms::absurd(&fresh), &[]).with_header_of(&fresh, Token::Kept);
        let address = fresh.action.whole();
        let reply = self.browser.submit(form.method.clone(), address, &self.own(), submission).await?;
        let landing = self.browser.land(address, &reply).await;
        self.browser.in_time()?;
        Ok(landing.answer(&reply))
    }

    fn own(&self) -> From {
        From::OwnPage(self.form.page.clone())
    }

    /// Says which files are on the target, or may be, though nobody found them again.
    fn list(&mut self, control: Option<&Control>) {
        let request = self.form.request();
        let left = &mut self.ledger.left;
        for Unfound { name, sent, answer } in self.unfound.drain(..) {
            match control.map(|control| control.fate(&answer)) {
                Some(Fate::Refused) => left.is_not_there(sent),
                Some(Fate::Accepted) => left.is(sent, format!("{name}, taken by {request}")),
                Some(Fate::Undecided(_)) | None => left.is(sent, format!("{name}, perhaps taken by {request}")),
            }
        }
    }
}
