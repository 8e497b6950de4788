//! The text of a `.case` file to [`Case`]s.

use std::collections::HashSet;

use crate::case::{Case, Check, Expect, FilePart, InvalidCase, Listener};
use crate::text;

type Problem = (usize, String);

/// Reads one file.
///
/// # Errors
/// The first line that is not a case, and why.
pub fn parse(file: &str, source: &str) -> Result<Vec<Case>, InvalidCase> {
    read(file, source).map_err(|(line, problem)| InvalidCase { file: file.to_owned(), line, problem })
}

fn read(file: &str, source: &str) -> Result<Vec<Case>, Problem> {
    let mut cases: Vec<Case> = Vec::new();
    let mut names = HashSet::new();
    let mut draft: Option<Draft> = None;
    let mut lines = source.lines().enumerate().map(|(at, line)| (at.saturating_add(1), line)).peekable();
    while let Some((number, line)) = lines.next() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("=== ") {
            cases.extend(draft.take().map(|draft| draft.finish(file)).transpose()?);
            let name = name.trim();
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                return Err((number, format!("{name:?} is not a name in snake_case")));
            }
            if !names.insert(name) {
                return Err((number, format!("{name} stands twice in this file")));
            }
            draft = Some(Draft { line: number, name: name.to_owned(), ..Draft::default() });
            continue;
        }
        let draft = draft.as_mut().ok_or((number, "a case begins with `=== name`".to_owned()))?;
        let (key, value) = line.split_once(':').ok_or((number, format!("not `key: value`: {line:?}")))?;
        let mut block = Vec::new();
        while let Some((number, text)) = lines.next_if(|(_, line)| line.starts_with("  ") || line.trim().is_empty()) {
            block.push((number, text));
        }
        draft.set(number, key, value.trim(), &block)?;
    }
    cases.extend(draft.take().map(|draft| draft.finish(file)).transpose()?);
    Ok(cases)
}

/// A case while it is being read.
#[derive(Default)]
struct Draft {
    line: usize,
    name: String,
    seen: HashSet<String>,
    listener: Option<Listener>,
    policy: String,
    request: Option<Vec<u8>>,
    expect: Option<Expect>,
    notes: Vec<String>,
    upstream: Vec<Check>,
    response: Option<Vec<u8>>,
    client: Vec<Check>,
}

impl Draft {
    fn set(&mut self, number: usize, key: &str, value: &str, block: &[(usize, &str)]) -> Result<(), Problem> {
        if !self.seen.insert(key.to_owned()) {
            return Err((number, format!("{key} stands twice in {}", self.name)));
        }
        let is_known = is_block_key(key) || matches!(key, "listener" | "expect" | "note");
        if !is_known {
            return Err((number, format!("unknown key {key:?}")));
        }
        let is_block = is_block_key(key);
        let content = block.iter().find(|(_, line)| !line.trim().is_empty());
        if is_block && !value.is_empty() {
            return Err((number, format!("{key} is a block: its lines follow, indented by two spaces")));
        }
        if let (false, Some((number, _))) = (is_block, content) {
            return Err((*number, format!("{key} is one line, not a block")));
        }
        match key {
            "note" => self.notes = list(value),
            "listener" => self.listener = Some(listener(value).map_err(|problem| (number, problem))?),
            "expect" => self.expect = Some(expect(value).map_err(|problem| (number, problem))?),
            "policy" => self.policy = policy(block),
            "request" => self.request = Some(message(number, block)?),
            "response" => self.response = Some(message(number, block)?),
            "upstream" => self.upstream = checks(block, Side::Upstream)?,
            _ => self.client = checks(block, Side::Client)?,
        }
        Ok(())
    }

    fn finish(self, file: &str) -> Result<Case, Problem> {
        let missing = |key: &str| (self.line, format!("{} has no `{key}:`", self.name));
        let expect = self.expect.ok_or_else(|| missing("expect"))?;
        let is_answer_at_fault = matches!(&expect, Expect::Refuse(code) if code.starts_with("upstream."));
        let is_seen = expect == Expect::Pass || is_answer_at_fault;
        if !is_seen && (!self.upstream.is_empty() || self.response.is_some()) {
            return Err((self.line, format!("{} is refused: its application sees and answers nothing", self.name)));
        }
        if expect != Expect::Pass && !self.notes.is_empty() {
            return Err((self.line, format!("{} is refused: notes are of what passes", self.name)));
        }
        Ok(Case {
            file: file.to_owned(),
            line: self.line,
            listener: self.listener.unwrap_or(Listener::Https),
            policy: self.policy,
            request: self.request.ok_or_else(|| (self.line, format!("{} has no `request:`", self.name)))?,
            expect,
            notes: self.notes,
            upstream: self.upstream,
            response: self.response.unwrap_or_else(|| Case::DEFAULT_RESPONSE.to_vec()),
            client: self.client,
            name: self.name,
        })
    }
}

fn is_block_key(key: &str) -> bool {
    matches!(key, "policy" | "request" | "response" | "upstream" | "client")
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn listener(value: &str) -> Result<Listener, String> {
    match value {
        "https" => Ok(Listener::Https),
        "http" => Ok(Listener::Http),
        _ => Err(format!("a listener is https or http, not {value:?}")),
    }
}

fn expect(value: &str) -> Result<Expect, String> {
    match value.split_once(' ') {
        None if value == "pass" => Ok(Expect::Pass),
        Some(("refuse", code)) if code.contains('.') && !code.contains(' ') => Ok(Expect::Refuse(code.to_owned())),
        _ => Err(format!("expected `pass` or `refuse guard.reason`, not {value:?}")),
    }
}

fn policy(block: &[(usize, &str)]) -> String {
    block.iter().map(|(_, line)| format!("{}\n", line.strip_prefix("  ").unwrap_or_default())).collect()
}

fn message(number: usize, block: &[(usize, &str)]) -> Result<Vec<u8>, Problem> {
    // Empty lines at the end of a block are layout, but for the one that ends a head.
    let is_layout = |(_, line): &&(usize, &str)| line.is_empty();
    let layout = block.iter().rev().take_while(is_layout).count();
    let (content, layout) = block.split_at(block.len().saturating_sub(layout));
    let mut lines: Vec<&str> = content.iter().map(|(_, line)| line.strip_prefix("  ").unwrap_or_default()).collect();
    let ends = |lines: &[&str]| lines.iter().any(|line| line.is_empty());
    if !layout.is_empty() && !ends(&lines) && lines.last().is_some_and(|line| !line.ends_with('\\')) {
        lines.push("");
    }
    text::message(&lines).map_err(|(at, problem)| {
        let line = content.get(at).map_or_else(|| number.saturating_add(content.len()), |(number, _)| *number);
        (line, problem)
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Upstream,
    Client,
}

fn checks(block: &[(usize, &str)], side: Side) -> Result<Vec<Check>, Problem> {
    let mut checks = Vec::new();
    let mut fields = Vec::new();
    let mut files = Vec::new();
    for (number, line) in block.iter().filter(|(_, line)| !line.trim().is_empty()) {
        let at = |problem: String| (*number, problem);
        let (key, value) =
            line.trim_start().split_once(':').ok_or_else(|| at(format!("not `key: value`: {line:?}")))?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match (key, side) {
            ("status", Side::Client) => {
                checks.push(Check::Status(value.trim().parse().map_err(|_| at(format!("not a status: {value:?}")))?));
            }
            ("has", _) => {
                let (name, value) = value.split_once(':').ok_or_else(|| at("has takes `name: value`".to_owned()))?;
                checks.push(Check::Has(field_name(name), text::unescape(value.trim_ascii()).map_err(at)?));
            }
            ("lacks", _) => {
                let (name, value) = value.split_once(':').map_or((value, None), |(name, value)| (name, Some(value)));
                let value = value.map(|value| text::unescape(value.trim_ascii())).transpose().map_err(at)?;
                checks.push(Check::Lacks(field_name(name), value));
            }
            ("count", _) => {
                let shape = || at("count takes `name N`".to_owned());
                let (name, count) = value.trim().rsplit_once(' ').ok_or_else(shape)?;
                checks.push(Check::Count(field_name(name), count.parse().map_err(|_| shape())?));
            }
            ("body", _) => checks.push(Check::Body(text::unescape(value).map_err(at)?)),
            ("form", Side::Upstream) => {
                let (name, value) = value.split_once('=').ok_or_else(|| at("form takes `name=value`".to_owned()))?;
                fields.push((text::unescape(name).map_err(at)?, text::unescape(value).map_err(at)?));
            }
            ("file", Side::Upstream) => files.push(file_part(value).map_err(at)?),
            _ => return Err(at(format!("unknown key {key:?}"))),
        }
    }
    // A form is compared whole: a field that nobody expected is a failure as well.
    let is_form = !fields.is_empty() || !files.is_empty();
    if is_form {
        checks.push(Check::Fields(fields));
        checks.push(Check::Files(files));
    }
    Ok(checks)
}

fn field_name(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// `field filename content/type length`; what holds a space stands in quotes.
fn file_part(value: &str) -> Result<FilePart, String> {
    let words = words(value)?;
    let [field, filename, content_type, length] = &words[..] else {
        return Err("file takes `field filename content/type length`".to_owned());
    };
    Ok(FilePart {
        field: text::unescape(field)?,
        filename: text::unescape(filename)?,
        content_type: content_type.clone(),
        length: length.parse().map_err(|_| format!("not a length: {length:?}"))?,
    })
}

fn words(value: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = text::closing_quote(quoted).ok_or("a quote is not closed")?;
                let (word, after) = quoted.split_at(end);
                (word, after.strip_prefix('"').unwrap_or_default())
            }
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
# a comment
=== everything_at_once
listener: http
policy:
  [csrf]
  trusted_origins = ["https://sso.example"]
request:
  POST / HTTP/1.1
  Content-Length: {body}

  a=b\

expect: pass
note: session.cookie-too-large, session.other
upstream:
  has: cookie: session=1; a="x:y"
  lacks: x-http-method-override
  count: Cookie 1
  form: a=b\x00
  file: f "my file.png" image/png 4
response:
  HTTP/1.1 204 No Content

client:
  status: 204
  lacks: server: nginx

=== next
request:
  GET / HTTP/1.1

expect: refuse request.host
"#;

    #[test]
    fn every_key_is_read() {
        let cases = parse("a.case", WHOLE).unwrap();
        let [case, next] = &cases[..] else { panic!("two cases, not {cases:?}") };
        assert_eq!(case.title(), "a.case:3 everything_at_once");
        assert_eq!(case.listener, Listener::Http);
        assert_eq!(case.policy, "[csrf]\ntrusted_origins = [\"https://sso.example\"]\n");
        assert_eq!(case.request, b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b");
        assert_eq!(case.response, b"HTTP/1.1 204 No Content\r\n\r\n");
        assert_eq!(case.expect, Expect::Pass);
        assert_eq!(case.notes, ["session.cookie-too-large", "session.other"]);
        let file = FilePart {
            field: b"f".to_vec(),
            filename: b"my file.png".to_vec(),
            content_type: "image/png".to_owned(),
            length: 4,
        };
        assert_eq!(
            case.upstream,
            [
                Check::Has("cookie".to_owned(), b"session=1; a=\"x:y\"".to_vec()),
                Check::Lacks("x-http-method-override".to_owned(), None),
                Check::Count("cookie".to_owned(), 1),
                Check::Fields(vec![(b"a".to_vec(), b"b\0".to_vec())]),
                Check::Files(vec![file]),
            ]
        );
        assert_eq!(case.client, [Check::Status(204), Check::Lacks("server".to_owned(), Some(b"nginx".to_vec()))]);
        assert_eq!(next.request, b"GET / HTTP/1.1\r\n\r\n");
        assert_eq!(next.response, Case::DEFAULT_RESPONSE);
        assert_eq!(next.expect, Expect::Refuse("request.host".to_owned()));
    }

    #[test]
    fn errors_name_their_line() {
        let case = |lines: &str| format!("=== a\nrequest:\n  GET / HTTP/1.1\n\nexpect: pass\n{lines}");
        for (name, source, line) in [
            ("content before a case", "listener: http".to_owned(), 1),
            ("a name with spaces", "=== two words".to_owned(), 1),
            ("unknown key", case("upsteam:\n  has: a: b"), 6),
            ("unknown check", case("upstream:\n  hass: a: b"), 7),
            ("a check of the other side", case("client:\n  form: a=b"), 7),
            ("a key twice", case("expect: pass"), 6),
            ("a name twice", case("=== a"), 6),
            ("unknown expectation", "=== a\nexpect: maybe".to_owned(), 2),
            ("unknown listener", "=== a\nlistener: ftp".to_owned(), 2),
            ("no expectation", "=== a\nrequest:\n  GET / HTTP/1.1\n\n".to_owned(), 1),
            ("no request", "# x\n=== a\nexpect: pass".to_owned(), 2),
            ("an unknown escape in a body", "=== a\nrequest:\n  A: 1\n\n  \\q\n".to_owned(), 5),
            ("a head without end", "=== a\nrequest:\n  GET / HTTP/1.1\nexpect: pass".to_owned(), 3),
            ("a block where a line belongs", "=== a\nlistener: http\n  x\n".to_owned(), 3),
            ("a line where a block belongs", "=== a\nrequest: GET /\n".to_owned(), 2),
            (
                "an application that sees what was refused",
                "=== a\nrequest:\n  A: 1\n\nexpect: refuse a.b\nupstream:\n  has: a: b\n".to_owned(),
                1,
            ),
            ("a note of what is refused", "=== a\nrequest:\n  A: 1\n\nexpect: refuse a.b\nnote: c.d\n".to_owned(), 1),
            ("a file part that is not one", case("upstream:\n  file: f a.png 4"), 7),
        ] {
            match parse("a.case", &source) {
                Ok(cases) => panic!("{name}: read as {cases:?}"),
                Err(error) => assert_eq!(error.line, line, "{name}: {error}"),
            }
        }
    }
}
