//! Whole forms through the upload guard, as a host drives it. The catalogue of hostile and honest bodies lives in the
//! corpus; here are the rules that hold for all of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may fail by panicking; what it slices and counts is its own"
)]

use http::{Method, Uri};
use mantlet_core::byte_size::ByteSize;
use mantlet_core::fields::{Fields, Known};
use mantlet_core::upload::{BodyMode, Extension, Sink, UploadGuard, UploadPolicy};
use mantlet_core::{BodyPlan, Mode, Origin, Reason, Refusal, RequestHead, Site};
use proptest::prelude::*;

const ENTROPY: [u8; 16] = [0xab; 16];
const FRESH: &str = "Mantletabababababababababababababababab";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// What a host keeps of a judged body.
#[derive(Debug, Default, Clone, PartialEq)]
struct Forwarded(Vec<u8>);

impl Sink for Forwarded {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[derive(Debug, PartialEq)]
struct Judged {
    content_type: String,
    is_canonical: bool,
    body: Vec<u8>,
    observed: Vec<Reason>,
}

struct Request<'a> {
    policy: UploadPolicy,
    mode: Mode,
    method: Method,
    target: &'static str,
    headers: Vec<(&'static str, &'a str)>,
}

impl<'a> Request<'a> {
    fn post(content_type: &'a str) -> Self {
        Self {
            policy: UploadPolicy::default(),
            mode: Mode::Enforce,
            method: Method::POST,
            target: "/upload",
            headers: vec![("content-type", content_type)],
        }
    }

    fn multipart() -> Self {
        Self::post("multipart/form-data; boundary=X")
    }

    fn fields(&self) -> Fields {
        Fields::from_pairs(self.headers.iter().copied()).unwrap()
    }

    fn plan(&self) -> Result<BodyPlan, Refusal> {
        self.plan_of(&mut self.fields())
    }

    fn plan_of(&self, fields: &mut Fields) -> Result<BodyPlan, Refusal> {
        let site = Site::new(Origin::parse("https://app.example").unwrap());
        let uri = Uri::from_static(self.target);
        let mut head = RequestHead { method: &self.method, uri: &uri, fields, site: &site };
        UploadGuard::new(&self.policy, self.mode).on_request(&mut head)
    }

    /// Judges a body that comes in these pieces.
    fn judge<'b>(&self, pieces: impl IntoIterator<Item = &'b [u8]>) -> Result<Judged, Refusal> {
        let BodyPlan::Form(plan) = self.plan()? else { panic!("not a form") };
        let mut out = Forwarded::default();
        let mut judge = plan.begin(ENTROPY);
        for piece in pieces {
            judge.push(piece, &mut out)?;
        }
        let judged = judge.finish(&mut out)?;
        Ok(Judged {
            content_type: judged.content_type.map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default(),
            is_canonical: judged.is_canonical,
            body: out.0,
            observed: judged.observed.into_iter().map(|refusal| refusal.reason).collect(),
        })
    }

    fn whole(&self, body: &[u8]) -> Result<Judged, Refusal> {
        self.judge([body])
    }

    fn reason(&self, body: &[u8]) -> Option<Reason> {
        self.whole(body).err().map(|refusal| refusal.reason)
    }
}

fn part(head: &str, content: &[u8]) -> Vec<u8> {
    [b"--X\r\n", head.as_bytes(), b"\r\n\r\n", content, b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--X--\r\n".to_vec()].concat()
}

fn file(filename: &str, content: &[u8]) -> Vec<u8> {
    part(&format!("Content-Disposition: form-data; name=\"f\"; filename=\"{filename}\""), content)
}

fn field(name: &str, value: &[u8]) -> Vec<u8> {
    part(&format!("Content-Disposition: form-data; name=\"{name}\""), value)
}

#[test]
fn a_form_is_written_in_its_canonical_form() {
    let body = [
        b"\r\n".to_vec(),
        part("CONTENT-DISPOSITION: FORM-DATA;NAME=a\r\nX-Foo: bar\r\nContent-Length: 7", b"1"),
        field("a", b"2"),
        part(
            "content-type: image/svg+xml; x=y\r\nContent-Transfer-Encoding: binary\r\n\
             Content-Disposition: form-data; filename=a.png; name=f",
            PNG,
        ),
        part("Content-Disposition: form-data; name=\"g\"; filename=\"\"\r\nContent-Type: text/html", b""),
        b"--X--".to_vec(),
    ]
    .concat();
    let judged = Request::multipart().whole(&body).unwrap();
    assert_eq!(judged.content_type, format!("multipart/form-data; boundary={FRESH}"));
    let expected = [
        format!("--{FRESH}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n").as_bytes(),
        format!("--{FRESH}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n2\r\n").as_bytes(),
        format!("--{FRESH}\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n").as_bytes(),
        b"Content-Type: image/png\r\n\r\n",
        PNG,
        format!("\r\n--{FRESH}\r\nContent-Disposition: form-data; name=\"g\"; filename=\"\"\r\n").as_bytes(),
        format!("Content-Type: application/octet-stream\r\n\r\n\r\n--{FRESH}--\r\n").as_bytes(),
    ]
    .concat();
    assert_eq!(String::from_utf8_lossy(&judged.body), String::from_utf8_lossy(&expected));
}

#[test]
fn limits_hold_at_their_exact_byte() {
    let mut request = Request::multipart();
    request.policy.max_file_size = ByteSize::bytes(20);
    request.policy.max_field_size = ByteSize::bytes(5);
    request.policy.max_files = 2;
    request.policy.max_parts = 4;
    let png = |length: usize| file("a.png", &[PNG, &[0; 8]].concat()[..length]);
    for (name, body, expected) in [
        ("file_at_the_limit", form(&[png(20)]), None),
        ("file_below_the_limit", form(&[png(19)]), None),
        ("file_over_the_limit", form(&[png(21)]), Some(Reason::UploadFileTooLarge)),
        ("field_at_the_limit", form(&[field("a", b"12345")]), None),
        ("field_over_the_limit", form(&[field("a", b"123456")]), Some(Reason::UploadFieldTooLarge)),
        ("files_at_the_limit", form(&[png(8), png(8)]), None),
        ("files_over_the_limit", form(&[png(8), png(8), png(8)]), Some(Reason::UploadTooManyFiles)),
        ("unselected_files_do_not_count", form(&[file("", b""), file("", b""), file("", b"")]), None),
        ("parts_at_the_limit", form(&vec![field("a", b""); 4]), None),
        ("parts_over_the_limit", form(&vec![field("a", b""); 5]), Some(Reason::UploadTooManyParts)),
    ] {
        assert_eq!(request.reason(&body), expected, "{name}");
    }
}

#[test]
fn what_escapes_stand_for_is_measured_and_not_the_escapes() {
    let mut request = Request::post("application/x-www-form-urlencoded");
    request.policy.max_field_size = ByteSize::bytes(5);
    let pair = |name: usize, value: usize| format!("{}={}", "%61".repeat(name), "%61".repeat(value));
    for (name, body, expected) in [
        ("both at the limit", pair(8192, 5), None),
        ("value over the limit", pair(1, 6), Some(Reason::UploadFieldTooLarge)),
        ("name over the limit", pair(8193, 5), Some(Reason::UploadFieldTooLarge)),
        ("value over what a whole pair may be", pair(1, 9000), Some(Reason::UploadFieldTooLarge)),
    ] {
        let in_pieces = request.judge(body.as_bytes().chunks(1)).err().map(|refusal| refusal.reason);
        assert_eq!((request.reason(body.as_bytes()), in_pieces), (expected, expected), "{name}");
    }
}

#[test]
fn received_bytes_are_counted_whatever_content_length_says() {
    let body = form(&[field("a", b"value")]);
    let length = u64::try_from(body.len()).unwrap();
    for (limit, expected) in [(length, None), (length - 1, Some(Reason::UploadRequestTooLarge))] {
        let mut request = Request::multipart();
        request.policy.max_request_size = ByteSize::bytes(limit);
        assert_eq!(request.reason(&body), expected, "{limit}");
    }
}

#[test]
fn observe_forwards_what_came_and_keeps_what_it_would_have_refused() {
    let body = form(&[file("shell.php", b"<?php"), file("../x.png", PNG)]);
    let mut request = Request::multipart();
    request.mode = Mode::Observe;
    let judged = request.whole(&body).unwrap();
    assert_eq!(judged.body, body);
    assert_eq!(judged.content_type, "");
    assert_eq!(judged.observed, [Reason::UploadExtensionBlocked]);
}

#[test]
fn a_signed_form_keeps_its_bytes_or_is_refused() {
    let canonical = form(&[
        field("a", b"1"),
        part("Content-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\nContent-Type: image/png", PNG),
    ]);
    for signature in ["content-digest", "digest", "content-md5", "signature-input"] {
        let mut request = Request::multipart();
        request.headers.push((signature, "x"));
        assert_eq!(request.whole(&canonical).unwrap().body, canonical, "{signature}");
        for (name, body) in [
            ("renamed_file", form(&[file("=a.png", PNG)])),
            ("file_without_type", form(&[file("a.png", PNG)])),
            ("leading_line_end", [b"\r\n", &canonical[..]].concat()),
            ("no_last_line_end", canonical[..canonical.len() - 2].to_vec()),
            ("header_to_drop", form(&[part("Content-Disposition: form-data; name=\"a\"\r\nX-Foo: bar", b"1")])),
        ] {
            assert_eq!(request.reason(&body), Some(Reason::UploadSigned), "{name} {signature}");
        }
        for (name, value) in [("bare_lf", &b"1\n--X\n"[..]), ("glued", b"1--X--"), ("at_the_start", b"--X--")] {
            assert_eq!(request.reason(&form(&[field("a", value)])), Some(Reason::UploadMalformed), "{name}");
        }
    }
    let mut request = Request::post("multipart/form-data; boundary=\"X\"");
    request.headers.push(("content-digest", "x"));
    assert_eq!(request.reason(&canonical), Some(Reason::UploadSigned), "quoted boundary");
}

#[test]
fn a_refusal_is_final() {
    let BodyPlan::Form(plan) = Request::multipart().plan().unwrap() else { panic!() };
    let mut judge = plan.begin(ENTROPY);
    let mut out = Forwarded::default();
    let refusal = judge.push(b"--Y", &mut out).unwrap_err();
    assert_eq!(judge.push(b"--X--\r\n", &mut out).unwrap_err(), refusal);
    assert_eq!(judge.finish(&mut out).unwrap_err(), refusal);
}

#[test]
fn a_thousand_small_fields_are_an_honest_form() {
    let fields: Vec<_> = (0..1000).map(|n| field(&format!("row-{n}"), b"x")).collect();
    assert_eq!(Request::multipart().reason(&form(&fields)), None);
    let urlencoded = vec!["row=x"; 1000].join("&");
    let request = Request::post("application/x-www-form-urlencoded");
    assert_eq!(request.reason(urlencoded.as_bytes()), None);
    assert_eq!(request.reason(format!("{urlencoded}&row=x").as_bytes()), Some(Reason::UploadTooManyParts));
}

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

#[test]
fn a_json_field_is_called_so_where_json_files_are_taken() {
    let form = |lines: &str, boundary: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n{lines}\r\n{{}}\r\n--{boundary}--\r\n")
    };
    let typed = "Content-Type: application/json\r\n";
    let mut request = Request::multipart();
    assert_eq!(request.whole(form(typed, "X").as_bytes()).unwrap().body, form("", FRESH).into_bytes());
    request.policy.allowed_extensions = vec![Extension::parse("json").unwrap()];
    assert_eq!(request.whole(form(typed, "X").as_bytes()).unwrap().body, form(typed, FRESH).into_bytes());
    request.policy.body = BodyMode::Strict;
    assert_eq!(request.whole(form(typed, "X").as_bytes()).unwrap().body, form(typed, "X").into_bytes());
}

#[test]
fn what_was_written_anew_is_called_canonical_and_nothing_else() {
    let form = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--X--\r\n";
    let is_canonical = |mode, body| {
        let mut request = Request { mode, ..Request::multipart() };
        request.policy.body = body;
        request.whole(form).unwrap().is_canonical
    };
    assert!(is_canonical(Mode::Enforce, BodyMode::Form));
    assert!(!is_canonical(Mode::Enforce, BodyMode::Strict), "the client's own bytes");
    assert!(!is_canonical(Mode::Observe, BodyMode::Form), "the client's own bytes");
    let json = Request { target: "/upload?name=a.php", ..Request::post("application/json") };
    assert!(!json.whole(b"e \"<\"").unwrap().is_canonical, "the client's own beginning");
}

#[test]
fn no_body_is_no_form() {
    assert_eq!(Request::multipart().whole(b"").unwrap().content_type, "");
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

/// Pieces of forms that mean something to a parser, in any order.
fn shreds() -> impl Strategy<Value = Vec<u8>> {
    let shred = prop_oneof![
        Just(b"--X".to_vec()),
        Just(b"--X\r\n".to_vec()),
        Just(b"--X--\r\n".to_vec()),
        Just(b"\r\n--X".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r\n--".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"Content-Disposition: form-data; name=\"a\"".to_vec()),
        Just(b"Content-Disposition: form-data; name=\"f\"; filename=\"a.png\"".to_vec()),
        Just(b"\r\nContent-Type: text/plain\r\n\r\n".to_vec()),
        Just(PNG.to_vec()),
        Just(field("b", b"value")),
        Just(file("b.txt", b"text")),
        Just(file("b.txt", &[b'a'; 2000])),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(shred, 0..12).prop_map(|shreds| shreds.concat())
}

fn cut(body: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    ends.push(body.len());
    ends.sort_unstable();
    let mut from = 0;
    ends.into_iter().map(|to| body[std::mem::replace(&mut from, to)..to].to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_split_of_a_form_gives_the_same_verdict_and_output(
        shreds in shreds(),
        complete: bool,
        limit in 0..4000_u64,
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let body = if complete { [b"--X\r\n".to_vec(), shreds, b"--X--\r\n".to_vec()].concat() } else { shreds };
        let pieces = cut(&body, &cuts);
        for mode in [Mode::Enforce, Mode::Observe] {
            let mut request = Request::multipart();
            request.mode = mode;
            request.policy.max_file_size = ByteSize::bytes(limit);
            request.policy.max_request_size = ByteSize::bytes(limit * 2);
            let whole = request.whole(&body);
            prop_assert_eq!(&request.judge(pieces.iter().map(Vec::as_slice)), &whole);
            prop_assert_eq!(&request.judge(body.chunks(1)), &whole);
        }
        let urlencoded = Request::post("application/x-www-form-urlencoded");
        prop_assert_eq!(urlencoded.judge(pieces.iter().map(Vec::as_slice)), urlencoded.whole(&body));
    }

    #[test]
    fn the_canonical_form_is_a_fixed_point(
        values in proptest::collection::vec(("[a-z]{1,8}", any::<String>()), 0..6),
        content: Vec<u8>,
    ) {
        let mut parts: Vec<_> = values.iter().map(|(name, value)| field(name, value.as_bytes())).collect();
        parts.push(file("a.png", &[PNG, &content[..]].concat()));
        let judged = Request::multipart().whole(&form(&parts));
        prop_assume!(judged.is_ok());
        let judged = judged.unwrap();
        let again = Request::post(&judged.content_type).whole(&judged.body).unwrap();
        prop_assert_eq!(again, judged);
    }

    #[test]
    fn a_canonical_urlencoded_form_is_a_fixed_point(body in "[a-z0-9=&+; \u{e9}\n]{0,40}(%3[A-F])?") {
        let request = Request::post("application/x-www-form-urlencoded");
        let judged = request.whole(body.as_bytes());
        prop_assume!(judged.is_ok());
        let judged = judged.unwrap();
        prop_assert_eq!(request.whole(&judged.body).unwrap().body, judged.body);
    }
}
