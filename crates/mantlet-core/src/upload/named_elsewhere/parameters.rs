//! Parameters, of a form or of the query, that are nothing but the name of a file beside them.

use super::{judge_name, readings};
use crate::percent;
use crate::query;
use crate::reason::Refusal;
use crate::upload::extension_rules::ExtensionRules;

/// What Fine Uploader, flow.js, resumable.js and Real Ajax Uploader call the name, in a field of a form or in the query. In
/// lower case.
const PARAMETERS: [&[u8]; 7] = [
    b"qqfile",
    b"qqfilename",
    b"flowfilename",
    b"flowrelativepath",
    b"resumablefilename",
    b"resumablerelativepath",
    b"ax-file-name",
];

/// Whether a field of a form is one that holds the name of a file beside it.
pub(super) fn is_file_name(field: &str) -> bool {
    let is_one = |name: &str| {
        let name = plainest(name).as_bytes();
        PARAMETERS.iter().any(|parameter| name.eq_ignore_ascii_case(parameter))
    };
    // CivetWeb takes escapes out of the name of a field.
    readings(field).any(|name| is_one(&name))
}

pub(super) fn judge_query(query: &str, rules: &ExtensionRules) -> Result<(), Refusal> {
    for (name, value) in query::pairs(query) {
        if PARAMETERS.iter().any(|parameter| query::is_read_as(name, parameter)) {
            let value: Vec<u8> = percent::decode_form(value.as_bytes()).collect();
            judge_name(&String::from_utf8_lossy(&value), rules)?;
        }
    }
    Ok(())
}

/// What parsers make of a field's name: PHP takes brackets off its end, qs and Rack before 3.0 off its start, too.
pub(super) fn plainest(name: &str) -> &str {
    let name = uncut(name).trim_start_matches(['[', ']']);
    name.split(['[', ']']).next().unwrap_or(name).trim()
}

/// What is left of a field's name when the marks around it are taken off (Netty, Vapor), and all that follows another one: an
/// equals sign ends it to h3, an apostrophe to NanoHTTPD, a comma to Prologue, an opening parenthesis to HatTip.
pub(super) fn uncut(name: &str) -> &str {
    let is_mark = |c: char| c.is_ascii_punctuation() && !matches!(c, '_' | '-' | '.' | '[' | ']');
    let name = name.trim_matches(|c: char| c.is_whitespace() || is_mark(c));
    name.split(is_mark).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_however_it_is_written() {
        for field in [
            "ax-file-name",
            "flowFilename",
            "flowfilename[]",
            "[flowFilename]",
            "qqfile=",
            "qqf%69le",
            "qqfile ,x",
            "'qqfile'",
        ] {
            assert!(is_file_name(field), "{field}");
        }
        assert!(!is_file_name("title"));
    }
}
