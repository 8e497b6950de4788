//! [`Options`]: the command line, once it makes sense.

use std::num::NonZeroU32;
use std::time::Duration;

use http::{HeaderMap, Method, header};
use mantlet_core::audit::{Encoding, Field, FieldKind, Form};
use wildmatch::WildMatch;

use super::args::Args;
use super::avoid;
use super::client::{Trust, parse_header};
use super::forms::named;
use super::target::Target;
use crate::failure::{EXIT_USAGE, Failure};
use crate::tls::local_ca;

/// What is audited and how; valid once built. It holds passwords and cookies, so nothing prints it.
pub(crate) struct Options {
    pub(super) target: Target,
    pub(super) active: bool,
    pub(super) headers: HeaderMap,
    pub(super) cookies: Vec<(String, String)>,
    pub(super) login: Option<Login>,
    pub(super) session_cookies: Vec<String>,
    pub(super) forms: Vec<Form>,
    pub(super) upload_view: Option<String>,
    pub(super) crawl: usize,
    exclude: Vec<WildMatch>,
    pub(super) trust: Trust,
    pub(super) per_second: u32,
    pub(super) timeout: Duration,
    pub(super) max_time: Duration,
}

/// How to log in.
pub(super) struct Login {
    pub(super) at: LoginAt,
    pub(super) fields: Vec<(String, String)>,
}

/// Where.
pub(super) enum LoginAt {
    /// With the form on this page, or with those it leads to.
    Page(String),
    /// With this request, as a script sends it: the fields are an object of JSON.
    Request(Method, String),
}

impl Options {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    /// Wrong usage, said so that it can be put right.
    pub(crate) fn new(args: &Args) -> anyhow::Result<Self> {
        let target = Target::parse(&args.url).ok_or_else(|| {
            usage(format!("not a URL of a site: {}", args.url)).fix("https://shop.example, or localhost:5000")
        })?;
        authorize(args, &target)?;
        let loopback = target.is_loopback();
        Ok(Self {
            active: args.active,
            headers: headers(args, &target)?,
            cookies: pairs(&args.cookies, "--cookie")?,
            login: login(args, &target)?,
            session_cookies: args.session_cookies.clone(),
            forms: forms(args, &target)?,
            upload_view: args.upload_view.clone(),
            crawl: args.crawl,
            exclude: args.exclude.iter().map(|glob| WildMatch::new_case_insensitive(glob)).collect(),
            trust: trust(args, &target)?,
            per_second: args.rate.map_or(if loopback { 50 } else { 10 }, NonZeroU32::get),
            timeout: args.timeout,
            max_time: args.max_time,
            target,
        })
    }

    /// Whether a path must not be requested: links that end a session or something else are found on most sites, and following them
    /// is no audit.
    pub(super) fn excludes(&self, path: &str) -> bool {
        self.is_named_to_exclude(path) || avoid::address_ends_something(path)
    }

    /// Whether a link or a button must not be pressed, by what is written on it.
    pub(super) fn excludes_label(&self, label: &str) -> bool {
        let words: Vec<&str> = label.split_whitespace().collect();
        self.is_named_to_exclude(&words.join("-")) || avoid::label_ends_something(label)
    }

    fn is_named_to_exclude(&self, what: &str) -> bool {
        self.exclude.iter().any(|glob| glob.matches(what))
    }
}

fn usage(what: impl Into<String>) -> Failure {
    Failure::new(what).exit(EXIT_USAGE)
}

/// Forms and files go to nobody who was not named twice.
fn authorize(args: &Args, target: &Target) -> anyhow::Result<()> {
    let host = target.origin().host();
    if let Some(named) = &args.authorize
        && !named.eq_ignore_ascii_case(host)
    {
        return Err(usage(format!("--authorize {named} is not the host of {}", args.url))
            .fix(format!("--authorize {host}"))
            .into());
    }
    if args.active && args.authorize.is_none() && !target.is_loopback() {
        return Err(usage(format!("--active against {host} would send form posts and uploads to it"))
            .fix(format!("add --authorize {host}   (only if you may test that host)"))
            .into());
    }
    Ok(())
}

fn headers(args: &Args, target: &Target) -> anyhow::Result<HeaderMap> {
    let is_secret = !args.headers.is_empty() || !args.cookies.is_empty() || args.login.is_some();
    if is_secret && !target.is_https() && !target.is_loopback() {
        return Err(usage("headers, cookies and logins are not sent in the clear")
            .seen(format!("{} is plain HTTP", args.url))
            .fix("audit the https:// address")
            .into());
    }
    let mut headers = HeaderMap::new();
    for text in &args.headers {
        let (name, value) = parse_header(text)
            .ok_or_else(|| usage(format!("not a header: --header {text:?}")).fix("--header 'Name: value'"))?;
        if name == header::HOST {
            return Err(usage("--header cannot set Host: nothing else than the URL's host is audited").into());
        }
        if name == header::COOKIE {
            return Err(usage("cookies are kept, changed and sent like a browser's")
                .fix("--cookie 'NAME=VALUE'")
                .into());
        }
        headers.append(name, value);
    }
    Ok(headers)
}

fn pairs(texts: &[String], flag: &str) -> anyhow::Result<Vec<(String, String)>> {
    texts
        .iter()
        .map(|text| {
            let (name, value) = text.split_once('=').ok_or_else(|| usage(format!("{flag} takes NAME=VALUE")))?;
            let value = match value.strip_prefix("env:") {
                Some(variable) => std::env::var(variable)
                    .map_err(|_| usage(format!("{flag} {name}=env:{variable}: no such variable in the environment")))?,
                None => value.to_owned(),
            };
            Ok((name.trim().to_owned(), value))
        })
        .collect()
}

fn login(args: &Args, target: &Target) -> anyhow::Result<Option<Login>> {
    let Some(text) = &args.login else { return Ok(None) };
    let at = if text.contains(' ') {
        let (method, path, _) = split_request(text, target, "--login")?;
        LoginAt::Request(method, path)
    } else {
        LoginAt::Page(local_path(target, text, "--login")?)
    };
    Ok(Some(Login { at, fields: pairs(&args.data, "--data")? }))
}

fn local_path(target: &Target, reference: &str, flag: &str) -> Result<String, Failure> {
    target
        .resolve("/", None, reference)
        .ok_or_else(|| usage(format!("{flag} {reference} is not on {}", target.origin())).fix(format!("{flag} /path")))
}

/// `POST /email email=a@b.example&name=x`, `POST /api/email {"email": "a@b.example"}`, and `POST /upload file`.
fn forms(args: &Args, target: &Target) -> anyhow::Result<Vec<Form>> {
    let mut forms = Vec::new();
    for text in &args.forms {
        let (method, action, fields) = split_request(text, target, "--form")?;
        let (encoding, fields) = if fields.trim_start().starts_with('{') {
            (Encoding::Json, members(fields)?)
        } else {
            (Encoding::Urlencoded, pairs_of_form(fields))
        };
        forms.push(named(method, action, encoding, fields));
    }
    for text in &args.uploads {
        let (method, action, field) = split_request(text, target, "--upload")?;
        let field = if field.is_empty() { "file" } else { field };
        let fields =
            vec![Field { name: field.to_owned(), kind: FieldKind::File, value: String::new(), required: true }];
        forms.push(named(method, action, Encoding::Multipart, fields));
    }
    Ok(forms)
}

fn pairs_of_form(fields: &str) -> Vec<Field> {
    let pairs = url::form_urlencoded::parse(fields.as_bytes());
    pairs.map(|(name, value)| typed(name.into_owned(), value.into_owned())).collect()
}

/// What is no text is sent as it is.
fn members(object: &str) -> Result<Vec<Field>, Failure> {
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(object).map_err(|error| {
        usage(format!("not a JSON object: --form {object}: {error}"))
            .fix("--form 'POST /api/email {\"email\": \"a@b.example\"}'")
    })?;
    let field = |(name, value)| match value {
        serde_json::Value::String(value) => typed(name, value),
        other => Field { name, kind: FieldKind::Fixed, value: other.to_string(), required: true },
    };
    Ok(members.into_iter().map(field).collect())
}

fn typed(name: String, value: String) -> Field {
    let is_password = ["passw", "pwd"].iter().any(|word| name.to_ascii_lowercase().contains(word));
    let kind = if is_password {
        FieldKind::Password
    } else if value.contains('@') {
        FieldKind::Email
    } else {
        FieldKind::Text
    };
    Field { name, kind, value, required: true }
}

fn split_request<'a>(text: &'a str, target: &Target, flag: &str) -> anyhow::Result<(Method, String, &'a str)> {
    let mut words = text.splitn(3, ' ');
    let method = words.next().and_then(|word| word.parse().ok());
    match (method, words.next()) {
        (Some(method), Some(path)) if method != Method::GET => {
            Ok((method, local_path(target, path, flag)?, words.next().unwrap_or_default()))
        }
        _ => Err(usage(format!("{flag} takes a request: {text:?}"))
            .fix(format!("{flag} 'POST /path field=value'"))
            .into()),
    }
}

/// This machine's own names are vouched for by this user's own authority.
fn trust(args: &Args, target: &Target) -> anyhow::Result<Trust> {
    let mut trust = Trust { roots: Vec::new(), insecure: args.insecure };
    if let Some(path) = &args.cacert {
        trust.add_file(path)?;
    }
    if target.is_loopback()
        && let Some(path) = local_ca::root_certificate()
    {
        trust.add_file(&path)?;
    }
    Ok(trust)
}
