//! [`CsrfTrial`]: one request and its forgeries.

use super::answer::Answer;
use super::control::{Control, Fate};
use crate::audit::observation::Form;

/// One request and its forgeries.
#[derive(Debug, Clone)]
pub struct CsrfTrial {
    /// `POST /email`.
    pub request: String,
    /// What the request is for.
    pub purpose: Purpose,
    /// It carries a token.
    pub has_token: bool,
    /// What was forged without a token lacks a hidden value as well of which nobody knows whether it is one.
    pub in_doubt: bool,
    /// The request as the site's own page sends it.
    pub control: Control,
    /// The forgeries.
    pub attempts: Vec<(Forgery, Answer)>,
}

impl CsrfTrial {
    /// What came of the forgeries of a form.
    pub fn new(form: &Form, purpose: Purpose, control: Control, attempts: Vec<(Forgery, Answer)>) -> Self {
        let (has_token, in_doubt) = (form.has_token(), !form.doubtful.is_empty());
        Self { request: form.request(), purpose, has_token, in_doubt, control, attempts }
    }

    /// What became of one kind of forgery: of several, the one that went furthest. `None`: it was not tried.
    pub fn fate(&self, forgery: Forgery) -> Option<(Fate, &Answer)> {
        let fates = self.attempts.iter().filter(|(kind, _)| *kind == forgery);
        let fate = |answer| {
            let fate = match self.purpose {
                Purpose::Login => self.control.fate_of_login(answer),
                Purpose::Change | Purpose::Upload => self.control.fate(answer),
            };
            // The number of a record is such a value, too, and no protection.
            let may_be_incomplete = self.in_doubt && !forgery.has_token();
            if fate == Fate::Refused && may_be_incomplete { Fate::Undecided(INCOMPLETE) } else { fate }
        };
        fates.map(|(_, answer)| (fate(answer), answer)).max_by_key(|(fate, _)| fate.went())
    }

    /// What became of the request as another site's page sends it: with which token, if any, it went furthest.
    pub(crate) fn fate_from_another_site(&self) -> Option<(Fate, Forgery, &Answer)> {
        let (bare, answer) = self.fate(Forgery::CrossSite)?;
        match self.fate(Forgery::CrossSiteOthersToken) {
            Some((fate, answer)) if fate.went() > bare.went() => Some((fate, Forgery::CrossSiteOthersToken, answer)),
            _ => Some((bare, Forgery::CrossSite, answer)),
        }
    }
}

const INCOMPLETE: &str = "refused without a hidden value that may be a token: --login would tell";

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It changes something.
    Change,
    /// It logs somebody in. The control uses a made-up user: what counts is whether a forged request gets as far.
    Login,
    /// It sends a file.
    Upload,
}

/// How a request is forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// Exactly what a browser sends from another site: foreign Origin and Referer, Fetch Metadata, no token.
    CrossSite,
    /// The same, with whatever the form holds for another visitor: who forges can fetch the page, too.
    CrossSiteOthersToken,
    /// A valid token, another site's Origin and Referer, no Fetch Metadata: whether Origin is looked at.
    ForeignOrigin,
    /// A valid token, `Origin: null`.
    NullOrigin,
    /// A valid token, an Origin or a Referer that begins or ends like the site's, or holds its name.
    LookalikeOrigin,
    /// No token, and none of Origin, Referer and Fetch Metadata.
    NoOrigin,
    /// The fields in the address, as a link on another site sends them. No token.
    Get,
    /// The same, naming the form's method in `_method` and `X-HTTP-Method-Override`.
    MethodOverride,
}

impl Forgery {
    /// It carries whatever token the form has.
    const fn has_token(self) -> bool {
        !matches!(self, Self::CrossSite | Self::NoOrigin | Self::Get | Self::MethodOverride)
    }
}
