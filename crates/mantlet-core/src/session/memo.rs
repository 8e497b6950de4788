//! [`SessionMemo`]: what the response's side has to know of a request.

use std::fmt;

use bytes::Bytes;

use crate::cookie::name::Prefix;
use crate::cookie::request::pairs;

/// What is remembered of a request until its response.
#[derive(Default)]
pub struct SessionMemo {
    /// The Cookie header as the client sent it, if cookies in it were renamed, and the prefix they lost.
    pub(super) renamed: Option<(Bytes, Prefix)>,
    /// The Cookie header and the prefix that an earlier policy gave, if cookies in it have that one.
    pub(super) left_over: Option<(Bytes, Prefix)>,
    /// It was refused for its cookies, and the browser has to forget them.
    pub(super) clears_cookies: bool,
}

/// Without the cookies in it.
impl fmt::Debug for SessionMemo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionMemo").field("clears_cookies", &self.clears_cookies).finish_non_exhaustive()
    }
}

impl SessionMemo {
    /// The prefix under which the client sent this cookie, if it was renamed on the way in.
    pub(super) fn sent_with_prefix(&self, name: &[u8]) -> Option<Prefix> {
        let (header, prefix) = self.renamed.as_ref()?;
        has_cookie(header, *prefix, name).then_some(*prefix)
    }

    /// The prefix of before, if the client sent this cookie with it.
    pub(super) fn left_over_as(&self, name: &[u8]) -> Option<Prefix> {
        let (header, prefix) = self.left_over.as_ref()?;
        has_cookie(header, *prefix, name).then_some(*prefix)
    }
}

/// Whether the client sent a cookie of this name.
fn has_cookie(header: &[u8], prefix: Prefix, base: &[u8]) -> bool {
    pairs(header).any(|pair| pair.name.strip_prefix(prefix.as_str().as_bytes()) == Some(base))
}
