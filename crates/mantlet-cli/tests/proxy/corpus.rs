//! The corpus against the binary, over sockets and TLS.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use http::Version;
use mantlet_core::Reason;
use mantlet_corpus::{Case, Listener, Message, Outcome};
use mantlet_http1::Framing;
use rustix::process::Signal;

use crate::harness::client::Client;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;
use crate::http2::{Connection, Ended, Field, asking, field};

#[test]
fn the_binary_gives_the_expected_verdicts() {
    verdicts(|_| true, ask);
}

/// What a case says holds over HTTP/2 as well, wherever its request can be said there.
#[test]
fn http2_gives_the_same_verdicts() {
    verdicts(|case| Downgraded::of(case).is_some(), ask_over_http2);
}

/// Notes on the application: how often they are told depends on which cases share a shield.
const TOLD_ONCE: [&str; 3] = ["headers.csp-added", "headers.untyped", "session.same-site-none"];

type Ask = fn(&Case, &Shield) -> Option<Message>;

fn verdicts(is_meant: fn(&Case) -> bool, ask: Ask) {
    let cases = mantlet_corpus::load(&mantlet_corpus::root()).unwrap_or_else(|error| panic!("corpus/{error}"));
    // One shield for all cases with the same policy.
    let mut groups: BTreeMap<(Listener, &str), Vec<&Case>> = BTreeMap::new();
    for case in cases.iter().filter(|case| is_meant(case)) {
        groups.entry((case.listener, &case.policy)).or_default().push(case);
    }
    let count = groups.values().flatten().count();
    assert!(count > cases.len() / 2, "only {count} of {} cases", cases.len());
    let mut failures = Vec::new();
    for ((listener, policy), group) in groups {
        let shield = match listener {
            Listener::Https => Shield::https(Upstream::recording(), policy),
            Listener::Http => Shield::with(Upstream::recording(), policy),
        };
        for case in &group {
            if let Err(differences) = run(case, &shield, ask) {
                failures.push(format!("{}\n    {}", case.title(), differences.join("\n    ")));
            }
        }
        let mut expected: Vec<_> = group.iter().flat_map(|case| &case.notes).map(String::as_str).collect();
        if !expected.is_empty() {
            shield.signal(Signal::TERM);
            shield.wait();
        }
        let log = shield.log();
        let mut told: Vec<_> = log.split_whitespace().filter_map(|word| word.strip_prefix("note=")).collect();
        // Each worker writes its lines when it comes to it.
        for notes in [&mut told, &mut expected] {
            notes.sort_unstable();
            notes.dedup_by(|note, before| note == before && TOLD_ONCE.contains(note));
        }
        if told != expected {
            failures.push(format!("the log of {policy:?} notes {told:?}, not {expected:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
}

fn run(case: &Case, shield: &Shield, ask: Ask) -> Result<(), Vec<String>> {
    shield.upstream.take();
    shield.upstream.answer(&case.response);
    let client = ask(case, shield);
    let client = client.ok_or_else(|| vec!["the connection was closed without an answer".to_owned()])?;
    let mut seen = shield.upstream.take();
    let is_answer_at_fault = client.status() == Some(502);
    let outcome = match seen.pop() {
        // Notes are in the log, which is read when all cases have been asked.
        Some(upstream) if seen.is_empty() && !is_answer_at_fault => {
            Outcome::Passed { upstream, client, notes: case.notes.clone() }
        }
        Some(_) if !is_answer_at_fault => return Err(vec![format!("one request became {}", seen.len() + 1)]),
        None if shield.upstream.bytes() > 0 => return Err(vec!["a part of it reached the application".to_owned()]),
        _ => Outcome::Refused { reason: reason(&client), client },
    };
    case.judge(&outcome, |code| {
        Reason::ALL.iter().find(|reason| reason.code() == code).map(|reason| reason.status().as_u16())
    })
}

fn ask(case: &Case, shield: &Shield) -> Option<Message> {
    match case.listener {
        Listener::Http => answer(shield.connect(), case),
        Listener::Https => answer(Client::over(shield.encrypted(&[])), case),
    }
}

fn answer<S: Read + Write>(mut client: Client<S>, case: &Case) -> Option<Message> {
    client.send(&case.request);
    if case.request.starts_with(b"HEAD ") { client.try_answer_head() } else { client.try_answer() }
}

fn ask_over_http2(case: &Case, shield: &Shield) -> Option<Message> {
    let Downgraded { fields, body } = Downgraded::of(case)?;
    match Connection::open(shield).ask(&fields, body.as_deref()) {
        Ended::Answered(answer) => Some(answer),
        Ended::Reset(_) | Ended::Connection(_) => None,
    }
}

/// The request of a case as a browser says it over HTTP/2.
struct Downgraded {
    fields: Vec<Field>,
    body: Option<Vec<u8>>,
}

impl Downgraded {
    /// `None` for what only HTTP/1.1 can say: another grammar, another version, upgrades.
    fn of(case: &Case) -> Option<Self> {
        const OF_THE_CONNECTION: [&str; 6] =
            ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];
        let (head, body) = mantlet_corpus::read_request(&case.request)?;
        let message = Message::read_head(&case.request).ok()?;
        if case.listener == Listener::Http || head.version != Version::HTTP_11 {
            return None;
        }
        let mut fields = asking(head.method.as_str(), head.uri.path_and_query()?.as_str());
        for (name, value) in message.fields {
            match &*name {
                "host" => {
                    let mut authority = fields.iter_mut().filter(|(name, _)| name == b":authority");
                    authority.next()?.1 = value;
                }
                // The codings that the parser lets through say only that there is a body.
                "transfer-encoding" => {}
                name if OF_THE_CONNECTION.contains(&name) => return None,
                name => fields.push(field(name, value)),
            }
        }
        Some(Self { fields, body: (head.framing != Framing::None).then_some(body) })
    }
}

/// In development, which a shield on loopback is, the page names the reason.
fn reason(client: &Message) -> Option<String> {
    let page = String::from_utf8_lossy(&client.body);
    let codes = Reason::ALL.iter().map(|reason| reason.code());
    codes.filter(|code| page.contains(code)).max_by_key(|code| code.len()).map(str::to_owned)
}
