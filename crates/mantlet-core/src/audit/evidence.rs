//! [`Evidence`]: an observation, read once for all rules.

use std::ops::Deref;

use http::header;

use super::action::TOKEN_AT_LEAST;
use super::{Form, Observation, Seen, SeenKind};
use crate::cookie::folder::own_name;
use crate::cookie::{SetCookie, date};
use crate::headers::csp;
use crate::session::SessionCookies;
use crate::session::recognition::{CookieKind, is_set_as_session};

/// Notices that the next page shows, as Django and others keep them: set as a session's, and nobody is known by them.
const SHOWN_ONCE: [&[u8]; 3] = [b"messages", b"flash", b"flash_messages"];

/// Nobody is known by less, whatever scripts and other sites are kept from: a language, a theme.
const ID_AT_LEAST: usize = 8;

/// An observation, read once for all rules.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    observation: &'a Observation,
    /// Every cookie that was set and not deleted, as browsers read it.
    pub(super) cookies: Vec<CookieSet<'a>>,
}

/// A cookie that an answer set.
#[derive(Debug)]
pub(super) struct CookieSet<'a> {
    pub(super) cookie: SetCookie<'a>,
    /// The answer.
    pub(super) seen: &'a Seen,
    /// The whole line.
    line: &'a [u8],
    /// Whoever has it is somebody.
    pub(super) is_session: bool,
}

impl<'a> CookieSet<'a> {
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(self.cookie.name()).into_owned()
    }

    /// Whether nobody could guess the value, which no script needs either.
    pub(super) fn looks_like_an_id(&self) -> bool {
        let value = self.cookie.value();
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        self.cookie.is_http_only() && value.len() >= TOKEN_AT_LEAST && (1..value.len()).contains(&digits)
    }

    /// Everything behind the value. As written.
    pub(super) fn attributes(&self) -> &'a [u8] {
        let end = self.line.iter().position(|byte| *byte == b';').unwrap_or(self.line.len());
        self.line.get(end..).unwrap_or_default()
    }

    /// `GET /  Set-Cookie: session=<redacted>; HttpOnly; Path=/`
    pub(super) fn proof(&self) -> String {
        let attributes = String::from_utf8_lossy(self.attributes());
        format!("{}  Set-Cookie: {}=<redacted>{attributes}", self.seen.request(), self.name())
    }

    /// How long it is kept, in seconds; `None`: until the browser is closed.
    pub(super) fn lifetime(&self) -> Option<i64> {
        self.cookie.max_age().or_else(|| Some(self.cookie.expires()?.saturating_sub(date_of(self.seen)?)))
    }
}

impl<'a> Evidence<'a> {
    pub(super) fn new(observation: &'a Observation) -> Self {
        let sessions = match observation.session_cookies.as_slice() {
            [] => SessionCookies::Auto,
            named => SessionCookies::Named(named.to_vec()),
        };
        let to_forms = observation.active.iter().flat_map(|active| &active.answers);
        let cookies = observation
            .responses
            .iter()
            .chain(to_forms)
            .flat_map(|seen| seen.headers.get_all(header::SET_COOKIE).iter().map(move |line| (seen, line.as_bytes())))
            .filter_map(|(seen, line)| {
                let cookie = SetCookie::parse(line).ok()?;
                let is_session = match sessions.kind(cookie.name()) {
                    CookieKind::Session => true,
                    CookieKind::Other | CookieKind::Prefixed => {
                        let is_shown_once = SHOWN_ONCE.contains(&own_name(cookie.name()));
                        let may_be_id = cookie.value().len() >= ID_AT_LEAST;
                        sessions == SessionCookies::Auto
                            && !is_shown_once
                            && may_be_id
                            && is_set_as_session(&cookie, cookie.path())
                    }
                    CookieKind::Csrf => false,
                };
                Some(CookieSet { cookie, seen, line, is_session })
            })
            .filter(|set| !set.cookie.is_deletion(|| date_of(set.seen)))
            .collect();
        Self { observation, cookies }
    }

    /// Session cookies, each time one was set.
    pub(super) fn sessions(&self) -> impl Iterator<Item = &CookieSet<'a>> {
        self.cookies.iter().filter(|set| set.is_session)
    }

    /// Answers of one kind.
    pub(super) fn of_kind(&self, kind: SeenKind) -> impl Iterator<Item = &'a Seen> {
        self.observation.responses.iter().filter(move |seen| seen.kind() == kind)
    }

    /// Answers over HTTPS.
    pub(super) fn over_https(&self) -> Vec<&'a Seen> {
        self.observation.responses.iter().filter(|seen| seen.https).collect()
    }

    /// Forms that take a file.
    pub(super) fn upload_forms(&self) -> impl Iterator<Item = &'a Form> {
        self.observation.forms.iter().filter(|form| form.file_field().is_some())
    }
}

impl Deref for Evidence<'_> {
    type Target = Observation;

    fn deref(&self) -> &Observation {
        self.observation
    }
}

fn date_of(seen: &Seen) -> Option<i64> {
    seen.headers.get(header::DATE).and_then(|value| date::parse(value.as_bytes()))
}

/// The content security policies of one answer: of its header fields and of its page's head.
#[derive(Debug)]
pub(super) struct Policies {
    pub(super) enforced: Vec<csp::Policy>,
    pub(super) reported: Vec<csp::Policy>,
}

impl Policies {
    pub(super) fn of(seen: &Seen) -> Self {
        let read = |name| {
            let values = seen.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            values.flat_map(csp::parse).collect()
        };
        let mut enforced: Vec<csp::Policy> = read(header::CONTENT_SECURITY_POLICY);
        let metas = seen.meta.iter().filter(|meta| meta.name == "content-security-policy");
        for mut policy in metas.flat_map(|meta| csp::parse(&meta.content)) {
            // What must hold before the page is read has no effect there (HTML, section 4.2.5.3).
            for name in ["frame-ancestors", "report-uri", "sandbox"] {
                policy.remove(name);
            }
            enforced.push(policy);
        }
        Self { enforced, reported: read(header::CONTENT_SECURITY_POLICY_REPORT_ONLY) }
    }

    /// Whether some enforced policy says which scripts may run.
    pub(super) fn governs_scripts(&self) -> bool {
        governs(&self.enforced)
    }

    /// Whether scripts are only reported on.
    pub(super) fn only_reports_scripts(&self) -> bool {
        !governs(&self.enforced) && governs(&self.reported)
    }

    /// What is judged: what only reports counts as if it were enforced, as long as nothing enforced says more.
    pub(super) fn judged(self) -> Vec<csp::Policy> {
        let only_reports = self.only_reports_scripts();
        let mut policies = self.enforced;
        if only_reports {
            policies.extend(self.reported);
        }
        policies
    }
}

fn governs(policies: &[csp::Policy]) -> bool {
    policies.iter().any(|policy| policy.effective("script-src").is_some())
}
