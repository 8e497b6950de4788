//! Trials: a control request that must succeed, and the same request with one thing changed.
//!
//! 1. The control is sent twice, so that what varies by itself is known.
//! 2. An absurd request (no fields at all) shows what a rejection looks like. When it looks like success, looks decide
//!    nothing. Where files are taken, one of a type that is on nobody's list shows how a file is turned away.
//! 3. Where the value that was sent can be read back from the site, that decides, and nothing else.

use std::hash::{DefaultHasher, Hash, Hasher};

use http::{HeaderMap, StatusCode, header};

use super::content_type::{essence, has_nosniff};
use crate::headers::csp;

/// What is compared of an answer. What names, numbers and random values look like is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The `Location`, masked.
    pub location: Option<String>,
    content_type: Option<String>,
    /// Names of the cookies that were set.
    cookies: Vec<String>,
    /// The masked text of the body, and of the page the answer leads to.
    text: u64,
    /// Whether the value that was sent could be read back afterwards; `None`: it was not looked for.
    pub read_back: Option<bool>,
}

impl Answer {
    /// Reads an answer. `body` is as much of the body as was read; `landing` the body of the page a redirect led to.
    pub fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], landing: &[u8]) -> Self {
        let mut cookies: Vec<String> = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok()?.split('=').next().map(str::to_owned))
            .collect();
        cookies.sort_unstable();
        cookies.dedup();
        let mut text = DefaultHasher::new();
        mask(&String::from_utf8_lossy(body)).hash(&mut text);
        mask(&String::from_utf8_lossy(landing)).hash(&mut text);
        Self {
            status,
            location: headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(mask),
            content_type: essence(headers),
            cookies,
            text: text.finish(),
            read_back: None,
        }
    }

    /// The same, and whether what was sent could be read back.
    #[must_use]
    pub fn and_read_back(self, read_back: Option<bool>) -> Self {
        Self { read_back, ..self }
    }

    /// `302 to /email`.
    pub fn describe(&self) -> String {
        match &self.location {
            Some(location) => format!("{} to {location}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }
}

/// Replaces what differs between two equal answers: numbers, long tokens, and the names of our own files and their types.
fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len().min(MASKED_AT_MOST));
    for run in text.split_inclusive(|c: char| !is_token(c)) {
        let token = run.trim_end_matches(|c| !is_token(c));
        let varies = token.len() > 20
            || token.bytes().any(|b| b.is_ascii_digit())
            || token.starts_with(PROBE)
            || EXTENSIONS.contains(&token.trim_matches('.'));
        masked.push_str(if varies { "*" } else { token });
        masked.push_str(run.get(token.len()..).unwrap_or_default());
        if masked.len() >= MASKED_AT_MOST {
            break;
        }
    }
    masked
}

/// Pages differ in their first half or not at all.
const MASKED_AT_MOST: usize = 256 * 1024;

/// How everything that the audit leaves on a target begins.
pub const PROBE: &str = "mantlet-probe-";

/// What our files are called: many sites say of which type they want none.
const EXTENSIONS: [&str; 7] = ["png", "html", "svg", "php", "PhP", "phtml", "mantlet"];

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+')
}

/// What acceptance and rejection look like.
#[derive(Debug, Clone)]
pub struct Control {
    /// The request as the site's own page sends it.
    pub first: Answer,
    /// The same once more.
    pub second: Answer,
    /// The request without any field.
    pub absurd: Answer,
    /// The request with a file of a made-up type. `None`: it takes no file, or this one was found stored.
    pub hopeless: Option<Answer>,
    /// The request as a GET, its fields in the address. `None`: it answers with more than a page, or what it sent is read back.
    pub by_get: Option<Answer>,
}

/// What became of a changed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It had the effect of the control.
    Accepted,
    /// It had not.
    Refused,
    /// It cannot be told.
    Undecided(&'static str),
}

impl Fate {
    /// How far a request with this fate went.
    const fn went(self) -> u8 {
        match self {
            Self::Refused => 0,
            Self::Undecided(_) => 1,
            Self::Accepted => 2,
        }
    }
}

impl Control {
    /// Whether the control did what it should.
    ///
    /// # Errors
    /// Why nothing built on it can be decided.
    pub fn succeeded(&self) -> Result<(), String> {
        let refused = |why: &str| Err(format!("the control request itself {why} ({})", self.first.describe()));
        if self.first.read_back == Some(true) {
            return Ok(());
        }
        if !(self.first.status.is_success() || self.first.status.is_redirection()) {
            return refused("was refused");
        }
        if self.first.location.as_deref().is_some_and(is_login_path) {
            return refused("was sent to log in");
        }
        if self.first.read_back == Some(false) {
            return refused("had no visible effect");
        }
        if self.by_get.as_ref().is_some_and(|page| self.looks_alike(page)) {
            return refused("gets the same page by GET, so it may only show something");
        }
        Ok(())
    }

    /// What became of a changed request.
    pub fn fate(&self, answer: &Answer) -> Fate {
        if self.first.read_back == Some(true)
            && let Some(read_back) = answer.read_back
        {
            return if read_back { Fate::Accepted } else { Fate::Refused };
        }
        if answer.status.is_client_error() && !self.first.status.is_client_error() {
            return Fate::Refused;
        }
        if answer.status.is_server_error() {
            return Fate::Undecided("the server failed");
        }
        if self.looks_alike(&self.absurd) {
            return Fate::Undecided("an empty form gets the same answer as a complete one");
        }
        if self.looks_alike(answer) {
            return Fate::Accepted;
        }
        if answer.status.is_redirection() && answer.location.as_deref().is_some_and(is_login_path) {
            return Fate::Refused;
        }
        // A site that takes any file answered the hopeless one as it did the control: that was caught above.
        if answer == &self.absurd || Some(answer) == self.hopeless.as_ref() {
            return Fate::Refused;
        }
        Fate::Undecided("the answer is neither the control's nor a rejection's")
    }

    /// What became of a changed login. The control is one that fails, and so is the request without fields: what differs
    /// from both did not get as far as the password.
    fn fate_of_login(&self, answer: &Answer) -> Fate {
        if self.first.status.is_server_error() || answer.status.is_server_error() {
            return Fate::Undecided("the server failed");
        }
        if self.first.status != self.second.status {
            return Fate::Undecided("a login that fails is answered otherwise after a few");
        }
        let varies = self.first.text != self.second.text;
        if varies && self.is_deaf() {
            return Fate::Undecided("a login that fails is never answered alike");
        }
        if self.looks_alike(answer) {
            // Only 401 says that somebody has looked at the password: any other may have refused the control as a forgery.
            let may_be_refused = self.first.status.is_client_error() && self.first.status != StatusCode::UNAUTHORIZED;
            return if may_be_refused && self.is_deaf() {
                Fate::Undecided("a wrong password, no password and a forged request are all refused alike")
            } else {
                Fate::Accepted
            };
        }
        let differs = self.first.status != answer.status
            || self.first.location != answer.location
            || (!varies && self.first.text != answer.text);
        if differs {
            Fate::Refused
        } else {
            Fate::Undecided("only cookies or types differ from those of a login that fails")
        }
    }

    /// Whether a request without fields gets what the control gets.
    pub(super) fn is_deaf(&self) -> bool {
        self.looks_alike(&self.absurd)
    }

    /// Compares what did not vary between the two controls.
    fn looks_alike(&self, answer: &Answer) -> bool {
        let (first, second) = (&self.first, &self.second);
        first.status == answer.status
            && first.location == answer.location
            && (first.content_type != second.content_type || first.content_type == answer.content_type)
            && (first.text != second.text || first.text == answer.text)
            && (first.cookies != second.cookies || first.cookies == answer.cookies)
    }
}

fn is_login_path(location: &str) -> bool {
    let location = location.to_ascii_lowercase();
    ["login", "signin", "sign-in", "sign_in", "log-in"].iter().any(|word| location.contains(word))
}

/// One request and its forgeries.
#[derive(Debug, Clone)]
pub struct CsrfTrial {
    /// `POST /email`.
    pub request: String,
    /// What the request is for.
    pub purpose: Purpose,
    /// It carries a token.
    pub has_token: bool,
    /// The request as the site's own page sends it.
    pub control: Control,
    /// The forgeries.
    pub attempts: Vec<(Forgery, Answer)>,
}

impl CsrfTrial {
    /// What became of one kind of forgery: of several, the one that went furthest. `None`: it was not tried.
    pub fn fate(&self, forgery: Forgery) -> Option<(Fate, &Answer)> {
        let fates = self.attempts.iter().filter(|(kind, _)| *kind == forgery);
        let fate = |answer| match self.purpose {
            Purpose::Login => self.control.fate_of_login(answer),
            Purpose::Change | Purpose::Upload => self.control.fate(answer),
        };
        fates.map(|(_, answer)| (fate(answer), answer)).max_by_key(|(fate, _)| fate.went())
    }

    /// What became of the request as another site's page sends it: with which token, if any, it went furthest.
    pub fn fate_from_another_site(&self) -> Option<(Fate, Forgery, &Answer)> {
        let (bare, answer) = self.fate(Forgery::CrossSite)?;
        match self.fate(Forgery::CrossSiteOthersToken) {
            Some((fate, answer)) if fate.went() > bare.went() => Some((fate, Forgery::CrossSiteOthersToken, answer)),
            _ => Some((bare, Forgery::CrossSite, answer)),
        }
    }
}

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

/// A huge body that was announced and never sent.
#[derive(Debug, Clone)]
pub struct SizeTrial {
    /// `POST /upload`.
    pub request: String,
    /// The final answer; `None`: the site waited for the body.
    pub answer: Option<StatusCode>,
}

/// An upload and its forgeries.
#[derive(Debug, Clone)]
pub struct UploadTrial {
    /// `POST /upload`.
    pub request: String,
    /// The field that takes the file.
    pub field: String,
    /// A small real PNG.
    pub control: Control,
    /// Where the control can be fetched.
    pub control_served: Option<Served>,
    /// The forgeries.
    pub attempts: Vec<UploadAttempt>,
}

/// One forged file.
#[derive(Debug, Clone)]
pub struct UploadAttempt {
    /// What is wrong with it.
    pub trick: Trick,
    /// The name it was sent under.
    pub name: String,
    /// The answer to the upload.
    pub answer: Answer,
    /// Where it can be fetched afterwards.
    pub served: Option<Served>,
}

/// What is wrong with a forged file. Nothing in it does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// An HTML page under a name that says so.
    Html,
    /// An SVG image under its own name.
    Svg,
    /// A PHP script under a name that servers run.
    ServerScript,
    /// `probe.php.png`.
    DoubleExtension,
    /// `probe.PhP`.
    MixedCase,
    /// HTML bytes under the name of a PNG.
    Mismatch,
    /// `../probe.png`.
    Traversal,
}

/// A stored file as it is served.
#[derive(Debug, Clone)]
pub struct Served {
    /// The path it was fetched from.
    pub path: String,
    /// The header fields it came with.
    pub headers: HeaderMap,
    /// What came is not the file but what it prints: the server ran it.
    pub executed: bool,
}

impl Served {
    /// The media type without its parameters.
    pub fn essence(&self) -> String {
        essence(&self.headers).unwrap_or_else(|| "no type".to_owned())
    }

    /// Whether a browser would run it with the site's origin: neither a download nor sandboxed.
    pub fn runs_in_browser(&self) -> bool {
        let texts = |name| self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let is_download = texts(header::CONTENT_DISPOSITION)
            .any(|value| value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("attachment")));
        let is_sandboxed =
            texts(header::CONTENT_SECURITY_POLICY).flat_map(csp::parse).any(|policy| policy.get("sandbox").is_some());
        !is_download && !is_sandboxed
    }

    /// Whether browsers are kept from guessing another type.
    pub fn has_nosniff(&self) -> bool {
        has_nosniff(&self.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_answers_stay_equal_when_their_numbers_differ() {
        let read = |text: &str, location: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, location.parse().unwrap());
            Answer::read(StatusCode::FOUND, &headers, text.as_bytes(), b"")
        };
        let one = read("Saved mantlet-probe-7f-1.png at 12:01, token 8c1b0e7a", "/uploads/mantlet-probe-7f-1.png");
        let other = read("Saved mantlet-probe-7f-2.html at 12:02, token 00ffee11", "/uploads/mantlet-probe-7f-2.html");
        assert_eq!(one, other);
        assert_ne!(
            one,
            read("Not saved mantlet-probe-7f-1.png at 12:01, token 8c1b0e7a", "/uploads/mantlet-probe-7f-1.png")
        );
        assert_ne!(one, read("Saved mantlet-probe-7f-1.png at 12:01, token 8c1b0e7a", "/"));
    }

    #[test]
    fn what_varies_by_itself_decides_nothing() {
        let answer = |text: &str| Answer::read(StatusCode::OK, &HeaderMap::new(), text.as_bytes(), b"");
        let control = Control {
            first: answer("hello"),
            second: answer("good day"),
            absurd: answer("hello"),
            hopeless: None,
            by_get: None,
        };
        assert_eq!(
            control.fate(&answer("good evening")),
            Fate::Undecided("an empty form gets the same answer as a complete one")
        );
    }

    #[test]
    fn how_a_hopeless_file_is_turned_away_is_how_files_are() {
        let answer = |text: &str| Answer::read(StatusCode::OK, &HeaderMap::new(), text.as_bytes(), b"");
        let control = |hopeless: &str| Control {
            first: answer("stored"),
            second: answer("stored"),
            absurd: answer("choose a file"),
            hopeless: Some(answer(hopeless)),
            by_get: None,
        };
        assert_eq!(control("pictures only").fate(&answer("pictures only")), Fate::Refused);
        assert_eq!(control("stored").fate(&answer("stored")), Fate::Accepted);
        assert!(matches!(control("pictures only").fate(&answer("hm")), Fate::Undecided(_)));
    }
}
