//! Pooled connections, shutdown, reload.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use mantlet_corpus::Case;
use rustix::process::Signal;

use crate::harness::client::Client;
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

const GET: &str = "GET / HTTP/1.1\r\nHost: app.example\r\n\r\n";

#[test]
fn connections_to_the_application_are_kept() {
    let shield = Shield::with(Upstream::recording(), "[server]\nthreads = 1");
    for _ in 0..20 {
        assert_eq!(shield.ask(GET).status(), Some(200));
    }
    assert!(shield.upstream.connections() < 5, "{} connections for 20 requests", shield.upstream.connections());
}

/// Where the application may have lost count of requests or answers, the next client would get what this one wrote.
#[test]
fn a_connection_in_doubt_is_not_used_again() {
    let post = |kind: &str| {
        let body = "GET /admin HTTP/1.1\r\nHost: app.example\r\n\r\n";
        let length = body.len();
        format!(
            "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    };
    let form = "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 3\r\n\r\na=b";
    let head = "HEAD / HTTP/1.1\r\nHost: app.example\r\n\r\n".to_owned();
    let authorized = |credential: &str| GET.replace("\r\n\r\n", &format!("\r\nAuthorization: {credential}\r\n\r\n"));
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    for (name, request, answer, kept) in [
        ("get", GET.to_owned(), format!("{ok}body"), true),
        ("head_whose_body_may_follow", head.clone(), ok.to_owned(), false),
        ("head_of_nothing", head, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(), true),
        ("304", GET.to_owned(), "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned(), true),
        (
            "304_whose_body_may_follow",
            GET.to_owned(),
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n".to_owned(),
            false,
        ),
        ("logged_in_by_its_request", authorized("Basic YTpi"), format!("{ok}body"), true),
        ("logged_in_by_negotiate", authorized("Negotiate YII="), format!("{ok}body"), false),
        ("logged_in_by_ntlm", authorized("ntlm TlRMTVNTUAAB"), format!("{ok}body"), false),
        ("json_that_may_be_unread", post("application/json"), format!("{ok}body"), false),
        ("form_that_no_client_wrote", form.to_owned(), format!("{ok}body"), true),
    ] {
        let shield = Shield::with(Upstream::recording(), "[server]\nthreads = 1");
        shield.upstream.answer(&answer);
        let mut client = shield.connect();
        client.send(&request);
        let expected = if answer.contains("304") { 304 } else { 200 };
        assert_eq!(client.answer_head().status(), Some(expected), "{name}");
        shield.upstream.answer(format!("{ok}body"));
        assert_eq!(shield.ask(GET).status(), Some(200), "{name}: the next");
        assert_eq!(shield.upstream.connections() == 1, kept, "{name}");
    }
}

/// Many a small server reads no body that its handler does not ask for. Whoever then reads on finds a request in it that nobody
/// has judged: `X-Remote-User: admin`.
#[test]
fn an_application_is_told_that_nothing_follows_a_body_that_could_be_taken_for_a_request() {
    let inner = "GET /admin HTTP/1.1\r\nHost: app.example\r\n\r\n";
    let length = inner.len();
    let with = |method: &str, fields: &str, body: &str| {
        format!("{method} / HTTP/1.1\r\nHost: app.example\r\n{fields}\r\n\r\n{body}")
    };
    let json = format!("Content-Type: application/json\r\nContent-Length: {length}");
    let chunked = "Content-Type: text/plain\r\nTransfer-Encoding: chunked";
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3";
    for (name, request, expected) in [
        ("json", with("POST", &json, inner), Some(&b"close"[..])),
        ("json_of_a_get", with("GET", &json, inner), Some(b"close")),
        ("chunks", with("PUT", chunked, &format!("{length:x}\r\n{inner}\r\n0\r\n\r\n")), Some(b"close")),
        ("bytes", with("PUT", &format!("Content-Length: {length}"), inner), Some(b"close")),
        ("form_that_no_client_wrote", with("POST", form, "a=b"), None),
        ("nothing", GET.to_owned(), None),
    ] {
        let shield = Shield::with(Upstream::recording(), "");
        assert_eq!(shield.ask(&request).status(), Some(200), "{name}");
        let seen = shield.upstream.only();
        assert_eq!(seen.values("connection").next(), expected, "{name}");
    }
}

/// What such an application says too late to be noticed would be the answer to somebody else's request.
#[test]
fn of_an_application_that_says_more_than_it_announced_each_connection_is_used_once() {
    for is_late in [false, true] {
        let (tell, told) = channel();
        let (said, heard) = channel();
        let late = Mutex::new((told, said));
        let upstream = Upstream::scripted(move |mut connection, number| {
            while connection.request().is_some() {
                let more = if number == 0 { Case::DEFAULT_RESPONSE } else { b"" };
                if is_late && number == 0 {
                    connection.send(Case::DEFAULT_RESPONSE);
                    let (told, said) = &*late.lock().unwrap();
                    told.recv().unwrap();
                    connection.send(more);
                    said.send(()).unwrap();
                } else {
                    connection.send([Case::DEFAULT_RESPONSE, more].concat());
                }
            }
        });
        let shield = Shield::with(upstream, "[server]\nthreads = 1");
        assert_eq!(shield.ask(GET).status(), Some(200));
        if is_late {
            tell.send(()).unwrap();
            heard.recv().unwrap();
        }
        for _ in 0..5 {
            assert_eq!(shield.ask(GET).status(), Some(200));
        }
        assert_eq!(shield.upstream.connections(), 6, "late: {is_late}");
        shield.wait_for_log("the app sent bytes that belong to no answer");
    }
}

/// uWSGI's `--http-socket` and its like: what is sent at that moment is lost, and a form cannot be sent again.
#[test]
fn of_an_application_that_ends_connections_without_a_word_each_is_used_once() {
    let form = "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Content-Length: 3\r\n\r\na=b";
    for is_seen_in_time in [false, true] {
        let (said, heard) = channel();
        let said = Mutex::new(said);
        let upstream = Upstream::scripted(move |mut connection, number| {
            connection.request();
            connection.send(Case::DEFAULT_RESPONSE);
            if number > 0 || !is_seen_in_time {
                // The next request is taken off the wire and never answered.
                connection.piece();
            }
            drop(connection);
            let _ = said.lock().unwrap().send(());
        });
        let shield = Shield::with(upstream, "[server]\nthreads = 1");
        assert_eq!(shield.ask(GET).status(), Some(200));
        if is_seen_in_time {
            heard.recv().unwrap();
        }
        assert_eq!(shield.ask(GET).status(), Some(200));
        for _ in 0..5 {
            assert_eq!(shield.ask(form).status(), Some(200), "seen in time: {is_seen_in_time}");
        }
    }
}

/// Serves one request on the first connection, then closes it when the next one comes; serves all others.
fn closing_once() -> Upstream {
    Upstream::scripted(|mut connection, number| {
        while connection.request().is_some() {
            connection.send(Case::DEFAULT_RESPONSE);
            if number == 0 {
                // The next request is taken off the wire and never answered: the worst moment to close.
                connection.piece();
                return;
            }
        }
    })
}

#[test]
fn a_stale_connection_is_retried_only_where_it_cannot_do_harm() {
    for (name, request, expected) in [
        ("get", GET, &[200][..]),
        ("head", "HEAD / HTTP/1.1\r\nHost: app.example\r\n\r\n", &[200]),
        ("post", "POST /pay HTTP/1.1\r\nHost: app.example\r\nContent-Length: 0\r\n\r\n", &[502]),
        (
            "get with a body",
            "GET / HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            &[502, 400],
        ),
        (
            "put with a body",
            "PUT / HTTP/1.1\r\nHost: app.example\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            &[502],
        ),
    ] {
        let shield = Shield::with(closing_once(), "[server]\nthreads = 1");
        assert_eq!(shield.ask(GET).status(), Some(200), "{name}: the connection is opened");
        let mut client = shield.connect();
        client.send(request);
        let status = client.answer_head().status().unwrap();
        assert!(expected.contains(&status), "{name}: {status}");
        let again = shield.upstream.take().iter().filter(|seen| seen.line.starts_with("POST")).count();
        assert_eq!(again, 0, "{name}: a request that acts must not be sent twice");
    }
}

#[test]
fn shutdown_finishes_what_is_in_flight() {
    let (go, gone) = channel::<()>();
    let gone = Mutex::new(gone);
    let upstream = Upstream::scripted(move |mut connection, _| {
        if connection.request().is_some() {
            let _ = gone.lock().unwrap().recv();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n");
            connection.send("finished");
        }
    });
    let shield = Shield::with(upstream, "[server]\nshutdown_grace = \"30s\"");
    let mut idle = shield.connect();
    let mut busy = shield.connect();
    busy.send(GET);
    shield.upstream.wait_for(1);
    shield.signal(Signal::TERM);
    assert!(idle.rest().is_empty(), "a connection that asks nothing is closed at once");
    go.send(()).unwrap();
    let answer = busy.answer();
    assert_eq!((answer.status(), &answer.body[..]), (Some(200), &b"finished"[..]));
    assert!(busy.rest().is_empty(), "and then its connection ends as well");
    assert!(matches!(shield.wait(), Some(0 | 143)), "a shield that was asked to end has not failed");
}

#[test]
fn shutdown_does_not_wait_for_ever() {
    let upstream = Upstream::scripted(|mut connection, _| while connection.piece().is_some() {});
    let shield = Shield::with(upstream, "[server]\nshutdown_grace = \"200ms\"");
    let mut client = shield.connect();
    client.send(GET);
    // Its request has arrived; it will never be answered.
    let mut other = shield.connect();
    other.send("GET /\r\n\r\n");
    other.rest();
    shield.signal(Signal::TERM);
    shield.wait();
    client.rest();
}

#[test]
fn a_reload_swaps_the_policy_and_a_broken_one_is_not_taken() {
    let shield = Shield::with(Upstream::recording(), "");
    let cross_site = "POST /pay HTTP/1.1\r\nHost: app.example\r\nSec-Fetch-Site: cross-site\r\nOrigin: https://sso.example\r\n\
                      Content-Length: 0\r\n\r\n";
    let mut kept = shield.connect();
    kept.send(cross_site);
    assert_eq!(kept.answer().status(), Some(403));

    shield.write_policy("[csrf]\ntrusted_origins = [\"https://sso.example\"]");
    shield.signal(Signal::HUP);
    shield.wait_for_log("reload");
    assert_eq!(shield.ask(cross_site).status(), Some(200), "the new policy holds");
    kept.send(cross_site);
    assert_eq!(kept.answer().status(), Some(200), "on connections that were open as well");

    shield.write_policy("[csrf]\ntrusted_origin = [\"https://other.example\"]");
    shield.signal(Signal::HUP);
    shield.wait_for_log("trusted_origin`");
    assert_eq!(shield.ask(cross_site).status(), Some(200), "a policy that does not hold changes nothing");
    assert_eq!(shield.ask(GET).status(), Some(200));
}

#[test]
fn what_was_seen_of_session_cookies_outlives_a_restart() {
    let shield = Shield::https(Upstream::recording(), "");
    let sent = |shield: &Shield, cookie: &str| {
        let mut client = Client::over(shield.encrypted(&[]));
        client.send(format!("GET / HTTP/1.1\r\nHost: app.example\r\nCookie: {cookie}\r\n\r\n"));
        client.answer();
        let request = shield.upstream.only();
        request.values("cookie").next().map(|line| String::from_utf8(line.to_vec()).unwrap())
    };
    assert_eq!(sent(&shield, "a=1; portal=evil").unwrap(), "a=1; portal=evil", "nobody knows yet what it is");
    shield.upstream.answer("HTTP/1.1 200 OK\r\nSet-Cookie: portal=1; Path=/; HttpOnly\r\nContent-Length: 0\r\n\r\n");
    sent(&shield, "a=1");
    sent(&shield, "a=1");
    assert_eq!(sent(&shield, "a=1; portal=evil").unwrap(), "a=1");
    let shield = shield.restart();
    assert_eq!(sent(&shield, "a=1; portal=evil").unwrap(), "a=1");
    assert_eq!(sent(&shield, "__Host-portal=1").unwrap(), "portal=1");
    shield.wait_for_log("session.planted-cookie");
}

#[test]
fn without_a_folder_it_says_that_it_will_forget_what_was_seen_of_session_cookies() {
    let shield = Shield::homeless(Upstream::recording(), "[server]\ntrusted_proxies = [\"127.0.0.1\"]");
    shield.upstream.answer("HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 0\r\n\r\n");
    shield.ask("GET / HTTP/1.1\r\nHost: app.example\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n");
    shield.signal(Signal::TERM);
    shield.wait();
    shield.wait_for_log("session cookies will be forgotten at the end of this run: neither XDG_STATE_HOME nor HOME");
}
