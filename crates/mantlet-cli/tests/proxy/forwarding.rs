//! What the application is told, and what it is not.

use crate::harness::client::{Client, get};
use crate::harness::shield::Shield;
use crate::harness::upstream::Upstream;

#[test]
fn fields_for_the_next_hop_stay_on_this_one() {
    let shield = Shield::new(Upstream::recording());
    let answer = shield.ask(get(
        "Connection: X-One, keep-alive\r\nConnection: X-Two\r\nX-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nKeep-Alive: timeout=5\r\n\
         TE: trailers\r\nProxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\nProxy: http://evil.example\r\n\
         Trailer: X-T",
    ));
    assert_eq!(answer.status(), Some(200));
    let seen = shield.upstream.only();
    for name in [
        "x-one",
        "x-two",
        "keep-alive",
        "te",
        "proxy-authorization",
        "proxy-connection",
        "proxy",
        "trailer",
        "connection",
    ] {
        let values: Vec<_> = seen.values(name).map(<[u8]>::to_vec).collect();
        // A connection to the application is kept open without a word in HTTP/1.1.
        assert!(
            values.is_empty() || (name == "connection" && values == [b"keep-alive".to_vec()]),
            "{name}: {values:?}"
        );
    }
    assert_eq!(seen.values("x-three").next(), Some(&b"3"[..]), "what was not nominated stays");

    shield.upstream.answer(
        "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-One\r\nConnection: X-Two\r\nX-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\n\
         Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nTrailer: X-T\r\nUpgrade: h2c\r\nAlt-Svc: h3=\":4433\"\r\n\
         Content-Length: 0\r\n\r\n",
    );
    let answer = shield.ask(get("X-A: b"));
    for name in ["x-one", "x-two", "proxy-authenticate", "trailer", "upgrade", "alt-svc"] {
        assert_eq!(answer.values(name).count(), 0, "{name} reached the client");
    }
    assert!(answer.values("keep-alive").all(|value| value != b"timeout=5"), "the application's own promise");
    assert_eq!(answer.values("x-three").next(), Some(&b"3"[..]));
}

#[test]
fn connection_cannot_nominate_what_protects() {
    let shield = Shield::new(Upstream::recording());
    for name in [
        "Host",
        "Cookie",
        "Origin",
        "Referer",
        "Sec-Fetch-Site",
        "Authorization",
        "Content-Type",
        "Content-Length",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "Forwarded",
        "Destination",
    ] {
        let answer = shield.ask(get(&format!("Connection: close, {name}")));
        assert_eq!(answer.status(), Some(400), "{name}");
        assert_eq!(shield.upstream.bytes(), 0, "{name}");
    }
    for (name, value) in [("no token", "close, a b"), ("control", "\x7f"), ("quotes", "\"close\"")] {
        assert_eq!(shield.ask(get(&format!("Connection: {value}"))).status(), Some(400), "{name}");
    }
    let many: Vec<String> = (0..200).map(|at| format!("x-{at}")).collect();
    assert_eq!(shield.ask(get(&format!("Connection: {}", many.join(",")))).status(), Some(400), "many");
}

#[test]
fn the_client_cannot_say_who_it_is() {
    let shield = Shield::new(Upstream::recording());
    let spoofed = "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n\
                   X-Forwarded-Port: 1\r\nX-Forwarded-Server: evil\r\nX-Forwarded-Prefix: /evil\r\nX-Real-IP: 10.0.0.1\r\n\
                   Forwarded: for=10.0.0.1;host=evil.example";
    assert_eq!(shield.ask(get(spoofed)).status(), Some(200));
    let seen = shield.upstream.only();
    for (name, value) in
        [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "http"), ("x-forwarded-host", "app.example")]
    {
        let values: Vec<_> = seen.values(name).map(String::from_utf8_lossy).collect();
        assert_eq!(values, [value], "{name}");
    }
    let told = seen.fields.iter().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)));
    let lies: Vec<_> = told.filter(|field| field.contains("evil") || field.contains("10.0.0.1")).collect();
    assert!(lies.is_empty(), "{lies:?}");
    assert_eq!(
        seen.values("host").next(),
        Some(&b"app.example"[..]),
        "the application keeps the name it was asked for"
    );
}

#[test]
fn a_trusted_hop_is_believed() {
    let shield = Shield::with(
        Upstream::recording(),
        "[server]\ntrusted_proxies = [\"127.0.0.1\"]\nallowed_hosts = [\"app.example\"]",
    );
    let fields = "X-Forwarded-For: 10.0.0.9, 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: app.example\r\n\
                  X-Forwarded-User: ann\r\nClient-Cert: :MA==:";
    assert_eq!(shield.ask(get(fields)).status(), Some(200));
    let seen = shield.upstream.only();
    let first = String::from_utf8_lossy(seen.values("x-forwarded-for").next().unwrap_or_default()).into_owned();
    assert_eq!(first, "203.0.113.7", "the rightmost hop that is not trusted; what stands left of it is hearsay");
    assert_eq!(seen.values("x-forwarded-proto").next(), Some(&b"https"[..]));
    assert_eq!(seen.values("x-forwarded-user").next(), Some(&b"ann"[..]), "whom it logged in");
    assert_eq!(seen.values("client-cert").next(), Some(&b":MA==:"[..]));
    let evil = shield.ask(get("X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Host: evil.example"));
    assert!(matches!(evil.status(), Some(400 | 421)), "a forwarded name must be one of ours as well: {}", evil.line);
}

/// It may have taken `/app` off `/app/login`: a cookie without a Path is then for `/app`.
#[test]
fn behind_a_trusted_hop_the_folder_of_a_page_is_unknown() {
    let trusting = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\nallowed_hosts = [\"app.example\"]";
    for (name, policy, expected) in [
        ("behind one", trusting, "session=1; Secure; HttpOnly; SameSite=Lax"),
        ("who says so is not one", "", "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
    ] {
        let shield = Shield::https(Upstream::recording(), policy);
        shield.upstream.answer("HTTP/1.1 200 OK\r\nSet-Cookie: session=1\r\nContent-Length: 0\r\n\r\n");
        let mut client = Client::over(shield.encrypted(&[b"http/1.1"]));
        client.send("GET /login HTTP/1.1\r\nHost: app.example\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n");
        let answer = client.answer();
        assert_eq!(answer.values("set-cookie").next(), Some(expected.as_bytes()), "{name}");
    }
}

#[test]
fn underscore_twins_are_dropped() {
    let shield = Shield::new(Upstream::recording());
    let twins =
        "X_Forwarded_For: 10.0.0.1\r\nX_CSRF_Token: evil\r\nX-CSRF-Token: good\r\nContent_Length: 9\r\nCookie_: a";
    assert_eq!(shield.ask(get(twins)).status(), Some(200));
    let seen = shield.upstream.only();
    let twins: Vec<_> = seen.fields.iter().filter(|(name, _)| name.contains('_')).collect();
    assert!(twins.is_empty(), "{twins:?}");
    assert_eq!(seen.values("x-csrf-token").next(), Some(&b"good"[..]));
}

#[test]
fn cookies_come_in_one_line_and_leave_in_many() {
    let shield = Shield::new(Upstream::recording());
    shield.upstream.answer(
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/x\r\nSet-Cookie: c=3\r\nContent-Length: 0\r\n\r\n",
    );
    let answer = shield.ask(get("Cookie: a=1\r\nCookie: b=2"));
    let values: Vec<_> = shield.upstream.only().values("cookie").map(<[u8]>::to_vec).collect();
    assert_eq!(values, [b"a=1; b=2"]);
    assert_eq!(answer.values("set-cookie").count(), 3);
}

#[test]
fn plain_http_at_the_port_of_tls_is_sent_to_https() {
    let shield = Shield::https(Upstream::recording(), "");
    let port = shield.port;
    let answer = shield.ask(format!("GET /a?b=c HTTP/1.1\r\nHost: app.example:{port}\r\n\r\n"));
    assert_eq!(answer.status(), Some(308));
    let location = answer.values("location").next().map(String::from_utf8_lossy).unwrap();
    assert_eq!(location, format!("https://app.example:{port}/a?b=c"));
    assert!(!shield.log().contains("request.form-over-http"), "a link may be old");
    let hsts = "strict-transport-security";
    assert_eq!(answer.values(hsts).next(), None, "not over http (RFC 6797, section 7.2)");

    // What comes of an app that writes http:// into its forms: the browser would be refused, and nobody know why.
    let answer = shield.ask(format!("POST /login HTTP/1.1\r\nHost: app.example:{port}\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!(answer.status(), Some(308));
    shield.wait_for_log("request.form-over-http");

    let answer = shield.ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!(answer.status(), Some(421), "only to a name that is ours");
    assert_eq!(answer.values(hsts).next(), None, "nor in a refusal");
    assert_eq!(shield.ask("no HTTP\r\n\r\n").values(hsts).next(), None, "nor in one of a head that nobody can read");
    let mut client = Client::over(shield.encrypted(&[b"http/1.1"]));
    client.send("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert!(client.answer().values(hsts).next().is_some(), "over https it is");
    assert!(shield.upstream.take().is_empty());
}
