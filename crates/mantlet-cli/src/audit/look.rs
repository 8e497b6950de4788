//! [`look`]: the whole of one audit's asking, in order.

use std::pin::pin;
use std::time::{Duration, Instant};

use mantlet_core::audit::trial::{Announced, SizeTrial};
use mantlet_core::audit::{Active, Encoding, Form, Https, Observation, SeenKind};

use super::browser::Browser;
use super::client::{Client, NoReply};
use super::crawl::{self, Visit};
use super::forms::JSON;
use super::ledger::Ledger;
use super::login;
use super::options::Options;
use super::others::Others;
use super::page_forms::Forms;
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
    pub(crate) requests: u64,
    pub(crate) took: Duration,
    pub(crate) ledger: Ledger,
    /// By whoever started it.
    pub(crate) is_interrupted: bool,
}

impl Look {
    /// How many pages were seen that were asked for as such.
    pub(crate) fn pages(&self) -> usize {
        let asked_for = self.observation.responses.iter().filter(|seen| !seen.provoked);
        asked_for.filter(|seen| seen.kind() == SeenKind::Page).count()
    }

    /// What the site says it was made with.
    pub(crate) fn software(&self) -> Option<String> {
        let value = |name| self.observation.responses.iter().find_map(|seen| seen.header(name));
        let said: Vec<&str> = [value("x-powered-by"), value("server")].into_iter().flatten().collect();
        let mut said = said.join(", ");
        said.truncate(said.char_indices().nth(60).map_or(said.len(), |(at, _)| at));
        (!said.is_empty()).then_some(said)
    }
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
    let mut ledger = Ledger::new()?;
    let (observation, is_interrupted) = {
        let mut observing = pin!(observe(options, &client, &mut ledger));
        tokio::select! {
            observed = &mut observing => (Some(observed?), false),
            Ok(()) = tokio::signal::ctrl_c() => {
                // What was seen is worth telling, and what was changed is put back first; whoever cannot wait asks again.
                client.end_at(Instant::now().into());
                output.talk("interrupted: puts back what it changed and reports what it saw (once more: ends at once)");
                let observation = tokio::select! {
                    observed = &mut observing => observed.ok(),
                    Ok(()) = tokio::signal::ctrl_c() => None,
                };
                (observation, true)
            }
        }
    };
    match observation {
        Some(observation) => {
            Ok(Look { observation, requests: client.sent(), took: began.elapsed(), ledger, is_interrupted })
        }
        None => Err(broken_off(options, &ledger).into()),
    }
}

fn broken_off(options: &Options, ledger: &Ledger) -> Failure {
    let origin = options.target.origin();
    let failure = Failure::new(format!("the audit of {origin} was interrupted")).exit(EXIT_INTERRUPTED);
    let left = ledger.left.iter().map(|line| format!("left on the target: {line}"));
    left.fold(failure, Failure::seen)
}

/// Asks for everything, one after the other.
async fn observe(options: &Options, client: &Client, ledger: &mut Ledger) -> anyhow::Result<Observation> {
    let target = &options.target;
    let https = transport::https(client, target).await;
    if target.is_https() && !options.trust.insecure {
        require_certificate(options, &https)?;
    }

    let mut browser = Browser::new(client, options, &options.cookies);
    let mut visit = Visit::default();
    let inside = match &options.login {
        Some(how) => login::log_in(&mut browser, how, &mut visit).await?,
        None => None,
    };
    // First: a page that is answered says that these were looked at in time.
    let transport = transport::look(client, &browser, https).await;
    let crawled = crawl::crawl(&mut browser, inside, &mut visit, &mut ledger.untried).await;
    crawled.map_err(|error| unreachable(options, &error))?;
    provoke(&mut browser, &ledger.marks.next(), &mut visit).await;

    let Visit { responses, forms: Forms { found: mut forms, passed_over }, scripted } = visit;
    // Whoever names a form means it, whatever it is for.
    forms.extend(options.forms.iter().cloned());
    let mut others = Others::find(&mut browser, &mut forms, &mut ledger.untried).await;
    let sizes = announce(&browser, &forms).await;
    let active = match options.active {
        true => Some(attack(&mut browser, &mut others, &forms, ledger).await),
        false => None,
    };
    Ok(Observation {
        origin: target.origin().clone(),
        loopback: target.is_loopback(),
        session_cookies: options.session_cookies.clone(),
        responses,
        forms,
        passed_over,
        transport,
        sizes,
        active,
        scripted,
        cut_short: client.is_over(),
    })
}

/// Sends forms and files, as their owners do and as others would.
async fn attack<'b>(browser: &mut Browser<'b>, others: &mut Others<'b>, forms: &[Form], ledger: &mut Ledger) -> Active {
    let uploads = uploads::attack(browser, others, forms, ledger).await;
    let mut csrf = csrf::attack(browser, others, forms, ledger).await;
    csrf.extend(uploads.csrf);
    Active { csrf, uploads: uploads.trials, answers: browser.take_answers() }
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
        NoReply::TimedOut(_) => failure.fix("--timeout TIME to wait longer"),
        NoReply::OutOfTime => failure.fix("--max-time TIME to allow more"),
        NoReply::Certificate(_) => failure.fix("pass --insecure to audit the rest"),
    }
}

/// Asks for a page that cannot be there. Some sites add a slash to the address first, and say only then that it is not there.
async fn provoke(browser: &mut Browser<'_>, mark: &str, visit: &mut Visit) {
    if let Ok((path, reply)) = browser.follow(&format!("/{mark}")).await {
        visit.note_provoked(browser, &path, &reply);
    }
}

/// Announces far too much to the form that takes files, else to the first that takes anything.
async fn announce(browser: &Browser<'_>, forms: &[Form]) -> Vec<SizeTrial> {
    let form = forms.iter().find(|form| form.file_field().is_some()).or_else(|| forms.first());
    let Some(form) = form else { return Vec::new() };
    let content_type = match form.encoding {
        Encoding::Multipart => "multipart/form-data; boundary=mantlet-probe",
        Encoding::Urlencoded => "application/x-www-form-urlencoded",
        Encoding::Json => JSON,
    };
    let announce = |length| browser.announce(form, content_type, length);
    let Some(huge) = announce(ANNOUNCED).await else { return Vec::new() };
    let small = if huge == Announced::Awaited { None } else { announce(FEW).await };
    vec![SizeTrial { request: form.request(), huge, small }]
}
