//! Requests forged by other sites.

pub(super) mod forms;
pub(super) mod method;
pub(super) mod origin;
pub(super) mod request;

use crate::audit::outcome::{CAPTCHA, CUT_SHORT, Outcome};
use crate::audit::trial::{Answer, CsrfTrial, Fate, Forgery, INDISTINCT, Purpose};
use crate::audit::{Evidence, Severity};
use crate::cookie::SameSite;

/// The trials of one purpose whose control succeeded.
///
/// # Errors
/// What to say when there is none.
fn trials<'a>(evidence: &'a Evidence<'_>, purpose: Purpose) -> Result<Vec<&'a CsrfTrial>, Outcome> {
    let ours = || evidence.forms.iter().filter(|form| purpose_of(form) == purpose);
    let has_form = ours().next().is_some();
    let nothing = match purpose {
        Purpose::Change => "no form changes anything",
        Purpose::Login => "no login form was found",
        Purpose::Upload => "no form takes a file",
    };
    let Some(active) = &evidence.active else {
        return Err(if has_form { Outcome::unknown("needs --active") } else { Outcome::absent(nothing) });
    };
    let tried: Vec<&CsrfTrial> = active.csrf.iter().filter(|trial| trial.purpose == purpose).collect();
    if tried.is_empty() {
        return Err(match (has_form, purpose) {
            (false, _) => Outcome::absent(nothing),
            (true, _) if evidence.cut_short => Outcome::unknown(CUT_SHORT),
            (true, _) if ours().all(|form| form.captcha) => Outcome::unknown(CAPTCHA),
            (true, _) => Outcome::unknown("no such form was tried: it gave no answer, or is listed as not tried"),
        });
    }
    let mut usable = Vec::new();
    let mut reason = None;
    for trial in tried {
        match tells(trial) {
            Ok(()) => usable.push(trial),
            Err(why) => reason = reason.or(Some(format!("{}: {why}", trial.request))),
        }
    }
    match (usable.is_empty(), reason) {
        (true, Some(why)) => Err(Outcome::unknown(why)),
        _ => Ok(usable),
    }
}

/// Whether anything can be told from a trial.
///
/// # Errors
/// Why not.
fn tells(trial: &CsrfTrial) -> Result<(), String> {
    // A made-up user is never let in: for a login form it counts whether the forgery gets as far.
    if trial.purpose == Purpose::Login {
        return Ok(());
    }
    trial.control.succeeded()?;
    match trial.fate_from_another_site() {
        Some((Fate::Undecided(INDISTINCT), ..)) => Err(INDISTINCT.to_owned()),
        _ => Ok(()),
    }
}

/// `1 of 2 forms; POST /search: …`: what a good word about the others does not hold for.
fn scope(evidence: &Evidence<'_>, purpose: Purpose, tried: usize) -> Option<String> {
    let forms = evidence.forms.iter().filter(|form| purpose_of(form) == purpose).count();
    if tried >= forms {
        return None;
    }
    let trials = evidence.active.iter().flat_map(|active| &active.csrf).filter(|trial| trial.purpose == purpose);
    let mut failed = trials.filter_map(|trial| Some(format!("{}: {}", trial.request, tells(trial).err()?)));
    let why = failed.next().unwrap_or_else(|| "the others were not tried".to_owned());
    Some(format!("{tried} of {forms} forms; {why}"))
}

fn purpose_of(form: &crate::audit::Form) -> Purpose {
    if form.file_field().is_some() {
        Purpose::Upload
    } else if form.is_login() {
        Purpose::Login
    } else {
        Purpose::Change
    }
}

/// Less severe where browsers keep each session back from such requests of other sites: then the attack needs a sibling host, or a
/// browser that does not know SameSite.
fn unless_same_site_stands_in_the_way(outcome: Outcome, evidence: &Evidence<'_>, keeping_back: &[SameSite]) -> Outcome {
    let mut sessions = evidence.sessions().peekable();
    let keeps_all_back = sessions.peek().is_some()
        && sessions.all(|set| set.cookie.same_site().is_some_and(|same_site| keeping_back.contains(&same_site)));
    if !keeps_all_back {
        return outcome;
    }
    outcome.at(Severity::Medium).seen("only SameSite of the session cookie stands in the way: not for sibling hosts")
}

/// The fates of one kind of forgery, sorted.
struct Fates<'a> {
    accepted: Vec<Accepted<'a>>,
    refused: usize,
    undecided: Option<String>,
}

/// A forged request that went through.
struct Accepted<'a> {
    trial: &'a CsrfTrial,
    forgery: Forgery,
    answer: &'a Answer,
}

fn fates<'a>(trials: &[&'a CsrfTrial], forgery: Forgery) -> Fates<'a> {
    sorted(trials, |trial| trial.fate(forgery).map(|(fate, answer)| (fate, forgery, answer)))
}

/// Those of the decisive request, with the token that brought it furthest.
fn fates_from_another_site<'a>(trials: &[&'a CsrfTrial]) -> Fates<'a> {
    sorted(trials, CsrfTrial::fate_from_another_site)
}

fn sorted<'a>(
    trials: &[&'a CsrfTrial],
    fate: impl Fn(&'a CsrfTrial) -> Option<(Fate, Forgery, &'a Answer)>,
) -> Fates<'a> {
    let mut fates = Fates { accepted: Vec::new(), refused: 0, undecided: None };
    for trial in trials {
        match fate(trial) {
            Some((Fate::Accepted, forgery, answer)) => fates.accepted.push(Accepted { trial, forgery, answer }),
            Some((Fate::Refused, ..)) => fates.refused = fates.refused.saturating_add(1),
            Some((Fate::Undecided(why), ..)) => fates.undecided = Some(format!("{}: {why}", trial.request)),
            None => fates.undecided = Some(format!("{}: the forged request got no answer", trial.request)),
        }
    }
    fates
}
