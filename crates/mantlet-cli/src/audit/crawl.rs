//! Visits the site as a guest who follows links, and writes down what comes.

use std::collections::{BTreeSet, VecDeque};

use http::Method;
use mantlet_core::audit::{Scripted, Seen, SeenKind};

use super::browser::Browser;
use super::client::{NoReply, Reply};
use super::html::{Page, sends_requests};
use super::ledger::{OUT_OF_TIME, Untried};
use super::page_forms::Forms;

/// How far from the first page.
const DEPTH_AT_MOST: u8 = 3;
/// Files that pages load are all served alike: a few of their scripts, and a few others, tell.
const RESOURCES_AT_MOST: usize = 5;
/// A page that leads to more is not followed further.
const QUEUE_AT_MOST: usize = 1000;

/// What was seen on the way.
#[derive(Debug, Default)]
pub(super) struct Visit {
    pub(super) responses: Vec<Seen>,
    pub(super) forms: Forms,
    pub(super) scripted: Scripted,
}

impl Visit {
    /// An answer to what anybody asks for.
    pub(super) fn note(&mut self, browser: &Browser<'_>, method: Method, path: &str, reply: &Reply) {
        let meta = if reply.is_html() { Page::read(&reply.body).meta } else { Vec::new() };
        self.responses.push(Seen { meta, ..browser.seen(method, path, reply) });
    }

    /// An answer to what nobody else asks for.
    pub(super) fn note_provoked(&mut self, browser: &Browser<'_>, path: &str, reply: &Reply) {
        self.note(browser, Method::GET, path, reply);
        if let Some(seen) = self.responses.last_mut() {
            seen.provoked = true;
        }
    }

    /// Notes what scripts do in place of forms.
    fn note_scripts(&mut self, path: &str, page: &Page) {
        let of_page = |is_so: bool| is_so.then(|| format!("GET {path}"));
        let Scripted { requests, login, upload } = &mut self.scripted;
        *requests = requests.take().or_else(|| of_page(page.sends));
        *login = login.take().or_else(|| of_page(page.loose.password));
        *upload = upload.take().or_else(|| of_page(page.loose.file));
    }

    /// The only page, if it has a nonce: whether that is another one each time shows on two answers.
    fn to_see_twice(&self) -> Option<String> {
        let mut pages = self.responses.iter().filter(|seen| seen.kind() == SeenKind::Page);
        let only = pages.next().filter(|page| names_nonce(page))?;
        pages.next().is_none().then(|| only.path.clone())
    }
}

/// Pages to visit: first those that are nearest to the first.
struct Frontier {
    queue: VecDeque<(String, u8)>,
    known: BTreeSet<String>,
    too_far: BTreeSet<String>,
}

impl Frontier {
    fn new(first: String) -> Self {
        let known = BTreeSet::from([first.clone()]);
        Self { queue: VecDeque::from([(first, 0)]), known, too_far: BTreeSet::new() }
    }

    /// Takes in where a page of this depth leads.
    fn extend(&mut self, depth: u8, found: Vec<String>) {
        for next in found {
            if depth >= DEPTH_AT_MOST && self.too_far.len() < QUEUE_AT_MOST {
                self.too_far.insert(next);
            } else if depth < DEPTH_AT_MOST && self.queue.len() < QUEUE_AT_MOST && self.known.insert(next.clone()) {
                self.queue.push_back((next, depth.saturating_add(1)));
            }
        }
    }

    /// Notes what is not visited any more.
    fn note_unseen(&self, browser: &Browser<'_>, untried: &mut Untried) {
        if !self.queue.is_empty() {
            let why = if browser.in_time().is_ok() { "--crawl N allows no more pages" } else { OUT_OF_TIME };
            untried.note(format!("{} more links", self.queue.len()), why);
        }
        let too_far = self.too_far.difference(&self.known).count();
        if too_far > 0 {
            untried.note(format!("{too_far} more links"), "they are more than three steps from the first page");
        }
    }
}

/// Visits up to `--crawl` pages beyond the first. Whoever has logged in begins `inside`, where the first page may not lead.
///
/// # Errors
/// When the first page does not answer. Later ones that do not are passed over.
pub(super) async fn crawl(
    browser: &mut Browser<'_>,
    inside: Option<String>,
    visit: &mut Visit,
    untried: &mut Untried,
) -> Result<(), NoReply> {
    let mut frontier = Frontier::new(browser.target().path());
    frontier.extend(0, Vec::from_iter(inside));
    let mut resources = BTreeSet::new();
    let mut pages = 0_usize;
    while let Some((path, depth)) = frontier.queue.pop_front() {
        let reply = match browser.open(&path).await {
            Ok(reply) => reply,
            Err(error) if pages == 0 => return Err(error),
            Err(NoReply::OutOfTime) => {
                frontier.queue.push_front((path, depth));
                break;
            }
            Err(error) => {
                untried.note(format!("GET {path}"), error.in_short());
                continue;
            }
        };
        pages = pages.saturating_add(1);
        visit.note(browser, Method::GET, &path, &reply);
        let mut found = Vec::from_iter(browser.leads_to(&path, &reply));
        if reply.is_html() {
            let page = Page::read(&reply.body);
            let resolve = |reference: &String| browser.resolve(&path, page.base.as_deref(), reference);
            let links = page.links.iter().filter(|link| !browser.avoids(&link.label));
            found.extend(links.filter_map(|link| resolve(&link.to)));
            resources.extend(page.resources.iter().filter_map(resolve));
            if reply.is_cut() {
                untried.note(format!("the end of {path}"), "of a page, one MiB is read");
            }
            visit.note_scripts(&path, &page);
            visit.forms.note(browser, &path, page, untried);
        }
        frontier.extend(depth, found);
        // A redirect to the first page proper is not yet a page.
        if pages > browser.options().crawl.saturating_add(usize::from(visit.responses.first().is_some_and(leads_on))) {
            break;
        }
    }
    frontier.note_unseen(browser, untried);
    load(browser, visit, resources).await;
    Ok(())
}

/// Loads a few of the files that pages load, and what has to be seen twice.
async fn load(browser: &mut Browser<'_>, visit: &mut Visit, resources: BTreeSet<String>) {
    let (scripts, others): (Vec<_>, Vec<_>) = resources.into_iter().partition(|path| is_script(path));
    let few = scripts.into_iter().take(RESOURCES_AT_MOST).chain(others.into_iter().take(RESOURCES_AT_MOST));
    for path in visit.to_see_twice().into_iter().chain(few) {
        let Ok(reply) = browser.open(&path).await else { continue };
        visit.note(browser, Method::GET, &path, &reply);
        if visit.scripted.requests.is_none() && !reply.is_html() && sends_requests(&reply.body) {
            visit.scripted.requests = Some(format!("GET {path}"));
        }
    }
}

/// Whether it is one by its address. Its answer is not known yet.
fn is_script(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    [".js", ".mjs"].iter().any(|ending| path.ends_with(ending))
}

fn names_nonce(page: &Seen) -> bool {
    let values = page.headers.values().filter_map(|value| value.to_str().ok());
    values.chain(page.meta.iter().map(|meta| meta.content.as_str())).any(|value| value.contains("'nonce-"))
}

fn leads_on(seen: &Seen) -> bool {
    seen.status.is_redirection()
}
