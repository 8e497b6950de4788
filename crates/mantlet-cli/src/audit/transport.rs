//! Looks at the way to the site: TLS, plain HTTP beside it, and names that are not the site's.

use http::header::HOST;
use http::{HeaderValue, header};
use mantlet_core::audit::{Https, PlainHttp, Transport, UNKNOWN_HOST, UnknownHost};

use super::browser::Browser;
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
pub(super) async fn look(client: &Client, browser: &Browser<'_>, https: Https) -> Transport {
    Transport { https, plain: plain(client, browser).await, unknown_host: unknown_host(client, browser).await }
}

/// Somebody without cookies asks: those of TLS have no place there.
async fn plain(client: &Client, browser: &Browser<'_>) -> PlainHttp {
    let port = if browser.target().port() == 443 { 80 } else { browser.target().port() };
    let reply = client.send_plain(browser.stranger().typed("/"), port).await;
    let Ok(reply) = reply else { return PlainHttp::Silent };
    if let Some(to) = location(&reply) {
        return PlainHttp::Redirects { to };
    }
    if reply.status.is_client_error() || is_http_on_tls_port(&reply) {
        return PlainHttp::Refuses(reply.status);
    }
    PlainHttp::Serves
}

/// What the crawl asked for first, and nothing but the Host is another.
async fn unknown_host(client: &Client, browser: &Browser<'_>) -> Option<UnknownHost> {
    let path = browser.target().path();
    let mut request = browser.typed(&path);
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
