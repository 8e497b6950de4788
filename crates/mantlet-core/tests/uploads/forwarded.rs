//! What is forwarded of a form: the canonical one, the client's own bytes, or nothing.

use mantlet_core::upload::{BodyMode, Extension};
use mantlet_core::{BodyPlan, Mode, Reason};

use super::{ENTROPY, FRESH, Forwarded, PNG, Request, field, file, form, part};

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
