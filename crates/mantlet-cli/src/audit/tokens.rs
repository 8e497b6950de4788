//! What of a form only its visitor's page holds.

use std::collections::BTreeSet;

use mantlet_core::audit::Form;

use super::browser::Browser;
use super::page_forms::{forms_on, found_again};

/// Whose page ours is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visitor {
    /// Nobody in particular. What they see is public.
    Stranger,
    /// Somebody who is logged in, too: they are asked for what no stranger sees.
    Peer,
}

/// Finds what of each form differs for another visitor. Each of the two loads a page once, however many forms stand on it.
pub(super) async fn find_tokens(
    browser: &mut Browser<'_>,
    other: &mut Browser<'_>,
    visitor: Visitor,
    forms: &mut [Form],
) {
    let is_asked_for = |form: &Form| visitor == Visitor::Stranger || !form.public;
    let pages: BTreeSet<String> =
        forms.iter().filter(|form| is_asked_for(form)).map(|form| form.page.clone()).collect();
    for page in pages {
        let our_page = forms_on(browser, &page).await;
        let their_page = forms_on(other, &page).await;
        if browser.in_time().is_err() {
            break;
        }
        for form in forms.iter_mut().filter(|form| form.page == page && is_asked_for(form)) {
            let (ours, theirs) = (found_again(form, &our_page), found_again(form, &their_page));
            let differs = theirs.and_then(|theirs| differing_field(ours.unwrap_or(form), theirs));
            form.token =
                differs.or_else(|| ours.and_then(|ours| differing_field(form, ours))).or_else(|| named_field(form));
            // Some pages hold none before there is a session.
            if let Some(ours) = ours {
                form.header.clone_from(&ours.header);
            }
            browser.find_token_in_cookie(form);
            form.doubtful = if theirs.is_none() && form.token.is_none() { unguessable(form) } else { Vec::new() };
            if visitor == Visitor::Stranger {
                form.public = theirs.is_some();
            }
            if let Some(theirs) = theirs {
                form.action.hide_what_differs(&theirs.action);
            }
        }
    }
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
