use http::HeaderMap;
use proptest::prelude::*;

use super::edit::Edit;
use super::*;
use crate::reader::read_line;
use crate::{InvalidLine, ReadLine};

fn read(head: &str) -> Fields {
    let head = format!("{head}\r\n");
    let (fields, length) = Fields::read::<()>(head.as_bytes(), |_| Ok(true)).unwrap().unwrap();
    assert_eq!(length, head.len());
    fields
}

fn written(fields: &Fields) -> String {
    let mut out = Vec::new();
    fields.write(&mut out, &NameSet::EMPTY);
    String::from_utf8(out).unwrap()
}

#[test]
fn lines_are_written_in_one_form_and_in_their_order() {
    let fields = read("B:1\r\nhost: a\r\nHost2:  x \t\r\nCookie: c\r\nA:\r\n");
    assert_eq!(written(&fields), "b: 1\r\nhost: a\r\nhost2: x\r\ncookie: c\r\na: \r\n");
}

#[test]
fn lists_are_equal_when_they_say_the_same_in_the_same_order() {
    let fields = read("Host: a\r\nX-Own: 1\r\n");
    assert_eq!(fields, read("host:a\r\nx-own:  1\r\n"));
    for other in ["Host: a\r\n", "X-Own: 1\r\nHost: a\r\n", "Host: a\r\nX-Own: 2\r\n", "Host: a\r\nX-Ow: 1\r\n"] {
        assert_ne!(fields, read(other), "{other}");
    }
}

#[test]
fn a_line_that_does_not_stay_leaves_no_trace() {
    for (name, head, expected) in [
        ("plain", "Host: a\r\nVia: v\r\nvia: w\r\nX-Own: 1\r\n\r\n", "host: a\r\nx-own: 1\r\n"),
        ("beside odd blanks", "Host:a\r\nVia: v\r\nX-Own: 1 \r\n\r\nVia: x", "host: a\r\nx-own: 1\r\n"),
        ("alone", "Via: v\r\n\r\n", ""),
    ] {
        let keep = |line: &ReadLine<'_>| Ok::<_, ()>(line.known != Some(Known::Via));
        let (fields, _) = Fields::read(head.as_bytes(), keep).unwrap().unwrap();
        assert_eq!(written(&fields), expected, "{name}");
        assert!(!fields.contains(Known::Via) && !is_edited(&fields), "{name}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let fields = read("accept: */*\r\nCookie: sid=secret\r\nauthorization: secret\r\nset-cookie: secret\r\n");
    let printed = format!("{fields:?}");
    assert!(printed.contains("*/*") && printed.contains("cookie") && !printed.contains("secret"), "{printed}");
}

#[test]
fn what_is_left_out_of_a_run_is_left_out() {
    let fields = read("a: 1\r\ncontent-length: 5\r\nb: 2\r\n");
    let mut out = Vec::new();
    fields.write(&mut out, &NameSet::of(&[Known::ContentLength]));
    assert_eq!(out, b"a: 1\r\nb: 2\r\n");
}

fn is_edited(fields: &Fields) -> bool {
    fields.has_edited_others() || fields.edited() != NameSet::EMPTY
}

fn all_named<'a>(fields: &'a Fields, name: &[u8]) -> Vec<&'a [u8]> {
    fields.iter().filter(|entry| entry.name == name).map(|entry| entry.value).collect()
}

#[test]
fn edits_change_what_they_name_and_nothing_else() {
    let mut fields = read("cookie: a\r\nx-own: 1\r\ncookie: b\r\nvia: v\r\nx-own: 2\r\n");
    assert!(fields.repeats(Known::Cookie) && !fields.repeats(Known::Via) && !is_edited(&fields));
    assert_eq!(fields.first_repeated(&NameSet::of(&[Known::Via, Known::Cookie])), Some(Known::Cookie));

    fields.edit(
        Known::Cookie,
        |_, value| if value == b"a" { Edit::Replace(b"longer than a".to_vec()) } else { Edit::Remove },
    );
    assert_eq!(written(&fields), "cookie: longer than a\r\nx-own: 1\r\nvia: v\r\nx-own: 2\r\n");
    assert!(!fields.repeats(Known::Cookie) && is_edited(&fields));

    fields.remove_named(&Name::parse(b"X-Own").unwrap());
    fields.set_value(Known::Via, b" w ").unwrap();
    assert_eq!(written(&fields), "cookie: longer than a\r\nvia: w\r\n");

    fields.set(&Field::new(Name::parse(b"x-own").unwrap(), b"3").unwrap());
    fields.set(&Field::new(Name::parse(b"x-own").unwrap(), b"4").unwrap());
    fields.remove_all(&NameSet::of(&[Known::Cookie, Known::Host]));
    assert_eq!(written(&fields), "via: w\r\nx-own: 4\r\n");
    assert!(!fields.contains(Known::Cookie));
}

#[test]
fn another_list_is_added_as_it_stands() {
    let mut fields = read("via: v\r\n");
    let mut others = read("cookie: a\r\nx-own: 1\r\nvia: w\r\n");
    others.remove(Known::Cookie);
    fields.append_all(&others);
    assert_eq!(written(&fields), "via: v\r\nx-own: 1\r\nvia: w\r\n");
    assert!(fields.repeats(Known::Via) && !fields.contains(Known::Cookie) && is_edited(&fields));
    fields.remove_named(&Name::parse(b"x-own").unwrap());
    assert_eq!(written(&fields), "via: v\r\nvia: w\r\n");
}

#[test]
fn no_line_break_gets_in() {
    let mut fields = read("cookie: a\r\n");
    assert_eq!(fields.append_value(Known::Via, b"a\r\nb: c"), Err(InvalidField::Value));
    fields.edit(Known::Cookie, |_, _| Edit::Replace(b"a\r\nb: c".to_vec()));
    assert_eq!(written(&fields), "");
    assert!(Fields::from_pairs([("a\r\nb", "c")]).is_err());
}

#[test]
fn lines_that_are_none() {
    use InvalidLine::{End, Name, Value};
    for (what, line, expected) in [
        ("no colon", "host\r\n", Name),
        ("empty line", "\r\n", Name),
        ("empty name", ": y\r\n", Name),
        ("space before colon", "content-length : 4\r\n", Name),
        ("tab before colon", "content-length\t: 4\r\n", Name),
        ("space in name", "content length: 4\r\n", Name),
        ("NUL in name", "ho\0st: a\r\n", Name),
        ("CR in name", "a\rhost: a\r\n", Name),
        ("folded", " host: a\r\n", Name),
        ("not ASCII", "h\u{f6}st: a\r\n", Name),
        ("the colon is on the next line", "host\r\na: b\r\n", Name),
        ("CR in value", "a: b\rc\r\n", Value),
        ("NUL in value", "a: \0\r\n", Value),
        ("DEL in value", "a: \x7f\r\n", Value),
        ("CR at the end of a value", "a: b\r\r\n", Value),
        ("LF in value", "a: b\nc\r\n", End),
        ("LF alone", "a: b\n", End),
        ("LF in name", "a\nb: c\r\n", End),
    ] {
        assert_eq!(read_line(line.as_bytes()), Err(expected), "{what}");
        let behind = format!("{line}host: {}\r\n\r\n", "a".repeat(50));
        assert_eq!(read_line(behind.as_bytes()), Err(expected), "{what}, more behind it");
    }
    for line in ["a:\r\n", "a: \t \r\n", "a: \u{f6}\r\n", "a: b\tc\r\n", "a_b!#$%&'*+-.^`|~: x\r\n"] {
        let (_, after) = read_line(line.as_bytes()).unwrap().unwrap();
        assert_eq!(after, b"");
        for end in 0..line.len() {
            assert_eq!(read_line(&line.as_bytes()[..end]), Ok(None), "{line:?} up to {end}");
        }
    }
}

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof!["(host|cookie|via|set-cookie|content-length)", "[a-z][a-z0-9_-]{0,50}"];
    proptest::collection::vec((name, "[!-~\u{e9}]([ -~\t]{0,20}[!-~])?"), 0..12)
}

proptest! {
    /// What is written reads as the same fields, by us and by way of a map.
    #[test]
    fn writing_and_reading_are_inverse(pairs in pairs()) {
        let fields = Fields::from_pairs(pairs).unwrap();
        prop_assert_eq!(&read(&written(&fields)), &fields);
        let map = HeaderMap::from(&fields);
        prop_assert_eq!(map.len(), fields.len());
        let back = Fields::from(&map);
        for entry in fields.iter() {
            prop_assert_eq!(all_named(&fields, entry.name), all_named(&back, entry.name));
        }
    }

    /// What the bits say is what the lines say, whatever is done to them.
    #[test]
    fn bits_and_lines_agree(pairs in pairs(), victims in proptest::collection::vec(0..4_u8, 0..8)) {
        let mut fields = read(&written(&Fields::from_pairs(pairs).unwrap()));
        for victim in victims {
            match victim {
                0 => fields.remove(Known::Cookie),
                1 => fields.set_value(Known::Host, b"h").unwrap(),
                2 => fields.edit(Known::SetCookie, |_, value| if value.len() % 2 == 0 { Edit::Remove } else { Edit::Replace(b"x".to_vec()) }),
                _ => fields.remove_others(|name| name.len() > 5),
            }
            for &known in Known::ALL {
                let count = fields.iter().filter(|entry| entry.name == known.as_str().as_bytes()).count();
                prop_assert_eq!(fields.contains(known), count > 0);
                prop_assert_eq!(fields.repeats(known), count > 1);
                prop_assert_eq!(fields.all(known).count(), count);
            }
        }
    }
}
