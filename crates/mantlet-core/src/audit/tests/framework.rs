use super::super::framework::FIXES;
use super::super::{Framework, rule};
use super::site::TestSite;

#[test]
fn every_fix_is_that_of_a_rule_and_stands_once() {
    for (at, (id, framework, _)) in FIXES.iter().enumerate() {
        assert!(rule(id).is_some(), "{id}");
        assert!(!FIXES[..at].iter().any(|(of, one, _)| of == id && one == framework), "{id} {}", framework.name());
    }
}

#[test]
fn a_framework_is_known_by_what_it_sends() {
    for (name, value, expected) in [
        ("x-powered-by", "Express", Some(Framework::Express)),
        ("server", "Werkzeug/3.1.9 Python/3.11.7", Some(Framework::Flask)),
        ("server", "WSGIServer/0.2 CPython/3.11.7", Some(Framework::Django)),
        ("set-cookie", "PHPSESSID=x; path=/", Some(Framework::Php)),
        ("server", "nginx", None),
    ] {
        let site = TestSite::https().answers("/", 200, &[(name, value)]);
        assert_eq!(super::judge(&site.observation).framework, expected, "{name}: {value}");
    }
}
