//! What the responses of an application teach of its session cookies. It is kept in [`Seen`](super::seen).

use mantlet_fields::{Fields, Known};

use super::recognition::CookieKind;
use super::seen::Names;
use super::{SessionGuard, SessionMemo};
use crate::cookie::name::{Prefix, is_plain};
use crate::cookie::path::ROOT;
use crate::cookie::{Edits, SetCookie, date, trim_blanks};

/// The cookies of a response that came with a prefix and are sent back with it.
#[derive(Default)]
pub(super) struct Echoes(Vec<Echo>);

struct Echo {
    /// Without the prefix.
    name: Vec<u8>,
    is_deletion: bool,
}

impl Echoes {
    /// Whether one of this name is sent back.
    pub(super) fn contain(&self, name: &[u8]) -> bool {
        self.0.iter().any(|echo| echo.name == name)
    }

    /// The same, and not to end it: the application sets a cookie of this name behind a prefix, which may be its own.
    pub(super) fn set(&self, name: &[u8]) -> bool {
        self.0.iter().any(|echo| !echo.is_deletion && echo.name == name)
    }
}

impl SessionGuard {
    /// Before anything is renamed, remembers the names with a prefix that the application itself uses, so that no cookie is
    /// renamed to one of them. A cookie that is only sent back does not count, since many applications set anew whatever cookies
    /// come, or delete them at logout. Those that are only sent back are returned.
    pub(super) fn remember_own_prefixes(&self, memo: &SessionMemo, fields: &Fields) -> Echoes {
        let mut echoes = Echoes::default();
        for line in fields.all(Known::SetCookie) {
            if !trim_blanks(line).starts_with(b"__") {
                continue;
            }
            let Ok(cookie) = SetCookie::parse(line) else { continue };
            let Some((_, base)) = Prefix::split(cookie.name()) else { continue };
            let is_deletion = cookie.is_deletion(|| date::of_response(fields));
            let was_passed_on = || is_deletion || !self.is_known_without_prefix(base, self.kind(cookie.name()));
            if memo.has_alike(cookie.name()) && was_passed_on() {
                echoes.0.push(Echo { name: base.to_vec(), is_deletion });
            } else if self.may_be_session(base) {
                self.keep(&self.seen.own_prefix, cookie.name(), ROOT);
            }
        }
        echoes
    }

    /// Remembers how a session cookie left.
    pub(super) fn remember(&self, cookie: &SetCookie<'_>, edits: &Edits<'_>, memo: &SessionMemo) {
        let name = cookie.name();
        // It left as it came, and nothing that comes is taken for it.
        if !is_plain(name) {
            return;
        }
        // What leaves plain here has to be believed where others rename it.
        let is_exempt = self.leaves_with().is_none() && self.elsewhere.is_some();
        // Some names are made up for one visitor, as that of an OAuth state: they would crowd out the session's. What
        // is set anew where it was sent is none of those, however many come between.
        let is_set_again = || memo.has(edits.prefix, edits.folder, name) || !self.seen.recent.insert(name);
        if self.kind(name) != CookieKind::Session && !is_exempt && !is_set_again() {
            return;
        }
        let names = match edits.prefix {
            Some(_) if edits.folder.is_some() => &self.seen.in_folder,
            Some(_) => &self.seen.renamed,
            // How long it is, its user may have a say in: it must not decide what is believed of others.
            None if self.is_too_long(cookie, self.folder_for(cookie, memo)) => return,
            None => &self.seen.plain,
        };
        let path = memo.path_of(cookie).map_or(Ok(ROOT), std::str::from_utf8).unwrap_or_default();
        let is_kept = cookie.path().is_some() || names.has_room_for_folder(name, path);
        self.keep(names, name, if is_kept { path } else { ROOT });
    }

    /// Remembers what other processes in front of this application saw. Together they may have seen more names than there is room for.
    pub(crate) fn recall(&self, seen: &str) {
        self.seen.read_with(seen, |names, name, path| self.keep(names, name, path));
    }

    /// Adds a name. What says nothing crowds out nothing that says that it is a session.
    fn keep(&self, names: &Names, name: &[u8], path: &str) {
        match self.policy.cookies.kind(name) {
            CookieKind::Session => names.insert(name, path),
            _ => names.insert_if_room(name, path),
        }
    }
}
