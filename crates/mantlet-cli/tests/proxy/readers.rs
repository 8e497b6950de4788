//! Real parsers of multipart forms behind the shield: each must read exactly what was judged.
//!
//! Needs `cargo xtask test`, which installs them and says where they are: E2E_PYTHON and E2E_NODE_PATH.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use mantlet_corpus::{Expect, FormEntry, Listener, Message, read_form};

use crate::harness::PATIENCE;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

/// Forms made up beside those of the corpus.
const MADE_UP: u64 = 200;

/// Fields (name, value) and files (field, name, type, content), all in hexadecimal.
type Read = (Vec<(String, String)>, Vec<(String, String, String, String)>);

#[test]
fn every_parser_reads_what_was_judged() {
    const POLICY: &str = "[uploads]\nmax_parts = 2000\nmax_files = 1000";
    let recorder = Shield::with(Upstream::recording(), POLICY);
    let readers: Vec<Reader> = ["werkzeug", "django", "starlette"]
        .map(|kind| Reader::start(kind, &env("E2E_PYTHON"), "reader.py"))
        .into_iter()
        .chain(["busboy", "multiparty", "formdata"].map(|kind| Reader::start(kind, "node", "reader.cjs")))
        .collect();
    let shields: Vec<Shield> = readers.iter().map(|reader| Shield::with(Upstream::at(reader.port), POLICY)).collect();

    let mut compared = 0;
    let mut failures = Vec::new();
    for (title, request) in accepted_cases().into_iter().chain((0..MADE_UP).map(made_up)) {
        recorder.upstream.take();
        let status = recorder.ask(&request).status();
        let Some(seen) = recorder.upstream.take().pop() else {
            assert!(!title.starts_with("made up"), "{title} is honest and was refused: {status:?}");
            continue;
        };
        if seen.body.is_empty() {
            continue;
        }
        let (judged, unselected) = judged(&seen);
        compared += 1;
        for (reader, shield) in readers.iter().zip(&shields) {
            let answer = shield.ask(&request);
            match read(&answer, &unselected) {
                Ok(read) if read == judged => {}
                Ok(read) => failures.push(format!("{title}: {} read\n    {read:?}, not\n    {judged:?}", reader.kind)),
                Err(problem) => failures.push(format!("{title}: {} failed: {problem}", reader.kind)),
            }
        }
    }
    assert!(compared as u64 > MADE_UP, "the corpus has accepted forms, too");
    assert!(
        failures.is_empty(),
        "{} of {compared} forms are read differently:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The multipart forms of the corpus that must pass, over plain HTTP.
fn accepted_cases() -> Vec<(String, Vec<u8>)> {
    let cases = mantlet_corpus::load(&mantlet_corpus::root()).unwrap_or_else(|error| panic!("corpus/{error}"));
    let is_multipart = |request: &[u8]| {
        let head = Message::read_head(request);
        head.is_ok_and(|head| head.values("content-type").any(|kind| kind.starts_with(b"multipart/form-data")))
    };
    let accepted = cases.into_iter().filter(|case| case.expect == Expect::Pass && is_multipart(&case.request));
    // An origin of the other scheme would be another site.
    let accepted =
        accepted.filter(|case| case.listener == Listener::Http || !contains(&case.request, b"https://app.example"));
    accepted.map(|case| (case.title(), case.request)).collect()
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// A form with everything that honest forms have: many fields, the same name twice, any text, files of any bytes.
fn made_up(seed: u64) -> (String, Vec<u8>) {
    let mut dice = Dice(seed);
    let boundary = format!("----made{seed}up");
    let mut body = Vec::new();
    for _ in 0..=dice.up_to(12) {
        let name = dice.pick(&["a", "b", "post[title]", "tags[]", "user.name", "a b", "é", "日本", "x-y_z", "1"]);
        body.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"").into_bytes());
        let (header, content) = match dice.up_to(3) {
            0 => {
                let stem =
                    dice.pick(&["a", "photo 1", "résumé", "日本", "a(1)", "x.y", "100%", "it's", "a&b", "a+b=c"]);
                let noise: Vec<u8> = (0..dice.up_to(5000)).map(|_| dice.up_to(255) as u8).collect();
                let file = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0"[..], &noise].concat();
                (format!("; filename=\"{stem}.png\"\r\nContent-Type: image/png"), file)
            }
            1 => {
                let pieces = ["text ", "\r\n", "--", "\r\n--", "é", "\n", "\"", "%22", "--made"];
                let text: String = (0..dice.up_to(300)).map(|_| dice.pick(&pieces)).collect();
                ("; filename=\"notes.txt\"\r\nContent-Type: text/plain".to_owned(), text.into_bytes())
            }
            _ => {
                let pieces = ["v", " ", "\r\n", "--", "\r\n--", "&", "=", "%41", "日", "\"", "\\", ";", "\t", "+"];
                let text: String = (0..dice.up_to(60)).map(|_| dice.pick(&pieces)).collect();
                (String::new(), text.into_bytes())
            }
        };
        body.extend(format!("{header}\r\n\r\n").into_bytes());
        body.extend(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").into_bytes());
    let head = format!(
        "POST /form HTTP/1.1\r\nHost: app.example\r\nContent-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    (format!("made up {seed}"), [head.into_bytes(), body].concat())
}

/// splitmix64: the same forms on every run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % (most + 1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.up_to(from.len() as u64 - 1) as usize]
    }
}

/// What was judged is what was written for the application; and the controls in which no file was selected.
fn judged(seen: &Message) -> (Read, Vec<String>) {
    let mut read = Read::default();
    for entry in read_form(seen).unwrap_or_else(|problem| panic!("{problem}")) {
        match entry {
            FormEntry::Field(name, value) => read.0.push((hex(&name), hex(&value))),
            FormEntry::File(part, content) => {
                read.1.push((hex(&part.field), hex(&part.filename), hex(part.content_type.as_bytes()), hex(&content)));
            }
        }
    }
    let unselected = read.1.iter().filter(|(_, filename, ..)| filename.is_empty()).map(|(name, ..)| name.clone());
    let unselected: Vec<String> = unselected.collect();
    (comparable(read, &unselected), unselected)
}

fn read(answer: &Message, unselected: &[String]) -> Result<Read, String> {
    let body = String::from_utf8_lossy(&answer.body);
    let form: serde_json::Value = serde_json::from_str(&body).map_err(|_| format!("{}: {body}", answer.line))?;
    let rows = |name: &str| -> Option<Vec<Vec<String>>> {
        let rows = form.get(name)?.as_array()?.iter();
        rows.map(|row| row.as_array()?.iter().map(|cell| Some(cell.as_str()?.to_owned())).collect()).collect()
    };
    let (fields, files) = rows("fields").zip(rows("files")).ok_or_else(|| body.to_string())?;
    let fields = fields.into_iter().map(|mut row| (std::mem::take(&mut row[0]), std::mem::take(&mut row[1])));
    let files = files.into_iter().map(|row| {
        let [field, filename, kind, content] = row.try_into().unwrap();
        (field, filename, kind, content)
    });
    Ok(comparable((fields.collect(), files.collect()), unselected))
}

/// Some parsers keep the order within a name only, and a control in which no file was selected is a nameless file to
/// some, an empty field to others, and nothing to the rest.
fn comparable((mut fields, mut files): Read, unselected: &[String]) -> Read {
    fields.retain(|(name, value)| !(value.is_empty() && unselected.contains(name)));
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    files.retain(|(_, filename, _, content)| !(filename.is_empty() && content.is_empty()));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    (fields, files)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through cargo xtask test"))
}

/// An application that answers each form with what its parser read.
struct Reader {
    kind: &'static str,
    port: u16,
    child: Child,
}

impl Reader {
    fn start(kind: &'static str, program: &str, script: &str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/readers");
        let port = Upstream::nowhere().port;
        let mut command = Command::new(program);
        command.arg(format!("{folder}/{script}")).arg(kind).arg(port.to_string()).stdin(Stdio::null());
        let child = command.env("NODE_PATH", env("E2E_NODE_PATH")).spawn().unwrap();
        let mut reader = Self { kind, port, child };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(reader.child.try_wait().unwrap().is_none() && Instant::now() < until, "{kind} does not start");
            std::thread::yield_now();
        }
        reader
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
