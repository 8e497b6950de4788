//! Compares what came of a case with what had to.

use crate::case::{Case, Check, Expect};
use crate::form::{FormEntry, read_form};
use crate::message::Message;

/// What a host made of a case.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The client got an answer and the application saw nothing.
    Refused {
        /// The code of the reason, if this host tells.
        reason: Option<String>,
        /// What the client got.
        client: Message,
    },
    /// The application saw it.
    Passed {
        /// What the application saw.
        upstream: Message,
        /// The codes of the notes, in order.
        notes: Vec<String>,
        /// What the client got.
        client: Message,
    },
}

impl Case {
    /// Compares an outcome with this case. `status_of` knows the status that belongs to the code of a reason.
    ///
    /// # Errors
    /// Everything that differs, in words.
    pub fn judge(&self, outcome: &Outcome, status_of: impl Fn(&str) -> Option<u16>) -> Result<(), Vec<String>> {
        let mut differences = Vec::new();
        match (&self.expect, outcome) {
            (Expect::Refuse(code), Outcome::Refused { reason, client }) => {
                if let Some(reason) = reason.as_ref().filter(|reason| *reason != code) {
                    differences.push(format!("refused for {reason}, not {code}"));
                }
                // A policy may set another status than the reason's own; the case then says which.
                let is_said = self.client.iter().any(|check| matches!(check, Check::Status(_)));
                match status_of(code) {
                    None => differences.push(format!("{code} is no code of a reason")),
                    expected if is_said || client.status() == expected => {}
                    Some(expected) => differences.push(format!("answered {:?}, not {expected}", client.line)),
                }
                differences.extend(differences_of("client", &self.client, client));
            }
            (Expect::Pass, Outcome::Passed { upstream, client, notes }) => {
                if *notes != self.notes {
                    differences.push(format!("notes are {notes:?}, not {:?}", self.notes));
                }
                differences.extend(differences_of("upstream", &self.upstream, upstream));
                differences.extend(differences_of("client", &self.client, client));
            }
            (Expect::Refuse(code), Outcome::Passed { .. }) => {
                differences.push(format!("passed, but had to be refused for {code}"));
            }
            (Expect::Pass, Outcome::Refused { reason, client }) => {
                differences.push(format!(
                    "refused ({}, {:?}), but had to pass",
                    reason.as_deref().unwrap_or("?"),
                    client.line
                ));
            }
        }
        if differences.is_empty() { Ok(()) } else { Err(differences) }
    }
}

fn differences_of(side: &str, checks: &[Check], message: &Message) -> Vec<String> {
    checks
        .iter()
        .filter_map(|check| check.difference(message))
        .map(|difference| format!("{side}: {difference}"))
        .collect()
}

impl Check {
    /// What is different about a message; `None` when this holds.
    pub fn difference(&self, message: &Message) -> Option<String> {
        match self {
            Self::Status(status) => {
                (message.status() != Some(*status)).then(|| format!("status is {:?}, not {status}", message.line))
            }
            Self::Has(name, value) => (!message.values(name).any(|found| found == value)).then(|| {
                let found: Vec<_> = message.values(name).map(show).collect();
                format!(
                    "{name} is {}, not {}",
                    if found.is_empty() { "absent".to_owned() } else { found.join(" and ") },
                    show(value)
                )
            }),
            Self::Lacks(name, value) => message
                .values(name)
                .find(|found| value.as_ref().is_none_or(|value| value == found))
                .map(|found| format!("has {name}: {}", show(found))),
            Self::Count(name, count) => {
                let found = message.values(name).count();
                (found != *count).then(|| format!("{name} stands {found} times, not {count}"))
            }
            Self::Body(body) => {
                (message.body != *body).then(|| format!("body is {}, not {}", show(&message.body), show(body)))
            }
            Self::Fields(expected) => form_difference(message, "fields", expected, |entry| match entry {
                FormEntry::Field(name, value) => Some((name, value)),
                FormEntry::File(..) => None,
            }),
            Self::Files(expected) => form_difference(message, "files", expected, |entry| match entry {
                FormEntry::File(part, _) => Some(part),
                FormEntry::Field(..) => None,
            }),
        }
    }
}

fn form_difference<T: PartialEq + std::fmt::Debug>(
    message: &Message,
    what: &str,
    expected: &[T],
    pick: impl Fn(FormEntry) -> Option<T>,
) -> Option<String> {
    match read_form(message) {
        Err(problem) => Some(format!("no form: {problem}")),
        Ok(entries) => {
            let found: Vec<T> = entries.into_iter().filter_map(pick).collect();
            (found != expected).then(|| format!("{what} are {found:?}, not {expected:?}"))
        }
    }
}

fn show(bytes: &[u8]) -> String {
    const SHOWN: usize = 300;
    let shown = bytes.get(..SHOWN).unwrap_or(bytes).escape_ascii();
    let more = bytes.len().saturating_sub(SHOWN);
    if more > 0 { format!("\"{shown}\" and {more} bytes more") } else { format!("\"{shown}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::FilePart;

    fn message(text: &str) -> Message {
        Message::read(text.as_bytes()).unwrap().0
    }

    #[test]
    fn every_check_can_fail() {
        let answer = message("HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\nContent-Length: 2\r\n\r\nok");
        let has = |value: &str| Check::Has("a".to_owned(), value.into());
        let lacks = |name: &str, value: Option<&str>| Check::Lacks(name.to_owned(), value.map(Into::into));
        for (name, check, holds) in [
            ("status", Check::Status(200), true),
            ("another status", Check::Status(403), false),
            ("one of two values", has("2"), true),
            ("part of a value", has(""), false),
            ("an absent field", lacks("b", None), true),
            ("a present field", lacks("a", None), false),
            ("an absent value", lacks("a", Some("3")), true),
            ("a present value", lacks("a", Some("1")), false),
            ("count", Check::Count("a".to_owned(), 2), true),
            ("another count", Check::Count("a".to_owned(), 1), false),
            ("body", Check::Body(b"ok".to_vec()), true),
            ("another body", Check::Body(b"okay".to_vec()), false),
            ("no form", Check::Fields(Vec::new()), false),
            ("no form with files", Check::Files(Vec::new()), false),
        ] {
            assert_eq!(check.difference(&answer).is_none(), holds, "{name}");
        }
        let form = message(
            "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2",
        );
        let pair = |name: &str, value: &str| (name.into(), value.into());
        assert_eq!(Check::Fields(vec![pair("a", "1"), pair("b", "2")]).difference(&form), None);
        assert!(Check::Fields(vec![pair("a", "1")]).difference(&form).is_some(), "a field nobody expected");
        assert!(Check::Fields(vec![pair("b", "2"), pair("a", "1")]).difference(&form).is_some(), "another order");

        let body = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n\
                    hello\r\n--x--\r\n";
        let head = "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length";
        let form = message(&format!("{head}: {}\r\n\r\n{body}", body.len()));
        let file = |filename: &str, content_type: &str, length| FilePart {
            field: "f".into(),
            filename: filename.into(),
            content_type: content_type.to_owned(),
            length,
        };
        for (name, files, holds) in [
            ("the file", vec![file("a.txt", "text/plain", 5)], true),
            ("another name", vec![file("b.txt", "text/plain", 5)], false),
            ("another type", vec![file("a.txt", "text/html", 5)], false),
            ("another length", vec![file("a.txt", "text/plain", 4)], false),
            ("a file nobody expected", Vec::new(), false),
            ("a file that is missing", vec![file("a.txt", "text/plain", 5), file("b.txt", "text/plain", 5)], false),
        ] {
            assert_eq!(Check::Files(files).difference(&form).is_none(), holds, "{name}");
        }
    }

    #[test]
    fn verdicts_are_compared() {
        let case = |expect: &str| {
            let source = format!("=== a\nrequest:\n  GET / HTTP/1.1\n\nexpect: {expect}\n");
            crate::parse("a.case", &source).unwrap().remove(0)
        };
        let status_of = |code: &str| (code == "csrf.cross-site").then_some(403);
        let client = || message("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        let refused = |reason: Option<&str>| Outcome::Refused { reason: reason.map(Into::into), client: client() };
        let passed = |notes: &[&str]| Outcome::Passed {
            upstream: message("GET / HTTP/1.1\r\n\r\n"),
            client: client(),
            notes: notes.iter().map(|code| (*code).to_owned()).collect(),
        };
        for (name, expect, outcome, holds) in [
            ("the same reason", "refuse csrf.cross-site", refused(Some("csrf.cross-site")), true),
            ("a host that does not tell", "refuse csrf.cross-site", refused(None), true),
            ("another reason", "refuse csrf.cross-site", refused(Some("csrf.same-site")), false),
            ("a reason that does not exist", "refuse csrf.nonsense", refused(None), false),
            ("an attack that passes", "refuse csrf.cross-site", passed(&[]), false),
            ("an honest request refused", "pass", refused(None), false),
            ("an honest request", "pass", passed(&[]), true),
            ("a note", "pass\nnote: session.odd", passed(&["session.odd"]), true),
            ("a note that nobody expected", "pass", passed(&["session.odd"]), false),
            ("a note that is missing", "pass\nnote: session.odd", passed(&[]), false),
        ] {
            assert_eq!(case(expect).judge(&outcome, status_of).is_ok(), holds, "{name}");
        }
    }
}
