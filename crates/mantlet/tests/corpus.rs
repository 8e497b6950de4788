//! The corpus against the tower layer, over a service that records what it sees.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use mantlet::{MantletService, Note, Origin, Policy, Reason, Reference, Refusal, Shield, Site, Witness};
use mantlet_core::fields::Fields;
use mantlet_corpus::{Case, Listener, Message, Outcome, read_request, read_response};
use tower::service_fn;

#[tokio::test]
async fn the_layer_gives_the_expected_verdicts() {
    let cases = mantlet_corpus::load(&mantlet_corpus::root()).unwrap_or_else(|error| panic!("corpus/{error}"));
    let mut failures = Vec::new();
    for case in cases.iter().filter(|case| !case.file.starts_with("proxy/")) {
        if let Err(differences) = run(case).await {
            failures.push(format!("{}\n    {}", case.title(), differences.join("\n    ")));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

async fn run(case: &Case) -> Result<(), Vec<String>> {
    let policy = Policy::from_toml(&case.policy).map_err(|error| vec![format!("policy: {error}")])?;
    let site = Site::new(match case.listener {
        Listener::Https => Origin::parse("https://app.example").unwrap(),
        Listener::Http => Origin::parse("http://app.example").unwrap(),
    })
    .with_browsers_paths();
    let outcome = match read_request(&case.request) {
        Some((head, body)) => {
            let mut request = Request::new(Full::new(Bytes::from(body)));
            *request.method_mut() = head.method;
            *request.uri_mut() = head.uri;
            *request.headers_mut() = HeaderMap::from(&head.fields);
            carry(case, Shield::new(&policy), &site, request).await
        }
        None => {
            // No guard sees it. Which reason that is, the binary says.
            let reason = Reason::ALL.iter().find(|reason| case.refused_for() == Some(reason.code()));
            let refusal = reason.copied().unwrap_or(Reason::RequestMalformed).into();
            let answer = Shield::new(&policy).refuse(refusal, None, &site, &mut Told::default());
            let client = Message::response(answer.status, &answer.fields, &answer.body);
            Outcome::Refused { reason: None, client }
        }
    };
    case.judge(&outcome, |code| {
        Reason::ALL.iter().find(|reason| reason.code() == code).map(|reason| reason.status().as_u16())
    })
}

/// What the layer told.
#[derive(Default)]
struct Told {
    refused: Option<String>,
    notes: Vec<String>,
}

impl Witness for Told {
    fn refused(&mut self, refusal: &Refusal, _: Reference) {
        self.refused = Some(refusal.reason.code().to_owned());
    }

    fn would_be_refused(&mut self, _: &Refusal) {}

    fn noted(&mut self, note: &Note) {
        self.notes.push(note.kind.code().to_owned());
    }
}

async fn carry(case: &Case, shield: Shield, site: &Site, request: Request<Full<Bytes>>) -> Outcome {
    let seen = Arc::new(Mutex::new(None));
    let application = service_fn(|request| answer(request, case.response.clone(), Arc::clone(&seen)));
    let mut told = Told::default();
    let carried = MantletService::new(shield, site.clone(), application).carry(request, site, &mut told);
    let response = carried.await.unwrap_or_else(|never: Infallible| match never {});
    let (parts, body) = response.into_parts();
    let client = Message::response(parts.status, &Fields::from(&parts.headers), &read(body).await.unwrap());
    match (told.refused, seen.lock().unwrap().take()) {
        // An answer that is at fault is refused after the application has seen the request.
        (Some(reason), Some(_)) if reason.starts_with("upstream.") => Outcome::Refused { reason: Some(reason), client },
        (_, Some(upstream)) => Outcome::Passed { upstream, client, notes: told.notes },
        (reason, None) => Outcome::Refused { reason, client },
    }
}

/// An application that counts a request as seen once it has read all of it.
async fn answer<B: Body<Data = Bytes, Error: std::fmt::Debug>>(
    request: Request<B>,
    response: Vec<u8>,
    seen: Arc<Mutex<Option<Message>>>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let (parts, body) = request.into_parts();
    let Some(body) = read(body).await else {
        let mut gone = Response::new(Full::default());
        *gone.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(gone);
    };
    *seen.lock().unwrap() = Some(Message::request(&parts.method, &parts.uri, &Fields::from(&parts.headers), &body));
    let (head, body) = read_response(&response, &parts.method).ok_or(Reason::UpstreamMalformed)?;
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = head.status;
    *answer.headers_mut() = HeaderMap::from(&head.fields);
    Ok(answer)
}

async fn read<B: Body<Data = Bytes>>(body: B) -> Option<Bytes> {
    body.collect().await.ok().map(http_body_util::Collected::to_bytes)
}
