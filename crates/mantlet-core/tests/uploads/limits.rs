//! How large a form may be.

use mantlet_core::Reason;
use mantlet_core::byte_size::ByteSize;

use super::{PNG, Request, field, file, form};

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
