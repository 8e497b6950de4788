//! The one encoding of a form that every parser reads alike.
//!
//! Delimiter, `Content-Disposition: form-data; name="…"[; filename="…"]`, for files always `Content-Type`, an empty line, the
//! content. A field has no `Content-Type`, with which formidable takes it for a file, unless it was judged as one: it then is
//! [JSON]. No preamble, no epilogue, no other header fields. The boundary is fresh:
//! letters and digits only, 39 characters long, and made of 128 bits that nobody who wrote the content could know.

use std::fmt;

use http::HeaderValue;

use super::Sink;
use crate::reason::{Reason, Refusal};

/// What a field may say of itself.
pub(super) const JSON: &str = "application/json";

/// Delimits the parts of a canonical form.
#[derive(Debug, Clone)]
pub(super) struct Boundary(String);

impl Boundary {
    /// A fresh one.
    pub(super) fn fresh(entropy: [u8; 16]) -> Self {
        Self(format!("Mantlet{:032x}", u128::from_be_bytes(entropy)))
    }

    /// The client's own, for a body that is forwarded as it came.
    pub(super) fn of_client(boundary: &str) -> Self {
        Self(boundary.to_owned())
    }

    /// The Content-Type of a form with this boundary.
    pub(super) fn content_type(&self) -> Result<HeaderValue, Refusal> {
        HeaderValue::try_from(format!("multipart/form-data; boundary={self}")).map_err(|_| Reason::InternalError.into())
    }

    /// Writes a field, all of it.
    pub(super) fn write_field(&self, name: &str, value: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        self.write_field_lines(name, "", value, out)
    }

    /// Writes a field that is [JSON] and says so.
    pub(super) fn write_json_field(&self, name: &str, value: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        self.write_field_lines(name, &format!("Content-Type: {JSON}\r\n"), value, out)
    }

    fn write_field_lines(&self, name: &str, lines: &str, value: &[u8], out: &mut impl Sink) -> Result<(), Refusal> {
        let head = format!("--{self}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n{lines}\r\n");
        out.write(head.as_bytes())?;
        out.write(value)?;
        out.write(b"\r\n")
    }

    /// Begins a file. Its content and a CRLF follow.
    pub(super) fn write_file_head(
        &self,
        name: &str,
        filename: &str,
        media_type: &str,
        out: &mut impl Sink,
    ) -> Result<(), Refusal> {
        let head = format!(
            "--{self}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        out.write(head.as_bytes())
    }

    /// Ends the form.
    pub(super) fn write_end(&self, out: &mut impl Sink) -> Result<(), Refusal> {
        out.write(format!("--{self}--\r\n").as_bytes())
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
