//! Sends forms as their own pages do, and then as other sites would.

mod send;

use mantlet_core::audit::trial::{Answer, Control, CsrfTrial, Forgery, Purpose};
use mantlet_core::audit::{FieldKind, Form};

use super::browser::Browser;
use super::forms::Token;
use super::initiator::{ATTACKER, Initiator};
use super::ledger::{CAPTCHA, Ledger, OUT_OF_TIME, Remains};
use super::others::Others;
use super::page_forms::{reload, reload_or_keep};

/// One site rarely has more kinds of forms, and each costs a dozen requests.
const FORMS_AT_MOST: usize = 10;

/// Tries every form that takes no file.
pub(super) async fn attack(
    browser: &mut Browser<'_>,
    others: &mut Others<'_>,
    all: &[Form],
    ledger: &mut Ledger,
) -> Vec<CsrfTrial> {
    let mut trials = Vec::new();
    let mut sendable = Vec::new();
    for form in all.iter().filter(|form| form.file_field().is_none()) {
        match why_not(form) {
            Some(why) => ledger.untried.note(form.request(), why),
            None => sendable.push(form),
        }
    }
    let (tried, more) = sendable.split_at(sendable.len().min(FORMS_AT_MOST));
    more.iter().for_each(|form| ledger.untried.note(form.request(), "no more than ten forms are tried"));
    for form in tried {
        if browser.in_time().is_err() {
            ledger.untried.note(form.request(), OUT_OF_TIME);
            continue;
        }
        let other = others.who_sees(form);
        let trial = if form.is_login() {
            // Somebody else's browser: a login that works must not become ours.
            let mut guest = browser.stranger();
            let trial = Forger { browser: &mut guest, other, form, ledger }.forge_login().await;
            browser.learn_from(guest);
            trial
        } else {
            Forger { browser, other, form, ledger }.forge_and_restore().await
        };
        // A form that stops answering half-way has been tried as far as it goes.
        trials.extend(trial);
        if browser.in_time().is_err() {
            ledger.untried.note(format!("some forgeries of {}", form.request()), OUT_OF_TIME);
        }
    }
    trials
}

/// Why a form is not sent. One with several passwords sets one: whoever is audited must not be locked out.
fn why_not(form: &Form) -> Option<&'static str> {
    let asks_password = form.fields.iter().any(|field| field.kind == FieldKind::Password);
    match () {
        () if form.captcha => Some(CAPTCHA),
        () if asks_password && !form.is_login() => Some("it asks for a password"),
        () => None,
    }
}

/// Sends one form, honestly and forged. What it sends, and how it looks for it, is in [`send`].
struct Forger<'a, 'b, 'c> {
    browser: &'a mut Browser<'b>,
    /// Whoever else sees the form, for their token.
    other: &'a mut Browser<'c>,
    form: &'a Form,
    ledger: &'a mut Ledger,
}

impl Forger<'_, '_, '_> {
    async fn forge_and_restore(&mut self) -> Option<CsrfTrial> {
        let before = reload_or_keep(self.browser, self.form).await;
        let effect = |times| Remains::Effect { of: self.form.request(), times };
        let sent = self.ledger.left.sends(effect(None));
        let began = self.browser.submitted();
        let trial = self.forge().await;
        let times = self.browser.submitted().saturating_sub(began);
        let client = self.browser.client();
        let is_put_back = client.put_back(self.restore(&before)).await;
        if is_put_back || trial.as_ref().is_some_and(does_nothing) {
            self.ledger.left.is_not_there(sent);
        } else {
            self.ledger.left.is(sent, effect(Some(times)));
        }
        trial
    }

    /// The controls, and every forgery that got an answer. `None`: a control got none.
    async fn forge(&mut self) -> Option<CsrfTrial> {
        let own = self.own();
        let first = self.send(Token::Kept, &own).await.ok()?;
        let by_get = if first.is_told_by_looks() { self.by_get().await } else { None };
        let second = self.send(Token::Kept, &own).await.ok()?;
        let empty = self.empty().await.ok()?;
        let control = Control { first, second, empty, unknown_type: None, by_get };
        // Nothing can be told from a forgery where even the honest request did nothing.
        let attempts = if control.succeeded().is_err() { Vec::new() } else { self.forgeries().await };
        Some(CsrfTrial::new(self.form, Purpose::Change, control, attempts))
    }

    async fn forge_login(&mut self) -> Option<CsrfTrial> {
        let own = self.own();
        let first = self.send(Token::Kept, &own).await.ok()?;
        let empty = self.empty().await.ok()?;
        let attempts = self.across_sites().await;
        // Last: a site that has had enough of logins that fail says so to this one, too.
        let second = self.send(Token::Kept, &own).await.ok()?;
        let control = Control { first, second, empty, unknown_type: None, by_get: None };
        Some(CsrfTrial::new(self.form, Purpose::Login, control, attempts))
    }

    async fn forgeries(&mut self) -> Vec<(Forgery, Answer)> {
        let mut attempts = self.across_sites().await;
        for (forgery, from) in with_own_token(self.browser) {
            attempts.extend(self.send(Token::Kept, &from).await.ok().map(|answer| (forgery, answer)));
        }
        // What differs there is a token, whatever it is called and however short it is.
        let theirs = reload(self.other, self.form).await;
        let token = Token::Omitted(theirs.as_ref());
        let unsaid = self.send(token, &Initiator::Nowhere).await;
        attempts.extend(unsaid.ok().map(|answer| (Forgery::NoOrigin, answer)));
        for (forgery, names_method) in [(Forgery::Get, false), (Forgery::MethodOverride, true)] {
            let answer = self.send_as_query(token, names_method).await;
            attempts.extend(answer.ok().flatten().map(|answer| (forgery, answer)));
        }
        attempts
    }

    /// The decisive request: without a token, and with the one that the other site was given when it asked for the page.
    async fn across_sites(&mut self) -> Vec<(Forgery, Answer)> {
        let mut attempts = Vec::new();
        let theirs = reload(self.other, self.form).await;
        if let Ok(answer) = self.send(Token::Omitted(theirs.as_ref()), &Initiator::OtherSite).await {
            attempts.push((Forgery::CrossSite, answer));
        }
        // They may be good for once.
        if let Some(theirs) = reload(self.other, self.form).await
            && let Ok(answer) = self.send(Token::Others(&theirs), &Initiator::OtherSite).await
        {
            attempts.push((Forgery::CrossSiteOthersToken, answer));
        }
        attempts
    }

    fn own(&self) -> Initiator {
        Initiator::OwnPage(self.form.page.clone())
    }
}

/// Even the honest request was refused: then nothing more was sent.
fn does_nothing(trial: &CsrfTrial) -> bool {
    let Control { first, second, .. } = &trial.control;
    [first, second].iter().all(|answer| answer.status.is_client_error())
}

/// Other sites that look like this one to whoever does not compare the whole.
fn with_own_token(browser: &Browser<'_>) -> Vec<(Forgery, Initiator)> {
    let own = browser.target().origin();
    let (scheme, host) = (own.scheme().as_str(), own.host());
    let authority = browser.target().authority();
    let page_of = |origin: String| Initiator::Claimed { referer: Some(format!("{origin}/")), origin };
    let with_query = Initiator::Claimed { origin: ATTACKER.to_owned(), referer: Some(format!("{ATTACKER}/?{own}/")) };
    let mut forgeries = vec![
        (Forgery::ForeignOrigin, page_of(ATTACKER.to_owned())),
        (Forgery::NullOrigin, Initiator::Claimed { origin: "null".to_owned(), referer: None }),
        (Forgery::LookalikeOrigin, page_of(format!("{scheme}://{host}.attacker.example"))),
        (Forgery::LookalikeOrigin, page_of(format!("{scheme}://attacker-{authority}"))),
        (Forgery::LookalikeOrigin, with_query),
    ];
    // Where the same site is served without a port, this is how its name goes on.
    if authority != host {
        forgeries.push((Forgery::LookalikeOrigin, page_of(format!("{own}.attacker.example"))));
    }
    forgeries
}
