//! [`Finder`]: where a file ended up that was uploaded.

use std::collections::HashSet;

use mantlet_core::audit::Form;
use mantlet_core::audit::trial::Served;

use crate::audit::browser::Browser;
use crate::audit::client::Reply;
use crate::audit::forms::File;
use crate::audit::html::Page;

/// Finds where stored files are served, and learns from the first.
pub(super) struct Finder<'a> {
    form: &'a Form,
    /// `/uploads/{name}`.
    view: Option<String>,
    /// What the form's page led to before, and the pages after each upload: a file that got another name is none of it.
    known: HashSet<String>,
}

impl<'a> Finder<'a> {
    pub(super) async fn new(browser: &mut Browser<'_>, form: &'a Form) -> Self {
        let mut known = HashSet::from([form.page.clone(), form.action.whole().to_owned()]);
        if let Ok((path, page)) = browser.follow(&form.page).await {
            known.extend(references(browser, form, &page.body).map(|(_, path)| path));
            known.insert(path);
        }
        Self { form, view: browser.options().upload_view.clone(), known }
    }

    pub(super) async fn find(
        &mut self,
        browser: &mut Browser<'_>,
        file: &File,
        candidates: Vec<String>,
    ) -> Option<Served> {
        for path in candidates {
            let Ok(answer) = browser.open(&path).await else { continue };
            let executed = file.output.as_ref() == Some(&answer.body);
            if !(answer.status.is_success() && (executed || answer.body == file.content)) {
                continue;
            }
            if self.view.is_none() && path.contains(file.base()) {
                self.view = Some(path.replace(file.base(), "{name}"));
            }
            return Some(Served { path, headers: answer.headers, executed });
        }
        None
    }

    /// Where it may be, after an upload that led to this reply and this page.
    pub(super) fn candidates(
        &mut self,
        browser: &Browser<'_>,
        file: &File,
        reply: &Reply,
        landing: &[u8],
    ) -> Candidates {
        let (stem, extension) = file.base().split_once('.').unwrap_or((file.base(), ""));
        let mut found = self.referred_to(browser, reply, landing);
        found.retain(|(_, path)| self.known.insert(path.clone()));
        let referred: HashSet<String> = found.iter().map(|(_, path)| path.clone()).collect();
        let (named, renamed): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, path)| path.contains(stem));
        let may_be_it = |(what, path): &(_, String)| *what == Reference::Loaded || path.ends_with(extension);
        let (likely, unlikely): (Vec<_>, Vec<_>) = renamed.into_iter().partition(may_be_it);
        let mut paths = self.beside_others(file);
        // Some names have no extension. The crawl follows such links, too.
        paths.extend(named.into_iter().chain(likely).chain(unlikely).map(|(_, path)| path));
        paths.dedup();
        paths.truncate(CANDIDATES_AT_MOST);
        Candidates { paths, referred }
    }

    /// Where others were; one folder up first, if it meant to climb.
    fn beside_others(&self, file: &File) -> Vec<String> {
        let Some(view) = &self.view else { return Vec::new() };
        let mut paths = Vec::new();
        if file.name.starts_with("../") {
            let folder = view.rsplit_once('/').map_or("", |(folder, _)| folder);
            let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
            paths.push(format!("{above}/{}", file.base()));
        }
        paths.push(view.replace("{name}", file.base()));
        paths
    }

    /// Where the answer leads, and what it and the page behind it refer to.
    fn referred_to(&self, browser: &Browser<'_>, reply: &Reply, landing: &[u8]) -> Vec<(Reference, String)> {
        let form = self.form;
        let mut found: Vec<_> =
            browser.leads_to(form.action.whole(), reply).map(|path| (Reference::Loaded, path)).into_iter().collect();
        found.extend(references(browser, form, landing));
        if reply.is_html() {
            found.extend(references(browser, form, &reply.body));
        } else {
            found.extend(references_in_json(browser, form, &reply.body));
        }
        found
    }
}

/// Where a file may be.
pub(super) struct Candidates {
    /// The likeliest first: where others were, what is called like it, what may be a file at all.
    pub(super) paths: Vec<String>,
    /// What the site refers to, and did not refer to before.
    pub(super) referred: HashSet<String>,
}

/// Looking for one file must not become a crawl.
const CANDIDATES_AT_MOST: usize = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reference {
    /// Browsers ask for it by themselves: an image, a redirect.
    Loaded,
    /// A link.
    Followed,
}

/// What a page, or the answer to the form, refers to on this site.
fn references(browser: &Browser<'_>, form: &Form, html: &[u8]) -> impl Iterator<Item = (Reference, String)> {
    let page = Page::read(html);
    let loaded = page.resources.into_iter().map(|reference| (Reference::Loaded, reference));
    let links = page.links.into_iter().filter(|link| !browser.avoids(&link.label));
    let followed = links.map(|link| (Reference::Followed, link.to));
    loaded.chain(followed).filter_map(move |(what, reference)| {
        Some((what, browser.resolve(form.action.whole(), page.base.as_deref(), &reference)?))
    })
}

/// The addresses that an answer to a script tells.
fn references_in_json(browser: &Browser<'_>, form: &Form, body: &[u8]) -> Vec<(Reference, String)> {
    let mut references = Vec::new();
    let mut values: Vec<serde_json::Value> = serde_json::from_slice(body).into_iter().collect();
    while let Some(value) = values.pop() {
        match value {
            serde_json::Value::String(text) if text.contains('/') => {
                references.extend(browser.resolve(form.action.whole(), None, &text));
            }
            serde_json::Value::Array(inner) => values.extend(inner),
            serde_json::Value::Object(inner) => values.extend(inner.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    references.into_iter().map(|path| (Reference::Loaded, path)).collect()
}
