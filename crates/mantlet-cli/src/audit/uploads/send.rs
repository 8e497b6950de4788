//! Sends one file, and looks for what became of it.

use mantlet_core::audit::trial::{Answer, Served};

use super::files::picture;
use super::finder::Candidates;
use super::{Unfound, Uploader};
use crate::audit::client::NoReply;
use crate::audit::forms::{self, File, Token};
use crate::audit::initiator::Initiator;
use crate::audit::ledger::{Remains, Sent};
use crate::audit::page_forms::reload_or_keep;

/// What an upload led to.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    pub(super) served: Option<Served>,
    /// The site refers to something that it did not refer to before.
    pub(super) refers_to_more: bool,
    /// It was found among that.
    pub(super) is_referred_to: bool,
}

impl Outcome {
    /// Whether the file can be fetched; `None` where the site refers to something that may be it. Means something where an
    /// honest file was found by what the site refers to.
    pub(super) fn read_back(&self) -> Option<bool> {
        match &self.served {
            Some(_) => Some(true),
            None => (!self.refers_to_more).then_some(false),
        }
    }
}

impl<'a> Uploader<'a, '_> {
    /// Sends a file, and looks for it.
    pub(super) async fn upload(&mut self, file: &File, token: Token<'_>, from: &Initiator) -> Result<Outcome, NoReply> {
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
        let mut sends =
            |name: &str| self.ledger.left.sends(Remains::File(format!("{name}, sent to {request} without an answer")));
        let (sent, along_sent) = (sends(&file.name), along.iter().map(|name| sends(name)).collect::<Vec<_>>());
        let reply = self.browser.submit(form.method.clone(), address, from, submission).await?;
        let landing = self.browser.land(address, &reply).await;
        let Candidates { paths, referred } = self.finder.candidates(self.browser, file, &reply, &landing.body);
        let served = self.finder.find(self.browser, file, paths).await;
        if served.is_none() {
            self.browser.in_time()?;
        }
        let refers_to_more = !referred.is_empty();
        let is_referred_to = served.as_ref().is_some_and(|served| referred.contains(&served.path));
        let answer = landing.answer(&reply);
        let unfound = |(name, sent): (&str, Sent)| Unfound {
            name: name.to_owned(),
            sent,
            answer: answer.clone(),
            refers_to_more,
        };
        match &served {
            Some(served) => self.ledger.left.is(sent, Remains::File(served.path.clone())),
            None => self.unfound.push(unfound((&file.name, sent))),
        }
        self.unfound.extend(along.into_iter().zip(along_sent).map(unfound));
        Ok(Outcome { answer, served, refers_to_more, is_referred_to })
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
    pub(super) async fn empty(&mut self) -> Result<Answer, NoReply> {
        let form = self.form;
        let fresh = reload_or_keep(self.browser, form).await;
        let submission = forms::multipart(&forms::emptied(&fresh), &[]).with_header_of(&fresh, Token::Kept);
        let address = fresh.action.whole();
        let reply = self.browser.submit(form.method.clone(), address, &self.own(), submission).await?;
        let landing = self.browser.land(address, &reply).await;
        self.browser.in_time()?;
        Ok(landing.answer(&reply))
    }
}
