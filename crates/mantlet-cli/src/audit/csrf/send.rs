//! Sends a form once, and looks for what it sent.

use http::StatusCode;
use mantlet_core::audit::trial::Answer;
use mantlet_core::audit::{Field, FieldKind, Form};

use crate::audit::browser::{Browser, From};
use crate::audit::client::{NoReply, Reply};
use crate::audit::crawl::{reload, reload_or_keep};
use crate::audit::forms::{self, Token};
use crate::audit::marks::Marks;

use super::own;

/// Loads the page anew, so that its token is fresh, fills the form and sends it; then looks for what was sent.
pub(super) async fn send(
    browser: &mut Browser<'_>,
    form: &Form,
    marks: &mut Marks,
    token: Token<'_>,
    from: &From,
) -> Result<Answer, NoReply> {
    let fresh = reload_or_keep(browser, form).await;
    let mark = marks.next();
    let fields = forms::fill(&fresh, &mark, token);
    let address = forms::address(&fresh, token);
    let submission = forms::encode(&fresh, &fields).with_header_of(&fresh, token);
    let reply = browser.submit(form.method.clone(), address, from, submission).await?;
    let landing = landing(browser, address, &reply).await;
    let mut answer = Answer::read(reply.status, &reply.headers, &reply.body, &landing.body);
    if let Some(Field { kind, .. }) = forms::carrier(&fresh) {
        answer.read_back = is_there(browser, form, &forms::value_for(*kind, &mark), landing.path).await;
    }
    browser.in_time()?;
    Ok(answer)
}

/// Sends the form as a link of another site would: its fields in the address, and if asked the method it should have had.
/// `None`: nothing could be read back afterwards, and then nothing can be told.
pub(super) async fn send_as_query(
    browser: &mut Browser<'_>,
    form: &Form,
    marks: &mut Marks,
    names_method: bool,
) -> Result<Option<Answer>, NoReply> {
    let fresh = reload_or_keep(browser, form).await;
    let Some(Field { kind, .. }) = forms::carrier(&fresh) else { return Ok(None) };
    let mark = marks.next();
    let value = forms::value_for(*kind, &mark);
    let mut fields = forms::fill(&fresh, &mark, Token::Omitted(None));
    let method = names_method.then(|| form.method.clone());
    if let Some(method) = &method {
        fields.push(("_method".to_owned(), method.to_string()));
    }
    let path = forms::as_query(form.action.without_tokens(), &fields);
    let reply = browser.visit_from_elsewhere(&path, method.as_ref()).await?;
    let landing = landing(browser, &path, &reply).await;
    let mut answer = Answer::read(reply.status, &reply.headers, &reply.body, &landing.body);
    // The address itself may be repeated on the page; only the form's own page tells.
    answer.read_back = is_there(browser, form, &value, None).await;
    browser.in_time()?;
    Ok(Some(answer))
}

/// The form's fields in the address, as its own page could link to them.
pub(super) async fn by_get(browser: &mut Browser<'_>, form: &Form, marks: &mut Marks) -> Option<Answer> {
    let path = forms::as_query(form.action.without_tokens(), &forms::fill(form, &marks.next(), Token::Omitted(None)));
    let reply = browser.open(&path).await.ok()?;
    let landing = landing(browser, &path, &reply).await;
    browser.in_time().ok()?;
    Some(Answer::read(reply.status, &reply.headers, &reply.body, &landing.body))
}

pub(super) async fn absurd(browser: &mut Browser<'_>, form: &Form) -> Result<Answer, NoReply> {
    let fresh = reload_or_keep(browser, form).await;
    let submission = forms::encode(&fresh, &forms::absurd(&fresh)).with_header_of(&fresh, Token::Kept);
    let address = fresh.action.whole();
    let reply = browser.submit(form.method.clone(), address, &own(form), submission).await?;
    let landing = landing(browser, address, &reply).await;
    browser.in_time()?;
    Ok(Answer::read(reply.status, &reply.headers, &reply.body, &landing.body))
}

/// The page that an answer leads to; empty where it leads nowhere.
#[derive(Default)]
pub(in crate::audit) struct Landing {
    path: Option<String>,
    pub(in crate::audit) body: bytes::Bytes,
}

pub(in crate::audit) async fn landing(browser: &mut Browser<'_>, path: &str, reply: &Reply) -> Landing {
    let Some(next) = browser.leads_to(path, reply) else { return Landing::default() };
    match browser.follow(&next).await {
        Ok((path, page)) => Landing { path: Some(path), body: page.body },
        Err(_) => Landing::default(),
    }
}

/// Whether a value stands on the form's own page, or on the one after it. Both are loaded anew: who is refused is often
/// shown once what they typed, so that they can try again. `None`: the site has had enough of requests.
async fn is_there(browser: &mut Browser<'_>, form: &Form, value: &str, landing: Option<String>) -> Option<bool> {
    let mut has_enough = false;
    // An address that holds the value may be all that the page repeats.
    let landing = landing.filter(|path| *path != form.page && !path.contains(mark_in(value)));
    for path in landing.iter().chain([&form.page]) {
        let Ok((_, page)) = browser.follow(path).await else { continue };
        if page.status == StatusCode::OK && memchr::memmem::find(&page.body, value.as_bytes()).is_some() {
            return Some(true);
        }
        has_enough |= page.status == StatusCode::TOO_MANY_REQUESTS;
    }
    (!has_enough).then_some(false)
}

/// The part of a value that no address escapes.
fn mark_in(value: &str) -> &str {
    value.split('@').next().unwrap_or(value)
}

/// Puts back what stood in the form before, if that can be told.
pub(super) async fn is_restored(browser: &mut Browser<'_>, form: &Form, before: &Form) -> bool {
    let typed: Vec<&Field> =
        before.fields.iter().filter(|field| !matches!(field.kind, FieldKind::Fixed | FieldKind::File)).collect();
    let can_be_restored = !typed.is_empty() && typed.iter().any(|field| !field.value.is_empty());
    if can_be_restored && let Some(fresh) = reload(browser, form).await {
        let mut restored = fresh;
        for field in &mut restored.fields {
            if let Some(old) = typed.iter().find(|old| old.name == field.name) {
                field.value.clone_from(&old.value);
            }
        }
        let submission = forms::encode(&restored, &forms::unchanged(&restored)).with_header_of(&restored, Token::Kept);
        if browser
            .submit(form.method.clone(), restored.action.whole(), &own(form), submission)
            .await
            .is_ok_and(|reply| reply.status.is_success() || reply.status.is_redirection())
        {
            return true;
        }
    }
    false
}
