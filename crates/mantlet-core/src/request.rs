//! What is refused or dropped whatever the policy says: heads that applications read differently from us.
//!
//! 1. Methods are those of the IANA registry, in upper case, and the three that caches, UPnP and HashiCorp Vault use without it;
//!    TRACE and tunnels are not for an application behind a shield. A CONNECT that names a path is no tunnel to elsewhere: it
//!    opens a WebSocket over HTTP/2 (RFC 8441, section 4), where the host offers that.
//! 2. Fields that decide how a request is read stand at most once: Host, Content-Type, Content-Length, Content-Encoding,
//!    Authorization. (Those that say where it comes from are the csrf guard's.)
//! 3. A field whose name has anything but letters, digits and dashes is dropped: CGI and WSGI fold `X_CSRF_Token` and
//!    `X-CSRF-Token` into one, some servers `X.CSRF.Token` too, and nobody can list the names that an application trusts.
//! 4. A query is UTF-8. To Django, and to Tomcat with `useBodyEncodingForURI`, the charset of the Content-Type is that of the
//!    query as well, and in UTF-7 `evil+AC4-php` is `evil.php`. So beside a query it must be one that leaves ASCII alone; beside one that
//!    is nothing but letters, digits and plain marks also UTF-16 and those of East Asia.
//! 5. A path that names the host as Zope and Plone have it from a web server in front (`/VirtualHostBase/https/HOST:443/…`) names
//!    this site: they believe it before the Host, and write it into links, those of mails included.
//! 6. A field by which gateways for telephones named the charset of a form is dropped: ASP.NET still reads form and query in it.
//!
//! No mode and no route changes these rules.

use http::{Method, Uri};
use mantlet_fields::{Known, NameSet};

use crate::charset;
use crate::head::RequestHead;
use crate::origin::Origin;
use crate::percent;
use crate::reason::{Reason, Refusal};

/// Judges the head as such, and drops twins of field names.
pub(crate) fn admit(head: &mut RequestHead<'_>) -> Result<(), Refusal> {
    if !is_served(head.method, head.uri) {
        return Err(Refusal::new(Reason::RequestMethod, "a method no application behind a shield needs"));
    }
    if let Some(name) = head.fields.first_repeated(&SINGLE) {
        return Err(Refusal::new(Reason::RequestMalformed, format!("{name} stands twice")));
    }
    if let Some(query) = head.uri.query().filter(|query| !query.is_empty())
        && head.fields.get(Known::ContentType).is_some_and(|content_type| !charset::leaves_alone(content_type, query))
    {
        return Err(Refusal::new(Reason::RequestMalformed, "a query in the charset that Content-Type names"));
    }
    if names_another_host(head.uri.path(), &head.site.origin) {
        return Err(Refusal::new(Reason::RequestHost, "another host in the path, behind VirtualHostBase"));
    }
    // Known names have no other marks.
    head.fields.remove_others(|name| !name.iter().copied().all(is_folded_by_nobody) || name == CHARSET_OF_GATEWAYS);
    Ok(())
}

/// Whether the path tells Zope that this is another site. It decodes once, and skips what is empty.
fn names_another_host(path: &str, site: &Origin) -> bool {
    const BASE: &[u8] = b"VirtualHostBase";
    // An escape only makes it longer, and few longer paths have one, or that letter.
    if path.len() <= BASE.len() || memchr::memchr2(b'V', b'%', path.as_bytes()).is_none() {
        return false;
    }
    let decoded = percent::decode(path);
    let mut segments = decoded.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty());
    while segments.any(|segment| segment == BASE) {
        let mut next = || std::str::from_utf8(segments.next()?).ok();
        let named = next().zip(next()).and_then(|(scheme, host)| Origin::parse(&format!("{scheme}://{host}")).ok());
        if named.as_ref() != Some(site) {
            return true;
        }
    }
    false
}

/// Fields whose repetition makes two readings of one request.
const SINGLE: NameSet =
    NameSet::of(&[Known::Host, Known::ContentType, Known::ContentLength, Known::ContentEncoding, Known::Authorization]);

/// Where the `User-Agent` begins with `UP`, ASP.NET believes it before the Content-Type; others ask for no `User-Agent`.
const CHARSET_OF_GATEWAYS: &[u8] = b"x-up-devcap-post-charset";

/// What becomes of a dash is the same everywhere; every other mark is an underscore, too, to one server or another.
fn is_folded_by_nobody(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Methods that an application may see. GET and POST come first: they are nearly all there is.
fn is_served(method: &Method, uri: &Uri) -> bool {
    match *method {
        Method::GET | Method::POST | Method::HEAD | Method::PUT | Method::DELETE | Method::OPTIONS | Method::PATCH => {
            true
        }
        Method::CONNECT => uri.path().starts_with('/'),
        Method::TRACE => false,
        _ => OTHERS.contains(&method.as_str()),
    }
}

/// The rest of the registry (WebDAV and its relatives, QUERY), then PURGE, NOTIFY and the LIST of HashiCorp Vault, which
/// stand in no RFC. Not PRI: the registry has it so that nobody uses it (RFC 9113, section 3.4).
const OTHERS: [&str; 33] = [
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    "PURGE",
    "NOTIFY",
    "LIST",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_in_the_path_is_that_of_the_site() {
        let site = Origin::parse("https://app.example").unwrap();
        for (path, expected) in [
            ("/VirtualHostBase/https/evil.example:443/VirtualHostRoot/login", true),
            ("/%56irtualHostBase/https/evil.example/x", true),
            ("/VirtualHostBase%2Fhttps%2Fevil.example", true),
            ("//VirtualHostBase//https//evil.example", true),
            ("/./VirtualHostBase/https/evil.example", true),
            ("/VirtualHostBase/https/app.example@evil.example/", true),
            ("/VirtualHostBase/https/./evil.example/", true),
            ("/VirtualHostBase/http/app.example:80/", true),
            ("/VirtualHostBase/https", true),
            ("/VirtualHostBase/https/app.example/VirtualHostBase/https/evil.example/", true),
            ("/VirtualHostBase/https/app.example:443/Plone/VirtualHostRoot/", false),
            ("/VirtualHostBase/https/app.example/", false),
            ("/virtualhostbase/https/evil.example/", false),
            ("/Videos/a%20b", false),
            ("/", false),
        ] {
            assert_eq!(names_another_host(path, &site), expected, "{path}");
        }
    }
}
