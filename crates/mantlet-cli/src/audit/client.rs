//! [`Client`]: requests to one origin and to nowhere else. Knows nothing of cookies or of what is audited.

mod pace;
mod reply;
mod talk;
mod tls;
mod trust;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::{Either, Full};
use mantlet_core::audit::trial::Announced;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{self, Instant};
use tokio_rustls::TlsConnector;

pub(super) use reply::{NoReply, Reply};
pub(super) use trust::Trust;

use super::target::Target;
use pace::Pace;
use talk::{RequestBody, Withheld, talk};

/// Sends requests to one origin.
pub(super) struct Client {
    target: Target,
    trusting: Arc<rustls::ClientConfig>,
    verifying: Arc<rustls::ClientConfig>,
    timeout: Duration,
    pace: Pace,
    /// Sent with every request to the target itself.
    headers: HeaderMap,
    sent: AtomicU64,
}

impl Client {
    pub(super) fn new(target: Target, trust: &Trust, timeout: Duration, per_second: u32) -> anyhow::Result<Self> {
        let trusting = if trust.insecure { tls::taking_anybody() } else { tls::verifying(trust) };
        Ok(Self {
            target,
            trusting: Arc::new(trusting?),
            verifying: Arc::new(tls::verifying(trust)?),
            timeout,
            pace: Pace::new(per_second),
            headers: HeaderMap::new(),
            sent: AtomicU64::new(0),
        })
    }

    /// Sends these with every request to the target itself.
    pub(super) fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Sends nothing any more from then on, and waits for no answer.
    pub(super) fn end_at(&self, end: Instant) {
        self.pace.end_at(end);
    }

    /// Puts back what was changed: for this there is a little time beyond the end.
    pub(super) async fn put_back<T>(&self, work: impl Future<Output = T>) -> T {
        self.pace.beyond_the_end(work).await
    }

    /// Whether nothing is sent any more.
    pub(super) fn is_over(&self) -> bool {
        self.pace.is_over()
    }

    /// How many requests were sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a request whose target is a path. The `Host` is the target's unless it says another.
    pub(super) async fn send(&self, mut request: Request<Bytes>) -> Result<Reply, NoReply> {
        // As browsers do (Fetch, section 4.6): some servers refuse a POST that says nothing of its length.
        if request.body().is_empty() && [Method::POST, Method::PUT].contains(request.method()) {
            request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(0));
        }
        let request = self.dressed(request.map(|body| Either::Left(Full::new(body))));
        let tls = self.target.is_https().then_some(&self.trusting);
        self.within(self.timeout, self.exchange(request, self.target.port(), tls)).await
    }

    /// Announces a body of this length and never sends it. `None`: there was nobody to announce it to.
    pub(super) async fn announce(&self, mut request: Request<()>, length: u64) -> Option<Announced> {
        request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        request.headers_mut().insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        let request = self.dressed(request.map(|()| Either::Right(Withheld(length))));
        let tls = self.target.is_https().then_some(&self.trusting);
        let patience = self.timeout.min(Duration::from_secs(2));
        match self.within(patience, self.exchange(request, self.target.port(), tls)).await {
            Ok(reply) => Some(Announced::Answered(reply.status)),
            Err(NoReply::TimedOut(_)) => Some(Announced::Awaited),
            Err(NoReply::Protocol(_)) => Some(Announced::HungUp),
            Err(NoReply::Connect(_) | NoReply::Tls(_) | NoReply::Certificate(_) | NoReply::OutOfTime) => None,
        }
    }

    /// Sends a request in the clear, to a port of the target's host; without the headers that may be somebody's secret.
    pub(super) async fn send_plain(&self, request: Request<Bytes>, port: u16) -> Result<Reply, NoReply> {
        let request = request.map(|body| Either::Left(Full::new(body)));
        self.within(self.timeout, self.exchange(request, port, None)).await
    }

    /// Tries a TLS handshake as a browser does, and sends nothing.
    pub(super) async fn handshake(&self, port: u16) -> Result<(), NoReply> {
        self.within(self.timeout, async {
            let stream = self.connect(port).await?;
            self.wrap(stream, &self.verifying).await.map(drop)
        })
        .await
    }

    async fn within<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, NoReply>>,
    ) -> Result<T, NoReply> {
        self.pace
            .before_the_end(async {
                self.pace.wait().await;
                self.sent.fetch_add(1, Ordering::Relaxed);
                time::timeout(patience, work).await.unwrap_or(Err(NoReply::TimedOut(patience)))
            })
            .await
    }

    /// What is asked of a request stays; what is only said of the client is overruled.
    fn dressed(&self, mut request: Request<RequestBody>) -> Request<RequestBody> {
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            if [header::ACCEPT, header::USER_AGENT].contains(name) || !headers.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        request
    }

    async fn exchange(
        &self,
        mut request: Request<RequestBody>,
        port: u16,
        tls: Option<&Arc<rustls::ClientConfig>>,
    ) -> Result<Reply, NoReply> {
        let headers = request.headers_mut();
        if !headers.contains_key(header::HOST) {
            headers.insert(header::HOST, self.target.host_header());
        }
        let stream = self.connect(port).await?;
        match tls {
            Some(config) => talk(self.wrap(stream, config).await?, request).await,
            None => talk(stream, request).await,
        }
    }

    async fn connect(&self, port: u16) -> Result<TcpStream, NoReply> {
        let host = self.target.host();
        let stream = match host.parse::<IpAddr>() {
            Ok(address) => TcpStream::connect(SocketAddr::new(address, port)).await,
            // RFC 6761, section 6.3: these names never leave the machine, whatever the resolver says.
            Err(_) if self.target.is_local_name() => match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                Ok(stream) => Ok(stream),
                Err(_) => TcpStream::connect((std::net::Ipv6Addr::LOCALHOST, port)).await,
            },
            Err(_) => TcpStream::connect((host, port)).await,
        };
        stream.map_err(NoReply::Connect)
    }

    async fn wrap(
        &self,
        stream: TcpStream,
        config: &Arc<rustls::ClientConfig>,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, NoReply> {
        let name =
            ServerName::try_from(self.target.host().to_owned()).map_err(|error| NoReply::Tls(error.to_string()))?;
        TlsConnector::from(Arc::clone(config)).connect(name, stream).await.map_err(|error| tls::explain(&error))
    }
}

/// Reads a header as curl takes it: `Name: value`.
pub(super) fn parse_header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn no_secret_goes_to_the_port_beside() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            let length = stream.read(&mut head).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            String::from_utf8_lossy(&head[..length]).to_ascii_lowercase()
        });
        let target = Target::parse("https://127.0.0.1").unwrap();
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer secret"))]);
        let client =
            Client::new(target, &Trust::default(), Duration::from_secs(60), 1000).unwrap().with_headers(headers);
        client.send_plain(Request::new(Bytes::new()), port).await.unwrap();
        let head = server.await.unwrap();
        assert!(head.contains("host: 127.0.0.1") && !head.contains("secret"), "{head}");
    }
}
