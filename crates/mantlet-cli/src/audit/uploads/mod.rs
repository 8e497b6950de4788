//! Uploads an honest picture, then files that say what is wrong with them, and looks for what became of each.

mod files;
mod finder;

use files::{forge, hopeless, picture};
use finder::Finder;
use mantlet_core::audit::Form;
use mantlet_core::audit::trial::{
    Answer, Control, CsrfTrial, Fate, Forgery, Purpose, Served, Trick, UploadAttempt, UploadTrial,
};

use super::browser::{Browser, From};
use super::client::NoReply;
use super::crawl::reload;
use super::csrf::landing;
use super::forms::{self, File, Token};
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
    /// The site refers to something that it did not refer to before.
    refers_to_more: bool,
}

impl Outcome {
    /// Whether the file can be fetched; `None` where the site refers to something that may be it. Means something where an
    /// honest file was found by what the site refers to.
    fn read_back(&self) -> Option<bool> {
        match &self.served {
            Some(_) => Some(true),
            None => (!self.refers_to_more).then_some(false),
        }
    }
}

async fn attack_form(
    browser: &mut Browser<'_>,
    options: &Options,
    form: &Form,
    marks: &mut Marks,
    left: &mut Vec<String>,
) -> Result<(UploadTrial, CsrfTrial), NoReply> {
    let mut finder = Finder::new(browser, options, form).await;
    let own = From::OwnPage(form.page.clone());

    let file = picture(&marks.next(), ".png");
    let first = upload(browser, form, &file, Token::Kept, &own, &mut finder, left).await?;
    let file = picture(&marks.next(), ".png");
    let second = upload(browser, form, &file, Token::Kept, &own, &mut finder, left).await?;
    let absurd = empty(browser, form, &own).await?;
    let file = hopeless(&marks.next());
    let hopeless = upload(browser, form, &file, Token::Kept, &own, &mut finder, left).await?;
    let hopeless = hopeless.served.is_none().then_some(hopeless.answer);
    let is_found = first.served.is_some();
    let shows = is_found && first.refers_to_more;
    let accepted = first.answer.and_read_back(is_found.then_some(true));
    let control = Control { first: accepted, second: second.answer, absurd, hopeless, by_get: None };

    let file = picture(&marks.next(), ".png");
    let forged = upload(browser, form, &file, Token::Omitted(None), &From::OtherSite, &mut finder, left).await?;
    // An honest picture: where the control can be fetched, it can.
    let read_back = is_found.then_some(forged.served.is_some());
    let csrf = CsrfTrial {
        request: form.request(),
        purpose: Purpose::Upload,
        has_token: form.has_token(),
        control: control.clone(),
        attempts: vec![(Forgery::CrossSite, forged.answer.and_read_back(read_back))],
    };

    let mut attempts = Vec::new();
    for trick in TRICKS {
        let file = forge(trick, &marks.next());
        let Ok(outcome) = upload(browser, form, &file, Token::Kept, &own, &mut finder, left).await else {
            // A filter in front may hang up on one file and take the next; what it hangs up on may have been stored.
            left.push(format!("{}, sent to {} without an answer", file.name, form.request()));
            continue;
        };
        let read_back = outcome.read_back().filter(|_| shows);
        let answer = outcome.answer.and_read_back(read_back);
        attempts.push(UploadAttempt { trick, name: file.name, answer, served: outcome.served });
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

async fn upload(
    browser: &mut Browser<'_>,
    form: &Form,
    file: &File,
    token: Token<'_>,
    from: &From,
    finder: &mut Finder,
    left: &mut Vec<String>,
) -> Result<Outcome, NoReply> {
    let fresh = reload(browser, form).await.unwrap_or_else(|| form.clone());
    let field = form.file_field().map_or("file", |field| field.name.as_str());
    let fields = forms::fill(&fresh, "mantlet-probe", token);
    let submission = forms::multipart(&fields, Some((field, file)));
    let address = forms::address(&fresh, token);
    let reply = browser.submit(form.method.clone(), address, from, submission).await?;
    let landing = landing(browser, address, &reply).await;
    let (candidates, refers_to_more) = finder.candidates(browser, form, file, &reply, &landing.body);
    let served = finder.find(browser, file, candidates).await;
    if let Some(served) = &served {
        left.push(served.path.clone());
    }
    let answer = Answer::read(reply.status, &reply.headers, &reply.body, &landing.body);
    Ok(Outcome { answer, served, refers_to_more })
}

/// The form without a file.
async fn empty(browser: &mut Browser<'_>, form: &Form, from: &From) -> Result<Answer, NoReply> {
    let fresh = reload(browser, form).await.unwrap_or_else(|| form.clone());
    let submission = forms::multipart(&forms::absurd(&fresh), None);
    let address = fresh.action.whole();
    let reply = browser.submit(form.method.clone(), address, from, submission).await?;
    let landing = landing(browser, address, &reply).await;
    Ok(Answer::read(reply.status, &reply.headers, &reply.body, &landing.body))
}
