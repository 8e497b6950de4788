//! Every file of the corpus is readable.

#[test]
fn every_case_parses() {
    let cases = mantlet_corpus::load(&mantlet_corpus::root()).unwrap_or_else(|error| panic!("corpus/{error}"));
    assert!(!cases.is_empty(), "the corpus is empty");
}
