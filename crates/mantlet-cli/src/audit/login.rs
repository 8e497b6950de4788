//! Logs in with the site's own forms, or with the request that its scripts send.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use mantlet_core::audit::{Encoding, Field, FieldKind, Form};

use super::browser::Browser;
use super::client::{NoReply, Reply};
use super::crawl::Visit;
use super::forms::{Token, encode, named};
use super::html::Page;
use super::initiator::Initiator;
use super::ledger::CAPTCHA;
use super::options::{Login, LoginAt};
use super::page_forms::{all_forms_of, forms_of};
use crate::failure::Failure;

/// Some sites ask for the name on a page of its own, and for the tenant on another.
const STEPS_AT_MOST: usize = 3;

/// Logs in; returns where that leads, if it leads on.
///
/// # Errors
/// When there is no such form, or the answer looks as if nobody was let in.
pub(super) async fn log_in(
    browser: &mut Browser<'_>,
    login: &Login,
    visit: &mut Visit,
) -> anyhow::Result<Option<String>> {
    match &login.at {
        LoginAt::Page(path) => by_form(browser, path, &login.fields, visit).await,
        LoginAt::Request(method, path) => by_script(browser, method, path, &login.fields, visit).await,
    }
}

/// Fills and sends the login form found on a page, and first those that lead to it.
async fn by_form(
    browser: &mut Browser<'_>,
    path: &str,
    typed: &[(String, String)],
    visit: &mut Visit,
) -> anyhow::Result<Option<String>> {
    let (mut at, mut page) = browser.follow(path).await?;
    // Many sites begin the session here, and who is logged in may not see the form again.
    visit.note(browser, Method::GET, &at, &page);
    // Who is not known by a name is counted as one who guesses: nothing is sent twice.
    let mut told = BTreeSet::new();
    for _ in 0..STEPS_AT_MOST {
        visit.forms.found.extend(forms_of(browser, &at, &page));
        let forms = all_forms_of(browser, &at, &page);
        if let Some(form) = forms.iter().find(|form| asks_one_password(form)) {
            let fields = filled(form, typed);
            require_password(form, &fields)?;
            let reply = send(browser, form, &fields, visit).await?;
            return let_in(browser, path, form, &reply).await;
        }
        let asks_for_more =
            |form: &&Form| form.fields.iter().any(|field| is_typed(field, typed) && !told.contains(&field.name));
        let Some(step) = forms.iter().find(asks_for_more) else { break };
        told.extend(step.fields.iter().filter(|field| is_typed(field, typed)).map(|field| field.name.clone()));
        // No password goes where none is asked for.
        let mut fields = filled(step, typed);
        fields.retain(|(name, _)| step.fields.iter().any(|field| field.name == *name));
        let reply = send(browser, step, &fields, visit).await?;
        (at, page) = landed(browser, step.action.whole(), reply).await?;
    }
    Err(no_form(&at, &page, &told).into())
}

fn no_form(at: &str, page: &Reply, told: &BTreeSet<String>) -> Failure {
    let mut failure = Failure::new(format!("no login form on {at}"));
    if let Some(name) = told.first() {
        failure = failure.seen(format!("`{name}` was sent, and no form after it asks for a password"));
    }
    if !page.status.is_success() {
        failure = failure.seen(format!("it answered {}", page.status.as_u16()));
    }
    if page.is_html() && Page::read(&page.body).loose.password {
        failure
            .seen("a script sends the password that it asks for")
            .fix("--login 'POST /its/address' -d NAME=VALUE, as the browser's network panel shows them")
    } else {
        failure.fix("--login with the path of the page that holds it")
    }
}

/// Sends what a script would.
async fn by_script(
    browser: &mut Browser<'_>,
    method: &Method,
    path: &str,
    typed: &[(String, String)],
    visit: &mut Visit,
) -> anyhow::Result<Option<String>> {
    // Some scripts find a token in a cookie that a page has set before.
    let (page, _) = browser.follow(&browser.target().path()).await?;
    let text = |(name, value): &(String, String)| Field {
        name: name.clone(),
        kind: FieldKind::Text,
        value: value.clone(),
        required: true,
    };
    let fields = typed.iter().map(text).collect();
    let form = Form { page, ..named(method.clone(), path.to_owned(), Encoding::Json, fields) };
    let reply = send(browser, &form, typed, visit).await?;
    let_in(browser, path, &form, &reply).await
}

/// Sends a form as its own page does.
async fn send(
    browser: &mut Browser<'_>,
    form: &Form,
    fields: &[(String, String)],
    visit: &mut Visit,
) -> Result<Reply, NoReply> {
    let mut form = form.clone();
    browser.find_token_in_cookie(&mut form);
    let submission = encode(&form, fields).with_header_of(&form, Token::Kept);
    let action = form.action.whole();
    let reply = browser.submit(form.method.clone(), action, &Initiator::OwnPage(form.page.clone()), submission).await?;
    visit.note(browser, form.method.clone(), action, &reply);
    Ok(reply)
}

/// The page that an answer leads to, or is.
async fn landed(browser: &mut Browser<'_>, action: &str, reply: Reply) -> Result<(String, Reply), NoReply> {
    match browser.leads_to(action, &reply) {
        Some(next) => browser.follow(&next).await,
        None => Ok((action.to_owned(), reply)),
    }
}

/// Where the answer to a login leads, if it looks as if somebody was let in.
async fn let_in(browser: &mut Browser<'_>, at: &str, form: &Form, reply: &Reply) -> anyhow::Result<Option<String>> {
    let (is_asked_again, led_to) = match browser.leads_to(form.action.whole(), reply) {
        Some(next) => {
            let (path, page) = browser.follow(&next).await?;
            (asks_again(browser, &path, &page, form), Some(path))
        }
        None => (asks_again(browser, form.action.whole(), reply, form), None),
    };
    let is_refused = reply.status.is_client_error() || reply.status.is_server_error();
    // Some say so with 200 and a sentence. Who is let in is known by a cookie, or not at all.
    let is_nobody = browser.holds_no_cookie();
    if !is_refused && !is_nobody && !is_asked_again {
        return Ok(led_to);
    }
    let answer = format!("{}: {}", form.request(), reply.status.as_u16());
    let failure = Failure::new(format!("could not log in at {at}")).seen(match reply.sentence() {
        Some(said) => format!("{answer}: {said}"),
        None => answer,
    });
    if form.encoding == Encoding::Json && is_nobody && !is_refused {
        return Err(failure
            .seen("no cookie was set")
            .fix("--header 'Authorization: Bearer …' in place of --login, if its scripts send a token that they were given")
            .into());
    }
    if form.captcha {
        return Err(failure
            .seen(format!("{CAPTCHA}, which only a person passes"))
            .fix("log in with a browser, and hand over its session: --cookie 'NAME=VALUE'")
            .into());
    }
    if reply.status == StatusCode::FORBIDDEN && browser.target().is_https() {
        return Err(failure
            .seen("403 may be about its Origin: an app that believes it is on plain HTTP takes its own pages for another site's")
            .fix("let the app trust X-Forwarded-Proto from what ends TLS")
            .fix("check -d user=… -d password=env:NAME against the names of the form's fields")
            .into());
    }
    let failure = failure.fix("check -d user=… -d password=env:NAME against the names of the form's fields");
    // What is refused is mostly told to stay, and in a cookie; who is sent on without one will not be known there.
    let failure = match (is_nobody, reply.status.is_redirection()) {
        (true, true) => withheld(failure),
        (true, false) if !is_refused && !is_asked_again => failure.seen("no cookie was set"),
        _ => failure,
    };
    Err(failure.into())
}

/// Whether a page asks for a password as the login did. One that asks for it to end an account is shown to who is in.
fn asks_again(browser: &Browser<'_>, path: &str, page: &Reply, login: &Form) -> bool {
    let is_login = |form: &Form| form.action.leads_where(&login.action);
    forms_of(browser, path, page).iter().any(asks_one_password)
        || all_forms_of(browser, path, page).iter().any(|form| asks_one_password(form) && is_login(form))
}

/// No check of its own: without a login there is nothing to hold one against.
fn withheld(failure: Failure) -> Failure {
    failure
        .seen("no cookie was set: an app that believes it is on plain HTTP keeps back its Secure cookies")
        .fix("let the app trust X-Forwarded-Proto from what ends TLS (Express: app.set(\"trust proxy\", \"loopback\"))")
}

/// What stands in a form, and what was typed, asked for or not.
fn filled(form: &Form, typed: &[(String, String)]) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> =
        form.fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
    for (name, value) in typed {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.clone_from(value),
            None => fields.push((name.clone(), value.clone())),
        }
    }
    fields
}

fn is_typed(field: &Field, typed: &[(String, String)]) -> bool {
    typed.iter().any(|(name, _)| *name == field.name)
}

fn asks_one_password(form: &Form) -> bool {
    form.fields.iter().filter(|field| field.kind == FieldKind::Password).count() == 1
}

fn require_password(form: &Form, fields: &[(String, String)]) -> Result<(), Failure> {
    let empty = form
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::Password)
        .find(|field| fields.iter().any(|(name, value)| *name == field.name && value.is_empty()));
    match empty {
        Some(field) => {
            Err(Failure::new(format!("the login form wants `{}`", field.name))
                .fix(format!("-d {}=env:NAME", field.name)))
        }
        None => Ok(()),
    }
}
