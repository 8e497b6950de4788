//! Files from strangers: which are taken, under which names, and how they are served.

pub(super) mod endpoint;
pub(super) mod names;
pub(super) mod serving;
pub(super) mod types;

use crate::audit::outcome::{CAPTCHA, CUT_SHORT, Outcome};
use crate::audit::trial::{Fate, PROBE, Served, Trick, UploadAttempt, UploadTrial};
use crate::audit::{Confidence, Evidence};

/// The trials of active mode whose control landed.
///
/// # Errors
/// What to say when there is none.
fn trials<'a>(evidence: &'a Evidence<'_>) -> Result<Vec<&'a UploadTrial>, Outcome> {
    let Some(form) = evidence.upload_forms().next() else {
        return Err(Outcome::absent("no form takes a file"));
    };
    let Some(active) = &evidence.active else {
        return Err(Outcome::unknown("needs --active"));
    };
    if active.uploads.is_empty() {
        return Err(Outcome::unknown(if evidence.cut_short {
            CUT_SHORT.to_owned()
        } else if evidence.upload_forms().all(|form| form.captcha) {
            format!("{}: {CAPTCHA}", form.request())
        } else {
            format!("{} gave no answer", form.request())
        }));
    }
    let mut reasons = Vec::new();
    let mut usable = Vec::new();
    for trial in &active.uploads {
        match (&trial.control_served, trial.control.succeeded()) {
            (Some(_), _) | (None, Ok(())) => usable.push(trial),
            (None, Err(why)) => reasons.push(why),
        }
    }
    match (usable.is_empty(), reasons.into_iter().next()) {
        (true, Some(why)) => Err(Outcome::unknown(why)),
        _ => Ok(usable),
    }
}

/// What became of one trick.
#[derive(Debug, Clone, Copy)]
enum Stored {
    /// It was fetched back.
    Fetchable,
    /// It was taken, but nobody knows where it is.
    Taken,
    /// It was not taken.
    Refused,
    /// It cannot be told.
    Undecided(&'static str),
}

impl Stored {
    /// Of what is bad as soon as it is stored: less so where it is only ever handed out.
    fn judge(self, what: &str, attempt: &UploadAttempt) -> Outcome {
        match self {
            Self::Fetchable if is_handed_out(attempt) => {
                Outcome::weak(format!("{what} was stored, and is only handed out as a download"))
                    .confidence(Confidence::Confirmed)
            }
            Self::Fetchable => Outcome::missing(format!("{what} was stored")).confidence(Confidence::Confirmed),
            Self::Taken => Outcome::missing(format!("{what} was taken")),
            Self::Refused => Outcome::implemented(format!("{what} was refused")),
            Self::Undecided(why) => Outcome::unknown(why),
        }
    }
}

fn stored(trial: &UploadTrial, attempt: &UploadAttempt) -> Stored {
    if attempt.served.is_some() {
        return Stored::Fetchable;
    }
    let fate = match attempt.trick {
        // One that has left its folder was taken, and is not found where others are.
        Trick::Traversal => trial.control.fate_by_looks(&attempt.answer),
        // Where others were it is not, and elsewhere it may be.
        _ if trial.control.first.read_back == Some(true) && attempt.answer.read_back.is_none() => {
            match trial.control.fate_by_looks(&attempt.answer) {
                Fate::Accepted => Fate::Undecided("it was answered as what is taken, and not found where others are"),
                fate => fate,
            }
        }
        _ => trial.control.fate(&attempt.answer),
    };
    match fate {
        Fate::Accepted => Stored::Taken,
        Fate::Refused => Stored::Refused,
        Fate::Undecided(why) => Stored::Undecided(why),
    }
}

fn is_handed_out(attempt: &UploadAttempt) -> bool {
    attempt.served.as_ref().is_some_and(Served::is_handed_out)
}

fn attempts(trial: &UploadTrial, trick: Trick) -> impl Iterator<Item = &UploadAttempt> {
    trial.attempts.iter().filter(move |attempt| attempt.trick == trick)
}

/// Judges one trick, in all its disguises and over all trials: the worst outcome stands.
fn judge_trick(
    evidence: &Evidence<'_>,
    trick: Trick,
    judge: impl Fn(&UploadTrial, &UploadAttempt, Stored) -> Outcome,
) -> Outcome {
    let trials = match trials(evidence) {
        Ok(trials) => trials,
        Err(outcome) => return outcome,
    };
    // Of two that are as bad, what was stored says more: the other is not all that there is to say.
    let mut worst: Option<((u8, bool), Outcome)> = None;
    for trial in trials {
        let of_attempt = |attempt: &UploadAttempt| {
            let outcome = judge(trial, attempt, stored(trial, attempt));
            ((outcome.rank(), attempt.served.is_some()), outcome)
        };
        let mut outcomes: Vec<_> = attempts(trial, trick).map(of_attempt).collect();
        if outcomes.is_empty() {
            let outcome = Outcome::unknown(format!("{} gave no answer to this file", trial.request));
            outcomes.push(((outcome.rank(), false), outcome));
        }
        for (rank, outcome) in outcomes {
            if worst.as_ref().is_none_or(|(worst, _)| rank > *worst) {
                worst = Some((rank, outcome));
            }
        }
    }
    worst.map_or_else(|| Outcome::unknown("no form was tried"), |(_, outcome)| outcome)
}

/// `probe.html`: the random part of a name says nothing.
fn shown(name: &str) -> String {
    match name.split_once(PROBE) {
        Some((before, rest)) => {
            let extension = rest.split_once('.').map_or(String::new(), |(_, extension)| format!(".{extension}"));
            format!("{before}probe{extension}")
        }
        None => name.to_owned(),
    }
}

/// `control: 302 to /uploads/*    probe.html: 302 to /uploads/*, 200 text/html`
fn proof(trial: &UploadTrial, attempt: &UploadAttempt) -> String {
    let mut line = format!(
        "control: {}    {}: {}",
        trial.control.first.describe(),
        shown(&attempt.name),
        attempt.answer.describe()
    );
    if let Some(served) = &attempt.served {
        line.push_str(&format!(", served as {}", served.essence()));
    }
    line
}
