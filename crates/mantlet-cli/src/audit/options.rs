//! The command line of `mantlet audit`, and [`Options`]: the same once it makes sense.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use http::{HeaderMap, Method, header};
use mantlet_core::audit::{Action, Field, FieldKind, Form, Severity};
use wildmatch::WildMatch;

use super::client::{Trust, parse_header};
use super::target::Target;
use crate::failure::{EXIT_USAGE, Failure};
use crate::tls::local_ca;

/// `mantlet audit`. It may hold passwords and cookies, so nothing prints it.
#[derive(Clone, clap::Args)]
#[command(
    after_long_help = "Without --active only pages are read, as a visitor would. With it, forms and files are sent to the \
site: what was left there is listed at the end.

Examples:
  mantlet audit http://localhost:5000 --active
  mantlet audit https://shop.example
  mantlet audit https://staging.shop.example --active --authorize staging.shop.example
  mantlet audit http://localhost:5000 --login /login -d user=ann -d password=env:PW
  mantlet audit https://shop.example --select headers,session --fail-on medium --format json -o audit.json

Exits with 0 when nothing at or above --fail-on is missing, 1 when something is, 2 for wrong usage, 3 when the site could \
not be audited."
)]
pub(crate) struct Args {
    /// The site
    #[arg(value_name = "URL")]
    pub(super) url: String,
    /// Also send forms and files
    #[arg(long)]
    pub(super) active: bool,
    /// The host again: needed with --active unless it is this machine
    #[arg(long, value_name = "HOST")]
    pub(super) authorize: Option<String>,
    /// Send this header with every request; repeatable
    #[arg(short = 'H', long = "header", value_name = "K: V")]
    pub(super) headers: Vec<String>,
    /// Send this cookie; repeatable
    #[arg(short = 'b', long = "cookie", value_name = "K=V")]
    pub(super) cookies: Vec<String>,
    /// Log in first: fill and send the login form found there
    #[arg(long, value_name = "URL")]
    pub(super) login: Option<String>,
    /// A field of the login form; env:NAME reads the value from the environment; repeatable
    #[arg(short = 'd', long = "data", value_name = "K=V", requires = "login")]
    pub(super) data: Vec<String>,
    /// This is a session cookie, whatever it looks like; repeatable
    #[arg(long = "session-cookie", value_name = "NAME")]
    pub(super) session_cookies: Vec<String>,
    /// A request that changes something: 'POST /email email=a@b.example'; repeatable
    #[arg(long = "form", value_name = "REQUEST")]
    pub(super) forms: Vec<String>,
    /// A request that takes a file, and its field: 'POST /upload file'; repeatable
    #[arg(long = "upload", value_name = "REQUEST")]
    pub(super) uploads: Vec<String>,
    /// Where a stored file is served: '/uploads/{name}'
    #[arg(long, value_name = "PATH")]
    pub(super) upload_view: Option<String>,
    /// How many pages to visit beyond the first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) crawl: usize,
    /// Never request these paths either, beside those that log out or delete; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Only these checks; prefixes work: csrf,upload
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these checks; prefixes work
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Exit with 1 when something this bad is missing
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::High)]
    pub(super) fail_on: FailOn,
    /// The form of the report [default: by the extension of -o, else text]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(super) format: Option<Format>,
    /// Write the report to this file; repeatable, the format is that of its extension. Text still goes to the terminal
    #[arg(short, long = "output", value_name = "FILE")]
    pub(super) outputs: Vec<PathBuf>,
    /// Trust the authorities in this PEM file as well
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,
    /// Go on when the certificate is not good; it is reported all the same
    #[arg(long)]
    pub(super) insecure: bool,
    /// Requests a second [default: 10, or 50 when it is this machine]
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<NonZeroU32>,
    /// Seconds to wait for an answer
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(super) timeout: u64,
    /// Seconds for the whole audit
    #[arg(long, value_name = "S", default_value_t = 120)]
    pub(super) max_time: u64,
}

impl Args {
    /// An active audit with everything else as it is by default.
    pub(crate) fn active(url: &str) -> Result<Self, clap::Error> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        let line: Line = clap::Parser::try_parse_from(["audit", url, "--active"])?;
        Ok(line.args)
    }
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Only for the worst.
    Critical,
    /// An attack works.
    High,
    /// An attack is helped.
    Medium,
    /// Depth of defence.
    Low,
    /// Not at all.
    Never,
}

impl FailOn {
    /// The severity; `None`: never.
    pub(crate) const fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Never => None,
        }
    }
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: schema mantlet.audit/1.
    Json,
}

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
    pub(super) path: String,
    pub(super) fields: Vec<(String, String)>,
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
            exclude: excluded(&args.exclude),
            trust: trust(args, &target)?,
            per_second: args.rate.map_or(if loopback { 50 } else { 10 }, NonZeroU32::get),
            timeout: Duration::from_secs(args.timeout.max(1)),
            max_time: Duration::from_secs(args.max_time.max(1)),
            target,
        })
    }

    /// Whether a path must not be requested.
    pub(super) fn excludes(&self, path: &str) -> bool {
        self.exclude.iter().any(|glob| glob.matches(path))
    }

    /// Whether a link or a button must not be pressed, by what is written on it.
    pub(super) fn excludes_label(&self, label: &str) -> bool {
        let words: Vec<&str> = label.split_whitespace().collect();
        self.excludes(&words.join("-"))
    }
}

const LEAVING: [&str; 10] = [
    "*logout*",
    "*log-out*",
    "*log_out*",
    "*logoff*",
    "*log-off*",
    "*signout*",
    "*sign-out*",
    "*sign_out*",
    "*signoff*",
    "*sign-off*",
];
const DESTROYING: [&str; 5] = ["*delete*", "*destroy*", "*remove*", "*unsubscribe*", "*deactivate*"];

/// Links that end a session or something else are found on most sites, and following them is no audit.
fn excluded(further: &[String]) -> Vec<WildMatch> {
    let always = LEAVING.into_iter().chain(DESTROYING);
    let further = further.iter().map(String::as_str);
    always.chain(further).map(WildMatch::new_case_insensitive).collect()
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
    let Some(url) = &args.login else { return Ok(None) };
    let path = local_path(target, url, "--login")?;
    Ok(Some(Login { path, fields: pairs(&args.data, "--data")? }))
}

fn local_path(target: &Target, reference: &str, flag: &str) -> Result<String, Failure> {
    target
        .resolve("/", None, reference)
        .ok_or_else(|| usage(format!("{flag} {reference} is not on {}", target.origin())).fix(format!("{flag} /path")))
}

/// `POST /email email=a@b.example&name=x`, and `POST /upload file`.
fn forms(args: &Args, target: &Target) -> anyhow::Result<Vec<Form>> {
    let mut forms = Vec::new();
    for text in &args.forms {
        let (method, action, fields) = split_request(text, target, "--form")?;
        let fields = url::form_urlencoded::parse(fields.as_bytes())
            .map(|(name, value)| {
                let kind = if value.contains('@') { FieldKind::Email } else { FieldKind::Text };
                Field { name: name.into_owned(), kind, value: value.into_owned(), required: true }
            })
            .collect();
        forms.push(Form {
            page: action.clone(),
            method,
            action: Action::new(action),
            multipart: false,
            fields,
            public: true,
            token: None,
        });
    }
    for text in &args.uploads {
        let (method, action, field) = split_request(text, target, "--upload")?;
        let field = if field.is_empty() { "file" } else { field };
        let fields =
            vec![Field { name: field.to_owned(), kind: FieldKind::File, value: String::new(), required: true }];
        forms.push(Form {
            page: action.clone(),
            method,
            action: Action::new(action),
            multipart: true,
            fields,
            public: true,
            token: None,
        });
    }
    Ok(forms)
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
