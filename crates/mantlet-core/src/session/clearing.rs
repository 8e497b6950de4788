//! What makes a browser forget the cookies that its requests are refused for.
//!
//! `Clear-Site-Data` is not enough for that: Firefox takes it for cookies of this very host alone, and for none that is Partitioned
//! (seen in 153). It would delete the user's session and keep the one that a sibling host has planted. So the cookies are
//! also deleted one by one, in every form in which a browser can have sent them: of each domain above the host, of each folder above
//! the page, in both partitions.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use http::Uri;
use mantlet_fields::{Fields, Known};

use crate::cookie::name::Prefix;
use crate::cookie::request::pairs;
use crate::cookie::{path, trim_blanks};
use crate::site::Site;

/// Some servers in front of this one take no more than 4 KiB for a whole head. What is left out is deleted when the user asks again:
/// what stands here is then no longer sent.
const MAX_BYTES: usize = 3 * 1024;

/// All forms of a longer name would not fit, and what stands behind it would get no room.
const MAX_NAME: usize = 256;

/// Whether the browser says that its user caused the request, or a page of this site. Over https, all browsers that know
/// `Clear-Site-Data` say so. Another site's page could provoke a refusal: with a request for the one path that an old cookie is
/// still sent to, or one that lacks the `SameSite=Lax` cookie beside which the others are harmless. `none` alone does not mean the
/// user: Chromium says it of a background fetch, whoever's page began it. Users navigate.
pub(super) fn is_from_here(fields: &Fields) -> bool {
    match fields.only(Known::SecFetchSite) {
        Some(b"same-origin") => true,
        Some(b"none") => fields.only(Known::SecFetchMode) == Some(b"navigate"),
        _ => false,
    }
}

/// The Set-Cookie lines that delete the cookies of a header: those first that it is refused for, and of these the largest. After
/// them comes the empty name: some browsers keep a cookie `session=evil` without a name, which looks like any other when it is sent.
pub(super) fn lines(header: &[u8], is_refused: impl Fn(&[u8]) -> bool, uri: &Uri, site: &Site) -> Vec<Vec<u8>> {
    let (refused, others): (Vec<&[u8]>, Vec<&[u8]>) = names(header).into_iter().partition(|name| is_refused(name));
    let named = |name: &[u8]| [name, b"="].concat();
    let pairs = refused.into_iter().map(named).chain([b"=x".to_vec()]).chain(others.into_iter().map(named));
    let mut room = MAX_BYTES;
    let has_room = |line: &Vec<u8>| {
        let left = room.checked_sub(line.len().saturating_add("set-cookie: \r\n".len()));
        room = left.unwrap_or(0);
        left.is_some()
    };
    pairs.flat_map(|pair| forms(pair, uri, site)).take_while(has_room).collect()
}

/// Tells the browser, with these lines. Else every request of it would be refused, and its user cannot know why: for as long as a
/// cookie lives that a sibling host has planted, or that the application has set again with another Path or Domain.
pub(super) fn add(lines: &[Vec<u8>], fields: &mut Fields) {
    let _ = fields.set_value(Known::ClearSiteData, b"\"cookies\"");
    // Names and paths came in a head, so they can stand in one.
    for line in lines {
        let _ = fields.append_value(Known::SetCookie, line);
    }
}

/// Each name once, those of the largest cookies first.
fn names(header: &[u8]) -> Vec<&[u8]> {
    let mut pairs: Vec<_> = pairs(header).filter(|pair| pair.value.is_some()).collect();
    pairs.sort_unstable_by_key(|pair| (Reverse(pair.raw.len()), pair.name));
    let mut names: Vec<&[u8]> = pairs.iter().map(|pair| trim_blanks(pair.name)).collect();
    let mut distinct = BTreeSet::new();
    names.retain(|name| (1..=MAX_NAME).contains(&name.len()) && distinct.insert(*name));
    names
}

/// The lines that delete one cookie. Those of this host alone are `Clear-Site-Data`'s, but for the Partitioned ones that Firefox keeps.
/// One whose name begins with `__Host-` is nothing else, and lines with a Domain would only take the room of others.
fn forms(pair: Vec<u8>, uri: &Uri, site: &Site) -> impl Iterator<Item = Vec<u8>> {
    let secure = if site.is_https() { "; Secure" } else { "" };
    let partitions: &[&str] = if site.is_https() { &["", "; Partitioned"] } else { &[""] };
    let is_of_host = pair.starts_with(Prefix::Host.as_str().as_bytes());
    let of_host =
        (is_of_host && site.is_https()).then(|| [&*pair, b"; Path=/; Max-Age=0; Secure; Partitioned"].concat());
    let paths = path::all_above(uri.path()).filter(move |_| !is_of_host);
    let of_domains = paths.flat_map(move |path| {
        let pair = pair.clone();
        domains(site.origin.host()).flat_map(move |domain| {
            let pair = pair.clone();
            partitions.iter().map(move |partition| {
                let attributes = format!("; Domain={domain}; Path={path}; Max-Age=0{secure}{partition}");
                [&*pair, attributes.as_bytes()].concat()
            })
        })
    });
    of_host.into_iter().chain(of_domains)
}

/// The host and what is above it, without top-level domains, which nobody can set cookies for. Above an address is nothing.
fn domains(host: &str) -> impl Iterator<Item = &str> {
    let name = Some(host).filter(|host| host.parse::<Ipv4Addr>().is_err());
    std::iter::successors(name, |domain| Some(domain.split_once('.')?.1)).filter(|domain| domain.contains('.'))
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
    fn domains_that_a_cookie_can_have() {
        for (host, expected) in [
            ("app.shop.example", &["app.shop.example", "shop.example"][..]),
            ("shop.example", &["shop.example"]),
            ("localhost", &[]),
            ("[::1]", &[]),
            ("192.168.0.1", &[]),
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
    fn one_of_this_host_alone_takes_no_room_of_others() {
        assert_eq!(
            lines_for("https://shop.example", "/", "__Host-session=good; SESSION=evil")[..2],
            [
                "__Host-session=; Path=/; Max-Age=0; Secure; Partitioned",
                "SESSION=; Domain=shop.example; Path=/; Max-Age=0; Secure",
            ]
        );
        // To some browsers it is a name like any other.
        let lines = lines_for("https://shop.example", "/", "__HOST-session=evil");
        assert_eq!(lines[0], "__HOST-session=; Domain=shop.example; Path=/; Max-Age=0; Secure");
    }

    #[test]
    fn the_refused_and_the_largest_go_first() {
        let site = Site::new(Origin::parse("https://shop.example").unwrap());
        let first_names = |is_refused: &dyn Fn(&[u8]) -> bool| -> Vec<String> {
            let lines = lines(b"a=1; b=22; sid=3; b=1; SID=44", is_refused, &Uri::from_static("/"), &site);
            let names = lines.iter().map(|line| line.split(|byte| *byte == b'=').next().unwrap());
            let mut names: Vec<_> = names.map(|name| String::from_utf8(name.to_vec()).unwrap()).collect();
            names.dedup();
            names
        };
        assert_eq!(first_names(&|name| name.eq_ignore_ascii_case(b"sid")), ["SID", "sid", "", "b", "a"]);
        assert_eq!(first_names(&|_| true), ["SID", "sid", "b", "a", ""]);
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
