//! [`Finder`]: where a file ended up that was uploaded.

use std::collections::HashSet;

use mantlet_core::audit::Form;
use mantlet_core::audit::trial::Served;

use crate::audit::browser::Browser;
use crate::audit::client::Reply;
use crate::audit::forms::File;
use crate::audit::html::Page;

/// Finds where stored files are served, and learns from the first.
pub(super) struct Finder {
    /// `/uploads/{name}`.
    view: Option<String>,
    /// What the form's page led to before, and the pages after each upload: a file that got another name is none of it.
    known: HashSet<String>,
}

impl Finder {
    pub(super) async fn new(browser: &mut Browser<'_>, form: &Form) -> Self {
        let mut known = HashSet::from([form.page.clone(), form.action.whole().to_owned()]);
        if let Ok((path, page)) = browser.follow(&form.page).await {
            known.extend(references(browser, form, &page.body).map(|(_, path)| path));
            known.insert(path);
        }
        Self { view: browser.options().upload_view.clone(), known }
    }

    pub(super) async fn find(
        &mut self,
        browser: &mut Browser<'_>,
        file: &File,
        candidates: Vec<String>,
    ) -> Option<Served> {
        let base = file.name.rsplit('/').next().unwrap_or_default();
        for path in candidates {
            let Ok(answer) = browser.open(&path).await else { continue };
            let executed = file.output.as_ref() == Some(&answer.body);
            if !(answer.status.is_success() && (executed || answer.body == file.content)) {
                continue;
            }
            if self.view.is_none() && path.contains(base) {
                self.view = Some(path.replace(base, "{name}"));
            }
            return Some(Served { path, headers: answer.headers, executed });
        }
        None
    }

    /// Where it may be, the likeliest first: one folder up if it meant to climb, where others were, where the answer leads,
    /// what pages refer to by its name, or did not refer to before. And whether they refer to anything new.
    pub(super) fn candidates(
        &mut self,
        browser: &Browser<'_>,
        form: &Form,
        file: &File,
        reply: &Reply,
        landing: &[u8],
    ) -> (Vec<String>, bool) {
        let base = file.name.rsplit('/').next().unwrap_or_default();
        let (stem, extension) = base.split_once('.').unwrap_or((base, ""));
        let mut paths = Vec::new();
        if let Some(view) = &self.view {
            if file.name.starts_with("../") {
                let folder = view.rsplit_once('/').map_or("", |(folder, _)| folder);
                let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
                paths.push(format!("{above}/{base}"));
            }
            paths.push(view.replace("{name}", base));
        }
        let mut found: Vec<_> =
            browser.leads_to(form.action.whole(), reply).map(|path| (Reference::Loaded, path)).into_iter().collect();
        found.extend(references(browser, form, landing));
        if reply.is_html() {
            found.extend(references(browser, form, &reply.body));
        } else {
            found.extend(references_in_json(browser, form, &reply.body));
        }
        found.retain(|(_, path)| self.known.insert(path.clone()));
        let refers_to_more = !found.is_empty();
        let (named, renamed): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, path)| path.contains(stem));
        paths.extend(named.into_iter().map(|(_, path)| path));
        let may_be_it = |(what, path): &(_, String)| *what == Reference::Loaded || path.ends_with(extension);
        let (likely, unlikely): (Vec<_>, Vec<_>) = renamed.into_iter().partition(may_be_it);
        // Some names have no extension. The crawl follows such links, too.
        paths.extend(likely.into_iter().chain(unlikely).map(|(_, path)| path));
        paths.dedup();
        paths.truncate(CANDIDATES_AT_MOST);
        (paths, refers_to_more)
    }
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
