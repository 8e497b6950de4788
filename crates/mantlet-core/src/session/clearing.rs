//! What makes a browser forget the cookies that its requests are refused for.
//!
//! `Clear-Site-Data` is not enough for that: Firefox takes it for cookies of this very host alone, and for none that is Partitioned
//! (seen in 153). It would delete the user's session and keep the one that a sibling host has planted. So the cookies are
//! also deleted one by one, in every form in which a browser can have sent them: of each domain above the host, of each folder above
//! the page, in both partitions.

use http::Uri;

use crate::cookie::request::pairs;
use crate::cookie::trim_blanks;
use crate::site::Site;

/// Some servers in front of this one take no more than 4 KiB for a whole head. What is left out is deleted when the user asks again:
/// what stands here is then no longer sent.
const MAX_BYTES: usize = 3 * 1024;

/// The Set-Cookie lines that delete these cookies of a header, the empty name last: some browsers keep a cookie `session=evil`
/// without a name, which looks like any other when it is sent.
pub(super) fn lines(header: &[u8], is_meant: impl Fn(&[u8]) -> bool, uri: &Uri, site: &Site) -> Vec<Vec<u8>> {
    let mut names: Vec<&[u8]> = Vec::new();
    for name in pairs(header).filter(|pair| pair.value.is_some()).map(|pair| trim_blanks(pair.name)) {
        if !name.is_empty() && is_meant(name) && !names.contains(&name) {
            names.push(name);
        }
    }
    let mut room = MAX_BYTES;
    let has_room = |line: &Vec<u8>| {
        let left = room.checked_sub(line.len().saturating_add("set-cookie: \r\n".len()));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let pairs = names.into_iter().map(|name| [name, b"="].concat()).chain([b"=x".to_vec()]);
    pairs.flat_map(|pair| forms(pair, uri, site)).take_while(has_room).collect()
}

/// The lines that delete one cookie. Those of this host alone are `Clear-Site-Data`'s.
fn forms(pair: Vec<u8>, uri: &Uri, site: &Site) -> impl Iterator<Item = Vec<u8>> {
    let secure = if site.is_https() { "; Secure" } else { "" };
    let partitions: &[&str] = if site.is_https() { &["", "; Partitioned"] } else { &[""] };
    folders(uri.path()).flat_map(move |path| {
        let pair = pair.clone();
        domains(site.origin.host()).flat_map(move |domain| {
            let pair = pair.clone();
            partitions.iter().map(move |partition| {
                let attributes = format!("; Domain={domain}; Path={path}; Max-Age=0{secure}{partition}");
                [&*pair, attributes.as_bytes()].concat()
            })
        })
    })
}

/// The host and what is above it, without top-level domains, which nobody can set cookies for.
fn domains(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |domain| Some(domain.split_once('.')?.1)).filter(|domain| domain.contains('.'))
}

/// The paths that a cookie can have if it is sent to this one (RFC 6265bis, section 5.1.4). None has a semicolon.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let path = path.split_once(';').map_or(path, |(before, _)| before);
    let inner = path.match_indices('/').filter(|(at, _)| *at > 0);
    let inner = inner.flat_map(move |(at, slash)| [path.get(..at), path.get(..at.saturating_add(slash.len()))]);
    let whole = (!path.ends_with('/')).then_some(path);
    std::iter::once("/").chain(inner.flatten()).chain(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    fn lines_for(origin: &str, target: &'static str, header: &str) -> Vec<String> {
        let site = Site::new(Origin::parse(origin).unwrap());
        let lines = lines(header.as_bytes(), |_| true, &Uri::from_static(target), &site);
        lines.into_iter().map(|line| String::from_utf8(line).unwrap()).collect()
    }

    #[test]
    fn paths_that_a_cookie_can_have() {
        for (path, expected) in [
            ("/", &["/"][..]),
            ("/a", &["/", "/a"]),
            ("/a/", &["/", "/a", "/a/"]),
            ("/a/b", &["/", "/a", "/a/", "/a/b"]),
            ("//a", &["/", "/", "//", "//a"]),
            ("/a;b/c", &["/", "/a"]),
        ] {
            assert_eq!(folders(path).collect::<Vec<_>>(), expected, "{path}");
        }
    }

    #[test]
    fn domains_that_a_cookie_can_have() {
        for (host, expected) in [
            ("app.shop.example", &["app.shop.example", "shop.example"][..]),
            ("shop.example", &["shop.example"]),
            ("localhost", &[]),
            ("[::1]", &[]),
        ] {
            assert_eq!(domains(host).collect::<Vec<_>>(), expected, "{host}");
        }
    }

    #[test]
    fn every_form_of_a_cookie_goes() {
        assert_eq!(
            lines_for("https://shop.example", "/app", "sid=1; sid=2")[..5],
            [
                "sid=; Domain=shop.example; Path=/; Max-Age=0; Secure",
                "sid=; Domain=shop.example; Path=/; Max-Age=0; Secure; Partitioned",
                "sid=; Domain=shop.example; Path=/app; Max-Age=0; Secure",
                "sid=; Domain=shop.example; Path=/app; Max-Age=0; Secure; Partitioned",
                "=x; Domain=shop.example; Path=/; Max-Age=0; Secure",
            ]
        );
        assert_eq!(lines_for("http://shop.example", "/", "sid=1")[0], "sid=; Domain=shop.example; Path=/; Max-Age=0");
    }

    #[test]
    fn there_is_a_bound() {
        for header in ["sid=1; ".repeat(180), (0..180).map(|at| format!("a{at}=1; ")).collect(), "a".repeat(4000)] {
            let target = "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z";
            let lines = lines_for("https://a.b.c.d.e.shop.example", target, &format!("{header}=1"));
            assert!(lines.iter().map(|line| line.len() + 14).sum::<usize>() <= MAX_BYTES);
        }
    }
}
