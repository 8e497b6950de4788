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

    /// The form that is written there with this boundary.
    pub(super) fn form<'a, S: Sink>(&'a self, out: &'a mut S) -> CanonicalForm<'a, S> {
        CanonicalForm { boundary: self, out }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A form that is being written, part by part.
pub(super) struct CanonicalForm<'a, S> {
    boundary: &'a Boundary,
    out: &'a mut S,
}

impl<S: Sink> CanonicalForm<'_, S> {
    /// Writes a field, all of it.
    pub(super) fn field(&mut self, name: &str, value: &[u8]) -> Result<(), Refusal> {
        self.field_with(name, "", value)
    }

    /// Writes a field that is [JSON] and says so.
    pub(super) fn json_field(&mut self, name: &str, value: &[u8]) -> Result<(), Refusal> {
        self.field_with(name, &format!("Content-Type: {JSON}\r\n"), value)
    }

    fn field_with(&mut self, name: &str, lines: &str, value: &[u8]) -> Result<(), Refusal> {
        let boundary = self.boundary;
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n{lines}\r\n");
        self.out.write(head.as_bytes())?;
        self.out.write(value)?;
        self.end_part()
    }

    /// Begins a file. Its content follows, and the end of the part.
    pub(super) fn begin_file(&mut self, name: &str, filename: &str, media_type: &str) -> Result<(), Refusal> {
        let boundary = self.boundary;
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        self.out.write(head.as_bytes())
    }

    /// Writes more of a file.
    pub(super) fn content(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if bytes.is_empty() { Ok(()) } else { self.out.write(bytes) }
    }

    /// Ends a file.
    pub(super) fn end_part(&mut self) -> Result<(), Refusal> {
        self.out.write(b"\r\n")
    }

    /// Ends the form.
    pub(super) fn end(&mut self) -> Result<(), Refusal> {
        self.out.write(format!("--{}--\r\n", self.boundary).as_bytes())
    }
}
