//! [`PartHead`]: the header lines of one part, read strictly.

use mantlet_fields::is_token;

use super::content_disposition::{ContentDisposition, Malformed};
use crate::media_type::MediaType;

/// The most header lines a part may have. Browsers send two.
const MAX_LINES: usize = 16;

/// What a part says of itself, as sent. Header fields a form does not need are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartHead {
    pub(super) name: String,
    /// It is a file, with this name. Empty: a file control that was left empty.
    pub(super) filename: Option<String>,
    /// The declared media type, if it can be read.
    pub(super) essence: Option<String>,
    /// How the value is encoded.
    pub(super) charset: Charset,
    /// It calls its value quoted-printable, as Indy (Delphi) calls every field.
    pub(super) is_quoted_printable: bool,
}

/// What a part says about the encoding of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8, ASCII, or nothing.
    Utf8,
    /// One that agrees with UTF-8 as long as the text is ASCII.
    AsciiSuperset,
}

impl Charset {
    fn parse(label: &str) -> Option<Self> {
        match label.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Self::Utf8),
            "iso-8859-1" | "iso-8859-15" | "latin1" | "windows-1252" | "cp1252" => Some(Self::AsciiSuperset),
            _ => None,
        }
    }
}

impl PartHead {
    /// Reads the header lines of a part, each with its CRLF, without the empty line behind them.
    pub(super) fn parse(block: &[u8]) -> Result<Self, Malformed> {
        let block = std::str::from_utf8(block).map_err(|_| "part header is not UTF-8")?;
        let mut disposition = None;
        let mut content_types = Vec::new();
        let mut transfer_encoding = None;
        let lines = block.strip_suffix("\r\n").ok_or("part header line without CRLF")?.split("\r\n");
        for (number, line) in lines.enumerate() {
            if number >= MAX_LINES {
                return Err("more than 16 part header lines");
            }
            if line.chars().any(|c| c.is_control() && c != '\t') {
                return Err("control character in a part header");
            }
            let (name, value) = line.split_once(':').ok_or("part header line without a colon")?;
            if !is_token(name.as_bytes()) {
                return Err("part header name is not a token");
            }
            if name.eq_ignore_ascii_case("content-disposition") {
                let read = ContentDisposition::parse(value.trim_matches(' '))?;
                if disposition.replace(read).is_some() {
                    return Err("Content-Disposition stands twice");
                }
            } else if name.eq_ignore_ascii_case("content-type") {
                content_types.push(value.trim_matches([' ', '\t']));
            } else if name.eq_ignore_ascii_case("content-transfer-encoding") {
                let value = value.trim_matches(' ');
                if transfer_encoding.replace(value).is_some() {
                    return Err("Content-Transfer-Encoding stands twice");
                }
            }
        }
        let ContentDisposition { name, filename } = disposition.ok_or("part without Content-Disposition")?;
        let (essence, charset) = declared_type(&content_types, filename.is_some())?;
        let is_encoded = |how: &str| transfer_encoding.is_some_and(|value| value.eq_ignore_ascii_case(how));
        let is_quoted_printable = filename.is_none() && is_encoded("quoted-printable");
        let is_plain = transfer_encoding.is_none() || ["7bit", "8bit", "binary"].into_iter().any(is_encoded);
        if !is_plain && !is_quoted_printable {
            return Err("encoded part (Content-Transfer-Encoding)");
        }
        Ok(Self { name, filename, essence, charset, is_quoted_printable })
    }
}

/// Reads what the part declares. Of a file it is only a claim, and one that cannot be read is no claim; of a field it
/// decides how some parsers decode the value.
fn declared_type(values: &[&str], is_file: bool) -> Result<(Option<String>, Charset), Malformed> {
    for value in values {
        let lower = value.to_ascii_lowercase();
        if lower.contains("multipart/") || lower.contains("message/") {
            return Err("form inside a form");
        }
    }
    let media_type = match *values {
        [] => return Ok((None, Charset::Utf8)),
        [value] => MediaType::parse(value.as_bytes()),
        _ if is_file => return Ok((None, Charset::Utf8)),
        _ => return Err("Content-Type stands twice"),
    };
    let media_type = match media_type {
        Ok(media_type) => media_type,
        Err(_) if is_file => return Ok((None, Charset::Utf8)),
        Err(_) => return Err("Content-Type of a field cannot be read"),
    };
    let charset = match media_type.parameter("charset") {
        Ok(None) => Charset::Utf8,
        Ok(Some(label)) => Charset::parse(label).ok_or("part in a charset that is not UTF-8")?,
        Err(_) => return Err("charset stands twice"),
    };
    Ok((Some(media_type.essence().to_owned()), charset))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CD: &str = "Content-Disposition: form-data; name=\"f\"\r\n";

    fn read(more: &str) -> Result<PartHead, Malformed> {
        PartHead::parse(format!("{CD}{more}").as_bytes())
    }

    #[test]
    fn lines_a_form_does_not_need_are_left_out() {
        let plain = read("").unwrap();
        for more in
            ["Content-Length: 99999\r\n", "X-Foo: bar\r\nContent-Location: /etc/passwd\r\n", "Content-ID: <a>\r\n"]
        {
            assert_eq!(read(more), Ok(plain.clone()), "{more}");
        }
    }

    #[test]
    fn java_fields_are_read() {
        let head = read("Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n").unwrap();
        assert_eq!(head.charset, Charset::AsciiSuperset);
        assert!(read("content-transfer-encoding: BINARY\r\n").is_ok());
    }

    #[test]
    fn a_field_of_indy_is_read_and_a_file_that_is_encoded_is_not() {
        let line = "Content-Transfer-Encoding: quoted-printable\r\n";
        assert!(read(line).is_ok_and(|head| head.is_quoted_printable));
        let file = format!("Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n{line}");
        assert!(PartHead::parse(file.as_bytes()).is_err());
    }

    #[test]
    fn what_parsers_read_differently_is_refused() {
        for (name, more) in [
            ("two_dispositions", CD.to_owned()),
            ("folded", " ; filename=\"a.php\"\r\n".to_owned()),
            ("folded_with_tab", "\tx\r\n".to_owned()),
            ("space_before_colon", "Content-Type : text/plain\r\n".to_owned()),
            ("no_colon", "Content-Type\r\n".to_owned()),
            ("nul", "X: a\0b\r\n".to_owned()),
            ("bare_lf", "X: a\nY: b\r\n".to_owned()),
            ("bare_cr", "X: a\rY: b\r\n".to_owned()),
            ("base64", "Content-Transfer-Encoding: base64\r\n".to_owned()),
            ("two_encodings", "Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: 8bit\r\n".to_owned()),
            ("utf_7", "Content-Type: text/plain; charset=utf-7\r\n".to_owned()),
            ("two_charsets", "Content-Type: text/plain; charset=utf-8; charset=utf-8\r\n".to_owned()),
            ("unreadable_type_of_a_field", "Content-Type: text/plain,text/html\r\n".to_owned()),
            ("nested_form", "Content-Type: multipart/mixed; boundary=N\r\n".to_owned()),
            ("two_types_of_a_field", "Content-Type: text/plain\r\nContent-Type: text/plain\r\n".to_owned()),
            ("seventeen_lines", "X: y\r\n".repeat(16)),
            ("unfinished_line", "X: y".to_owned()),
        ] {
            assert!(read(&more).is_err(), "{name}");
        }
        assert!(PartHead::parse(b"").is_err(), "no lines");
        assert!(PartHead::parse(b"Content-Type: text/plain\r\n").is_err(), "no Content-Disposition");
        assert!(PartHead::parse(b"Content-Disposition: form-data; name=\"\xe9\"\r\n").is_err(), "Latin-1");
    }

    #[test]
    fn an_unreadable_type_of_a_file_is_no_claim() {
        for declared in ["", "image/png,text/html", "image/png; text/html", "image/png\r\nContent-Type: text/html"] {
            let block = format!(
                "Content-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\nContent-Type: {declared}\r\n"
            );
            assert_eq!(PartHead::parse(block.as_bytes()).map(|head| head.essence), Ok(None), "{declared}");
        }
    }
}
