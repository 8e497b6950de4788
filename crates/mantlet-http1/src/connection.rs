//! The Connection field: read into [`ConnectionOptions`], written from [`Connection`] (RFC 9110, section 7.6.1).

use http::Version;
use mantlet_fields::{Fields, Known, Name};

use crate::error::HeadErrorKind;
use crate::grammar::trim_ows;

/// Options of all Connection lines together. More than any client sends; each nominates a field to be looked up.
const AT_MOST: usize = 16;

/// What the peer said about the connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// `close`: this message is the last one.
    pub close: bool,
    /// `keep-alive`: how HTTP/1.0 asks for more.
    pub keep_alive: bool,
    /// `upgrade`: the Upgrade field is meant for us.
    pub upgrade: bool,
    /// Names of fields that are for the next hop only, the three above left out. They must not be forwarded; whether a
    /// peer may name this field at all (Host, Cookie) is for the caller to judge.
    pub nominated: Vec<Name>,
    seen: usize,
}

/// Reads every Connection line of a head that did not come through our parsers: theirs has none left.
///
/// # Errors
/// [`HeadErrorKind::BadConnection`] when an element is not a token, or there are more than 16 of them.
pub fn connection_options(fields: &Fields) -> Result<ConnectionOptions, HeadErrorKind> {
    let mut options = ConnectionOptions::default();
    for value in fields.all(Known::Connection) {
        options.add(value)?;
    }
    Ok(options)
}

impl ConnectionOptions {
    /// Adds one line.
    pub(crate) fn add(&mut self, line: &[u8]) -> Result<(), HeadErrorKind> {
        for option in line.split(|&byte| byte == b',') {
            self.seen = self.seen.saturating_add(1);
            if self.seen > AT_MOST {
                return Err(HeadErrorKind::BadConnection);
            }
            let option = trim_ows(option);
            if option.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                self.upgrade = true;
            } else if !option.is_empty() {
                // Empty elements are to be ignored (RFC 9110, section 5.6.1.2).
                let name = Name::parse(option).map_err(|_| HeadErrorKind::BadConnection)?;
                self.nominated.push(name);
            }
        }
        Ok(())
    }

    /// Whether another message may follow on this connection (RFC 9112, section 9.3).
    pub(crate) fn persists(&self, version: Version) -> bool {
        !self.close && (self.keep_alive || version != Version::HTTP_10)
    }
}

/// What we say about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Another message may follow, as is the rule in HTTP/1.1. Nothing is written.
    Persistent,
    /// Another message may follow, said to a peer of HTTP/1.0.
    KeepAlive,
    /// This message is the last one.
    Close,
    /// The Upgrade field in the list is meant for the peer.
    Upgrade,
}

impl Connection {
    /// How to tell a peer of this version whether another message may follow.
    pub fn telling(version: Version, persistent: bool) -> Self {
        match (persistent, version) {
            (false, _) => Self::Close,
            (true, Version::HTTP_10) => Self::KeepAlive,
            (true, _) => Self::Persistent,
        }
    }
}
