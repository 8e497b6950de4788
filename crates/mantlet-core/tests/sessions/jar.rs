//! A browser's cookie jar, after RFC 6265bis and, where it leaves a choice, Chromium, but for one: `=a=b`, a cookie without a
//! name, is dropped there and kept elsewhere, and is kept here. Written without a line of the guard's.

use std::collections::{BTreeSet, HashMap};

/// Chromium keeps so many cookies of one registrable domain, and goes back to fewer when there are more.
const MOST: usize = 180;
const AFTER_PURGE: usize = 150;
const MOST_BYTES: usize = 4096;
const MOST_BYTES_OF_ATTRIBUTE: usize = 1024;

/// Where browsers differ, as was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    Chromium,
    Firefox,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) is_https: bool,
    pub(crate) host: &'static str,
    pub(crate) path: &'static str,
}

/// Who made the browser ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The user, by the address bar.
    User,
    /// A page of the same host.
    OwnPage,
    /// A link on another site.
    StrangersLink,
    /// An image on another site's page.
    StrangersImage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SameSite {
    Strict,
    Lax,
    None,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
    domain: String,
    is_host_only: bool,
    path: String,
    pub(crate) is_secure: bool,
    pub(crate) is_http_only: bool,
    /// None: it was not said, which is Lax by default.
    pub(crate) same_site: Option<SameSite>,
    is_partitioned: bool,
    is_persistent: bool,
    expires: i64,
    created: u64,
    used: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Jar {
    cookies: Vec<Cookie>,
    /// Counts what happens to the jar.
    moment: u64,
    /// Seconds since 1970.
    pub(crate) now: i64,
}

impl Jar {
    pub(crate) fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }

    /// The values of all cookies with these names.
    pub(crate) fn values(&self, names: &[&str]) -> BTreeSet<String> {
        let living = self.cookies.iter().filter(|cookie| cookie.expires > self.now);
        living.filter(|cookie| names.contains(&&*cookie.name)).map(|cookie| cookie.value.clone()).collect()
    }

    /// `Clear-Site-Data: "cookies"`. Chromium takes those of sibling hosts as well, Firefox only those of this very host, and none
    /// that are partitioned.
    pub(crate) fn clear(&mut self, browser: Browser, host: &str) {
        let stays = |cookie: &Cookie| browser == Browser::Firefox && (cookie.is_partitioned || cookie.domain != host);
        self.cookies.retain(stays);
    }

    /// The browser is closed and opened again.
    pub(crate) fn reopen(&mut self) {
        self.cookies.retain(|cookie| cookie.is_persistent);
    }

    /// The Cookie header of a request.
    pub(crate) fn header(&mut self, to: Place, asker: Asker) -> Option<String> {
        self.moment += 1;
        let (now, moment) = (self.now, self.moment);
        self.cookies.retain(|cookie| cookie.expires > now);
        let mut sent: Vec<&mut Cookie> = self.cookies.iter_mut().filter(|cookie| cookie.goes(to, asker)).collect();
        sent.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        let pairs: Vec<String> = sent
            .into_iter()
            .map(|cookie| {
                cookie.used = moment;
                if cookie.name.is_empty() { cookie.value.clone() } else { format!("{}={}", cookie.name, cookie.value) }
            })
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Takes a Set-Cookie line of a response, or leaves it.
    pub(crate) fn take(&mut self, line: &str, from: Place, asker: Asker) {
        self.moment += 1;
        let Some(cookie) = self.read(line, from) else { return };
        let is_from_elsewhere = asker == Asker::StrangersImage;
        let is_inadmissible = !cookie.has_fitting_prefix(line)
            || (cookie.is_secure && !from.is_https)
            || (cookie.same_site == Some(SameSite::None) && !cookie.is_secure)
            || (cookie.is_partitioned && !cookie.is_secure)
            || (is_from_elsewhere && cookie.same_site != Some(SameSite::None))
            || (!from.is_https && self.cookies.iter().any(|other| other.is_safe_from(&cookie)));
        if is_inadmissible {
            return;
        }
        let same = self.cookies.iter().position(|other| other.identity() == cookie.identity());
        let before = same.map(|at| self.cookies.remove(at));
        if cookie.expires > self.now {
            let same_value = before.filter(|before| before.value == cookie.value);
            let created = same_value.map_or(cookie.created, |before| before.created);
            self.cookies.push(Cookie { created, ..cookie });
            self.purge();
        }
    }

    fn read(&self, line: &str, from: Place) -> Option<Cookie> {
        if line.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return None;
        }
        let (pair, tail) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let (name, value) = (trim(name), trim(value));
        if name.len() + value.len() > MOST_BYTES || (name.is_empty() && value.is_empty()) {
            return None;
        }
        let attributes = Attributes::read(tail);
        let domain = attributes.text("domain").map(|domain| domain.strip_prefix('.').unwrap_or(domain));
        let domain = domain.filter(|domain| !domain.is_empty()).map(str::to_ascii_lowercase);
        if domain.as_ref().is_some_and(|domain| !is_within(from.host, domain) || !domain.contains('.')) {
            return None;
        }
        let max_age = attributes.text("max-age").and_then(|seconds| seconds.parse::<i64>().ok());
        let expires = attributes.text("expires").map(|date| if date.contains("1970") { 0 } else { i64::MAX });
        let expires =
            max_age.map(|seconds| if seconds <= 0 { 0 } else { self.now.saturating_add(seconds) }).or(expires);
        let same_site = match attributes.text("samesite").map(str::to_ascii_lowercase).as_deref() {
            Some("strict") => Some(SameSite::Strict),
            Some("lax") => Some(SameSite::Lax),
            Some("none") => Some(SameSite::None),
            _ => None,
        };
        Some(Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            is_host_only: domain.is_none(),
            domain: domain.unwrap_or_else(|| from.host.to_owned()),
            path: attributes.text("path").filter(|path| path.starts_with('/')).unwrap_or(folder(from.path)).to_owned(),
            is_secure: attributes.text("secure").is_some(),
            is_http_only: attributes.text("httponly").is_some(),
            same_site,
            is_partitioned: attributes.text("partitioned").is_some(),
            is_persistent: expires.is_some(),
            expires: expires.unwrap_or(i64::MAX),
            created: self.moment,
            used: self.moment,
        })
    }

    /// Those that are not Secure go first, and of them those that were not used for the longest.
    fn purge(&mut self) {
        if self.cookies.len() <= MOST {
            return;
        }
        self.cookies.sort_by_key(|cookie| (cookie.is_secure, cookie.used, cookie.created));
        self.cookies.drain(..self.cookies.len() - AFTER_PURGE);
    }
}

impl Cookie {
    /// What another cookie has to share with it to take its place.
    fn identity(&self) -> (&str, &str, bool, &str, bool) {
        (&self.name, &self.domain, self.is_host_only, &self.path, self.is_partitioned)
    }

    fn goes(&self, to: Place, asker: Asker) -> bool {
        let is_for_host = if self.is_host_only { to.host == self.domain } else { is_within(to.host, &self.domain) };
        let is_for_asker = match asker {
            Asker::User | Asker::OwnPage => true,
            Asker::StrangersLink => self.same_site != Some(SameSite::Strict),
            Asker::StrangersImage => self.same_site == Some(SameSite::None) && !self.is_partitioned,
        };
        is_for_host && is_for_asker && (to.is_https || !self.is_secure) && is_below(to.path, &self.path)
    }

    /// A page without TLS leaves Secure cookies alone, also under a path below theirs.
    fn is_safe_from(&self, plain: &Cookie) -> bool {
        self.is_secure
            && self.name == plain.name
            && (is_within(&self.domain, &plain.domain) || is_within(&plain.domain, &self.domain))
            && is_below(&plain.path, &self.path)
    }

    /// Whether it is what its name promises. A value without a name must not look like a promise.
    fn has_fitting_prefix(&self, line: &str) -> bool {
        let (name, is_nameless) = if self.name.is_empty() { (&self.value, true) } else { (&self.name, false) };
        let name = name.to_ascii_lowercase();
        let has_root = Attributes::read(line.split_once(';').map_or("", |(_, tail)| tail)).text("path") == Some("/");
        let of_host = self.is_secure && self.is_host_only && has_root;
        let is_kept = [
            ("__host-http-", of_host && self.is_http_only),
            ("__host-", of_host),
            ("__secure-", self.is_secure),
            ("__http-", self.is_secure && self.is_http_only),
        ];
        is_kept.iter().find(|(prefix, _)| name.starts_with(prefix)).is_none_or(|(_, is_kept)| !is_nameless && *is_kept)
    }
}

/// Of each attribute, the last.
struct Attributes<'a>(HashMap<String, &'a str>);

impl<'a> Attributes<'a> {
    fn read(tail: &'a str) -> Self {
        let each = tail.split(';').map(|attribute| attribute.split_once('=').unwrap_or((attribute, "")));
        let each = each.map(|(name, value)| (trim(name).to_ascii_lowercase(), trim(value)));
        Self(each.filter(|(_, value)| value.len() <= MOST_BYTES_OF_ATTRIBUTE).collect())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Whether a host is this domain or below it.
fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|above| above.ends_with('.'))
}

/// Whether a path is this one or below it.
pub(crate) fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || above.ends_with('/') || rest.starts_with('/'))
}

/// The path of a cookie that names none.
fn folder(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}
