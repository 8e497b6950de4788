//! More at once than there are places for: who is refused, how, and for how long.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use mantlet_core::Reason;
use mantlet_corpus::{Case, Message};
use socket2::{Domain, Socket, Type};

use crate::harness::PATIENCE;
use crate::harness::client::Client;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;
use crate::http2::{self, Ended, asking, code, kind, setting};

/// Other addresses of this machine.
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

const GET: &str = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n";
const SLOW: &str = "GET /slow HTTP/1.1\r\nHost: app.example\r\n\r\n";
const LARGE: &str = "GET /large HTTP/1.1\r\nHost: app.example\r\n\r\n";
const HANDSHAKE: &str = "GET /socket HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                         Origin: http://app.example\r\n\r\n";

/// Never answers `/slow`, never ends answering `/large`, speaks WebSocket at `/socket`.
fn application() -> Upstream {
    Upstream::scripted(|mut application, _| {
        while let Some(Message { line, .. }) = application.request() {
            match line.split(' ').nth(1).unwrap() {
                "/slow" => while application.piece().is_some() {},
                "/large" => {
                    application.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                    application.send_for_ever(&vec![b'a'; 1 << 20]);
                }
                "/socket" => {
                    application.send(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                    );
                    while application.piece().is_some() {}
                }
                _ => {
                    application.send(Case::DEFAULT_RESPONSE);
                    continue;
                }
            }
            return;
        }
    })
}

fn connect_from(address: Ipv4Addr, shield: &Shield) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((address, 0)).into()).unwrap();
    socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, shield.port)).into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    Client::over(stream)
}

fn status(client: &mut Client, request: &str) -> Option<u16> {
    client.send(request);
    client.answer().status()
}

fn upload(length: usize) -> String {
    let opening =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
    let form = format!("{opening}{}\r\n--b--\r\n", "x".repeat(length));
    format!(
        "POST /upload HTTP/1.1\r\nHost: app.example\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

fn assert_refused(answer: &Message, name: &str) {
    assert_eq!(answer.status(), Some(503), "{name}: {answer:?}");
    assert_eq!(answer.values("retry-after").count(), 1, "{name}: {answer:?}");
    let page = String::from_utf8_lossy(&answer.body);
    assert!(page.contains(Reason::RequestTooMany.code()) && page.contains("busy"), "{name}: {page}");
}

/// Requests of one client that wait for the application, as many as it gets.
fn take_all(shield: &Shield) -> Vec<Client> {
    let mut waiting = Vec::new();
    loop {
        let mut client = shield.connect();
        client.send(SLOW);
        // Nobody else asks: it reaches the application, or is answered.
        let has_answer = loop {
            if shield.upstream.seen() > waiting.len() {
                break false;
            }
            if client.has_something() {
                break true;
            }
        };
        if has_answer {
            assert_refused(&client.answer(), "the one that is too many");
            return waiting;
        }
        waiting.push(client);
    }
}

#[test]
fn one_client_does_not_keep_others_out() {
    let shield = Shield::with(application(), "[server]\nmax_requests = 20");
    let waiting = take_all(&shield);
    assert_eq!(waiting.len(), 4, "a fifth");
    shield.wait_for_log(" refused=request.too-many ");
    shield.wait_for_log("places: this client holds 4 already");
    for address in [NEIGHBOUR, STRANGER] {
        assert_eq!(status(&mut connect_from(address, &shield), GET), Some(200), "{address}");
    }
    // It may go on with the connection that it was refused on.
    let mut client = shield.connect();
    client.send(GET);
    assert_refused(&client.answer(), "still one too many");
    waiting.into_iter().for_each(Client::reset);
    while status(&mut client, GET) != Some(200) {}
}

#[test]
fn when_there_are_no_more_everybody_is_refused() {
    let shield = Shield::with(application(), "[server]\nmax_requests = 1");
    let waiting = take_all(&shield);
    assert_eq!(waiting.len(), 1);
    let mut neighbour = connect_from(NEIGHBOUR, &shield);
    neighbour.send(GET);
    assert_refused(&neighbour.answer(), "another client");
    shield.wait_for_log("places: not enough is free");
    waiting.into_iter().for_each(Client::reset);
    while status(&mut neighbour, GET) != Some(200) {}
}

#[test]
fn who_does_not_read_loses_its_place() {
    let shield = Shield::with(application(), "[server]\nmax_requests = 1\nbody_timeout = \"300ms\"");
    let mut reader = shield.connect();
    reader.send(LARGE);
    assert_eq!(reader.answer_head().status(), Some(200));
    let mut other = connect_from(NEIGHBOUR, &shield);
    assert_eq!(status(&mut other, GET), Some(503));
    shield.wait_for_log("GET /large 200");
    shield.wait_for_log(" broken_off=request.timeout ");
    assert_eq!(status(&mut other, GET), Some(200));
}

#[test]
fn a_websocket_has_a_place_for_as_long_as_it_lasts() {
    let shield = Shield::with(application(), "[server]\nmax_requests = 1");
    let mut socket = shield.connect();
    socket.send(HANDSHAKE);
    assert_eq!(socket.answer_head().status(), Some(101));
    let mut other = connect_from(NEIGHBOUR, &shield);
    assert_eq!(status(&mut other, GET), Some(503));
    socket.finish();
    socket.rest();
    while status(&mut other, GET) != Some(200) {}
}

#[test]
fn clients_behind_a_trusted_proxy_are_told_apart() {
    let shield = Shield::with(application(), "[server]\nmax_requests = 20\ntrusted_proxies = [\"127.0.0.1\"]");
    let asking = |path: &str, client: u8| {
        format!("GET {path} HTTP/1.1\r\nHost: app.example\r\nX-Forwarded-For: 192.0.2.{client}\r\n\r\n")
    };
    let _waiting: Vec<_> = (1..=4)
        .map(|count| {
            let mut proxy = shield.connect();
            proxy.send(asking("/slow", 1));
            shield.upstream.wait_for(count);
            proxy
        })
        .collect();
    let mut proxy = shield.connect();
    assert_eq!(status(&mut proxy, &asking("/", 1)), Some(503));
    assert_eq!(status(&mut proxy, &asking("/", 2)), Some(200));
    assert_eq!(status(&mut proxy, GET), Some(200), "the proxy itself speaks for many");
}

/// A connection with as many streams that wait for the application as it gets.
fn with_all_taken(shield: &Shield, window: u32) -> (http2::Connection, Vec<u32>) {
    let mut connection = http2::Connection::with(shield, &[(setting::INITIAL_WINDOW_SIZE, window)]);
    shield.upstream.take();
    let waiting = (0..4).map(|_| connection.request(&asking("GET", "/slow"), None)).collect();
    shield.upstream.wait_for(4);
    (connection, waiting)
}

#[test]
fn streams_without_a_place() {
    let shield = Shield::https(application(), "[server]\nmax_requests = 20");
    let (mut connection, waiting) = with_all_taken(&shield, 65_535);
    for _ in 0..50 {
        assert_refused(&connection.ask(&asking("GET", "/slow"), None).answer(), "one too many");
    }
    for stream in waiting {
        connection.send_frame(kind::RST_STREAM, 0, stream, code::CANCEL.to_be_bytes());
    }
    assert_eq!(connection.ask(&asking("GET", "/"), None).answer().status(), Some(200));
}

/// Nothing else is kept for a client that does not even read that it was refused.
#[test]
fn refusals_that_nobody_reads() {
    let shield = Shield::https(application(), "[server]\nmax_requests = 20");
    let (mut connection, _waiting) = with_all_taken(&shield, 0);
    let told: Vec<_> = (0..10).map(|_| connection.request(&asking("GET", "/slow"), None)).collect();
    for _ in 0..50 {
        assert_eq!(connection.ask(&asking("GET", "/slow"), None), Ended::Reset(code::REFUSED_STREAM));
    }
    for stream in told {
        connection.send_frame(kind::WINDOW_UPDATE, 0, stream, 10_000_u32.to_be_bytes());
        let page = connection.read_until(|frame| frame.stream == stream && frame.kind == kind::DATA).unwrap();
        assert!(String::from_utf8_lossy(&page.payload).contains("busy"));
    }
}

/// Held open just before its end, an upload keeps what it has of the spool for as long as its client is not too slow.
#[test]
fn uploads_of_one_client_do_not_keep_those_of_others_out() {
    const SPOOL: &str = "[uploads]\nspool_quota = \"2MiB\"\nmax_request_size = \"1MiB\"";
    for (name, policy, clients) in [
        ("by address", SPOOL.to_owned(), ["", ""]),
        (
            "behind a proxy",
            format!("[server]\ntrusted_proxies = [\"127.0.0.1\"]\n{SPOOL}"),
            ["X-Forwarded-For: 192.0.2.1\r\n", "X-Forwarded-For: 192.0.2.2\r\n"],
        ),
    ] {
        let shield = Shield::with(application(), &policy);
        let [greedy, other] = clients.map(|who| upload(400_000).replacen("\r\n\r\n", &format!("\r\n{who}\r\n"), 1));
        let mut held = Vec::new();
        while status(&mut shield.connect(), &greedy) == Some(200) {
            let mut client = shield.connect();
            client.send(&greedy[..greedy.len() - 1]);
            held.push(client);
        }
        shield.wait_for_log(" refused=upload.spool-full ");
        shield.wait_for_log("bytes on disk: this client holds ");
        let mut neighbour = if other == greedy { connect_from(NEIGHBOUR, &shield) } else { shield.connect() };
        assert_eq!(status(&mut neighbour, &other), Some(200), "{name}");
        held.into_iter().for_each(Client::reset);
        while status(&mut shield.connect(), &greedy) != Some(200) {}
    }
}

#[test]
fn connections_are_turned_away() {
    let shield = Shield::with(application(), "[server]\nmax_connections = 4");
    let mut kept = [shield.connect(), shield.connect()];
    assert!(kept.iter_mut().all(|client| status(client, GET) == Some(200)));
    assert!(shield.connect().rest().is_empty(), "closed at once");
    shield.wait_for_log("connections were turned away");
    assert_eq!(status(&mut connect_from(NEIGHBOUR, &shield), GET), Some(200));
    drop(kept);
    let mut client = shield.connect();
    client.send(GET);
    while client.try_answer().is_none() {
        client = shield.connect();
        client.send(GET);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn who_cannot_be_taken_for_want_of_files_waits_and_the_log_says_why() {
    let shield = Shield::with(Upstream::recording(), "[server]\nthreads = 1");
    assert_eq!(shield.ask(GET).status(), Some(200));
    shield.limit_files(Some(3));
    let mut client = shield.connect();
    client.send(GET);
    shield.line("connections wait, since they cannot be taken: Too many open files");
    shield.limit_files(None);
    assert_eq!(client.answer().status(), Some(200));
}
