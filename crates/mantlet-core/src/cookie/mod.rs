//! Cookies as they travel: [`SetCookie`] and its attributes, the pairs of a Cookie header, and what names mean
//! (RFC 6265bis).
//!
//! Everything works on bytes. Nothing is decoded, trimmed or folded that browsers would not, and what applications decode,
//! trim or fold is only ever used to find out whether two names could be the same to one of them.

mod attributes;
pub(crate) mod date;
mod edits;
pub(crate) mod folder;
pub(crate) mod name;
pub(crate) mod parameters;
pub(crate) mod path;
pub(crate) mod request;
mod set_cookie;

pub use edits::Edits;
pub use name::Prefix;
pub use set_cookie::{InvalidSetCookie, SameSite, SetCookie};

/// Name and value together beyond this many bytes: browsers ignore the whole cookie (RFC 6265bis, section 5.6).
pub(crate) const MAX_PAIR: usize = 4096;

/// An attribute's value beyond this many bytes: browsers ignore the attribute (RFC 6265bis, section 5.6).
pub(crate) const MAX_ATTRIBUTE_VALUE: usize = 1024;

/// Trims what browsers trim around names and values: space and tab. Never `str::trim`, which knows 25 kinds of blanks.
pub(crate) fn trim_blanks(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Name and value, where there is an equals sign.
fn split_at_equals(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = bytes.split_at_checked(bytes.iter().position(|byte| *byte == b'=')?)?;
    Some((name, value.get(1..)?))
}
