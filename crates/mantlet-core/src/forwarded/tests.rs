use proptest::prelude::*;

use super::*;

fn hops() -> Hops {
    Hops::new(vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()])
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    Fields::from_pairs(pairs.iter().copied()).unwrap()
}

fn resolve(peer: &str, fields: &[(&'static str, &str)]) -> Option<(String, Option<Scheme>, Option<String>)> {
    let found = hops().resolve(peer.parse().unwrap(), &self::fields(fields)).ok()?;
    Some((found.client.to_string(), found.proto, found.host))
}

#[test]
fn the_client_is_whom_trusted_proxies_name() {
    const LB: &str = "10.0.0.1";
    const STRANGER: &str = "203.0.113.9";
    for (name, peer, fields, client) in [
        ("a stranger is nobody but himself", STRANGER, &[("x-forwarded-for", "127.0.0.1")][..], Some(STRANGER)),
        ("a stranger's nonsense is not read", STRANGER, &[("forwarded", "for=\"")], Some(STRANGER)),
        ("a proxy names its client", LB, &[("x-forwarded-for", STRANGER)], Some(STRANGER)),
        ("what the client wrote stands left", LB, &[("x-forwarded-for", "127.0.0.1, 203.0.113.9")], Some(STRANGER)),
        (
            "nonsense left of the client is not read",
            LB,
            &[("x-forwarded-for", "<script>, 203.0.113.9")],
            Some(STRANGER),
        ),
        ("two proxies", LB, &[("x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.9.9.9")], Some(STRANGER)),
        (
            "lines are one list",
            LB,
            &[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9, 10.2.2.2")],
            Some(STRANGER),
        ),
        ("port", LB, &[("x-forwarded-for", "203.0.113.9:4711")], Some(STRANGER)),
        ("ipv6 with port", LB, &[("x-forwarded-for", "[2001:db8::1]:4711")], Some("2001:db8::1")),
        ("only proxies", LB, &[("x-forwarded-for", "10.0.0.7, 10.0.0.8")], Some("10.0.0.7")),
        ("the proxy asks for itself", LB, &[], Some(LB)),
        ("dual stack", "::ffff:10.0.0.1", &[("x-forwarded-for", STRANGER)], Some(STRANGER)),
        ("a proxy wrote nonsense", LB, &[("x-forwarded-for", "203.0.113.9, unknown")], None),
        ("an empty entry", LB, &[("x-forwarded-for", "203.0.113.9,")], None),
        ("forwarded", LB, &[("forwarded", "for=1.2.3.4, For=\"203.0.113.9:99\";by=10.0.0.1")], Some(STRANGER)),
        ("forwarded ipv6", LB, &[("forwarded", "for=\"[2001:db8::1]\"")], Some("2001:db8::1")),
        (
            "forwarded through two",
            LB,
            &[("forwarded", "for=203.0.113.9"), ("forwarded", "for=10.3.3.3")],
            Some(STRANGER),
        ),
        ("forwarded hides the client", LB, &[("forwarded", "for=1.2.3.4, for=_hidden")], Some(LB)),
        ("an open quote swallows the proxy's word", LB, &[("forwarded", "for=\"x, for=203.0.113.9")], None),
        ("a parameter twice", LB, &[("forwarded", "for=203.0.113.9;for=10.0.0.1")], None),
        ("blanks around =", LB, &[("forwarded", "for = 203.0.113.9")], None),
        ("both agree", LB, &[("forwarded", "for=203.0.113.9"), ("x-forwarded-for", STRANGER)], Some(STRANGER)),
        ("both disagree", LB, &[("forwarded", "for=127.0.0.1"), ("x-forwarded-for", STRANGER)], None),
    ] {
        assert_eq!(resolve(peer, fields).map(|found| found.0).as_deref(), client, "{name}");
    }
}

#[test]
fn scheme_and_host_are_those_that_all_hops_agree_on() {
    let https = Some(Scheme::Https);
    for (name, fields, expected) in [
        (
            "proto and host",
            &[("x-forwarded-proto", "https"), ("x-forwarded-host", "app.example:8443")][..],
            Some((https, Some("app.example:8443"))),
        ),
        ("websocket schemes", &[("x-forwarded-proto", "wss")], Some((https, None))),
        ("all hops agree", &[("x-forwarded-proto", "https, https")], Some((https, None))),
        ("client_prepends_a_scheme", &[("x-forwarded-proto", "http, https")], None),
        ("client_adds_a_line", &[("x-forwarded-host", "evil.example"), ("x-forwarded-host", "app.example")], None),
        ("other scheme", &[("x-forwarded-proto", "ftp")], None),
        ("host with a path", &[("x-forwarded-host", "app.example/evil")], None),
        ("host with user info", &[("x-forwarded-host", "a@app.example")], None),
        (
            "forwarded",
            &[("forwarded", "host=\"app.example:8443\";proto=https;for=203.0.113.9")],
            Some((https, Some("app.example:8443"))),
        ),
        (
            "the hop that met the client",
            &[("forwarded", "for=203.0.113.9;proto=https, for=10.1.1.1;proto=http")],
            Some((https, None)),
        ),
        (
            "lighttpd",
            &[
                ("forwarded", "for=203.0.113.9;proto=https"),
                ("x-forwarded-for", "203.0.113.9"),
                ("x-forwarded-host", "app.example:8443"),
                ("x-forwarded-proto", "https"),
            ],
            Some((https, Some("app.example:8443"))),
        ),
        (
            "two schemes",
            &[
                ("forwarded", "for=203.0.113.9;proto=http"),
                ("x-forwarded-for", "203.0.113.9"),
                ("x-forwarded-proto", "https"),
            ],
            None,
        ),
        (
            "client's own scheme in Forwarded",
            &[("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9;proto=https")],
            None,
        ),
        (
            "client's own Forwarded beside",
            &[("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9;host=evil.example")],
            None,
        ),
    ] {
        let found = resolve("10.0.0.1", fields);
        assert_eq!(found.as_ref().map(|(_, proto, host)| (*proto, host.as_deref())), expected, "{name}");
    }
}

#[test]
fn a_chain_has_a_bound() {
    let chain = vec!["10.0.0.2"; 500].join(",");
    assert_eq!(resolve("10.0.0.1", &[("x-forwarded-for", &chain)]), None);
    let chain = vec!["for=10.0.0.2"; 500].join(",");
    assert_eq!(resolve("10.0.0.1", &[("forwarded", &chain)]), None);
}

proptest! {
    /// Whatever a client writes into its own fields, a proxy that appends to them is still understood or the request
    /// refused; the client is never somebody of its own choosing.
    #[test]
    fn nobody_chooses_who_he_is(forged in "[ -~]{0,40}") {
        let appended = format!("{forged}, 203.0.113.9");
        prop_assert_eq!(resolve("10.0.0.1", &[("x-forwarded-for", &appended)]).unwrap().0, "203.0.113.9");
        let appended = format!("{forged}, for=203.0.113.9");
        if let Some(found) = resolve("10.0.0.1", &[("forwarded", &appended)]) {
            prop_assert_eq!(found.0, "203.0.113.9");
        }
    }
}
