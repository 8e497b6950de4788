//! [`Others`]: the visitors whose pages ours are compared with. What theirs hold as well is no secret.

use mantlet_core::audit::Form;

use super::browser::Browser;
use super::crawl::Visit;
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
    pub(super) async fn find(browser: &mut Browser<'a>, forms: &mut [Form]) -> anyhow::Result<Self> {
        let mut stranger = browser.stranger();
        find_tokens(browser, &mut stranger, Visitor::Stranger, forms).await;
        let mut peer = match forms.iter().find(|form| !form.public) {
            Some(inside) => log_in_again(browser, inside).await?,
            None => None,
        };
        if let Some(peer) = &mut peer {
            find_tokens(browser, peer, Visitor::Peer, forms).await;
        }
        Ok(Self { stranger, peer })
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
///
/// # Errors
/// When it has thrown us out for good.
async fn log_in_again<'a>(browser: &mut Browser<'a>, inside: &Form) -> anyhow::Result<Option<Browser<'a>>> {
    let Some(how) = &browser.options().login else { return Ok(None) };
    let mut peer = browser.stranger();
    let is_in = login::log_in(&mut peer, how, &mut Visit::default()).await.is_ok();
    if reload(browser, inside).await.is_some() {
        return Ok(is_in.then_some(peer));
    }
    if browser.in_time().is_err() {
        return Ok(None);
    }
    // One session a user: ours counts.
    login::log_in(browser, how, &mut Visit::default()).await?;
    Ok(None)
}
