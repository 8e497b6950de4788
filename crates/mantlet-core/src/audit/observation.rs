//! [`Observation`]: everything a prober saw of a site. Facts only; what they mean is for the rules.

use http::{HeaderMap, Method, StatusCode};

use super::action::{Action, TOKEN_AT_LEAST};
use super::content_type::essence;
use super::redact::{names_token, shortened};
use super::token_header::TokenHeader;
use super::trial::{CsrfTrial, Fate, SizeTrial, UploadTrial};
use crate::origin::Origin;

/// What was seen of one site.
#[derive(Debug)]
pub struct Observation {
    /// The audited origin.
    pub origin: Origin,
    /// It is this machine: a loopback address or a name that never leaves it.
    pub loopback: bool,
    /// Cookies named by the user as session cookies; empty: recognise them.
    pub session_cookies: Vec<String>,
    /// Every answer to a plain GET, in order.
    pub responses: Vec<Seen>,
    /// Forms that change something: every form on those pages that is not sent by GET.
    pub forms: Vec<Form>,
    /// The first form that changes something and was left alone, as one that deletes is: `POST /delete`.
    pub passed_over: Option<String>,
    /// The way there.
    pub transport: Transport,
    /// Huge bodies that were announced and never sent.
    pub sizes: Vec<SizeTrial>,
    /// What was tried with consent.
    pub active: Option<Active>,
    /// What scripts of its pages do in place of forms.
    pub scripted: Scripted,
    /// The time was over before all was seen and tried.
    pub cut_short: bool,
}

/// What scripts do in place of forms: what they send is not seen. Of each, the first page or script that shows it.
#[derive(Debug, Default)]
pub struct Scripted {
    /// They send requests.
    pub requests: Option<String>,
    /// A password is asked for that no form sends.
    pub login: Option<String>,
    /// A file is asked for that no form sends.
    pub upload: Option<String>,
}

/// Requests that change something, sent with consent.
#[derive(Debug, Default)]
pub struct Active {
    /// Forged requests.
    pub csrf: Vec<CsrfTrial>,
    /// Forged files.
    pub uploads: Vec<UploadTrial>,
    /// Answers that set a cookie, to forms as their own pages send them: many sites begin a session there.
    pub answers: Vec<Seen>,
}

impl Active {
    /// How many forged requests, and how many forged files, were refused.
    pub fn refusals(&self) -> (usize, usize) {
        let is_refused = |trial: &CsrfTrial, forgery| matches!(trial.fate(forgery), Some((Fate::Refused, _)));
        let requests =
            self.csrf.iter().flat_map(|trial| trial.attempts.iter().map(move |(forgery, _)| (trial, *forgery)));
        let files = self.uploads.iter().flat_map(|trial| trial.attempts.iter().map(move |attempt| (trial, attempt)));
        (
            requests.filter(|(trial, forgery)| is_refused(trial, *forgery)).count(),
            files
                .filter(|(_, attempt)| attempt.served.is_none())
                .filter(|(trial, attempt)| trial.control.fate(&attempt.answer) == Fate::Refused)
                .count(),
        )
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method it was asked for with.
    pub method: Method,
    /// The path that was asked for.
    pub path: String,
    /// It came over TLS.
    pub https: bool,
    /// It was asked for to provoke an error.
    pub provoked: bool,
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// What the head of a page says in the place of header fields.
    pub meta: Vec<Meta>,
}

/// A `meta` element in the head of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Its `http-equiv`, or its `name`, lower case.
    pub name: String,
    /// Its `content`.
    pub content: String,
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenKind {
    /// A successful answer with a document that browsers run.
    Page,
    /// A successful answer with anything else: script, style, image, data.
    Resource,
    /// A redirect, or not modified.
    Redirect,
    /// 4xx or 5xx.
    Error,
}

impl Seen {
    /// `GET /email`.
    pub fn request(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// What kind of answer it is.
    pub fn kind(&self) -> SeenKind {
        if self.status.is_client_error() || self.status.is_server_error() {
            SeenKind::Error
        } else if self.status.is_redirection() {
            SeenKind::Redirect
        } else if self.essence().is_some_and(|essence| DOCUMENTS.contains(&essence.as_str())) {
            SeenKind::Page
        } else {
            SeenKind::Resource
        }
    }

    /// The media type without its parameters, lower case.
    pub fn essence(&self) -> Option<String> {
        essence(&self.headers)
    }

    /// The first value of a field, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Documents in which script runs with the site's origin.
const DOCUMENTS: [&str; 4] = ["text/html", "application/xhtml+xml", "image/svg+xml", "text/xml"];

/// A form on a page.
#[derive(Debug, Clone)]
pub struct Form {
    /// The path of the page it stands on.
    pub page: String,
    /// The method, as browsers send it.
    pub method: Method,
    /// Where it is sent to.
    pub action: Action,
    /// How it is written down.
    pub encoding: Encoding,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Whoever comes by sees it, without having logged in.
    pub public: bool,
    /// The hidden field whose value differs between two sessions.
    pub token: Option<String>,
    /// What scripts of its page send along.
    pub header: Option<TokenHeader>,
    /// It holds a CAPTCHA: what is not sent by a human is refused, whoever sends it.
    pub captcha: bool,
    /// Where no second session could be compared: hidden fields that may be tokens, since nobody can guess their values.
    pub doubtful: Vec<String>,
}

impl Form {
    /// `POST /email`.
    pub fn request(&self) -> String {
        shortened(&format!("{} {}", self.method, self.action.without_tokens()))
    }

    /// Whether it carries a token, in a field or in its address.
    pub fn carries_token(&self) -> bool {
        self.token.is_some() || self.action.has_token()
    }

    /// Whether it carries one, or its page's scripts do for it.
    pub(crate) fn has_token(&self) -> bool {
        self.carries_token() || self.header.is_some()
    }

    /// Whether somebody logs in with it: whoever comes by is asked for a password, once. Settings may ask for it again.
    pub fn is_login(&self) -> bool {
        let mut passwords = self.fields.iter().filter(|field| field.kind == FieldKind::Password);
        let (Some(password), None) = (passwords.next(), passwords.next()) else { return false };
        let name = password.name.to_ascii_lowercase();
        self.public
            && !["current", "old", "new", "confirm", "repeat", "retype", "verify"]
                .iter()
                .any(|word| name.contains(word))
    }

    /// The first field that takes a file.
    pub fn file_field(&self) -> Option<&Field> {
        self.file_fields().next()
    }

    /// Every field that takes a file.
    pub fn file_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.kind == FieldKind::File)
    }
}

/// How a form is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As browsers do unless they are told otherwise.
    Urlencoded,
    /// `multipart/form-data`.
    Multipart,
    /// As scripts do: an object. The value of a fixed field is JSON, of any other a text.
    Json,
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What it holds before anybody types.
    pub value: String,
    /// Browsers do not send the form while it is empty.
    pub required: bool,
}

impl Field {
    /// Whether it is sent as it is, and nobody could guess its value.
    pub fn is_unguessable(&self) -> bool {
        let digits = self.value.bytes().filter(u8::is_ascii_digit).count();
        self.may_be_token() && !self.value.contains(char::is_whitespace) && (1..self.value.len()).contains(&digits)
    }

    /// Whether it is a token by its name.
    pub fn is_called_token(&self) -> bool {
        self.may_be_token() && names_token(&self.name)
    }

    /// Shorter values are dates and counters: nobody needs to read the page to know them.
    pub fn may_be_token(&self) -> bool {
        self.kind == FieldKind::Fixed && self.value.len() >= TOKEN_AT_LEAST
    }
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text of any kind, or several.
    Text,
    /// An e-mail address.
    Email,
    /// A number.
    Number,
    /// A password.
    Password,
    /// A file.
    File,
    /// Nothing: it is sent as it is (hidden, select, ticked box, button).
    Fixed,
}

/// What was seen of the way there.
#[derive(Debug, Clone)]
pub struct Transport {
    /// TLS on the audited host.
    pub https: Https,
    /// Plain HTTP on the audited host.
    pub plain: PlainHttp,
    /// The answer to [`UNKNOWN_HOST`]; `None`: no answer.
    pub unknown_host: Option<UnknownHost>,
}

/// A name nobody can own (RFC 6761, section 6.4): no site's.
pub const UNKNOWN_HOST: &str = "mantlet-probe.invalid";

/// The answer to a Host that is not the site's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownHost {
    /// The path that was asked for.
    pub path: String,
    /// The status.
    pub status: StatusCode,
    /// Where a redirect leads.
    pub location: Option<String>,
}

/// TLS on the audited host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Https {
    /// The certificate is good.
    Trusted,
    /// TLS is spoken, but the certificate is not good: why.
    Untrusted(String),
    /// TLS is not spoken: why.
    Absent(String),
}

/// Plain HTTP on the audited host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainHttp {
    /// Nothing answers.
    Silent,
    /// It is sent elsewhere.
    Redirects {
        /// The `Location`.
        to: String,
    },
    /// It is refused.
    Refuses(StatusCode),
    /// It is served.
    Serves,
}
