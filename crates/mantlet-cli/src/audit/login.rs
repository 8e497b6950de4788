//! Logs in with the site's own form.

use http::Method;
use mantlet_core::audit::{FieldKind, Form};

use super::browser::Browser;
use super::claim::From;
use super::crawl::Visit;
use super::forms::{Token, encode};
use super::options::Login;
use super::page_forms::forms_of;
use super::tokens::find_token_in_cookie;
use crate::failure::Failure;

/// Fills and sends the login form found on a page.
///
/// # Errors
/// When there is no such form, or the answer looks as if nobody was let in.
pub(super) async fn log_in(browser: &mut Browser<'_>, login: &Login, visit: &mut Visit) -> anyhow::Result<()> {
    let (path, page) = browser.follow(&login.path).await?;
    // Many sites begin the session here, and who is logged in may not see the form again.
    visit.note(browser, Method::GET, &path, &page);
    let forms = forms_of(browser, &path, &page);
    visit.forms.extend(forms.iter().cloned());
    let mut form = forms.into_iter().find(asks_one_password).ok_or_else(|| {
        Failure::new(format!("no login form on {path}")).fix("--login with the path of the page that holds it")
    })?;
    find_token_in_cookie(browser, &mut form);
    let mut fields: Vec<(String, String)> =
        form.fields.iter().map(|field| (field.name.clone(), field.value.clone())).collect();
    for (name, value) in &login.fields {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => known.clone_from(value),
            None => fields.push((name.clone(), value.clone())),
        }
    }
    require_password(&form, &fields)?;
    let action = form.action.whole();
    let reply = browser
        .submit(
            form.method.clone(),
            action,
            &From::OwnPage(path.clone()),
            encode(&form, &fields).with_header_of(&form, Token::Kept),
        )
        .await?;
    visit.note(browser, form.method.clone(), action, &reply);
    let landing = match browser.leads_to(action, &reply) {
        Some(next) => {
            let (path, reply) = browser.follow(&next).await?;
            forms_of(browser, &path, &reply)
        }
        None => forms_of(browser, action, &reply),
    };
    let is_refused = reply.status.is_client_error() || reply.status.is_server_error();
    // Some say so with 200 and a sentence. Who is let in is known by a cookie, or not at all.
    let is_nobody = browser.holds_no_cookie();
    let is_asked_again = landing.iter().any(asks_one_password);
    if is_refused || is_nobody || is_asked_again {
        let failure = Failure::new(format!("could not log in at {}", login.path))
            .seen(format!("{}: {}", form.request(), reply.status.as_u16()))
            .fix("check -d user=… -d password=env:NAME against the names of the form's fields");
        // What is refused is mostly told to stay, and in a cookie; who is sent on without one will not be known there.
        let failure = match (is_nobody, reply.status.is_redirection()) {
            (true, true) => withheld(failure),
            (true, false) if !is_refused && !is_asked_again => failure.seen("no cookie was set"),
            _ => failure,
        };
        return Err(failure.into());
    }
    Ok(())
}

/// No check of its own: without a login there is nothing to hold one against.
fn withheld(failure: Failure) -> Failure {
    failure
        .seen("no cookie was set: an app that believes it is on plain HTTP keeps back its Secure cookies")
        .fix("let the app trust X-Forwarded-Proto from what ends TLS (Express: app.set(\"trust proxy\", \"loopback\"))")
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
