//! [`Jar`]: the cookies of one visitor of one origin, kept and sent as browsers do (RFC 6265bis, section 5).

use http::{HeaderMap, header};
use mantlet_core::audit::TokenHeader;
use mantlet_core::cookie::SetCookie;

/// More cookies than browsers keep for a site; then the oldest is forgotten.
const AT_MOST: usize = 180;

/// The cookies of one visitor of one origin.
pub(super) struct Jar {
    cookies: Vec<Cookie>,
    /// Secure cookies are kept and sent: over TLS, and to this machine.
    is_secure: bool,
}

struct Cookie {
    name: String,
    value: String,
    path: String,
    /// No script reads it.
    is_http_only: bool,
}

impl Jar {
    pub(super) fn new(cookies: &[(String, String)], is_secure: bool) -> Self {
        let keep = |(name, value): &(String, String)| Cookie {
            name: name.clone(),
            value: value.clone(),
            path: "/".to_owned(),
            is_http_only: false,
        };
        Self { cookies: cookies.iter().map(keep).collect(), is_secure }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Takes what the answer to a request for this path sets.
    pub(super) fn take(&mut self, path: &str, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let Ok(cookie) = SetCookie::parse(line.as_bytes()) else { continue };
            if cookie.is_secure() && !self.is_secure {
                continue;
            }
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let path = cookie.path().map_or_else(|| folder(path).to_owned(), text);
            let name = text(cookie.name());
            self.cookies.retain(|known| known.name != name || known.path != path);
            if !cookie.is_deletion(|| None) {
                if self.cookies.len() >= AT_MOST {
                    self.cookies.remove(0);
                }
                let (value, is_http_only) = (text(cookie.value()), cookie.is_http_only());
                self.cookies.push(Cookie { name, value, path, is_http_only });
            }
        }
    }

    /// The token that scripts find in a cookie, and send along with a request for this path.
    pub(super) fn token(&self, path: &str) -> Option<TokenHeader> {
        let read = self.cookies.iter().filter(|cookie| !cookie.is_http_only && covers(&cookie.path, path));
        read.into_iter().find_map(|cookie| TokenHeader::of_cookie(&cookie.name, &cookie.value))
    }

    /// The `Cookie` header for a request: the longest path first.
    pub(super) fn header(&self, path: &str) -> Option<String> {
        let mut cookies: Vec<&Cookie> = self.cookies.iter().filter(|cookie| covers(&cookie.path, path)).collect();
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// The default path of a cookie (section 5.1.4).
fn folder(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

fn covers(cookie: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path.strip_prefix(cookie).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(lines: &[(&str, &str)], is_secure: bool) -> Jar {
        let mut jar = Jar::new(&[], is_secure);
        for (path, line) in lines {
            jar.take(path, &HeaderMap::from_iter([(header::SET_COOKIE, line.parse().unwrap())]));
        }
        jar
    }

    #[test]
    fn cookies_are_sent_as_browsers_send_them() {
        for (name, lines, path, expected) in [
            ("one", &[("/", "a=1; Path=/")][..], "/x?y", Some("a=1")),
            ("replaced", &[("/", "a=1; Path=/"), ("/", "a=2; Path=/")], "/", Some("a=2")),
            ("deleted", &[("/", "a=1; Path=/"), ("/", "a=; Path=/; Max-Age=0")], "/", None),
            ("deleted by date", &[("/", "a=1"), ("/", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT")], "/", None),
            ("of another path", &[("/", "a=1; Path=/admin")], "/administer", None),
            ("of a path above", &[("/", "a=1; Path=/admin")], "/admin/x", Some("a=1")),
            ("default path", &[("/a/b", "a=1")], "/c", None),
            ("longest path first", &[("/", "a=1; Path=/"), ("/", "a=2; Path=/b")], "/b", Some("a=2; a=1")),
            ("secure in the clear", &[("/", "a=1; Secure")], "/", None),
        ] {
            assert_eq!(jar(lines, false).header(path).as_deref(), expected, "{name}");
        }
        assert_eq!(jar(&[("/", "a=1; Secure")], true).header("/").as_deref(), Some("a=1"));
    }

    #[test]
    fn a_token_is_what_scripts_can_read() {
        for (name, lines, path, expected) in [
            ("readable", &[("/", "a=1"), ("/", "XSRF-TOKEN=t; Path=/")][..], "/x", true),
            ("kept from scripts", &[("/", "XSRF-TOKEN=t; Path=/; HttpOnly")], "/x", false),
            ("of another path", &[("/", "XSRF-TOKEN=t; Path=/y")], "/x", false),
        ] {
            assert_eq!(jar(lines, false).token(path).is_some(), expected, "{name}");
        }
    }
}
