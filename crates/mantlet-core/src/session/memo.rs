//! [`SessionMemo`]: what the response's side has to know of a request.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::cookie::SetCookie;
use crate::cookie::folder::before_name;
use crate::cookie::name::{Prefix, are_alike_decoded};
use crate::cookie::request::pairs;

/// What is remembered of a request until its response.
#[derive(Default)]
pub struct SessionMemo {
    /// The Path that browsers give to a cookie of the response that names none, if the host knows what they asked for.
    pub(super) default_path: Option<Cow<'static, str>>,
    /// The Cookie header as the client sent it, over https: elsewhere no cookie has another name than the application's.
    pub(super) sent: Option<Bytes>,
    /// The prefix that cookies in it lost.
    pub(super) renamed: Option<Prefix>,
    /// A session cookie came with it: its answer may be for one user alone.
    pub(super) holds_session: bool,
    /// The name of a cookie in it that somebody else set, as the log may hold it.
    pub(super) planted: Option<String>,
    /// It was refused for its cookies, and the browser has to forget them. The Set-Cookie lines for those that
    /// `Clear-Site-Data` leaves.
    pub(super) clears: Option<Vec<Vec<u8>>>,
}

/// Without the cookies in it.
impl fmt::Debug for SessionMemo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionMemo").field("clears", &self.clears.is_some()).finish_non_exhaustive()
    }
}

impl SessionMemo {
    /// Whether the client sent a cookie of this name, with this prefix and folder before it or with none.
    pub(super) fn has(&self, prefix: Option<Prefix>, folder: Option<&[u8]>, name: &[u8]) -> bool {
        let before = before_name(prefix, folder);
        self.sent.as_deref().is_some_and(|sent| pairs(sent).any(|pair| pair.name.strip_prefix(&*before) == Some(name)))
    }

    /// The Path that browsers give to a cookie of the response. `None`: it has none, and nobody knows what they take instead.
    pub(super) fn path_of<'a>(&'a self, cookie: &SetCookie<'a>) -> Option<&'a [u8]> {
        cookie.path().or_else(|| self.default_path.as_deref().map(str::as_bytes))
    }

    /// Whether the client sent a cookie that some application takes for one of this name.
    pub(super) fn has_alike(&self, name: &[u8]) -> bool {
        self.sent.as_deref().is_some_and(|sent| pairs(sent).any(|pair| are_alike_decoded(pair.name, name)))
    }
}
