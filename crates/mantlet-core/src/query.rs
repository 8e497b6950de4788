//! The query of a target, as frameworks read it.

use crate::percent::decode_form;

/// Names and values, as they are written. Some parsers split at `;` too.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split(['&', ';']).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Whether some framework takes this name for that of the parameter, which is in lower case.
pub(crate) fn is_read_as(name: &str, parameter: &[u8]) -> bool {
    // PHP skips leading blanks; qs and Rack before 3.0 brackets, which are underscores to PHP.
    let decoded = || decode_form(name.as_bytes()).skip_while(|byte| *byte == b' ');
    is_name(decoded(), parameter) || is_name(decoded().skip_while(|byte| matches!(byte, b'[' | b']')), parameter)
}

fn is_name(mut bytes: impl Iterator<Item = u8>, parameter: &[u8]) -> bool {
    // PHP takes blank, dot and bracket for an underscore, and ends the name at NUL.
    parameter.iter().all(|expected| bytes.next().map(fold) == Some(*expected))
        && matches!(bytes.next(), None | Some(0 | b'[' | b']'))
}

fn fold(byte: u8) -> u8 {
    match byte {
        b' ' | b'.' | b'[' => b'_',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_spelt() {
        for (name, expected) in [
            ("_method", true),
            ("_METHOD", true),
            ("%5Fmethod", true),
            ("_m%65thod", true),
            ("_method[]", true),
            ("[_method]", true),
            ("%5B%5B_method%5D%5D", true),
            ("[method", true),
            (".method", true),
            ("+_method", true),
            ("_method%00x", true),
            ("%_method", false),
            ("%5", false),
            ("method", false),
            ("_methods", false),
            ("", false),
        ] {
            assert_eq!(is_read_as(name, b"_method"), expected, "{name}");
        }
    }

    #[test]
    fn queries_are_pairs() {
        for (query, expected) in [
            ("a=1&b=2", &[("a", "1"), ("b", "2")][..]),
            ("a=1;b", &[("a", "1"), ("b", "")]),
            ("a==&", &[("a", "="), ("", "")]),
        ] {
            assert_eq!(pairs(query).collect::<Vec<_>>(), expected, "{query}");
        }
    }
}
