//! Sends forms as their own pages do, and then as other sites would.

mod send;

use mantlet_core::audit::trial::{Answer, Control, CsrfTrial, Forgery, PROBE, Purpose};
use mantlet_core::audit::{FieldKind, Form};

use super::browser::{ATTACKER, Browser, From};
use super::crawl::{reload, reload_or_keep};
use super::forms::Token;
use super::left::Left;
use super::marks::Marks;
use super::others::Others;
use super::untried::{OUT_OF_TIME, Untried};
use send::{absurd, by_get, is_restored, send, send_as_query};

pub(super) use send::landing;

/// One site rarely has more kinds of forms, and each costs a dozen requests.
const FORMS_AT_MOST: usize = 10;

/// Tries every form that takes no file.
pub(super) async fn attack(
    browser: &mut Browser<'_>,
    others: &mut Others<'_>,
    all: &[Form],
    marks: &mut Marks,
    left: &mut Left,
    untried: &mut Untried,
) -> Vec<CsrfTrial> {
    let mut trials = Vec::new();
    let (sendable, kept): (Vec<&Form>, Vec<&Form>) =
        all.iter().filter(|form| form.file_field().is_none()).partition(|form| may_be_sent(form));
    kept.into_iter().for_each(|form| untried.note(form.request(), "it sets a password"));
    let (tried, more) = sendable.split_at(sendable.len().min(FORMS_AT_MOST));
    more.iter().for_each(|form| untried.note(form.request(), "no more than ten forms are tried"));
    for form in tried {
        if browser.in_time().is_err() {
            untried.note(form.request(), OUT_OF_TIME);
            continue;
        }
        let trial = if form.is_login() {
            // Somebody else's browser: a login that works must not become ours.
            let mut guest = browser.stranger();
            let trial = attack_login(&mut guest, others.who_sees(form), form, marks).await;
            browser.learn_from(guest);
            trial
        } else {
            attack_form(browser, others.who_sees(form), form, marks, left).await
        };
        // A form that stops answering half-way has been tried as far as it goes.
        trials.extend(trial);
        if browser.in_time().is_err() {
            untried.note(format!("some forgeries of {}", form.request()), OUT_OF_TIME);
        }
    }
    trials
}

/// A form with several passwords sets one: whoever is audited must not be locked out.
fn may_be_sent(form: &Form) -> bool {
    let asks_password = form.fields.iter().any(|field| field.kind == FieldKind::Password);
    !asks_password || form.is_login()
}

async fn attack_form(
    browser: &mut Browser<'_>,
    other: &mut Browser<'_>,
    form: &Form,
    marks: &mut Marks,
    left: &mut Left,
) -> Option<CsrfTrial> {
    let before = reload_or_keep(browser, form).await;
    let what = |times: &str| format!("what {} does{times}, with values named {PROBE}*", form.request());
    let sent = left.sends(what(""));
    let began = browser.submitted();
    let trial = forge(browser, other, form, marks).await;
    let times = browser.submitted().saturating_sub(began);
    let client = browser.client();
    if client.put_back(is_restored(browser, form, &before)).await {
        left.is_not_there(sent);
    } else {
        let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
        left.is(sent, what(&format!(", at most {times}")));
    }
    trial
}

/// The controls, and every forgery that got an answer. `None`: a control got none.
async fn forge(
    browser: &mut Browser<'_>,
    other: &mut Browser<'_>,
    form: &Form,
    marks: &mut Marks,
) -> Option<CsrfTrial> {
    let first = send(browser, form, marks, Token::Kept, &own(form)).await.ok()?;
    let control = Control {
        by_get: if first.read_back.is_none() && first.status.is_success() {
            by_get(browser, form, marks).await
        } else {
            None
        },
        first,
        second: send(browser, form, marks, Token::Kept, &own(form)).await.ok()?,
        absurd: absurd(browser, form).await.ok()?,
        hopeless: None,
    };
    let is_in_vain = control.succeeded().is_err();
    let trial = |attempts| CsrfTrial {
        request: form.request(),
        purpose: Purpose::Change,
        has_token: form.has_token(),
        in_doubt: !form.doubtful.is_empty(),
        control,
        attempts,
    };
    // Nothing can be told from a forgery where even the honest request did nothing.
    if is_in_vain {
        return Some(trial(Vec::new()));
    }
    let mut attempts = from_another_site(browser, other, form, marks).await;
    for (forgery, from) in with_own_token(browser) {
        let Ok(answer) = send(browser, form, marks, Token::Kept, &from).await else { continue };
        attempts.push((forgery, answer));
    }
    if let Ok(answer) = send(browser, form, marks, Token::Omitted(None), &From::Nowhere).await {
        attempts.push((Forgery::NoOrigin, answer));
    }
    for (forgery, names_method) in [(Forgery::Get, false), (Forgery::MethodOverride, true)] {
        let Ok(Some(answer)) = send_as_query(browser, form, marks, names_method).await else { continue };
        attempts.push((forgery, answer));
    }
    Some(trial(attempts))
}

async fn attack_login(
    guest: &mut Browser<'_>,
    other: &mut Browser<'_>,
    form: &Form,
    marks: &mut Marks,
) -> Option<CsrfTrial> {
    let first = send(guest, form, marks, Token::Kept, &own(form)).await.ok()?;
    let absurd = absurd(guest, form).await.ok()?;
    let attempts = from_another_site(guest, other, form, marks).await;
    // Last: a site that has had enough of logins that fail says so to this one, too.
    let second = send(guest, form, marks, Token::Kept, &own(form)).await.ok()?;
    let control = Control { first, second, absurd, hopeless: None, by_get: None };
    Some(CsrfTrial {
        request: form.request(),
        purpose: Purpose::Login,
        has_token: form.has_token(),
        in_doubt: !form.doubtful.is_empty(),
        control,
        attempts,
    })
}

/// The decisive request: without a token, and with the one that the other site was given when it asked for the page.
async fn from_another_site(
    browser: &mut Browser<'_>,
    other: &mut Browser<'_>,
    form: &Form,
    marks: &mut Marks,
) -> Vec<(Forgery, Answer)> {
    let mut attempts = Vec::new();
    let theirs = reload(other, form).await;
    if let Ok(answer) = send(browser, form, marks, Token::Omitted(theirs.as_ref()), &From::OtherSite).await {
        attempts.push((Forgery::CrossSite, answer));
    }
    // They may be good for once.
    if let Some(theirs) = reload(other, form).await
        && let Ok(answer) = send(browser, form, marks, Token::Others(&theirs), &From::OtherSite).await
    {
        attempts.push((Forgery::CrossSiteOthersToken, answer));
    }
    attempts
}

/// Other sites that look like this one to whoever does not compare the whole.
fn with_own_token(browser: &Browser<'_>) -> Vec<(Forgery, From)> {
    let own = browser.target().origin();
    let (scheme, host) = (own.scheme().as_str(), own.host());
    let authority = browser.target().authority();
    let page_of = |origin: String| From::Claimed { referer: Some(format!("{origin}/")), origin };
    let with_query = From::Claimed { origin: ATTACKER.to_owned(), referer: Some(format!("{ATTACKER}/?{own}/")) };
    vec![
        (Forgery::ForeignOrigin, page_of(ATTACKER.to_owned())),
        (Forgery::NullOrigin, From::Claimed { origin: "null".to_owned(), referer: None }),
        (Forgery::LookalikeOrigin, page_of(format!("{scheme}://{host}.attacker.example"))),
        (Forgery::LookalikeOrigin, page_of(format!("{scheme}://attacker-{authority}"))),
        (Forgery::LookalikeOrigin, with_query),
    ]
}

fn own(form: &Form) -> From {
    From::OwnPage(form.page.clone())
}
