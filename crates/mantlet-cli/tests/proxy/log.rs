//! What the log tells: each request in one line, by whatever way it ended, and nothing that a client made up.

use rustix::process::Signal;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;
use crate::http2;

const JSON: &str = "[log]\nformat = \"json\"\n";

/// The lines of all requests that this shield has carried.
fn lines(shield: &Shield) -> Vec<String> {
    shield.signal(Signal::TERM);
    shield.wait();
    // What is said at the start is indented.
    shield
        .log()
        .lines()
        .filter(|line| line.contains("127.0.0.1") && !line.starts_with("  "))
        .map(str::to_owned)
        .collect()
}

fn objects(shield: &Shield) -> Vec<Value> {
    lines(shield).iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

fn reference(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    page.split("Reference: ").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

const CROSS_SITE: &str = "POST /email?secret=1 HTTP/1.1\r\nHost: app.example\r\nOrigin: https://evil.example\r\n\
                          Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_refusal_is_one_line_that_says_all() {
    let shield = Shield::new(Upstream::recording());
    let reference = reference(&shield.ask(CROSS_SITE).body);
    let [line] = &lines(&shield)[..] else { panic!("one line") };
    for part in
        [" 127.0.0.1 POST /email 403 ", " refused=csrf.cross-site ", &format!(" reference={reference}"), " detail=\""]
    {
        assert!(line.contains(part), "{part:?} in {line}");
    }
    assert!(!line.contains("secret"), "{line}");

    let shield = Shield::with(Upstream::recording(), JSON);
    let reference = self::reference(&shield.ask(CROSS_SITE).body);
    let [line] = &objects(&shield)[..] else { panic!("one line") };
    for (name, value) in [
        ("http.request.method", "POST"),
        ("url.path", "/email"),
        ("client.address", "127.0.0.1"),
        ("security_rule.name", "csrf.cross-site"),
        ("security_rule.category", "csrf"),
        ("reference", &reference),
    ] {
        assert_eq!(line[name], value, "{name} in {line}");
    }
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(
        OffsetDateTime::parse(timestamp, &Rfc3339).is_ok() && timestamp.len() == 24,
        "RFC 3339, in milliseconds: {line}"
    );
    assert_eq!(line["http.response.status_code"], 403, "{line}");
    assert_eq!(line.get("url.query"), None, "{line}");
}

#[test]
fn a_refusal_at_the_front_door_names_the_client_that_a_trusted_proxy_names() {
    let shield = Shield::with(Upstream::nowhere(), "[server]\ntrusted_proxies = [\"127.0.0.1\"]");
    for (host, fields, status) in [
        ("evil.example", "", 421),
        ("app.example", "Connection: upgrade\r\nUpgrade: websocket\r\n", 400),
        ("app.example", "Connection: Cookie\r\n", 400),
    ] {
        shield.ask(format!("GET /{status} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 203.0.113.7\r\n{fields}\r\n"));
        shield.wait_for_log(&format!(" 203.0.113.7 GET /{status} {status} "));
    }
}

#[test]
fn every_way_to_be_refused_is_one_line() {
    let shield = Shield::with(Upstream::nowhere(), "[uploads]\nmax_request_size = \"4B\"\n");
    let asking = |fields: &str| format!("GET /a HTTP/1.1\r\nHost: app.example\r\n{fields}\r\n");
    let posting = |fields: &str, body: &str| {
        format!("POST /a HTTP/1.1\r\nHost: app.example\r\nOrigin: http://app.example\r\n{fields}\r\n{body}")
    };
    for (request, what, code) in [
        (asking(""), "GET /a", "upstream.unreachable"),
        (asking("Cookie: session=1; session=2\r\n"), "GET /a", "session.duplicate-cookie"),
        (asking("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), "- -", "request.malformed"),
        (asking("").replace("app.example", "evil.example"), "GET /a", "request.host"),
        (asking("Connection: upgrade\r\nUpgrade: websocket\r\n"), "GET /a", "request.upgrade"),
        (
            posting("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n", "a=\0"),
            "POST /a",
            "upload.malformed",
        ),
    ] {
        let answer = shield.ask(request);
        let reference = reference(&answer.body);
        shield.wait_for_log(&reference);
        let log = shield.log();
        let told: Vec<_> = log.lines().filter(|line| line.contains(&reference)).collect();
        let [line] = told[..] else { panic!("{code}: one line, not {told:?}") };
        let expected = format!(" 127.0.0.1 {what} {} ", answer.status().unwrap());
        assert!(line.contains(&expected) && line.contains(&format!(" refused={code} ")), "{code}: {line}");
    }
    assert_eq!(lines(&shield).len(), 6, "{}", shield.log());
}

#[test]
fn a_refusal_is_logged_where_other_requests_are_not() {
    let shield = Shield::with(Upstream::recording(), "[log]\naccess = false\n");
    shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
    shield.ask(CROSS_SITE);
    let lines = lines(&shield);
    assert!(matches!(&lines[..], [line] if line.contains("refused=csrf.cross-site")), "{lines:?}");
}

#[test]
fn what_observing_would_refuse_is_in_the_line_of_the_request() {
    let twice = CROSS_SITE.replacen("Origin", "Cookie: session=1; session=2\r\nOrigin", 1);
    let shield = Shield::with(Upstream::recording(), "mode = \"observe\"\n");
    assert_eq!(shield.ask(&twice).status(), Some(200));
    let lines = lines(&shield);
    let [line] = &lines[..] else { panic!("{lines:?}") };
    for code in ["session.duplicate-cookie", "csrf.cross-site"] {
        assert!(line.contains(&format!(" would_refuse={code} ")), "{line}");
    }

    let shield = Shield::with(Upstream::recording(), &format!("mode = \"observe\"\n{JSON}"));
    shield.ask(&twice);
    let objects = objects(&shield);
    let codes: Vec<_> =
        objects[0]["would_refuse"].as_array().unwrap().iter().map(|found| &found["security_rule.name"]).collect();
    assert_eq!(codes, ["session.duplicate-cookie", "csrf.cross-site"], "{objects:?}");
    assert_eq!(objects[0].get("security_rule.name"), None, "it was not refused: {objects:?}");
}

/// Who asks and hangs up must not stay out of the log.
#[test]
fn a_client_that_hangs_up_is_in_the_log() {
    let upstream = Upstream::scripted(|mut connection, _| {
        connection.request();
        // No answer, until the shield hangs up as well.
        while connection.piece().is_some() {}
    });
    let shield = Shield::with(upstream, "mode = \"observe\"\n");
    let mut client = shield.connect();
    client.send(CROSS_SITE);
    shield.upstream.wait_for(1);
    client.abort();
    shield.wait_for_log(" 127.0.0.1 POST /email - ");
    assert!(shield.log().contains("would_refuse=csrf.cross-site"), "{}", shield.log());
}

#[test]
fn a_stream_that_is_cancelled_is_in_the_log() {
    let upstream = Upstream::scripted(|mut connection, _| {
        connection.request();
        while connection.piece().is_some() {}
    });
    let shield = Shield::https(upstream, "mode = \"observe\"\n");
    let mut client = http2::Connection::open(&shield);
    let cross_site = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let stream = client.request(&http2::asking_with("POST", "/email", &cross_site), None);
    shield.upstream.wait_for(1);
    client.send_frame(http2::kind::RST_STREAM, 0, stream, http2::code::CANCEL.to_be_bytes());
    shield.wait_for_log(" 127.0.0.1 POST /email - ");
    assert!(shield.log().contains("would_refuse=csrf.cross-site"), "{}", shield.log());
}

#[test]
fn an_answer_that_breaks_off_says_why() {
    let upstream = Upstream::scripted(|mut connection, _| {
        connection.request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    let shield = Shield::new(upstream);
    let mut client = shield.connect();
    client.send("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
    client.rest();
    shield.wait_for_log(" broken_off=upstream.malformed ");
}

/// An application may answer before it has read the body. Then the body can still be one that is refused.
#[test]
fn a_request_that_is_refused_after_its_answer_began_says_why() {
    let begun = || {
        Upstream::scripted(|mut connection, _| {
            connection.request_head();
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n");
            while connection.piece().is_some() {}
        })
    };
    let policy = "[uploads]\nmax_request_size = \"1KiB\"\n[server]\nbody_timeout = \"300ms\"";
    for (name, rest, code) in [
        ("too large", format!("800\r\n{}\r\n0\r\n\r\n", "a".repeat(2048)), "upload.request-too-large"),
        ("malformed", "x\r\n".to_owned(), "request.malformed"),
        ("too slow", String::new(), "request.timeout"),
    ] {
        let shield = Shield::with(begun(), policy);
        let mut client = shield.connect();
        client.send(
            "POST /upload HTTP/1.1\r\nHost: app.example\r\nOrigin: http://app.example\r\n\
             Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        client.read_until("begun");
        client.send(rest);
        assert!(!client.rest().ends_with(b"0\r\n\r\n"), "{name}: the answer looks whole");
        shield.wait_for_log(&format!(" broken_off={code}"));
        assert_eq!(shield.log().matches("POST /upload 200").count(), 1, "{name}: {}", shield.log());
    }
    let shield = Shield::https(begun(), policy);
    let mut client = http2::Connection::open(&shield);
    let posting = [("content-type", "application/octet-stream"), ("sec-fetch-site", "same-origin")];
    let stream = client.open_stream(&http2::asking_with("POST", "/upload", &posting), 0);
    client.read_until(|frame| frame.kind == http2::kind::DATA).unwrap();
    client.send_body(stream, &[b'a'; 2048]);
    assert!(matches!(client.ended(stream), http2::Ended::Reset(_)));
    shield.wait_for_log("POST /upload 200 5 ");
    shield.wait_for_log(" broken_off=upload.request-too-large");
}

#[test]
fn json_knows_the_size_of_a_body_and_the_trace() {
    let shield = Shield::with(Upstream::recording(), JSON);
    shield.ask(
        "POST / HTTP/1.1\r\nHost: app.example\r\nOrigin: http://app.example\r\nContent-Type: application/json\r\n\
         traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\n[1,2]\r\n0\r\n\r\n",
    );
    shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\n\r\n");
    // Each worker writes its own lines: whose come first is open.
    let objects = objects(&shield);
    assert_eq!(objects.len(), 2, "{objects:?}");
    let of = |method: &str| objects.iter().find(|line| line["http.request.method"] == method).unwrap();
    let (post, get) = (of("POST"), of("GET"));
    assert_eq!(post["http.request.body.size"], 5, "{post}");
    assert_eq!(post["http.response.body.size"], 2, "{post}");
    assert_eq!(post["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736", "{post}");
    assert_eq!((&get["http.request.body.size"], get.get("trace_id")), (&Value::from(0), None), "{get}");
}

/// What a client sends stays inside of the field it belongs to.
#[test]
fn log_forging() {
    let forged: &[u8] = b"GET /a?b=1\" HTTP/1.1\r\nHost: app.example\r\nUser-Agent: a\"}\\\xc2\x9b2J\x1b[31m\xe2\x80\xae\r\n\
        Cookie: session\"refused=none=1; session\"refused=none=2\r\nOrigin: https://evil.example\" refused=none\xff\r\n\r\n";
    let printable = forged.iter().copied().filter(|byte| *byte != 0x1b).collect::<Vec<_>>();
    let hostile = [
        forged.to_vec(),
        printable,
        b"GET / HTTP/1.1\r\nHost: evil.example\x80 127.0.0.1 refused=none\r\n\r\n".to_vec(),
        b"POST /x HTTP/1.1\r\nHost: app.example\r\nOrigin: \" refused=none detail=\"\xe2\x80\xa8\r\nContent-Length: 0\r\n\r\n".to_vec(),
        b"GET /\x9b\xc2\x9b HTTP/1.1\r\nHost: app.example\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: app.example\r\nSec-Fetch-Site: \x01\" refused=none\r\n\r\n".to_vec(),
    ];
    for format in ["text", "json"] {
        let policy = format!("[log]\nformat = {format:?}\nquery_strings = true\n");
        let shield = Shield::with(Upstream::recording(), &policy);
        for request in &hostile {
            shield.ask(request);
        }
        let lines = lines(&shield);
        assert_eq!(lines.len(), hostile.len(), "{format}: one line each: {lines:#?}");
        for line in lines {
            assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{format}: {line:?}");
            if format == "json" {
                assert!(serde_json::from_str::<Value>(&line).is_ok(), "{line}");
            } else {
                // Outside of what is quoted.
                let bare: String = line.replace("\\\"", "").split('"').step_by(2).collect();
                assert!(!bare.contains("refused=none"), "{line}");
            }
        }
    }
}
