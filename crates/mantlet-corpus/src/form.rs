//! Reads the form that an application gets: only the one canonical encoding that Mantlet writes, and urlencoded ones.

use crate::case::FilePart;
use crate::message::{Message, split_at};

/// One entry of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormEntry {
    /// Name and value.
    Field(Vec<u8>, Vec<u8>),
    /// A file, and its bytes.
    File(FilePart, Vec<u8>),
}

/// Reads the form in a message.
///
/// # Errors
/// When its type is none of a form, or a multipart body is anything but the canonical encoding.
pub fn read_form(message: &Message) -> Result<Vec<FormEntry>, String> {
    let content_type = message.values("content-type").next().ok_or("no Content-Type")?;
    let content_type = std::str::from_utf8(content_type).map_err(|_| "a Content-Type that is no text")?;
    if content_type.split(';').next() == Some("application/x-www-form-urlencoded") {
        return Ok(urlencoded(&message.body));
    }
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .filter(|boundary| !boundary.is_empty() && boundary.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        .ok_or_else(|| format!("not the canonical type of a form: {content_type:?}"))?;
    multipart(&message.body, boundary)
}

fn urlencoded(body: &[u8]) -> Vec<FormEntry> {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = split_at(pair, b"=").unwrap_or((pair, b""));
            FormEntry::Field(percent_decode(name), percent_decode(value))
        })
        .collect()
}

fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = after;
        match (first, byte) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
    }
    out
}

fn multipart(body: &[u8], boundary: &str) -> Result<Vec<FormEntry>, String> {
    let open = format!("--{boundary}\r\n");
    let close = format!("--{boundary}--\r\n");
    if body == close.as_bytes() {
        return Ok(Vec::new());
    }
    let inner = body
        .strip_prefix(open.as_bytes())
        .and_then(|body| body.strip_suffix(format!("\r\n{close}").as_bytes()))
        .ok_or("the body does not begin and end with its boundary")?;
    let mut entries = Vec::new();
    let separator = format!("\r\n{open}");
    let mut rest = Some(inner);
    while let Some(part) = rest {
        let (part, after) =
            split_at(part, separator.as_bytes()).map_or((part, None), |(part, rest)| (part, Some(rest)));
        entries.push(read_part(part)?);
        rest = after;
    }
    Ok(entries)
}

/// `Content-Disposition: form-data; name="…"[; filename="…"]`, for files then `Content-Type: …` and for fields that are JSON
/// that type, an empty line, the bytes.
fn read_part(part: &[u8]) -> Result<FormEntry, String> {
    let shown = || format!("not a canonical part: {:?}", String::from_utf8_lossy(part.get(..200).unwrap_or(part)));
    let (head, content) = split_at(part, b"\r\n\r\n").ok_or_else(shown)?;
    let named = head.strip_prefix(b"Content-Disposition: form-data; name=\"").ok_or_else(shown)?;
    let (name, after) = split_at(named, b"\"").ok_or_else(shown)?;
    if after.is_empty() || after == b"\r\nContent-Type: application/json" {
        return Ok(FormEntry::Field(name.to_vec(), content.to_vec()));
    }
    let after = after.strip_prefix(b"; filename=\"").ok_or_else(shown)?;
    let (filename, after) = split_at(after, b"\"\r\nContent-Type: ").ok_or_else(shown)?;
    let content_type = std::str::from_utf8(after).map_err(|_| shown())?;
    if filename.contains(&b'"') || content_type.contains('\r') {
        return Err(shown());
    }
    let part = FilePart {
        field: name.to_vec(),
        filename: filename.to_vec(),
        content_type: content_type.to_owned(),
        length: content.len(),
    };
    Ok(FormEntry::File(part, content.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(content_type: &str, body: &str) -> Result<Vec<FormEntry>, String> {
        let fields = vec![("content-type".to_owned(), content_type.as_bytes().to_vec())];
        read_form(&Message { line: String::new(), fields, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn forms_are_read_in_order() {
        let entries = form("application/x-www-form-urlencoded", "a=1&b=%41+c&a=").unwrap();
        let field = |name: &str, value: &str| FormEntry::Field(name.into(), value.into());
        assert_eq!(entries, [field("a", "1"), field("b", "A c"), field("a", "")]);

        let body = "--X\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nhello\r\n--X\r\n\
                    Content-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
                    DATA\r\n--X--\r\n";
        let file = FilePart {
            field: b"f".to_vec(),
            filename: b"a.png".to_vec(),
            content_type: "image/png".to_owned(),
            length: 4,
        };
        let entries = form("multipart/form-data; boundary=X", body).unwrap();
        assert_eq!(entries, [field("t", "hello"), FormEntry::File(file, b"DATA".to_vec())]);
        assert_eq!(form("multipart/form-data; boundary=X", "--X--\r\n"), Ok(vec![]));
    }

    #[test]
    fn what_is_not_canonical_is_an_error() {
        let part = |head: &str| format!("--X\r\n{head}\r\n\r\nv\r\n--X--\r\n");
        for (name, content_type, body) in [
            ("no form", "text/plain", String::new()),
            (
                "quoted boundary",
                "multipart/form-data; boundary=\"X\"",
                part("Content-Disposition: form-data; name=\"a\""),
            ),
            ("preamble", "multipart/form-data; boundary=X", format!("p\r\n{}", part("A: 1"))),
            ("epilogue", "multipart/form-data; boundary=X", format!("{}e", part("A: 1"))),
            ("lower case", "multipart/form-data; boundary=X", part("content-disposition: form-data; name=\"a\"")),
            (
                "a file without a type",
                "multipart/form-data; boundary=X",
                part("Content-Disposition: form-data; name=\"a\"; filename=\"b\""),
            ),
            (
                "another header",
                "multipart/form-data; boundary=X",
                part("Content-Disposition: form-data; name=\"a\"\r\nX-Foo: 1"),
            ),
        ] {
            assert!(form(content_type, &body).is_err(), "{name}");
        }
    }
}
