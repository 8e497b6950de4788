//! Sends a form once, and looks for what it sent.

use std::collections::BTreeSet;

use http::StatusCode;
use mantlet_core::audit::trial::Answer;
use mantlet_core::audit::{Field, FieldKind, Form};

use super::Forger;
use crate::audit::browser::Browser;
use crate::audit::client::NoReply;
use crate::audit::forms::{self, Token};
use crate::audit::initiator::Initiator;
use crate::audit::page_forms::{reload, reload_or_keep};

impl Forger<'_, '_, '_> {
    /// Loads the page anew, so that its token is fresh, fills the form and sends it; then looks for what was sent.
    pub(super) async fn send(&mut self, token: Token<'_>, from: &Initiator) -> Result<Answer, NoReply> {
        let fresh = reload_or_keep(self.browser, self.form).await;
        let mark = self.ledger.marks.next();
        let fields = forms::fill(&fresh, &mark, token);
        let address = forms::address(&fresh, token);
        let submission = forms::encode(&fresh, &fields).with_header_of(&fresh, token);
        let reply = self.browser.submit(self.form.method.clone(), address, from, submission).await?;
        let landing = self.browser.land(address, &reply).await;
        let mut answer = landing.answer(&reply);
        if let Some(Field { kind, .. }) = forms::carrier(&fresh) {
            let value = forms::value_for(*kind, &mark);
            let leads_back = landing.path.as_ref() == Some(&self.form.page);
            answer.read_back = is_there(self.browser, self.form, &value, landing.path).await;
            // What is shown once is shown no more.
            answer.is_silent = leads_back
                && self.browser.land(address, &reply).await.answer(&reply) == answer.clone().and_read_back(None);
        }
        self.browser.in_time()?;
        Ok(answer)
    }

    /// Sends the form as a link of another site would: its fields in the address, and if asked the method it should have had.
    /// `None`: nothing could be read back afterwards, and then nothing can be told.
    pub(super) async fn send_as_query(
        &mut self,
        token: Token<'_>,
        names_method: bool,
    ) -> Result<Option<Answer>, NoReply> {
        let fresh = reload_or_keep(self.browser, self.form).await;
        let Some(Field { kind, .. }) = forms::carrier(&fresh) else { return Ok(None) };
        let mark = self.ledger.marks.next();
        let value = forms::value_for(*kind, &mark);
        let mut fields = forms::fill(&fresh, &mark, token);
        let method = names_method.then(|| self.form.method.clone());
        if let Some(method) = &method {
            fields.push(("_method".to_owned(), method.to_string()));
        }
        let path = forms::as_query(self.form.action.without_tokens(), &fields);
        let reply = self.browser.visit_from_elsewhere(&path, method.as_ref()).await?;
        let mut answer = self.browser.land(&path, &reply).await.answer(&reply);
        // The address itself may be repeated on the page; only the form's own page tells.
        answer.read_back = is_there(self.browser, self.form, &value, None).await;
        self.browser.in_time()?;
        Ok(Some(answer))
    }

    /// The form's fields in the address, as its own page could link to them.
    pub(super) async fn by_get(&mut self) -> Option<Answer> {
        let fields = forms::fill(self.form, &self.ledger.marks.next(), Token::Omitted(None));
        let path = forms::as_query(self.form.action.without_tokens(), &fields);
        let reply = self.browser.open(&path).await.ok()?;
        let landing = self.browser.land(&path, &reply).await;
        self.browser.in_time().ok()?;
        Some(landing.answer(&reply))
    }

    /// The form with nothing in it but its token.
    pub(super) async fn empty(&mut self) -> Result<Answer, NoReply> {
        let fresh = reload_or_keep(self.browser, self.form).await;
        let submission = forms::encode(&fresh, &forms::emptied(&fresh)).with_header_of(&fresh, Token::Kept);
        let address = fresh.action.whole();
        let reply = self.browser.submit(self.form.method.clone(), address, &self.own(), submission).await?;
        let landing = self.browser.land(address, &reply).await;
        self.browser.in_time()?;
        Ok(landing.answer(&reply))
    }

    /// Puts back what stood in the form before, and says whether it stands there again. `false` as well where nothing in the form
    /// has changed: what it did then shows elsewhere, and sending it once more would not undo that.
    pub(super) async fn restore(&mut self, before: &Form) -> bool {
        let Some(mut form) = reload(self.browser, self.form).await else {
            // It stands on no page, since it was named, or on none any more: what is known of it is sent last.
            let form = reload_or_keep(self.browser, self.form).await;
            self.send_unchanged(&form).await;
            return false;
        };
        if !put(&mut form, before) {
            return false;
        }
        self.send_unchanged(&form).await;
        reload(self.browser, self.form).await.is_some_and(|mut after| !put(&mut after, before))
    }

    async fn send_unchanged(&mut self, form: &Form) {
        let submission = forms::encode(form, &forms::unchanged(form)).with_header_of(form, Token::Kept);
        // Whether it was taken, its page says.
        let _ = self.browser.submit(form.method.clone(), form.action.whole(), &self.own(), submission).await;
    }
}

/// Writes into a form what was typed into it before, and says whether that is anything else than what stood there.
fn put(form: &mut Form, before: &Form) -> bool {
    let mut has_changed = false;
    let is_typed = |field: &&Field| !matches!(field.kind, FieldKind::Fixed | FieldKind::File | FieldKind::Password);
    // Several may have one name: the first of it belongs to the first.
    let mut done = BTreeSet::new();
    for old in before.fields.iter().filter(is_typed) {
        let mut same = form.fields.iter_mut().enumerate().filter(|(_, field)| field.name == old.name);
        if let Some((at, field)) = same.find(|(at, _)| !done.contains(at)) {
            has_changed |= field.value != old.value;
            field.value.clone_from(&old.value);
            done.insert(at);
        }
    }
    has_changed
}

/// Whether a value stands on the form's own page, or on the one after it. Both are loaded anew: who is refused is often
/// shown once what they typed, so that they can try again. `None`: the site has had enough of requests.
async fn is_there(browser: &mut Browser<'_>, form: &Form, value: &str, landing: Option<String>) -> Option<bool> {
    let mut has_enough = false;
    // An address that holds the value may be all that the page repeats.
    let landing = landing.filter(|path| *path != form.page && !path.contains(mark_in(value)));
    for path in landing.iter().chain([&form.page]) {
        let Ok((_, page)) = browser.follow(path).await else { continue };
        if page.status == StatusCode::OK && memchr::memmem::find(&page.body, value.as_bytes()).is_some() {
            return Some(true);
        }
        has_enough |= page.status == StatusCode::TOO_MANY_REQUESTS;
    }
    (!has_enough).then_some(false)
}

/// The part of a value that no address escapes.
fn mark_in(value: &str) -> &str {
    value.split('@').next().unwrap_or(value)
}
