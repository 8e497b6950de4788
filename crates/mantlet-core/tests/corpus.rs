//! The corpus against the core: codec, guards, judge of forms, and back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use http::StatusCode;
use mantlet_core::fields::{Fields, Known};
use mantlet_core::upload::Sink;
use mantlet_core::{
    BodyPlan, Exchange, Mantlet, Note, Origin, Policy, Reason, Refusal, RequestHead, ResponseHead, Site,
};
use mantlet_corpus::{Case, Listener, Message, Outcome, read_request, read_response};

#[test]
fn the_core_gives_the_expected_verdicts() {
    let cases = mantlet_corpus::load(&mantlet_corpus::root()).unwrap_or_else(|error| panic!("corpus/{error}"));
    let mut failures = Vec::new();
    for case in cases.iter().filter(|case| !case.file.starts_with("proxy/")) {
        // Any split of a body gives the same verdict and the same form.
        let splits: &[usize] = if case.request.len() < 32 * 1024 { &[1, 2, 7, usize::MAX] } else { &[1, 7, 1000] };
        for &pieces in splits {
            if let Err(differences) = run(case, pieces) {
                failures.push(format!(
                    "{} (body in pieces: {pieces})\n    {}",
                    case.title(),
                    differences.join("\n    ")
                ));
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn run(case: &Case, pieces: usize) -> Result<(), Vec<String>> {
    let policy = Policy::from_toml(&case.policy).map_err(|error| vec![format!("policy: {error}")])?;
    let outcome = carry(case, &Mantlet::new(&policy), pieces);
    case.judge(&outcome, |code| {
        Reason::ALL.iter().find(|reason| reason.code() == code).map(|reason| reason.status().as_u16())
    })
}

fn carry(case: &Case, mantlet: &Mantlet, pieces: usize) -> Outcome {
    let site = Site::new(match case.listener {
        Listener::Https => Origin::parse("https://app.example").unwrap(),
        Listener::Http => Origin::parse("http://app.example").unwrap(),
    })
    .with_browsers_paths();
    let Some((mut sent, body)) = read_request(&case.request) else {
        // No guard sees it. Which reason that is, the binary says.
        let reason = Reason::ALL.iter().find(|reason| case.refused_for() == Some(reason.code()));
        let status = reason.map_or(StatusCode::BAD_REQUEST, |reason| reason.status());
        let mut fields = Fields::new();
        mantlet.dress(&mut ResponseHead { status, fields: &mut fields }, &site);
        return Outcome::Refused { reason: None, client: Message::response(status, &fields, b"") };
    };
    let mut head = RequestHead { method: &sent.method, uri: &sent.uri, fields: &mut sent.fields, site: &site };
    let mut exchange = mantlet.begin(&head);
    let admitted = exchange.admit(&mut head).and_then(|plan| follow(plan, body, &mut sent.fields, pieces));
    let (body, noted) = match admitted {
        Ok(judged) => judged,
        Err(refusal) => return refuse(&mut exchange, &refusal),
    };
    let upstream = Message::request(&sent.method, &sent.uri, &sent.fields, &body);
    match read_response(&case.response, &sent.method) {
        None => refuse(&mut exchange, &Reason::UpstreamMalformed.into()),
        Some((mut answer, body)) => {
            exchange.dress(&mut ResponseHead { status: answer.status, fields: &mut answer.fields });
            let client = Message::response(answer.status, &answer.fields, &body);
            let notes = noted.iter().chain(exchange.notes()).map(|note| note.kind.code().to_owned()).collect();
            Outcome::Passed { upstream, client, notes }
        }
    }
}

/// Does with the body what the guards ask for, as a host does.
fn follow(
    plan: BodyPlan,
    body: Vec<u8>,
    fields: &mut Fields,
    pieces: usize,
) -> Result<(Vec<u8>, Option<Note>), Refusal> {
    let plan = match plan {
        BodyPlan::Pass { at_most } if at_most.is_some_and(|most| body.len() as u64 > most) => {
            return Err(Reason::UploadRequestTooLarge.into());
        }
        BodyPlan::Pass { .. } => return Ok((body, None)),
        BodyPlan::Form(plan) => plan,
    };
    let mut judge = plan.begin(*b"sixteen of chaos");
    let mut form = Form(Vec::new());
    for piece in body.chunks(body.len().div_ceil(pieces).max(1)) {
        judge.push(piece, &mut form)?;
    }
    let judged = judge.finish(&mut form)?;
    if let Some(content_type) = judged.content_type {
        fields.set_value(Known::ContentType, content_type.as_bytes()).unwrap();
    }
    fields.set_value(Known::ContentLength, form.0.len().to_string().as_bytes()).unwrap();
    Ok((form.0, judged.note))
}

struct Form(Vec<u8>);

impl Sink for Form {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn refuse(exchange: &mut Exchange, refusal: &Refusal) -> Outcome {
    let mut fields = Fields::new();
    exchange.dress_refusal(&mut ResponseHead { status: refusal.status(), fields: &mut fields });
    let client = Message::response(refusal.status(), &fields, b"");
    Outcome::Refused { reason: Some(refusal.reason.code().to_owned()), client }
}
