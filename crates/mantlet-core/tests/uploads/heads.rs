//! What the head of a request decides before a byte of its body has come.

use http::Method;
use mantlet_core::upload::BodyMode;
use mantlet_core::{BodyPlan, Mode, Reason};

use super::Request;

/// What a head decides: pass up to so many bytes, a form, or a refusal.
fn decision(request: &Request<'_>) -> Result<Option<u64>, Reason> {
    match request.plan() {
        Ok(BodyPlan::Pass { at_most }) => Ok(Some(at_most.unwrap_or(u64::MAX))),
        Ok(BodyPlan::Form(_)) => Ok(None),
        Err(refusal) => Err(refusal.reason),
    }
}

#[test]
fn a_head_decides_what_it_can() {
    const MAX: Option<u64> = Some(16 << 20);
    const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=X");
    const URLENCODED: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const JSON: (&str, &str) = ("content-type", "application/json");
    const BYTES: (&str, &str) = ("content-type", "application/octet-stream");
    const TEN: (&str, &str) = ("content-length", "10");
    const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");
    for (name, method, target, headers, expected) in [
        ("page", Method::GET, "/", vec![], Ok(Some(0))),
        ("page_with_type_and_no_body", Method::GET, "/", vec![FORM], Ok(Some(0))),
        ("form_in_a_get", Method::GET, "/", vec![FORM, TEN], Ok(None)),
        ("form_in_pieces_in_a_head", Method::HEAD, "/", vec![URLENCODED, CHUNKED], Ok(Some(0))),
        ("query_document_in_a_get", Method::GET, "/", vec![JSON, TEN], Ok(MAX)),
        ("form", Method::POST, "/", vec![FORM, TEN], Ok(None)),
        ("form_over_http2", Method::POST, "/", vec![FORM], Ok(None)),
        ("form_in_a_delete", Method::DELETE, "/", vec![URLENCODED, TEN], Ok(None)),
        ("json", Method::POST, "/", vec![JSON, TEN], Ok(MAX)),
        ("empty_post", Method::POST, "/", vec![("content-length", "0")], Ok(Some(0))),
        ("at_the_limit", Method::POST, "/", vec![JSON, ("content-length", "16777216")], Ok(MAX)),
        (
            "over_the_limit",
            Method::POST,
            "/",
            vec![JSON, ("content-length", "16777217")],
            Err(Reason::UploadRequestTooLarge),
        ),
        (
            "form_over_the_limit",
            Method::POST,
            "/",
            vec![FORM, ("content-length", "16777217")],
            Err(Reason::UploadRequestTooLarge),
        ),
        ("no_type", Method::POST, "/", vec![TEN], Ok(MAX)),
        ("no_type_in_pieces", Method::PUT, "/", vec![CHUNKED], Ok(None)),
        ("empty_type", Method::POST, "/", vec![("content-type", ""), TEN], Err(Reason::UploadMediaType)),
        ("program_without_a_type_by_put", Method::PUT, "/a.php", vec![TEN], Err(Reason::UploadExtensionBlocked)),
        ("no_type_and_perhaps_no_body", Method::POST, "/", vec![], Ok(None)),
        (
            "encoded_form",
            Method::POST,
            "/",
            vec![FORM, TEN, ("content-encoding", "gzip")],
            Err(Reason::UploadContentEncoding),
        ),
        ("identity", Method::POST, "/", vec![FORM, TEN, ("content-encoding", "identity")], Ok(None)),
        ("encoded_json", Method::POST, "/", vec![JSON, TEN, ("content-encoding", "gzip")], Ok(MAX)),
        ("program_by_put", Method::PUT, "/upload/a.php", vec![BYTES, TEN], Err(Reason::UploadExtensionBlocked)),
        ("empty_program_by_put", Method::PUT, "/a.php", vec![("content-length", "0")], Ok(Some(0))),
        ("escaped_program_by_put", Method::PUT, "/a%2ephp", vec![BYTES, TEN], Err(Reason::UploadExtensionBlocked)),
        ("program_by_put_with_a_slash", Method::PUT, "/a.php/", vec![BYTES, TEN], Err(Reason::UploadExtensionBlocked)),
        (
            "program_by_put_with_a_parameter",
            Method::PUT,
            "/a.php;x",
            vec![BYTES, TEN],
            Err(Reason::UploadExtensionBlocked),
        ),
        (
            "fullwidth_program_by_put",
            Method::PUT,
            "/a%EF%BC%8E%EF%BD%90%EF%BD%88%EF%BD%90",
            vec![BYTES, TEN],
            Err(Reason::UploadExtensionBlocked),
        ),
        ("page_by_put", Method::PUT, "/a.html", vec![BYTES, TEN], Err(Reason::UploadActiveContent)),
        ("json_by_put_to_a_program", Method::PUT, "/a.php", vec![JSON, TEN], Ok(None)),
        ("json_by_put_to_a_shell_script", Method::PUT, "/a.sh", vec![JSON, TEN], Err(Reason::UploadExtensionBlocked)),
        ("resource_by_put", Method::PUT, "/users/42", vec![JSON, TEN], Ok(MAX)),
        (
            "moved_to_a_program",
            Method::from_bytes(b"MOVE").unwrap(),
            "/a.txt",
            vec![("destination", "https://app.example/a.php")],
            Err(Reason::UploadExtensionBlocked),
        ),
    ] {
        let request = Request { method, target, headers, ..Request::multipart() };
        assert_eq!(decision(&request), expected, "{name}");
    }
}

#[test]
fn opaque_routes_count_and_look_no_further() {
    let mut request = Request::multipart();
    request.policy.body = BodyMode::Opaque;
    assert_eq!(decision(&request), Ok(Some(16 << 20)));
    request.headers.push(("content-length", "16777217"));
    assert_eq!(decision(&request), Err(Reason::UploadRequestTooLarge));
}

#[test]
fn a_guard_that_is_off_or_observes_limits_nothing() {
    for (mode, enabled) in [(Mode::Off, true), (Mode::Enforce, false)] {
        let mut request = Request::multipart();
        request.mode = mode;
        request.policy.enabled = enabled;
        assert_eq!(decision(&request), Ok(Some(u64::MAX)));
    }
    let request =
        Request { mode: Mode::Observe, headers: vec![("content-type", "application/json")], ..Request::multipart() };
    assert_eq!(decision(&request), Ok(Some(u64::MAX)));
}
