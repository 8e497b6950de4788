#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mantlet_fuzz::upload::json_body(input));
