//! `[server]`: where to listen, what to shield, and how long to wait for anybody.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use mantlet_core::byte_size::ByteSize;
use mantlet_core::duration;
use mantlet_core::forwarded::Network;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::HostName;

/// `[server]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerSection {
    /// Where to listen. Default: none, which is 127.0.0.1:8443 or the next free port.
    #[serde(deserialize_with = "address")]
    pub(crate) listen: Option<SocketAddr>,
    /// The app. Default: none; `run -- CMD` starts one.
    #[serde(deserialize_with = "optional_upstream")]
    pub(crate) upstream: Option<UpstreamUrl>,
    /// Whose `Forwarded` and `X-Forwarded-*` may be believed. Default: nobody's.
    pub(crate) trusted_proxies: Vec<Network>,
    /// The names that may stand in `Host`, without ports. Default: those of `[tls]`.
    pub(crate) allowed_hosts: Vec<HostName>,
    /// The largest head of a request. Default 32 KiB: twice what browsers and their cookies come to.
    #[serde(deserialize_with = "header_size")]
    pub(crate) max_header_size: ByteSize,
    /// From the first byte of a head to its last. Default 10 s: a head is one packet or two.
    #[serde(deserialize_with = "timeout")]
    pub(crate) header_timeout: Duration,
    /// Between two reads of a body, not for the whole of it: slow uploads are honest. Default 30 s.
    #[serde(deserialize_with = "timeout")]
    pub(crate) body_timeout: Duration,
    /// Until the app begins to answer. Default 60 s.
    #[serde(deserialize_with = "timeout")]
    pub(crate) upstream_timeout: Duration,
    /// A connection that is kept open and asks nothing. Default 75 s: longer than the minute after which load
    /// balancers in front give up, so that they and not we close first.
    #[serde(deserialize_with = "duration::deserialize")]
    pub(crate) idle_timeout: Duration,
    /// A WebSocket over which neither side says anything. Default 1 h: for those whose other end vanished; apps that want
    /// to know earlier send pings, which count.
    #[serde(deserialize_with = "duration::deserialize")]
    pub(crate) websocket_timeout: Duration,
    /// How long requests in flight may take to end when the shield is stopped. Default 20 s, which is less than the
    /// 30 s that container platforms wait before they kill; 2 s on loopback, where somebody waits at the keyboard.
    #[serde(deserialize_with = "optional_duration")]
    pub(crate) shutdown_grace: Option<Duration>,
    /// Connections open at once, half of them at most from one address; more are closed. Default 10 000: bounded memory,
    /// and more than one app answers.
    pub(crate) max_connections: NonZeroUsize,
    /// Requests in flight at once, and so connections to the app, WebSockets included; a fifth of them at most from one
    /// address. Default 5000: more than one app answers, but some hold an event stream or a WebSocket for each user.
    pub(crate) max_requests: NonZeroUsize,
    /// Threads that serve. Default 0: one for each CPU.
    #[serde(deserialize_with = "threads")]
    pub(crate) threads: usize,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: None,
            upstream: None,
            trusted_proxies: Vec::new(),
            allowed_hosts: Vec::new(),
            max_header_size: ByteSize::kib(32),
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            upstream_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(75),
            websocket_timeout: Duration::from_secs(3600),
            shutdown_grace: None,
            max_connections: at_least_one(10_000),
            max_requests: at_least_one(5_000),
            threads: 0,
        }
    }
}

fn at_least_one(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)
}

/// Where the app answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UpstreamUrl {
    /// `http://HOST:PORT`: `HOST:PORT`.
    Tcp(String),
    /// `unix:/PATH`.
    Unix(PathBuf),
}

impl UpstreamUrl {
    /// Reads `http://HOST[:PORT]` or `unix:/PATH`.
    ///
    /// # Errors
    /// On anything else, with what to write instead.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidUpstream> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.starts_with('/') {
                Ok(Self::Unix(path.into()))
            } else {
                Err(InvalidUpstream::RelativePath)
            };
        }
        if text.starts_with("https://") {
            return Err(InvalidUpstream::Https);
        }
        let authority = text.strip_prefix("http://").ok_or(InvalidUpstream::Scheme)?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let origin =
            mantlet_core::Origin::parse(&format!("http://{authority}")).map_err(|_| InvalidUpstream::Authority)?;
        Ok(Self::Tcp(format!("{}:{}", origin.host(), origin.port())))
    }
}

impl fmt::Display for UpstreamUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(authority) => write!(f, "http://{authority}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Text that names no app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidUpstream {
    /// More or less than a host and a port.
    Authority,
    /// TLS to the app.
    Https,
    /// A socket whose place depends on where Mantlet was started.
    RelativePath,
    /// Neither http nor unix.
    Scheme,
}

impl fmt::Display for InvalidUpstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authority => "an upstream is a host and a port, without path or user: http://127.0.0.1:5000",
            Self::Https => "TLS to the app is not spoken in this version: http://HOST:PORT or unix:/PATH",
            Self::RelativePath => "the path of a socket starts with a slash: unix:/run/app.sock",
            Self::Scheme => "an upstream is http://HOST:PORT or unix:/PATH",
        })
    }
}

impl std::error::Error for InvalidUpstream {}

/// Who writes a port alone is shown the address that lets nobody in from elsewhere.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|_| {
        let port = text.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).unwrap_or(8443);
        D::Error::custom(format!("not an address with its port: \"{text}\"\nfix: listen = \"127.0.0.1:{port}\""))
    })
}

/// Below, no browser gets in; above, each connection may hold as much.
const HEADER_SIZES: RangeInclusive<ByteSize> = ByteSize::kib(1)..=ByteSize::mib(1);

fn header_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
    let size = ByteSize::deserialize(deserializer)?;
    if !HEADER_SIZES.contains(&size) {
        let (least, most) = (HEADER_SIZES.start(), HEADER_SIZES.end());
        return Err(D::Error::custom(format!("{size} is no size for a head: {least} to {most}")));
    }
    Ok(size)
}

/// More than any machine has CPUs that do nothing else; each has a listener and takes turns with the others.
const MOST_THREADS: usize = 1024;

fn threads<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let count = usize::deserialize(deserializer)?;
    if count > MOST_THREADS {
        return Err(D::Error::custom(format!(
            "{count} threads are too many: {MOST_THREADS} at most\nfix: threads = 0, which is one for each CPU"
        )));
    }
    Ok(count)
}

/// A time to wait for somebody. Without any, all is refused that is not there at once: a page that takes a while, a head
/// or an upload in two packets.
fn timeout<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let time = duration::deserialize(deserializer)?;
    if time.is_zero() {
        return Err(D::Error::custom("whatever does not come at once would be refused\nfix: a time such as \"30s\""));
    }
    Ok(time)
}

/// A time whose default depends on something else.
fn optional_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration::deserialize(deserializer).map(Some)
}

/// The empty text is how the built-in policy says "none".
fn optional_upstream<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<UpstreamUrl>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    UpstreamUrl::parse(&text).map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_are_a_host_and_a_port_or_a_socket() {
        let tcp = |authority: &str| Ok(UpstreamUrl::Tcp(authority.to_owned()));
        for (name, text, expected) in [
            ("port", "http://127.0.0.1:5000", tcp("127.0.0.1:5000")),
            ("slash", "http://127.0.0.1:5000/", tcp("127.0.0.1:5000")),
            ("name without port", "http://app", tcp("app:80")),
            ("ipv6", "http://[::1]:5000", tcp("[::1]:5000")),
            ("socket", "unix:/run/app.sock", Ok(UpstreamUrl::Unix("/run/app.sock".into()))),
            ("socket as URL", "unix:///run/app.sock", Ok(UpstreamUrl::Unix("/run/app.sock".into()))),
            ("relative socket", "unix:app.sock", Err(InvalidUpstream::RelativePath)),
            ("tls", "https://127.0.0.1:5000", Err(InvalidUpstream::Https)),
            ("path", "http://127.0.0.1:5000/app", Err(InvalidUpstream::Authority)),
            ("user", "http://a:b@127.0.0.1:5000", Err(InvalidUpstream::Authority)),
            ("bare", "127.0.0.1:5000", Err(InvalidUpstream::Scheme)),
        ] {
            assert_eq!(UpstreamUrl::parse(text), expected, "{name}");
        }
    }
}
