//! [`Others`]: the visitors whose pages ours are compared with. What theirs hold as well is no secret.

use mantlet_core::audit::Form;

use super::browser::Browser;
use super::crawl::Visit;
use super::ledger::Untried;
use super::login;
use super::page_forms::reload;
use super::tokens::{Visitor, find_tokens};

/// The visitors whose pages ours are compared with.
pub(super) struct Others<'a> {
    stranger: Browser<'a>,
    /// Somebody who has logged in, too; where that is known and needed.
    peer: Option<Browser<'a>>,
}

impl<'a> Others<'a> {
    /// Finds them, and with their help the tokens of forms.
    pub(super) async fn find(browser: &mut Browser<'a>, forms: &mut [Form], untried: &mut Untried) -> Self {
        let mut stranger = browser.stranger();
        find_tokens(browser, &mut stranger, Visitor::Stranger, forms).await;
        let mut peer = match forms.iter().find(|form| !form.public) {
            Some(inside) => log_in_again(browser, inside, untried).await,
            None => None,
        };
        if let Some(peer) = &mut peer {
            find_tokens(browser, peer, Visitor::Peer, forms).await;
        }
        Self { stranger, peer }
    }

    /// Whoever of them sees a form.
    pub(super) fn who_sees(&mut self, form: &Form) -> &mut Browser<'a> {
        match &mut self.peer {
            Some(peer) if !form.public => peer,
            _ => &mut self.stranger,
        }
    }
}

/// The same user in another browser. `None`: nobody knows how, or it does not work.
async fn log_in_again<'a>(browser: &mut Browser<'a>, inside: &Form, untried: &mut Untried) -> Option<Browser<'a>> {
    let how = browser.options().login.as_ref()?;
    let mut peer = browser.stranger();
    let is_in = login::log_in(&mut peer, how, &mut Visit::default()).await.is_ok();
    let mut not_tried = |why| untried.note("tokens of a second session of the same user".to_owned(), why);
    if reload(browser, inside).await.is_some() {
        if !is_in {
            not_tried("logging in a second time failed");
        }
        return is_in.then_some(peer);
    }
    not_tried("the site ended the first session when the user logged in again");
    // One session a user: ours counts. Where that fails, too, the forms inside will say so: a site that has had enough of requests may
    // let us in later.
    if browser.in_time().is_ok() {
        let is_back = login::log_in(browser, how, &mut Visit::default()).await.is_ok();
        if !is_back {
            not_tried("the session has ended, and logging in again failed: what is inside could not be tried");
        }
    }
    None
}
