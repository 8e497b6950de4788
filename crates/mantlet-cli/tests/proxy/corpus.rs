//! The corpus against the binary, over sockets and TLS.

use std::collections::BTreeMap;

use mantlet_core::Reason;
use mantlet_corpus::{Case, Listener, Message, Outcome};
use rustix::process::Signal;

use crate::client::Client;
use crate::shield::Shield;
use crate::upstream::Upstream;

#[test]
fn the_binary_gives_the_expected_verdicts() {
    let cases = mantlet_corpus::load(&mantlet_corpus::root()).unwrap_or_else(|error| panic!("corpus/{error}"));
    // One shield for all cases with the same policy.
    let mut groups: BTreeMap<(Listener, &str), Vec<&Case>> = BTreeMap::new();
    for case in &cases {
        groups.entry((case.listener, &case.policy)).or_default().push(case);
    }
    let mut failures = Vec::new();
    for ((listener, policy), group) in groups {
        let shield = match listener {
            Listener::Https => Shield::https(Upstream::recording(), policy),
            Listener::Http => Shield::with(Upstream::recording(), policy),
        };
        for case in &group {
            if let Err(differences) = run(case, &shield) {
                failures.push(format!("{}\n    {}", case.title(), differences.join("\n    ")));
            }
        }
        let expected: Vec<_> = group.iter().flat_map(|case| &case.notes).collect();
        if !expected.is_empty() {
            shield.signal(Signal::TERM);
            shield.wait();
        }
        let log = shield.log();
        let told: Vec<_> = log.split_whitespace().filter_map(|word| word.strip_prefix("note=")).collect();
        if told != expected {
            failures.push(format!("the log of {policy:?} notes {told:?}, not {expected:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn run(case: &Case, shield: &Shield) -> Result<(), Vec<String>> {
    shield.upstream.take();
    shield.upstream.answer(&case.response);
    let client = match case.listener {
        Listener::Http => ask(shield.connect(), case),
        Listener::Https => ask(Client::over(shield.encrypted(&[])), case),
    };
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

fn ask<S: std::io::Read + std::io::Write>(mut client: Client<S>, case: &Case) -> Option<Message> {
    client.send(&case.request);
    if case.request.starts_with(b"HEAD ") { client.try_answer_head() } else { client.try_answer() }
}

/// In development, which a shield on loopback is, the page names the reason.
fn reason(client: &Message) -> Option<String> {
    let page = String::from_utf8_lossy(&client.body);
    let codes = Reason::ALL.iter().map(|reason| reason.code());
    codes.filter(|code| page.contains(code)).max_by_key(|code| code.len()).map(str::to_owned)
}
