//! How large a form may be.

use mantlet_core::byte_size::ByteSize;
use mantlet_core::upload::BodyMode;
use mantlet_core::{BodyPlan, Mode, Reason};

use super::{ENTROPY, Forwarded, PNG, Request, field, file, form, part};

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
fn a_thousand_small_fields_are_an_honest_form() {
    let fields: Vec<_> = (0..1000).map(|n| field(&format!("row-{n}"), b"x")).collect();
    assert_eq!(Request::multipart().reason(&form(&fields)), None);
    let urlencoded = vec!["row=x"; 1000].join("&");
    let request = Request::post("application/x-www-form-urlencoded");
    assert_eq!(request.reason(urlencoded.as_bytes()), None);
    assert_eq!(request.reason(format!("{urlencoded}&row=x").as_bytes()), Some(Reason::UploadTooManyParts));
}

/// A host counts against each client what its unfinished forms keep in memory.
#[test]
fn a_judge_says_how_much_it_keeps_until_more_comes() {
    let (multipart, urlencoded) = (Request::multipart, || Request::post("application/x-www-form-urlencoded"));
    let strict = || {
        let mut request = multipart();
        request.policy.body = BodyMode::Strict;
        request
    };
    let observing = || Request { mode: Mode::Observe, ..multipart() };
    let begun = |part: Vec<u8>| part.strip_suffix(b"\r\n").unwrap().to_vec();
    let text = "Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain";
    let (of_field, of_text, long) = (begun(field("a", b"")), begun(part(text, b"")), vec![b'x'; 2000]);
    for (name, request, before, grows_by) in [
        ("header lines", multipart(), b"--X\r\nX-Long: ".to_vec(), 1000),
        ("a field", multipart(), of_field.clone(), 1000),
        ("a field where nothing is refused", observing(), of_field.clone(), 1000),
        ("the first bytes of a file", multipart(), of_text.clone(), 1000),
        ("the rest of a file, which is handed on", multipart(), [of_text.clone(), long.clone()].concat(), 0),
        ("the first bytes of a file, as they came and as they are judged", strict(), of_text.clone(), 2000),
        ("the rest of a file as it came", strict(), [of_text, long].concat(), 0),
        ("the value of a pair", urlencoded(), b"a=".to_vec(), 1000),
    ] {
        let BodyPlan::Form(plan) = request.plan().unwrap() else { panic!("{name}: not a form") };
        let (mut judge, mut out) = (plan.begin(ENTROPY), Forwarded::default());
        judge.push(&before, &mut out).unwrap();
        let kept = judge.kept();
        judge.push(&[b'x'; 1000], &mut out).unwrap();
        assert_eq!(judge.kept() - kept, grows_by, "{name}");
    }
}
