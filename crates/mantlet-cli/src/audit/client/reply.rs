//! [`Reply`], or [`NoReply`].

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::talk::BODY_AT_MOST;
use crate::audit::ledger::OUT_OF_TIME;

/// An answer.
#[derive(Debug)]
pub(in crate::audit) struct Reply {
    pub(in crate::audit) status: StatusCode,
    pub(in crate::audit) headers: HeaderMap,
    /// As much of it as was read.
    pub(in crate::audit) body: Bytes,
}

impl Reply {
    /// Whether there is more of the body than was read, or may be.
    pub(in crate::audit) fn is_cut(&self) -> bool {
        self.body.len() >= BODY_AT_MOST
    }

    /// What it says, where that is one short line and no page.
    pub(in crate::audit) fn sentence(&self) -> Option<&str> {
        let said = std::str::from_utf8(&self.body).ok()?.trim();
        // Neither may it steer the terminal, nor turn round what stands beside it.
        let is_plain = |c: char| c.is_alphanumeric() || c == ' ' || c.is_ascii_graphic();
        let is_one = !self.is_html() && (1..200).contains(&said.len()) && said.chars().all(is_plain);
        is_one.then_some(said)
    }

    /// Whether it is a page, by what it says of itself.
    pub(in crate::audit) fn is_html(&self) -> bool {
        self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            value.starts_with("text/html") || value.starts_with("application/xhtml+xml")
        })
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::audit) enum NoReply {
    /// No connection.
    Connect(io::Error),
    /// A connection, but no TLS.
    Tls(String),
    /// TLS, but with a certificate that is not good.
    Certificate(String),
    /// A connection, but nothing that is HTTP.
    Protocol(hyper::Error),
    /// Nothing within this time.
    TimedOut(Duration),
    /// The time for the whole audit is over.
    OutOfTime,
}

impl std::fmt::Display for NoReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "no connection: {error}"),
            Self::Tls(why) => write!(f, "TLS handshake failed: {why}"),
            Self::Certificate(why) => write!(f, "TLS handshake failed: {why}"),
            Self::Protocol(error) => write!(f, "no HTTP answer: {error}"),
            Self::OutOfTime => f.write_str("no answer before the time for the whole audit was over"),
            Self::TimedOut(after) => write!(f, "no answer within {} s", after.as_secs()),
        }
    }
}

impl NoReply {
    /// Why, in few words.
    pub(in crate::audit) const fn in_short(&self) -> &'static str {
        match self {
            Self::Connect(_) | Self::Tls(_) | Self::Certificate(_) => "there was no connection",
            Self::Protocol(_) => "there was no answer that is HTTP",
            Self::TimedOut(_) => "there was no answer in time: --timeout S waits longer",
            Self::OutOfTime => OUT_OF_TIME,
        }
    }
}

impl std::error::Error for NoReply {}
