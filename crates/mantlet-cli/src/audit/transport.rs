//! Looks at the way to the site: TLS, plain HTTP beside it, and names that are not the site's.

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, header};
use mantlet_core::audit::{Https, PlainHttp, Transport, UNKNOWN_HOST, UnknownHost};

use super::client::{Client, NoReply, Reply};
use super::target::Target;

/// TLS on the audited host, as a browser would find it.
pub(super) async fn https(client: &Client, target: &Target) -> Https {
    // A site on 80 has its TLS on 443; on any other port it is the same or nowhere we could know of.
    let port = if target.port() == 80 { 443 } else { target.port() };
    match client.handshake(port).await {
        Ok(()) => Https::Trusted,
        Err(NoReply::Certificate(why)) => Https::Untrusted(why),
        Err(NoReply::Tls(why)) => Https::Absent(why),
        Err(other) => Https::Absent(other.to_string()),
    }
}

/// Everything about the way there.
pub(super) async fn look(client: &Client, target: &Target, https: Https) -> Transport {
    Transport { https, plain: plain(client, target).await, unknown_host: unknown_host(client, target).await }
}

async fn plain(client: &Client, target: &Target) -> PlainHttp {
    let port = if target.port() == 443 { 80 } else { target.port() };
    let reply = client.send_plain(get("/"), port).await;
    let Ok(reply) = reply else { return PlainHttp::Silent };
    if let Some(to) = location(&reply) {
        return PlainHttp::Redirects { to };
    }
    if reply.status.is_client_error() || is_http_on_tls_port(&reply) {
        return PlainHttp::Refuses(reply.status);
    }
    PlainHttp::Serves
}

async fn unknown_host(client: &Client, target: &Target) -> Option<UnknownHost> {
    let path = target.path();
    let mut request = get(&path);
    request.headers_mut().insert(HOST, HeaderValue::from_static(UNKNOWN_HOST));
    let reply = client.send(request).await.ok()?;
    Some(UnknownHost { path, status: reply.status, location: location(&reply) })
}

fn location(reply: &Reply) -> Option<String> {
    let location = reply.headers.get(header::LOCATION)?.to_str().ok()?;
    reply.status.is_redirection().then(|| location.to_owned())
}

/// nginx says so with a status of its own.
fn is_http_on_tls_port(reply: &Reply) -> bool {
    reply.status.as_u16() == 497
}

fn get(path: &str) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = path.parse().unwrap_or_else(|_| http::Uri::from_static("/"));
    request
}
