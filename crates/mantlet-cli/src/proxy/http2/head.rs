//! A head that came over HTTP/2 becomes one that HTTP/1.1 can say, or is refused.
//!
//! h2 has seen to names, control characters, fields of the connection, and pseudo-fields that stand twice or too late.
//! What is left to do is what it lets through and a reader of HTTP/1.1 would take for something else.

use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, Uri, header, request};
use mantlet_http1::{Announced, HeadErrorKind, Limits, is_origin_form, judge_fields};

/// Bytes of a request line beside its method and target: two spaces and `HTTP/1.1`.
const REST_OF_LINE: usize = 10;

/// Brings a head into the form that [`RequestParser`](mantlet_http1::RequestParser) gives: the target in origin form (or
/// `*`), the authority in Host (RFC 9113, section 8.3.1), cookies in one field.
///
/// # Errors
/// What the parser would have said to the same request. The target is then one that can be logged.
pub(super) fn downgrade(parts: &mut request::Parts, limits: &Limits) -> Result<Announced, HeadErrorKind> {
    let uri = std::mem::replace(&mut parts.uri, Uri::from_static("*")).into_parts();
    if parts.method == Method::CONNECT {
        return Err(HeadErrorKind::AuthorityTarget);
    }
    let target = uri.path_and_query.ok_or(HeadErrorKind::BadTarget)?;
    let is_asterisk = target == "*" && parts.method == Method::OPTIONS;
    if !is_asterisk && !is_origin_form(target.as_str().as_bytes()) {
        return Err(HeadErrorKind::BadTarget);
    }
    let line = [parts.method.as_str().len(), target.as_str().len(), REST_OF_LINE].iter().sum();
    parts.uri = target.into();
    if uri.scheme.is_some_and(|scheme| !["http", "https"].iter().any(|web| scheme.as_str().eq_ignore_ascii_case(web))) {
        return Err(HeadErrorKind::BadTarget);
    }
    if let Some(authority) = uri.authority {
        host_from(&authority, &mut parts.headers)?;
    }
    join_cookies(&mut parts.headers)?;
    judge_fields(&parts.headers, line, limits)
}

/// A Host beside the authority must say the same.
fn host_from(authority: &Authority, headers: &mut HeaderMap) -> Result<(), HeadErrorKind> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|_| HeadErrorKind::BadHost)?;
            headers.insert(header::HOST, host);
            Ok(())
        }
        (Some(host), None) if host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) => Ok(()),
        (Some(_), None) => Err(HeadErrorKind::TargetNotHost),
        (Some(_), Some(_)) => Err(HeadErrorKind::HostRepeated),
    }
}

/// Cookies come in as many fields as the client likes, and are one list to everybody else (RFC 9113, section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) -> Result<(), HeadErrorKind> {
    let crumbs = headers.get_all(header::COOKIE);
    if crumbs.iter().nth(1).is_none() {
        return Ok(());
    }
    let crumbs: Vec<&[u8]> = crumbs.iter().map(HeaderValue::as_bytes).collect();
    let joined = HeaderValue::try_from(crumbs.join(&b"; "[..])).map_err(|_| HeadErrorKind::BadFieldValue)?;
    headers.insert(header::COOKIE, joined);
    Ok(())
}
