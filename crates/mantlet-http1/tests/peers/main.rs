//! Our codec beside its peers: hyper, and Node (llhttp).
//!
//! 1. What we accept they read alike: method, target, fields, body.
//! 2. What we write for it they read alike, too: the application sees what was judged.
//! 3. What they accept and we refuse is one of the rows of [`DISAGREEMENTS`], each with its reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may fail"
)]

mod disagreements;
mod hyper;
mod node;
mod reading;
mod streams;

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::disagreements::DISAGREEMENTS;
use crate::node::{Answer, Node};
use crate::reading::{End, Ours, Reading, Request};

/// What a peer did beyond what we read: `Ok` if it read no further request.
type Beyond = Result<(), End>;

/// Compares with hyper. Returns why we refused what hyper goes on to read.
fn beside_hyper(stream: &[u8]) -> Beyond {
    let ours = Ours::new(stream);
    let theirs = hyper::read(stream);
    for (at, request) in ours.requests.iter().enumerate() {
        assert_eq!(theirs.get(at), Some(&request.reading), "hyper reads it otherwise: {}", stream.escape_ascii());
        let written: Vec<_> = hyper::read(&request.written).into_iter().map(Reading::end_to_end).collect();
        assert_eq!(written, [request.reading.clone().end_to_end()], "hyper reads otherwise what we wrote");
    }
    if theirs.len() > ours.requests.len() { Err(ours.end) } else { Ok(()) }
}

/// Compares with Node, request by request: an error behind a request makes it forget the answer.
fn beside_node(node: &Node, stream: &[u8]) -> Beyond {
    let ours = Ours::new(stream);
    let mut talk = node.connect();
    for Request { reading, bytes, written } in &ours.requests {
        talk.send(bytes);
        match talk.answer() {
            Answer::Reading(theirs, more) => {
                assert_eq!(&theirs, reading, "Node reads it otherwise: {}", stream.escape_ascii());
                let mut again = node.connect();
                again.send(written);
                let Answer::Reading(theirs, _) = again.answer() else { panic!("Node refuses what we wrote") };
                assert_eq!(theirs.end_to_end(), reading.clone().end_to_end(), "Node reads otherwise what we wrote");
                assert!(matches!(again.answer(), Answer::Refusal), "Node reads two requests in what we wrote as one");
                if !more {
                    return Ok(());
                }
            }
            Answer::Refusal if node_is_stricter(reading, bytes) => return Ok(()),
            Answer::Refusal => {
                panic!("Node refuses what we accept: {} in {}", bytes.escape_ascii(), stream.escape_ascii())
            }
        }
    }
    talk.send(ours.rest);
    talk.finish();
    if matches!(talk.answer(), Answer::Reading(..)) { Err(ours.end) } else { Ok(()) }
}

/// What Node refuses and we accept: it knows the methods it knows, and no HTAB behind the value of a framing field
/// (RFC 9112, section 5 allows it). Being stricter than we are makes no second reading.
fn node_is_stricter(reading: &Reading, bytes: &[u8]) -> bool {
    const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
    !METHODS.contains(&&*reading.method) || bytes.windows(3).any(|window| window == b"\t\r\n")
}

#[test]
fn disagreements_are_as_stated() {
    let node = Node::start();
    for row in DISAGREEMENTS {
        assert_eq!(Ours::new(row.stream).end, row.end, "{}", row.name);
        assert_eq!(beside_hyper(row.stream).is_err(), row.hyper_reads, "{}: hyper", row.name);
        assert_eq!(beside_node(&node, row.stream).is_err(), row.node_reads, "{}: Node", row.name);
        assert!(row.hyper_reads || row.node_reads, "{}: nobody disagrees", row.name);
        assert!(!row.why.is_empty(), "{}", row.name);
    }
}

#[test]
fn hyper_reads_what_we_accept_alike() {
    let known: HashSet<End> = DISAGREEMENTS.iter().filter(|row| row.hyper_reads).map(|row| row.end).collect();
    compare(beside_hyper, &known);
}

#[test]
fn node_reads_what_we_accept_alike() {
    let known: HashSet<End> = DISAGREEMENTS.iter().filter(|row| row.node_reads).map(|row| row.end).collect();
    let node = Node::start();
    compare(|stream| beside_node(&node, stream), &known);
}

fn compare(beside: impl Fn(&[u8]) -> Beyond, known: &HashSet<End>) {
    let config = Config { cases: Config::default().cases.max(1000), ..Config::default() };
    let outcome = TestRunner::new(config).run(&streams::stream(), |stream| {
        if let Err(end) = beside(&stream) {
            prop_assert!(known.contains(&end), "{end:?} is refused by us alone: {}", stream.escape_ascii());
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
