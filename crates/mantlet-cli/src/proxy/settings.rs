//! [`Settings`]: what the proxy was started with.

use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use mantlet::{Origin, Site};
use mantlet_core::forwarded::Network;
use mantlet_core::origin::Scheme;

use super::access_log::AccessLogSettings;
use crate::config::{HostName, ServerSection, UpstreamUrl};

/// Everything a proxy has to know. What can change while it runs is in the [`Shield`](mantlet::Shield).
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: Vec<SocketAddr>,
    /// `None`: plain HTTP.
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    pub(crate) upstream: UpstreamUrl,
    pub(crate) trusted_proxies: Vec<Network>,
    /// Host names that are served. Everything else gets 421.
    pub(crate) allowed_hosts: Vec<HostName>,
    /// Answer plain HTTP on the TLS port with a redirect.
    pub(crate) redirect_http: bool,
    /// Bytes of a request's head.
    pub(crate) max_header_size: usize,
    /// For a whole head, and for the TLS handshake.
    pub(crate) header_timeout: Duration,
    /// Between two reads of a request's body, and two writes of a response.
    pub(crate) body_timeout: Duration,
    /// For the application's answer, and between two reads of it.
    pub(crate) upstream_timeout: Duration,
    /// Between two requests on a connection.
    pub(crate) idle_timeout: Duration,
    /// Without a byte in either direction of a WebSocket.
    pub(crate) websocket_timeout: Duration,
    /// Connections of clients.
    pub(crate) max_connections: usize,
    /// Requests in flight, and with them connections to the application.
    pub(crate) max_requests: usize,
    pub(crate) threads: usize,
    pub(crate) log: AccessLogSettings,
}

impl Settings {
    /// What `[server]` says; over plain HTTP and without a log.
    pub(crate) fn new(server: &ServerSection, upstream: UpstreamUrl, allowed_hosts: Vec<HostName>) -> Self {
        Self {
            listen: Vec::new(),
            tls: None,
            upstream,
            trusted_proxies: server.trusted_proxies.clone(),
            allowed_hosts,
            redirect_http: true,
            max_header_size: usize::try_from(server.max_header_size.get()).unwrap_or(usize::MAX),
            header_timeout: server.header_timeout,
            body_timeout: server.body_timeout,
            upstream_timeout: server.upstream_timeout,
            idle_timeout: server.idle_timeout,
            websocket_timeout: server.websocket_timeout,
            max_connections: server.max_connections.get(),
            max_requests: server.max_requests.get(),
            threads: match server.threads {
                0 => std::thread::available_parallelism().map_or(1, NonZero::get),
                threads => threads,
            },
            log: AccessLogSettings::default(),
        }
    }

    /// The site of a refusal to a request that names none: the first name we have.
    pub(crate) fn fallback_site(&self, scheme: Scheme) -> Site {
        let port = self.listen.first().map_or(scheme.default_port(), SocketAddr::port);
        let name = self.allowed_hosts.first().map(HostName::in_url).unwrap_or_default();
        let name = name.trim_start_matches("*.");
        Site::new(Origin::new(scheme, name, port).unwrap_or_else(|_| Origin::localhost(scheme)))
    }
}
