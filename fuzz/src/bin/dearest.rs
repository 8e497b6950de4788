//! Looks for the requests that cost the guards most: `cargo run --release --bin dearest [SECONDS]`, in `fuzz/`.
//!
//! Words that a guard or a parser looks at are put together, and repeated until a place of a request is full. What costs much is
//! kept, and changed a little. In the end the dearest of each place is shown, and what one of half the length costs. If that is much
//! less for a byte, some work is not linear, and whoever sends a whole head of it gets more of the machine than is due.
//!
//! It is no test, since it measures time. On a busy machine, look at what two runs agree in.

use std::time::{Duration, Instant};

use http::{Method, StatusCode, Uri};
use mantlet_core::fields::Fields;
use mantlet_core::upload::Sink;
use mantlet_core::{BodyPlan, Mantlet, Origin, Policy, Refusal, RequestHead, ResponseHead, Site};

/// As long as a head may be, less what else is in it.
const HEAD: usize = 30_000;
/// Short enough for many tries, long enough to see what grows faster than it should.
const BODY: usize = 240_000;
/// How many words are repeated.
const MOST_WORDS: usize = 6;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=X";

#[rustfmt::skip]
const WORDS: &[&str] = &[
    // Marks
    "a", "A", "1", "0", "=", "&", ";", "; ", "+", "[", "]", "(", ")", "{", "}", "\"", "\\", "\\\"", "'", "<", ">", "?", "*", ":", ",",
    "#", "@", "~", "_", "-", "--", "/", "//", ".", "..", "../", "/./", " ", "\t", "|", "^", "$",
    // Escapes, whole and broken
    "%", "%2", "%25", "%2e", "%2F", "%61", "%00", "%c3", "%80", "%c0%ae", "%u0061", "\\u0061", "&#x41;", "=?utf-8?Q?", "?=", "utf-7''",
    // Letters that others take for several, or for none
    "é", "ﬀ", "İ", "\u{202e}", "\u{200d}", "\u{3002}",
    // What guards know by name
    "name=", "filename=", "filename*=", "name=a.php", ".php", ".png", ".asp;", "=A", "__Host-", "session=", "sid=1; ", "a=1; ",
    "$Version=1", "_method=", "_method=PUT&", "query={", "mutation", "__EVENTTARGET", "wicket:interface=", ".buttons.", "0-1.-a", "/(S(x))",
    "/jolokia/", "p=exec&", "id&", "method&", "formids&", "extensions=", "VirtualHostBase/", "charset=", "https://app.example", "\"a\":", "<!--", "<a>",
];

/// Where a text may stand in a request.
struct Place {
    name: &'static str,
    length: usize,
    request: fn(&str) -> Request,
}

struct Request {
    method: Method,
    target: String,
    fields: Vec<(&'static str, String)>,
    body: String,
}

const PLACES: &[Place] = &[
    Place { name: "path", length: HEAD, request: |text| Request::form(format!("/{text}"), FORM, "a=1".into()) },
    Place {
        name: "path and query",
        length: HEAD / 2,
        request: |text| Request::with_method(Method::GET, format!("/{text}?{text}")),
    },
    Place { name: "query", length: HEAD, request: |text| Request::with_method(Method::GET, format!("/?{text}")) },
    Place {
        name: "query of a form",
        length: HEAD,
        request: |text| Request::form(format!("/?{text}"), FORM, "a=1".into()),
    },
    Place {
        name: "target of PUT",
        length: HEAD,
        request: |text| Request::with_method(Method::PUT, format!("/{text}")),
    },
    Place { name: "target of MKCOL", length: HEAD, request: |text| Request::with_method(mkcol(), format!("/{text}")) },
    Place { name: "Cookie", length: HEAD, request: |text| Request::with_field("cookie", text) },
    Place { name: "Content-Type", length: HEAD, request: |text| Request::form("/".into(), text, "a=1".into()) },
    Place {
        name: "Content-Disposition",
        length: HEAD,
        request: |text| Request::with_field("content-disposition", text),
    },
    Place { name: "X-File-Name", length: HEAD, request: |text| Request::with_field("x-file-name", text) },
    Place { name: "Upload-Metadata", length: HEAD, request: |text| Request::with_field("upload-metadata", text) },
    Place { name: "Origin", length: HEAD, request: |text| Request::with_field("origin", text) },
    Place { name: "form", length: BODY, request: |text| Request::form("/".into(), FORM, text.into()) },
    Place {
        name: "form to a program",
        length: BODY,
        request: |text| Request::form("/?name=a.php".into(), FORM, text.into()),
    },
    Place {
        name: "JSON to a program",
        length: BODY,
        request: |text| Request::form("/?name=a.php".into(), "application/json", text.into()),
    },
    Place {
        name: "names of fields",
        length: BODY,
        request: |text| Request::parts(text, 240, |piece| format!("name=\"{piece}\"\r\n\r\n1")),
    },
    Place {
        name: "names of files",
        length: 1_200,
        request: |text| Request::parts(text, 120, |piece| format!("name=\"f\"; filename=\"{piece}.txt\"\r\n\r\n1")),
    },
    Place {
        name: "fields called name",
        length: BODY,
        request: |text| Request::parts(text, 60_000, |piece| format!("name=\"name\"\r\n\r\n{piece}")),
    },
    Place {
        name: "file",
        length: BODY,
        request: |text| Request::parts(text, BODY, |piece| format!("name=\"f\"; filename=\"a.txt\"\r\n\r\n{piece}")),
    },
];

fn mkcol() -> Method {
    Method::from_bytes(b"MKCOL").unwrap_or_default()
}

impl Request {
    fn with_method(method: Method, target: String) -> Self {
        Self { method, target, fields: Vec::new(), body: "x".into() }
    }

    fn with_field(name: &'static str, value: &str) -> Self {
        Self { fields: vec![(name, value.to_owned())], ..Self::form("/".into(), FORM, "a=1".into()) }
    }

    fn form(target: String, content_type: &str, body: String) -> Self {
        Self { method: Method::POST, target, fields: vec![("content-type", content_type.to_owned())], body }
    }

    /// A multipart form that has the text in pieces.
    fn parts(text: &str, length: usize, part: impl Fn(&str) -> String) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let pieces = letters.chunks(length).map(|piece| part(&piece.iter().collect::<String>()));
        let parts = pieces.map(|part| format!("--X\r\nContent-Disposition: form-data; {part}\r\n"));
        Self::form("/".into(), MULTIPART, parts.chain(["--X--\r\n".to_owned()]).collect())
    }

    /// The least time of three that all guards need. `None`: no head can have this text.
    fn cost(&self, mantlet: &Mantlet) -> Option<Duration> {
        // No target has a blank.
        let uri = Uri::try_from(self.target.replace([' ', '\t'], "+")).ok()?;
        let fields = [("sec-fetch-site", "same-origin".to_owned())].into_iter().chain(self.fields.iter().cloned());
        let fields = Fields::from_pairs(fields).ok()?;
        (0..3).map(|_| self.judge(mantlet, &uri, fields.clone())).min()
    }

    fn judge(&self, mantlet: &Mantlet, uri: &Uri, mut fields: Fields) -> Duration {
        let Ok(origin) = Origin::parse("https://app.example") else { return Duration::ZERO };
        let site = Site::new(origin);
        let began = Instant::now();
        let mut head = RequestHead { method: &self.method, uri, fields: &mut fields, site: &site };
        let mut exchange = mantlet.begin(&head);
        if let Ok(BodyPlan::Form(plan)) = exchange.admit(&mut head) {
            let mut judge = plan.begin([0; 16]);
            let pushed = self.body.as_bytes().chunks(16 * 1024).try_for_each(|piece| judge.push(piece, &mut Nowhere));
            let _refused = pushed.and_then(|()| judge.finish(&mut Nowhere).map(drop));
        }
        let mut answer = Fields::from_pairs([("set-cookie", "session=1; Path=/")]).unwrap_or_default();
        exchange.dress(&mut ResponseHead { status: StatusCode::OK, fields: &mut answer });
        began.elapsed()
    }
}

/// What is forwarded is let go.
struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _: &[u8]) -> Result<(), Refusal> {
        Ok(())
    }
}

impl Place {
    /// Nanoseconds a byte of these words, repeated up to `length`.
    fn cost(&self, mantlet: &Mantlet, words: &[&str], length: usize) -> Option<f64> {
        let word = words.concat();
        let text = word.repeat(length / word.len().max(1));
        let cost = (self.request)(&text).cost(mantlet)?;
        Some(cost.as_secs_f64() * 1e9 / text.len().max(1) as f64)
    }
}

fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(90);
    let mantlet = Mantlet::new(&Policy::default());
    let share = Duration::from_secs(seconds) / u32::try_from(PLACES.len()).unwrap_or(1);
    println!("{:20} {:>7} {:>7}  {:>8}  words", "place", "ns/byte", "of half", "whole");
    for place in PLACES {
        let words = dearest(place, &mantlet, share);
        // What was kept was, perhaps, the slowest moment of the machine.
        let least = |length| (0..10).filter_map(|_| place.cost(&mantlet, &words, length)).fold(f64::INFINITY, f64::min);
        let (cost, half) = (least(place.length), least(place.length / 2));
        let whole = cost * place.length as f64 / 1e6;
        println!("{:20} {cost:7.1} {half:7.1}  {whole:5.1} ms  {words:?}", place.name);
    }
}

/// The words that cost most in this place, as far as that is found in time.
fn dearest(place: &Place, mantlet: &Mantlet, time: Duration) -> Vec<&'static str> {
    let (mut best, mut most) = (Vec::new(), 0.0);
    let began = Instant::now();
    while began.elapsed() < time {
        let words = changed(&best);
        match place.cost(mantlet, &words, place.length) {
            Some(cost) if cost > most && words.len() <= MOST_WORDS => (best, most) = (words, cost),
            _ => {}
        }
    }
    best
}

/// One in three is new. The others are the best with a word more, or with another one.
fn changed(best: &[&'static str]) -> Vec<&'static str> {
    let word = || fastrand::choice(WORDS).copied();
    if best.is_empty() || fastrand::u8(..3) == 0 {
        return (0..fastrand::usize(1..=MOST_WORDS)).filter_map(|_| word()).collect();
    }
    let at = fastrand::usize(..=best.len());
    let behind = if fastrand::bool() { at } else { at + 1 };
    best.iter().take(at).copied().chain(word()).chain(best.iter().skip(behind).copied()).collect()
}
