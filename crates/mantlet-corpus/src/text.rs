//! The text of a case to bytes: line ends, escapes, `{body}` and `{repeat N "text"}`.

/// Longest message a case may build, in bytes. Larger things are tested on sockets, not in the corpus.
const LONGEST: usize = 64 << 20;

/// Resolves the escapes of one line.
///
/// # Errors
/// An unknown escape, or a repetition that is malformed or too long.
pub(crate) fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '{']) {
        let (before, special) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        rest = if let Some(after) = special.strip_prefix("{repeat ") {
            repeat(after, &mut out)?
        } else if let Some(after) = special.strip_prefix('\\') {
            escape(after, &mut out)?
        } else {
            out.push(b'{');
            special.strip_prefix('{').unwrap_or_default()
        };
        if out.len() > LONGEST {
            return Err(format!("builds more than {LONGEST} bytes"));
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

/// What follows a backslash; returns what follows the escape.
fn escape<'a>(after: &'a str, out: &mut Vec<u8>) -> Result<&'a str, String> {
    if let Some(hex) = after.strip_prefix('x') {
        let byte = hex.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.ok_or("\\x takes two hexadecimal digits")?);
        return Ok(hex.get(2..).unwrap_or_default());
    }
    let mut chars = after.chars();
    out.push(match chars.next() {
        Some('r') => b'\r',
        Some('n') => b'\n',
        Some('t') => b'\t',
        Some('0') => 0,
        Some('\\') => b'\\',
        Some('"') => b'"',
        Some(other) => return Err(format!("unknown escape \\{other}")),
        None => return Err("a line cannot end in the middle of an escape".to_owned()),
    });
    Ok(chars.as_str())
}

/// What follows `{repeat `; returns what follows the closing brace.
fn repeat<'a>(after: &'a str, out: &mut Vec<u8>) -> Result<&'a str, String> {
    const SHAPE: &str = "a repetition is {repeat N \"text\"}";
    let (times, quoted) = after.split_once(" \"").ok_or(SHAPE)?;
    let times: usize = times.trim().parse().map_err(|_| SHAPE)?;
    let end = closing_quote(quoted).ok_or(SHAPE)?;
    let (text, tail) = quoted.split_at(end);
    let rest = tail.strip_prefix("\"}").ok_or(SHAPE)?;
    let unit = unescape(text)?;
    let length = unit.len().checked_mul(times).filter(|length| *length <= LONGEST);
    length.ok_or_else(|| format!("builds more than {LONGEST} bytes"))?;
    out.extend(unit.repeat(times));
    Ok(rest)
}

/// Where the first quote stands that no backslash escapes.
pub(crate) fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// Builds the bytes of a request or response from the lines of its block.
///
/// # Errors
/// The number of the offending line within the block, and what is wrong with it.
pub(crate) fn message(lines: &[&str]) -> Result<Vec<u8>, (usize, String)> {
    let mut head = Vec::new();
    let mut body = Vec::new();
    let mut in_body = false;
    for (at, line) in lines.iter().enumerate() {
        let (text, line_end) = split_line_end(line);
        if in_body {
            body.extend(unescape(text).map_err(|problem| (at, problem))?);
            body.extend_from_slice(line_end);
        } else if text.is_empty() && !line_end.is_empty() {
            in_body = true;
        } else {
            let line = text.split("{body}").map(unescape).collect::<Result<Vec<_>, _>>();
            head.push((at, line.map_err(|problem| (at, problem))?, line_end));
        }
    }
    let mut out = Vec::new();
    for (at, parts, line_end) in head {
        if parts.len() > 1 && !in_body {
            return Err((at, "{body} needs an empty line that ends the head".to_owned()));
        }
        out.extend(parts.join(body.len().to_string().as_bytes()));
        out.extend_from_slice(line_end);
    }
    if in_body {
        out.extend_from_slice(b"\r\n");
        out.extend(body);
    } else if !ends_by_escapes(&out) {
        return Err((lines.len(), "the head does not end: an empty line is missing".to_owned()));
    }
    Ok(out)
}

/// An odd number of backslashes at the end of a line takes its CRLF away.
fn split_line_end(line: &str) -> (&str, &'static [u8]) {
    let backslashes = line.len().saturating_sub(line.trim_end_matches('\\').len());
    match line.strip_suffix('\\') {
        Some(text) if backslashes % 2 == 1 => (text, b""),
        _ => (line, b"\r\n"),
    }
}

/// Heads about line ends write theirs as escapes.
fn ends_by_escapes(head: &[u8]) -> bool {
    [&b"\n\n"[..], b"\n\r\n", b"\r\r"].iter().any(|end| head.windows(end.len()).any(|window| window == *end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_repetitions_make_bytes() {
        for (name, text, expected) in [
            ("plain", "a=b", Ok(&b"a=b"[..])),
            ("bytes", r"\x00\xff\r\n\t\0\\", Ok(b"\x00\xff\r\n\t\0\\")),
            ("text beyond ASCII is UTF-8", "é", Ok("é".as_bytes())),
            ("repetition", r#"<{repeat 3 "ab"}>"#, Ok(b"<ababab>")),
            ("repetition of escapes", r#"{repeat 2 "\r\n\""}"#, Ok(b"\r\n\"\r\n\"")),
            ("repetition of braces", r#"{repeat 2 "{}"}"#, Ok(b"{}{}")),
            ("other braces stand for themselves", r#"{"a":{"b":1}}"#, Ok(br#"{"a":{"b":1}}"#)),
            ("unknown escape", r"\q", Err(())),
            ("half a byte", r"\x0", Err(())),
            ("repetition without text", "{repeat 3}", Err(())),
            ("repetition beyond any use", r#"{repeat 99999999999 "x"}"#, Err(())),
        ] {
            assert_eq!(unescape(text).map_err(|_| ()).as_deref(), expected.as_deref(), "{name}");
        }
    }

    #[test]
    fn lines_become_a_message() {
        for (name, lines, expected) in [
            ("head only", vec!["GET / HTTP/1.1", "Host: a", ""], &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..]),
            ("body length", vec!["A: {body}", "", "xyz\\"], b"A: 3\r\n\r\nxyz"),
            ("body with line ends", vec!["A: {body}", "", "x", "", "y\\"], b"A: 6\r\n\r\nx\r\n\r\ny"),
            ("joined lines", vec!["A: 1\\", "2", "", ""], b"A: 12\r\n\r\n\r\n"),
            ("an escaped backslash at the end of a line", vec![r"A: \\", ""], b"A: \\\r\n\r\n"),
            ("braces in a body stay", vec!["A: 1", "", r"{body}\"], b"A: 1\r\n\r\n{body}"),
            ("bare line feeds", vec![r"A: 1\nB: 2\n\n\"], b"A: 1\nB: 2\n\n"),
        ] {
            assert_eq!(message(&lines).as_deref(), Ok(expected), "{name}");
        }
        assert!(message(&["GET / HTTP/1.1", "Host: a"]).is_err(), "a head without an end");
        assert!(message(&["A: {body}\\n\\n\\"]).is_err(), "the length of no body");
    }
}
