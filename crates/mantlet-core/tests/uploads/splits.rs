//! What holds for every form: no verdict depends on how it was cut, and what was canonical once stays as it is.

use mantlet_core::Mode;
use mantlet_core::byte_size::ByteSize;
use proptest::prelude::*;

use super::{PNG, Request, field, file, form};

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
    fn any_split_of_a_form_of_sveltekit_gives_the_same_verdict_and_output(
        first in "[\0\x01]{0,9}",
        rest: Vec<u8>,
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let body = [first.as_bytes(), &rest].concat();
        let pieces = cut(&body, &cuts);
        let request = Request::post("application/x-sveltekit-formdata");
        let whole = request.whole(&body);
        prop_assert_eq!(&request.judge(pieces.iter().map(Vec::as_slice)), &whole);
        prop_assert_eq!(&request.judge(body.chunks(1)), &whole);
        prop_assert!(whole.is_err() || whole.unwrap().body == body);
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
