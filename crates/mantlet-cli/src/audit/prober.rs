//! [`look`]: the whole of one audit's asking, in order.

use std::pin::pin;
use std::time::{Duration, Instant};

use http::Method;
use mantlet_core::audit::trial::{Announced, SizeTrial};
use mantlet_core::audit::{Active, Form, Https, Observation, SeenKind};

use super::browser::Browser;
use super::client::{Client, NoReply};
use super::crawl::{self, Visit};
use super::left::Left;
use super::login;
use super::marks::Marks;
use super::options::Options;
use super::others::Others;
use super::untried::Untried;
use super::{csrf, transport, uploads};
use crate::failure::Failure;
use crate::output::Output;

/// As a shell says of what SIGINT ended.
pub(crate) const EXIT_INTERRUPTED: u8 = 130;

/// 1 TiB: nobody means it, and no limit lets it pass.
const ANNOUNCED: u64 = 1 << 40;
/// Every form is longer.
const FEW: u64 = 100;

/// What was seen, and what it cost.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) observation: Observation,
    /// What the site's pages were made with, if they say so.
    pub(crate) software: Option<String>,
    pub(crate) pages: usize,
    pub(crate) requests: u64,
    pub(crate) took: Duration,
    /// What is still there, a line each.
    pub(crate) left: Vec<String>,
    /// What was passed over.
    pub(crate) untried: Untried,
    /// What every name of it begins with.
    pub(crate) mark: String,
    /// By whoever started it.
    pub(crate) is_interrupted: bool,
}

/// Looks at a site.
///
/// # Errors
/// When it could not be audited at all.
pub(crate) async fn look(options: &Options, output: &Output) -> anyhow::Result<Look> {
    let client = Client::new(options.target.clone(), &options.trust, options.timeout, options.per_second)?
        .with_headers(options.headers.clone());
    let began = Instant::now();
    client.end_at(began.checked_add(options.max_time).unwrap_or(began).into());
    let mut left = Left::default();
    {
        let mut looking = pin!(look_at_leisure(options, &client, &mut left));
        tokio::select! {
            looked = &mut looking => return looked,
            Ok(()) = tokio::signal::ctrl_c() => {}
        }
        // What was seen is worth telling, and what was changed is put back first; whoever cannot wait asks again.
        client.end_at(Instant::now().into());
        output.talk("interrupted: puts back what it changed and reports what it saw (once more: ends at once)");
        let looked = tokio::select! {
            looked = &mut looking => looked.ok(),
            Ok(()) = tokio::signal::ctrl_c() => None,
        };
        if let Some(look) = looked {
            return Ok(Look { is_interrupted: true, ..look });
        }
    }
    let origin = options.target.origin();
    let failure = Failure::new(format!("the audit of {origin} was interrupted")).exit(EXIT_INTERRUPTED);
    let left = left.lines().into_iter().map(|line| format!("left on the target: {line}"));
    Err(left.fold(failure, Failure::seen).into())
}

async fn look_at_leisure(options: &Options, client: &Client, left: &mut Left) -> anyhow::Result<Look> {
    let began = Instant::now();
    let target = &options.target;
    let https = transport::https(client, target).await;
    if target.is_https() && !options.trust.insecure {
        require_certificate(options, &https)?;
    }

    let mut browser = Browser::new(client, options, &options.cookies);
    let mut visit = Visit::default();
    if let Some(how) = &options.login {
        login::log_in(&mut browser, how, &mut visit).await?;
    }
    // First: a page that is answered says that these were looked at in time.
    let transport = transport::look(client, &browser, https).await;
    crawl::crawl(&mut browser, options, &mut visit).await.map_err(|error| unreachable(options, &error))?;
    let pages = visit.responses.iter().filter(|seen| seen.kind() == SeenKind::Page).count();
    let mut marks = Marks::new()?;
    provoke(&mut browser, &marks.next(), &mut visit).await;

    let mut all_forms = std::mem::take(&mut visit.forms);
    all_forms.extend(options.forms.iter().cloned());
    let excluded = |form: &mut Form| options.excludes(form.action.without_tokens());
    for form in all_forms.extract_if(.., excluded) {
        visit.untried.note(form.request(), "its address says that it logs out or deletes, or is excluded");
    }
    let mut others = Others::find(&mut browser, options, &mut all_forms).await?;

    let sizes = announce(&browser, &all_forms).await;
    let active = if options.active {
        let uploads =
            uploads::attack(&mut browser, &mut others, options, &all_forms, &mut marks, left, &mut visit.untried).await;
        let mut csrf = csrf::attack(&mut browser, &mut others, &all_forms, &mut marks, left, &mut visit.untried).await;
        csrf.extend(uploads.csrf);
        Some(Active { csrf, uploads: uploads.trials, answers: browser.take_answers() })
    } else {
        None
    };

    Ok(Look {
        software: software(&visit),
        pages,
        requests: client.sent(),
        took: began.elapsed(),
        left: left.lines(),
        untried: visit.untried,
        mark: marks.prefix().to_owned(),
        is_interrupted: false,
        observation: Observation {
            origin: target.origin().clone(),
            loopback: target.is_loopback(),
            session_cookies: options.session_cookies.clone(),
            responses: visit.responses,
            forms: all_forms,
            transport,
            sizes,
            active,
            cut_short: client.is_over(),
        },
    })
}

/// Without a good certificate nothing is asked: whoever answers may be anybody.
fn require_certificate(options: &Options, https: &Https) -> anyhow::Result<()> {
    let Https::Untrusted(why) = https else { return Ok(()) };
    let mut failure = Failure::new(format!("could not audit {}: TLS handshake failed: {why}", options.target.origin()))
        .seen("the plain result is a finding already: transport.https.certificate is missing");
    failure = if options.target.is_loopback() {
        failure.fix("--cacert FILE with its authority, or --insecure to audit the rest")
    } else {
        failure.fix("renew it, or pass --insecure to audit the rest")
    };
    Err(failure.into())
}

fn unreachable(options: &Options, error: &NoReply) -> Failure {
    let origin = options.target.origin();
    let failure = Failure::new(format!("could not audit {origin}: {error}"));
    match error {
        NoReply::Connect(_) => failure.fix("start the site, or check the address"),
        NoReply::Tls(_) => failure.fix(format!("http://{} if it speaks plain HTTP", options.target.authority())),
        NoReply::Protocol(error) if error.is_parse_too_large() || options.target.is_https() => failure,
        NoReply::Protocol(_) => failure.fix(format!("https://{} if it speaks TLS", options.target.authority())),
        NoReply::TimedOut(_) => failure.fix("--timeout S to wait longer"),
        NoReply::OutOfTime => failure.fix("--max-time S to allow more"),
        NoReply::Certificate(_) => failure.fix("pass --insecure to audit the rest"),
    }
}

/// Asks for a page that cannot be there.
async fn provoke(browser: &mut Browser<'_>, mark: &str, visit: &mut Visit) {
    let path = format!("/{mark}");
    if let Ok(reply) = browser.open(&path).await {
        visit.note(browser, Method::GET, &path, true, &reply);
    }
}

/// Announces far too much to the form that takes files, else to the first that takes anything.
async fn announce(browser: &Browser<'_>, forms: &[Form]) -> Vec<SizeTrial> {
    let form = forms.iter().find(|form| form.file_field().is_some()).or_else(|| forms.first());
    let Some(form) = form else { return Vec::new() };
    let content_type = if form.multipart {
        "multipart/form-data; boundary=mantlet-probe"
    } else {
        "application/x-www-form-urlencoded"
    };
    let announce = |length| browser.announce(form, content_type, length);
    let Some(huge) = announce(ANNOUNCED).await else { return Vec::new() };
    let small = if huge == Announced::Awaited { None } else { announce(FEW).await };
    vec![SizeTrial { request: form.request(), huge, small }]
}

/// What the site says it was made with.
fn software(visit: &Visit) -> Option<String> {
    let value = |name| visit.responses.iter().find_map(|seen| seen.header(name));
    let said: Vec<&str> = [value("x-powered-by"), value("server")].into_iter().flatten().collect();
    let mut said = said.join(", ");
    said.truncate(said.char_indices().nth(60).map_or(said.len(), |(at, _)| at));
    (!said.is_empty()).then_some(said)
}
