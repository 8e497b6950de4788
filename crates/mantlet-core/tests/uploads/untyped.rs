//! Bodies that nobody has called anything.

use mantlet_core::fields::Known;
use mantlet_core::upload::BodyMode;
use mantlet_core::{Mode, Reason};

use super::{Judged, Request};

#[test]
fn a_body_without_a_type_is_called_what_it_is_taken_for() {
    let bytes = Some("application/octet-stream");
    for (name, mode, body, headers, expected) in [
        ("enforced", Mode::Enforce, BodyMode::Form, vec![], Ok(bytes)),
        ("signed", Mode::Enforce, BodyMode::Form, vec![("content-digest", "sha-256=:x:")], Ok(bytes)),
        ("a type of its own", Mode::Enforce, BodyMode::Form, vec![("content-type", "a/b")], Ok(Some("a/b"))),
        ("observed", Mode::Observe, BodyMode::Form, vec![], Ok(None)),
        ("off", Mode::Off, BodyMode::Form, vec![], Ok(None)),
        ("not looked into", Mode::Enforce, BodyMode::Opaque, vec![], Ok(None)),
        ("as it came or not at all", Mode::Enforce, BodyMode::Strict, vec![], Err(Reason::UploadMediaType)),
    ] {
        let mut request = Request { mode, headers, ..Request::multipart() };
        request.policy.body = body;
        request.headers.push(("content-length", "10"));
        let mut fields = request.fields();
        let sent = request.plan_of(&mut fields).map(|_| fields.get_str(Known::ContentType));
        assert_eq!(sent.map_err(|refusal| refusal.reason), expected, "{name}");
    }
}

#[test]
fn a_body_that_comes_without_a_type_and_unannounced_is_bytes_that_the_client_chose() {
    let bytes = "application/octet-stream";
    for (name, mode, headers, sent, content_type) in [
        ("none came", Mode::Enforce, vec![], &b""[..], ""),
        ("enforced", Mode::Enforce, vec![], b"a=b", bytes),
        ("signed", Mode::Enforce, vec![("content-digest", "sha-256=:x:")], b"a=b", bytes),
        ("observed", Mode::Observe, vec![], b"a=b", ""),
    ] {
        let judged = Request { mode, headers, ..Request::multipart() }.whole(sent);
        let expected =
            Judged { content_type: content_type.into(), is_canonical: false, body: sent.into(), observed: vec![] };
        assert_eq!(judged, Ok(expected), "{name}");
    }
}

#[test]
fn what_came_without_a_type_where_none_may_be_added_is_refused() {
    let mut request = Request { headers: vec![], ..Request::multipart() };
    request.policy.body = BodyMode::Strict;
    assert_eq!(request.reason(b""), None);
    assert_eq!(request.reason(b"a=b"), Some(Reason::UploadMediaType));
}
