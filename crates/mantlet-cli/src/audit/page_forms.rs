//! The forms of a page, and one of them when the page is loaded again.

use http::Method;
use mantlet_core::audit::{Action, Encoding, Form, TokenHeader};

use super::avoid;
use super::browser::Browser;
use super::client::Reply;
use super::html::{Page, PageForm};
use super::ledger::Untried;

/// Forms that change something.
#[derive(Debug, Default)]
pub(super) struct Forms {
    pub(super) found: Vec<Form>,
    /// The first of this site that nobody should send who was not told to: `POST /delete`.
    pub(super) passed_over: Option<String>,
}

impl Forms {
    /// Notes those of a page, and those that are not tried with the reason.
    pub(super) fn note(&mut self, browser: &Browser<'_>, path: &str, page: Page, untried: &mut Untried) {
        for (form, why) in with_reasons(browser, path, page) {
            if let Some(why) = why {
                if why != ELSEWHERE {
                    self.passed_over.get_or_insert_with(|| form.request());
                }
                untried.note(form.request(), why);
            } else if !self.found.iter().any(|known| leads_where(known, &form) && has_the_fields_of(known, &form)) {
                self.found.push(form);
            }
        }
    }
}

/// Why a form is not sent that another site gets.
const ELSEWHERE: &str = "it goes to another site";

/// The forms of a page that change something here, but those that nobody should send who was not told to.
pub(super) fn forms_of(browser: &Browser<'_>, path: &str, reply: &Reply) -> Vec<Form> {
    let mut forms = Forms::default();
    if reply.is_html() {
        forms.note(browser, path, Page::read(&reply.body), &mut Untried::default());
    }
    forms.found
}

/// Every form of a page that is sent to this site: whoever wants to log in named its page. Last those that nobody else should send.
pub(super) fn all_forms_of(browser: &Browser<'_>, path: &str, reply: &Reply) -> Vec<Form> {
    let page = if reply.is_html() { Page::read(&reply.body) } else { Page::default() };
    let is_here = |form: &Form| browser.target().resolve(path, None, form.action.whole()).is_some();
    let mut forms: Vec<_> = with_reasons(browser, path, page).filter(|(form, _)| is_here(form)).collect();
    forms.sort_by_key(|(_, why)| why.is_some());
    forms.into_iter().map(|(form, _)| form).collect()
}

/// The forms of a page that change something, each with the reason why it should not be sent, if there is one.
fn with_reasons(browser: &Browser<'_>, path: &str, page: Page) -> impl Iterator<Item = (Form, Option<&'static str>)> {
    let header = TokenHeader::of_page(&page.meta);
    page.forms.into_iter().filter(|form| form.method != Method::GET).map(move |form| {
        let is_avoided = says_what_is_avoided(browser, &form);
        // An empty action is the page itself.
        let reference = if form.action.trim().is_empty() { path } else { form.action.as_str() };
        let action = browser.target().resolve(path, page.base.as_deref(), reference);
        let address = Action::new(action.as_deref().unwrap_or(reference));
        let may_be_requested = browser.resolve(path, page.base.as_deref(), reference).is_some();
        let why = match action {
            None => Some(ELSEWHERE),
            Some(_) if is_avoided => Some("what stands on it says that it logs out or deletes"),
            Some(_) if !may_be_requested => Some("its address says that it logs out or deletes, or is excluded"),
            Some(_) if cannot_be_put_back(&form) => {
                Some("its page is not UTF-8: what stands in it could not be put back")
            }
            Some(_) => avoid::reason(address.without_tokens(), &form),
        };
        let form = Form {
            page: path.to_owned(),
            method: form.method,
            action: address,
            encoding: if form.multipart { Encoding::Multipart } else { Encoding::Urlencoded },
            fields: form.fields,
            public: true,
            token: None,
            header: header.clone(),
            captcha: form.asks.captcha,
            doubtful: Vec::new(),
        };
        (form, why)
    })
}

/// Its address may be any; what stands on its button, or in what it sends unasked, says that it logs out or deletes.
fn says_what_is_avoided(browser: &Browser<'_>, form: &PageForm) -> bool {
    browser.avoids(&form.label) || form.unasked().any(|value| browser.avoids(value))
}

/// What of its bytes could not be read cannot be sent again.
fn cannot_be_put_back(form: &PageForm) -> bool {
    form.fields.iter().any(|field| field.value.contains(char::REPLACEMENT_CHARACTER))
}

/// The same form, on a page that was loaded just now.
pub(super) async fn reload(browser: &mut Browser<'_>, form: &Form) -> Option<Form> {
    let fresh = forms_on(browser, &form.page).await;
    let mut fresh = found_again(form, &fresh)?.clone();
    fresh.token.clone_from(&form.token);
    fresh.doubtful.clone_from(&form.doubtful);
    fresh.public = form.public;
    fresh.action.hide_what_is_hidden_in(&form.action);
    browser.find_token_in_cookie(&mut fresh);
    Some(fresh)
}

/// The same, or as it was: one that was named stands on no page.
pub(super) async fn reload_or_keep(browser: &mut Browser<'_>, form: &Form) -> Form {
    if let Some(fresh) = reload(browser, form).await {
        return fresh;
    }
    let mut kept = form.clone();
    kept.header = None;
    browser.find_token_in_cookie(&mut kept);
    kept.header = kept.header.or_else(|| form.header.clone());
    kept
}

/// The forms on the page at this address, or on the one it leads to. Whoever named one means it, whatever it is for.
pub(super) async fn forms_on(browser: &mut Browser<'_>, page: &str) -> Vec<Form> {
    match browser.follow(page).await {
        Ok((path, reply)) if reply.is_html() => {
            let is_named = |form: &Form| browser.options().forms.iter().any(|named| leads_where(named, form));
            let forms = with_reasons(browser, &path, Page::read(&reply.body));
            forms.filter(|(form, why)| why.is_none() || is_named(form)).map(|(form, _)| form).collect()
        }
        _ => Vec::new(),
    }
}

/// The same form among those of its page. Several may lead to one address; what they ask for tells them apart.
pub(super) fn found_again<'a>(form: &Form, fresh: &'a [Form]) -> Option<&'a Form> {
    let there = || fresh.iter().filter(|fresh| leads_where(fresh, form));
    // An address may hold what only this visitor's has: then the names in it tell.
    let alike = || fresh.iter().filter(|fresh| fresh.action.asks_for_the_same(&form.action));
    let has_its_fields = |fresh: &&Form| has_the_fields_of(fresh, form);
    there().find(has_its_fields).or_else(|| there().next()).or_else(|| alike().find(has_its_fields))
}

/// Each load of a page may bring another token.
fn leads_where(one: &Form, other: &Form) -> bool {
    one.action.leads_where(&other.action)
}

fn has_the_fields_of(one: &Form, other: &Form) -> bool {
    one.fields.iter().map(|field| &field.name).eq(other.fields.iter().map(|field| &field.name))
}
