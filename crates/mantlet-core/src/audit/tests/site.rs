//! [`TestSite`]: an observation, put together in few words.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::Origin;
use crate::audit::trial::{
    Announced, Answer, Control, CsrfTrial, Forgery, Purpose, Served, SizeTrial, Trick, UploadAttempt, UploadTrial,
};
use crate::audit::{
    Action, Active, Encoding, Field, FieldKind, Form, Https, Meta, Observation, PlainHttp, Scripted, Seen, Transport,
};

/// An observation, put together in few words.
pub(super) struct TestSite {
    pub(super) observation: Observation,
}

impl TestSite {
    /// `https://shop.example`, where nothing was seen yet.
    pub(super) fn https() -> Self {
        Self::at("https://shop.example")
    }

    pub(super) fn at(origin: &str) -> Self {
        let origin = Origin::parse(origin).unwrap();
        let is_https = origin.to_string().starts_with("https");
        Self {
            observation: Observation {
                loopback: origin.is_loopback_name(),
                origin,
                session_cookies: Vec::new(),
                responses: Vec::new(),
                forms: Vec::new(),
                passed_over: None,
                transport: Transport {
                    https: if is_https { Https::Trusted } else { Https::Absent("refused".into()) },
                    plain: if is_https { PlainHttp::Silent } else { PlainHttp::Serves },
                    unknown_host: None,
                },
                sizes: Vec::new(),
                active: None,
                scripted: Scripted::default(),
                cut_short: false,
            },
        }
    }

    /// An answer to a plain GET.
    pub(super) fn answers(mut self, path: &str, status: u16, fields: &[(&str, &str)]) -> Self {
        let https = self.observation.origin.to_string().starts_with("https");
        self.observation.responses.push(Seen {
            method: Method::GET,
            path: path.to_owned(),
            https,
            provoked: status == 404,
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers(fields),
            meta: Vec::new(),
        });
        self
    }

    /// An answer to a form.
    pub(super) fn answers_a_form(mut self, path: &str, fields: &[(&str, &str)]) -> Self {
        let seen = Seen {
            method: Method::POST,
            path: path.to_owned(),
            https: true,
            provoked: false,
            status: StatusCode::FOUND,
            headers: headers(fields),
            meta: Vec::new(),
        };
        self.active().answers.push(seen);
        self
    }

    /// A page with these fields.
    pub(super) fn page(self, fields: &[(&str, &str)]) -> Self {
        let mut all = vec![("content-type", "text/html; charset=utf-8")];
        all.extend_from_slice(fields);
        self.answers("/", 200, &all)
    }

    /// A page that sets a cookie.
    pub(super) fn sets(self, cookie: &str) -> Self {
        self.page(&[("set-cookie", cookie)])
    }

    /// The last answer's page says this in its head.
    pub(super) fn in_its_head(mut self, name: &str, content: &str) -> Self {
        let seen = self.observation.responses.last_mut().unwrap();
        seen.meta.push(Meta { name: name.to_owned(), content: content.to_owned() });
        self
    }

    pub(super) fn form(mut self, form: Form) -> Self {
        self.observation.forms.push(form);
        self
    }

    pub(super) fn transport(mut self, change: impl FnOnce(&mut Transport)) -> Self {
        change(&mut self.observation.transport);
        self
    }

    /// 1 TiB was announced, and, where that was answered, a few bytes.
    pub(super) fn announced(mut self, huge: Announced, small: Option<Announced>) -> Self {
        self.observation.sizes.push(SizeTrial { request: "POST /upload".into(), huge, small });
        self
    }

    fn active(&mut self) -> &mut Active {
        self.observation.active.get_or_insert_default()
    }

    /// What was sent got no answer.
    pub(super) fn tried_in_vain(mut self) -> Self {
        self.active();
        self
    }

    /// A form that was forged: what the forgery was answered.
    pub(super) fn forged(mut self, purpose: Purpose, forgeries: &[(Forgery, Answer)]) -> Self {
        self.active().csrf.push(CsrfTrial {
            request: "POST /email".into(),
            purpose,
            has_token: false,
            in_doubt: false,
            control: control(),
            attempts: forgeries.to_vec(),
        });
        self
    }

    pub(super) fn last_trial(mut self, change: impl FnOnce(&mut CsrfTrial)) -> Self {
        change(self.active().csrf.last_mut().unwrap());
        self
    }

    /// A file that was sent: what was answered, and how it is served now.
    pub(super) fn uploaded(mut self, trick: Trick, name: &str, answer: Answer, served: Option<Served>) -> Self {
        let active = self.active();
        if active.uploads.is_empty() {
            active.uploads.push(UploadTrial {
                request: "POST /upload".into(),
                field: "file".into(),
                control: control(),
                control_served: Some(self::served("/uploads/a.png", &[("content-type", "image/png")])),
                attempts: Vec::new(),
            });
        }
        let attempt = UploadAttempt { trick, name: name.to_owned(), answer, served };
        active.uploads.last_mut().unwrap().attempts.push(attempt);
        self
    }

    pub(super) fn last_upload(mut self, change: impl FnOnce(&mut UploadTrial)) -> Self {
        change(self.active().uploads.last_mut().unwrap());
        self
    }
}

pub(super) fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

pub(super) fn served(path: &str, fields: &[(&str, &str)]) -> Served {
    Served { path: path.to_owned(), headers: headers(fields), executed: false }
}

/// What acceptance looks like: 302 to `/done`.
pub(super) fn accepted() -> Answer {
    Answer::read(StatusCode::FOUND, &headers(&[("location", "/done/17")]), b"", b"<p>Saved at 12:01")
}

/// The same text with a status.
pub(super) fn answered(status: u16) -> Answer {
    Answer::read(StatusCode::from_u16(status).unwrap(), &headers(&[]), b"no", b"")
}

/// What most refusals look like.
pub(super) fn refused() -> Answer {
    Answer::read(StatusCode::FORBIDDEN, &headers(&[]), b"no", b"")
}

/// What a refusal of an application that redirects looks like: 302 to the form.
pub(super) fn sent_back() -> Answer {
    Answer::read(StatusCode::FOUND, &headers(&[("location", "/form")]), b"", b"<p>Not saved")
}

pub(super) fn broken() -> Answer {
    Answer::read(StatusCode::INTERNAL_SERVER_ERROR, &headers(&[]), b"", b"")
}

pub(super) fn read_back(answer: Answer, is_there: bool) -> Answer {
    answer.and_read_back(Some(is_there))
}

fn control() -> Control {
    Control { first: accepted(), second: accepted(), empty: sent_back(), unknown_type: None, by_get: None }
}

pub(super) fn form(action: &str) -> Form {
    Form {
        page: "/".into(),
        method: Method::POST,
        action: Action::new(action),
        encoding: Encoding::Urlencoded,
        fields: vec![field("email", FieldKind::Email)],
        public: true,
        token: None,
        header: None,
        captcha: false,
        doubtful: Vec::new(),
    }
}

pub(super) fn login_form() -> Form {
    Form { fields: vec![field("user", FieldKind::Text), field("password", FieldKind::Password)], ..form("/login") }
}

pub(super) fn upload_form() -> Form {
    Form { fields: vec![field("file", FieldKind::File)], encoding: Encoding::Multipart, ..form("/upload") }
}

fn field(name: &str, kind: FieldKind) -> Field {
    Field { name: name.to_owned(), kind, value: String::new(), required: false }
}
