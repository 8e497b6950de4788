//! [`secure_filename`]: the file-name rule of Werkzeug, for applications that count on it.

use unicode_normalization::UnicodeNormalization;

/// What Werkzeug's function of this name makes of a file name on POSIX. May be empty.
///
/// Compatibility decomposition, ASCII only, separators and white space to `_`, nothing but letters, digits, `_`, `.`
/// and `-`, no `.` or `_` at either end.
pub fn secure_filename(name: &str) -> String {
    let ascii: String = name.nfkd().filter(char::is_ascii).map(|c| if c == '/' { ' ' } else { c }).collect();
    let joined = ascii.split(is_python_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let plain: String = joined.chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).collect();
    plain.trim_matches(['.', '_']).to_owned()
}

/// What Python's `str.split` takes for white space within ASCII.
fn is_python_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\x1c'..='\x1f' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `\u{hex}`.
    fn unescape(text: &str) -> String {
        let mut parts = text.split("\\u{");
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            let (hex, rest) = part.split_once('}').unwrap();
            out.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
            out.push_str(rest);
        }
        out
    }

    #[test]
    fn it_agrees_with_werkzeug_on_every_recorded_name() {
        let rows = include_str!("../../tests/data/secure_filename.tsv").lines().skip(1);
        let mut count = 0;
        for row in rows {
            let (name, expected) = row.split_once('\t').unwrap();
            assert_eq!(secure_filename(&unescape(name)), unescape(expected), "{name}");
            count += 1;
        }
        assert_eq!(count, 641);
    }
}
