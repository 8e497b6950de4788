//! Visits the site as a guest who follows links, and writes down what comes.

use std::collections::{BTreeSet, VecDeque};

use http::{Method, header};
use mantlet_core::audit::{Action, Field, FieldKind, Form, Seen, SeenKind, TokenHeader};

use super::browser::Browser;
use super::client::{NoReply, Reply};
use super::html::{Page, PageForm};
use super::options::Options;
use super::untried::{OUT_OF_TIME, Untried};

/// How far from the first page.
const DEPTH_AT_MOST: u8 = 3;
/// Files that pages load are all served alike: a few tell.
const RESOURCES_AT_MOST: usize = 5;
/// A page that leads to more is not followed further.
const QUEUE_AT_MOST: usize = 1000;

/// What was seen on the way.
#[derive(Debug, Default)]
pub(super) struct Visit {
    pub(super) responses: Vec<Seen>,
    pub(super) forms: Vec<Form>,
    pub(super) untried: Untried,
}

impl Visit {
    pub(super) fn note(&mut self, browser: &Browser<'_>, method: Method, path: &str, provoked: bool, reply: &Reply) {
        self.responses.push(Seen {
            method,
            path: path.to_owned(),
            https: browser.target().is_https(),
            provoked,
            status: reply.status,
            headers: reply.headers.clone(),
            meta: if is_html(reply) { Page::read(&reply.body).meta } else { Vec::new() },
        });
    }
}

/// Visits up to `options.crawl` pages beyond the first.
///
/// # Errors
/// When the first page does not answer. Later ones that do not are passed over.
pub(super) async fn crawl(browser: &mut Browser<'_>, options: &Options, visit: &mut Visit) -> Result<(), NoReply> {
    let mut queue = VecDeque::from([(browser.target().path(), 0_u8)]);
    let mut known: BTreeSet<String> = queue.iter().map(|(path, _)| path.clone()).collect();
    let mut resources = BTreeSet::new();
    let mut pages = 0_usize;
    while let Some((path, depth)) = queue.pop_front() {
        let reply = match browser.open(&path).await {
            Ok(reply) => reply,
            Err(error) if pages == 0 => return Err(error),
            Err(NoReply::OutOfTime) => {
                queue.push_front((path, depth));
                break;
            }
            Err(_) => continue,
        };
        pages = pages.saturating_add(1);
        visit.note(browser, Method::GET, &path, false, &reply);
        let mut found = Vec::from_iter(browser.leads_to(&path, &reply));
        if is_html(&reply) {
            let page = Page::read(&reply.body);
            let resolve = |reference: &String| browser.resolve(&path, page.base.as_deref(), reference);
            let links = page.links.iter().filter(|link| !browser.avoids(&link.label));
            found.extend(links.filter_map(|link| resolve(&link.to)));
            resources.extend(page.resources.iter().filter_map(resolve));
            note_forms(browser, &path, page, &mut visit.forms, &mut visit.untried);
        }
        if depth < DEPTH_AT_MOST {
            for next in found {
                if queue.len() < QUEUE_AT_MOST && known.insert(next.clone()) {
                    queue.push_back((next, depth.saturating_add(1)));
                }
            }
        }
        // A redirect to the first page proper is not yet a page.
        if pages > options.crawl.saturating_add(usize::from(visit.responses.first().is_some_and(leads_on))) {
            break;
        }
    }
    if !queue.is_empty() {
        let why = if browser.in_time().is_ok() { "--crawl N allows no more pages" } else { OUT_OF_TIME };
        visit.untried.note(format!("{} more links", queue.len()), why);
    }
    // Whether a nonce is another each time shows on two answers.
    let mut pages = visit.responses.iter().filter(|seen| seen.kind() == SeenKind::Page);
    if let (Some(only), None) = (pages.next(), pages.next())
        && names_nonce(only)
        && let path = only.path.clone()
        && let Ok(reply) = browser.open(&path).await
    {
        visit.note(browser, Method::GET, &path, false, &reply);
    }
    for path in resources.into_iter().take(RESOURCES_AT_MOST) {
        if let Ok(reply) = browser.open(&path).await {
            visit.note(browser, Method::GET, &path, false, &reply);
        }
    }
    Ok(())
}

fn names_nonce(page: &Seen) -> bool {
    let values = page.headers.values().filter_map(|value| value.to_str().ok());
    values.chain(page.meta.iter().map(|meta| meta.content.as_str())).any(|value| value.contains("'nonce-"))
}

fn leads_on(seen: &Seen) -> bool {
    seen.status.is_redirection()
}

pub(super) fn is_html(reply: &Reply) -> bool {
    reply.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let value = value.to_ascii_lowercase();
        value.starts_with("text/html") || value.starts_with("application/xhtml+xml")
    })
}

/// The forms of a page that change something here.
pub(super) fn forms_of(browser: &Browser<'_>, path: &str, reply: &Reply) -> Vec<Form> {
    let mut forms = Vec::new();
    if is_html(reply) {
        note_forms(browser, path, Page::read(&reply.body), &mut forms, &mut Untried::default());
    }
    forms
}

fn note_forms(browser: &Browser<'_>, path: &str, page: Page, forms: &mut Vec<Form>, untried: &mut Untried) {
    let header = TokenHeader::of_page(&page.meta);
    for form in page.forms {
        if form.method == Method::GET {
            continue;
        }
        let is_avoided = says_what_is_avoided(browser, &form);
        // An empty action is the page itself.
        let reference = if form.action.trim().is_empty() { path } else { form.action.as_str() };
        let action = browser.target().resolve(path, page.base.as_deref(), reference);
        let address = Action::new(action.as_deref().unwrap_or(reference));
        let may_be_requested = browser.resolve(path, page.base.as_deref(), reference).is_some();
        let why = match action {
            None => Some("it goes to another site"),
            Some(_) if is_avoided => Some("what stands on it says that it logs out or deletes"),
            Some(_) if !may_be_requested => Some("its address says that it logs out or deletes, or is excluded"),
            Some(_) => None,
        };
        let form = Form {
            page: path.to_owned(),
            method: form.method,
            action: address,
            multipart: form.multipart,
            fields: form.fields,
            public: true,
            token: None,
            header: header.clone(),
            doubtful: Vec::new(),
        };
        if let Some(why) = why {
            untried.note(form.request(), why);
        } else if !forms.iter().any(|known| leads_where(known, &form) && has_the_fields_of(known, &form)) {
            forms.push(form);
        }
    }
}

/// Its address may be any; what stands on its button, or in what it sends unasked, says that it logs out or deletes.
fn says_what_is_avoided(browser: &Browser<'_>, form: &PageForm) -> bool {
    let fixed = form.fields.iter().filter(|field| field.kind == FieldKind::Fixed);
    browser.avoids(&form.label) || fixed.into_iter().any(|field| browser.avoids(&field.value))
}

/// Finds what of each form differs for another visitor: a stranger, or, of what no stranger sees, somebody who is logged in,
/// too. Each of them loads a page once, however many forms stand on it.
pub(super) async fn find_tokens(
    browser: &mut Browser<'_>,
    other: &mut Browser<'_>,
    is_stranger: bool,
    forms: &mut [Form],
) {
    let is_asked_for = |form: &Form| is_stranger || !form.public;
    let pages: BTreeSet<String> =
        forms.iter().filter(|form| is_asked_for(form)).map(|form| form.page.clone()).collect();
    for page in pages {
        let our_page = forms_on(browser, &page).await;
        let their_page = forms_on(other, &page).await;
        if browser.in_time().is_err() {
            break;
        }
        for form in forms.iter_mut().filter(|form| form.page == page && is_asked_for(form)) {
            let (ours, theirs) = (again(form, &our_page), again(form, &their_page));
            let differs = theirs.and_then(|theirs| differing_field(ours.unwrap_or(form), theirs));
            form.token =
                differs.or_else(|| ours.and_then(|ours| differing_field(form, ours))).or_else(|| named_field(form));
            // Some pages hold none before there is a session.
            if let Some(ours) = ours {
                form.header.clone_from(&ours.header);
            }
            find_token_in_cookie(browser, form);
            form.doubtful = if theirs.is_none() && form.token.is_none() { unguessable(form) } else { Vec::new() };
            if is_stranger {
                form.public = theirs.is_some();
            }
            if let Some(theirs) = theirs {
                form.action.hide_what_differs(&theirs.action);
            }
        }
    }
}

/// The same form, on a page that was loaded just now.
pub(super) async fn reload(browser: &mut Browser<'_>, form: &Form) -> Option<Form> {
    let fresh = forms_on(browser, &form.page).await;
    let mut fresh = again(form, &fresh)?.clone();
    fresh.token.clone_from(&form.token);
    fresh.doubtful.clone_from(&form.doubtful);
    fresh.public = form.public;
    fresh.action.hide_what_is_hidden_in(&form.action);
    find_token_in_cookie(browser, &mut fresh);
    Some(fresh)
}

/// The same, or as it was: one that was named stands on no page.
pub(super) async fn reload_or_keep(browser: &mut Browser<'_>, form: &Form) -> Form {
    if let Some(fresh) = reload(browser, form).await {
        return fresh;
    }
    let mut kept = form.clone();
    kept.header = None;
    find_token_in_cookie(browser, &mut kept);
    kept.header = kept.header.or_else(|| form.header.clone());
    kept
}

/// What scripts send along of their own: not where the form itself has a token, which some servers look for second.
pub(super) fn find_token_in_cookie(browser: &Browser<'_>, form: &mut Form) {
    let has_own = form.carries_token() || form.fields.iter().any(Field::is_called_token);
    if form.header.is_none() && !has_own {
        form.header = browser.token_in_cookie(form.action.whole());
    }
}

async fn forms_on(browser: &mut Browser<'_>, page: &str) -> Vec<Form> {
    match browser.follow(page).await {
        Ok((path, reply)) => forms_of(browser, &path, &reply),
        Err(_) => Vec::new(),
    }
}

/// The same form among those of its page. Several may lead to one address; what they ask for tells them apart.
fn again<'a>(form: &Form, fresh: &'a [Form]) -> Option<&'a Form> {
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

fn differing_field(one: &Form, other: &Form) -> Option<String> {
    one.fields
        .iter()
        .filter(|field| field.may_be_token())
        .find(|field| other.fields.iter().any(|other| other.name == field.name && other.value != field.value))
        .map(|field| field.name.clone())
}

/// Where no second visitor sees the form, a name that says so must do.
fn named_field(form: &Form) -> Option<String> {
    form.fields.iter().find(|field| field.is_called_token()).map(|field| field.name.clone())
}

fn unguessable(form: &Form) -> Vec<String> {
    form.fields.iter().filter(|field| field.is_unguessable()).map(|field| field.name.clone()).collect()
}
