//! Uploads an honest picture, then files that say what is wrong with them, and looks for what became of each.
//!
//! Nothing here does harm: a script prints a word, a page shows one, the rest are pictures of one pixel.

use bytes::Bytes;
use mantlet_core::audit::Form;
use mantlet_core::audit::trial::{
    Answer, Control, CsrfTrial, Fate, Forgery, Purpose, Served, Trick, UploadAttempt, UploadTrial,
};

use super::browser::{Browser, From};
use super::client::{NoReply, Reply};
use super::crawl::{is_html, reload};
use super::csrf::landing;
use super::forms::{self, File, Token};
use super::html::Page;
use super::marks::Marks;
use super::options::Options;

/// Forms that take a file are few.
const FORMS_AT_MOST: usize = 3;

/// What was tried.
pub(super) struct Uploads {
    pub(super) trials: Vec<UploadTrial>,
    pub(super) csrf: Vec<CsrfTrial>,
}

/// Tries every form that takes a file.
pub(super) async fn attack(
    browser: &mut Browser<'_>,
    options: &Options,
    all: &[Form],
    marks: &mut Marks,
    left: &mut Vec<String>,
) -> Uploads {
    let mut uploads = Uploads { trials: Vec::new(), csrf: Vec::new() };
    for form in all.iter().filter(|form| form.file_field().is_some()).take(FORMS_AT_MOST) {
        if let Ok((trial, csrf)) = attack_form(browser, options, form, marks, left).await {
            uploads.trials.push(trial);
            uploads.csrf.push(csrf);
        }
    }
    uploads
}

/// What an upload led to.
struct Outcome {
    answer: Answer,
    served: Option<Served>,
}

async fn attack_form(
    browser: &mut Browser<'_>,
    options: &Options,
    form: &Form,
    marks: &mut Marks,
    left: &mut Vec<String>,
) -> Result<(UploadTrial, CsrfTrial), NoReply> {
    let mut finder = Finder { view: options.upload_view.clone() };
    let own = From::OwnPage(form.page.clone());
    let picture = |mark: &str| picture(format!("{mark}.png"));

    let file = picture(&marks.next());
    let first = upload(browser, form, &file, Token::Kept, &own, &mut finder, left).await?;
    let file = picture(&marks.next());
    let second = upload(browser, form, &file, Token::Kept, &own, &mut finder, left).await?;
    let absurd = empty(browser, form, &own).await?;
    let control = Control { first: first.answer, second: second.answer, absurd };

    let file = picture(&marks.next());
    let mut forged = upload(browser, form, &file, Token::Omitted, &From::OtherSite, &mut finder, left).await?;
    // Where the control can be fetched, being fetched decides.
    let mut csrf_control = control.clone();
    if first.served.is_some() {
        csrf_control.first.read_back = Some(true);
        forged.answer.read_back = Some(forged.served.is_some());
    }
    let csrf = CsrfTrial {
        request: form.request(),
        purpose: Purpose::Upload,
        has_token: form.token.is_some(),
        control: csrf_control,
        attempts: vec![(Forgery::CrossSite, forged.answer)],
    };

    let mut attempts = Vec::new();
    for trick in TRICKS {
        let file = forge(trick, &marks.next());
        let outcome = upload(browser, form, &file, Token::Kept, &own, &mut finder, left).await?;
        attempts.push(UploadAttempt { trick, name: file.name, answer: outcome.answer, served: outcome.served });
    }
    for attempt in attempts.iter().filter(|attempt| attempt.served.is_none()) {
        if control.fate(&attempt.answer) == Fate::Accepted {
            left.push(format!("{}, taken by {}", attempt.name, form.request()));
        }
    }
    let field = form.file_field().map(|field| field.name.clone()).unwrap_or_default();
    let trial = UploadTrial { request: form.request(), field, control, control_served: first.served, attempts };
    Ok((trial, csrf))
}

const TRICKS: [Trick; 7] = [
    Trick::Html,
    Trick::Svg,
    Trick::ServerScript,
    Trick::DoubleExtension,
    Trick::MixedCase,
    Trick::Mismatch,
    Trick::Traversal,
];

fn forge(trick: Trick, mark: &str) -> File {
    let page = format!("<!doctype html><title>{mark}</title><p>{mark}: a harmless file of mantlet audit");
    let script = format!("<?php print \"{mark}\"; // a harmless file of mantlet audit\n");
    let (name, content_type, content) = match trick {
        Trick::Html => (format!("{mark}.html"), "text/html", page),
        Trick::Svg => {
            let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>{mark}</title></svg>");
            (format!("{mark}.svg"), "image/svg+xml", svg)
        }
        Trick::ServerScript => (format!("{mark}.php"), "application/x-php", script),
        Trick::DoubleExtension => return picture(format!("{mark}.php.png")),
        Trick::MixedCase => (format!("{mark}.PhP"), "application/x-php", script),
        Trick::Mismatch => (format!("{mark}.png"), "image/png", page),
        Trick::Traversal => return picture(format!("../{mark}.png")),
    };
    File { name, content_type, content: content.into() }
}

/// A real picture of one pixel.
fn picture(name: String) -> File {
    File { name, content_type: "image/png", content: Bytes::from_static(PNG) }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\
\x00\x00\x00\x0cIDATx\xdac0N\x9b\x09\x00\x02\x02\x013hz1\xf8\x00\x00\x00\x00IEND\xaeB`\x82";

async fn upload(
    browser: &mut Browser<'_>,
    form: &Form,
    file: &File,
    token: Token,
    from: &From,
    finder: &mut Finder,
    left: &mut Vec<String>,
) -> Result<Outcome, NoReply> {
    let fresh = reload(browser, form).await.unwrap_or_else(|| form.clone());
    let field = form.file_field().map_or("file", |field| field.name.as_str());
    let fields = forms::fill(&fresh, "mantlet-probe", token);
    let submission = forms::multipart(&fields, Some((field, file)));
    let reply = browser.submit(form.method.clone(), &form.action, from, submission).await?;
    let landing = landing(browser, &form.action, &reply).await;
    let served = finder.find(browser, form, file, &reply, &landing).await;
    if let Some(served) = &served {
        left.push(served.path.clone());
    }
    Ok(Outcome { answer: Answer::read(reply.status, &reply.headers, &reply.body, &landing), served })
}

/// The form without a file.
async fn empty(browser: &mut Browser<'_>, form: &Form, from: &From) -> Result<Answer, NoReply> {
    let fresh = reload(browser, form).await.unwrap_or_else(|| form.clone());
    let submission = forms::multipart(&forms::absurd(&fresh), None);
    let reply = browser.submit(form.method.clone(), &form.action, from, submission).await?;
    let landing = landing(browser, &form.action, &reply).await;
    Ok(Answer::read(reply.status, &reply.headers, &reply.body, &landing))
}

/// Finds where stored files are served, and learns from the first.
struct Finder {
    /// `/uploads/{name}`.
    view: Option<String>,
}

impl Finder {
    async fn find(
        &mut self,
        browser: &mut Browser<'_>,
        form: &Form,
        file: &File,
        reply: &Reply,
        landing: &[u8],
    ) -> Option<Served> {
        let base = file.name.rsplit('/').next().unwrap_or_default();
        for path in self.candidates(browser, form, file, reply, landing) {
            let Ok(answer) = browser.open(&path).await else { continue };
            if !(answer.status.is_success() && answer.body == file.content) {
                continue;
            }
            if self.view.is_none() && path.contains(base) {
                self.view = Some(path.replace(base, "{name}"));
            }
            return Some(Served { path, headers: answer.headers });
        }
        None
    }

    /// Where it may be, the likeliest first: one folder up if it meant to climb, where the answer leads, what pages link to,
    /// where others were.
    fn candidates(
        &self,
        browser: &Browser<'_>,
        form: &Form,
        file: &File,
        reply: &Reply,
        landing: &[u8],
    ) -> Vec<String> {
        let base = file.name.rsplit('/').next().unwrap_or_default();
        let stem = base.split('.').next().unwrap_or_default();
        let mut paths = Vec::new();
        if let Some(view) = &self.view {
            if file.name.starts_with("../") {
                let folder = view.rsplit_once('/').map_or("", |(folder, _)| folder);
                let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
                paths.push(format!("{above}/{base}"));
            }
            paths.push(view.replace("{name}", base));
        }
        paths.extend(browser.leads_to(&form.action, reply));
        let mut pages = vec![landing];
        if is_html(reply) {
            pages.push(&reply.body);
        }
        for body in pages {
            let page = Page::read(body);
            for reference in page.links.iter().chain(&page.resources).filter(|reference| reference.contains(stem)) {
                paths.extend(browser.target().resolve(&form.action, page.base.as_deref(), reference));
            }
        }
        paths.dedup();
        paths.truncate(CANDIDATES_AT_MOST);
        paths
    }
}

/// Looking for one file must not become a crawl.
const CANDIDATES_AT_MOST: usize = 8;
